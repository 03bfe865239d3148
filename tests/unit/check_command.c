/* The commands' rows, command lines, and the manual beside them. */

#include "main/command.h"

#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"

static const struct command *const groups[] = {
	check_commands, load_commands, user_commands, account_commands,
	member_commands, key_commands, show_commands, audit_commands,
	status_commands, access_commands
};
static const struct statement *const *const lists[] = {
	common_statements, user_statements, administered_statements,
	member_statements, rewrap_statements, trail_statements,
	process_statements
};

static struct arena *arena;
static struct options options;
static char why[256];

static void
setup(void)
{
	arena = arena_new(0);
}

static void
teardown(void)
{
	arena_free(arena);
}

/* Standard output of commands_run(); its status in *status_r. */
static const char *
printed(const char **argv, int *status_r)
{
	static char text[20000];
	char path[] = "/tmp/check_command.XXXXXX";
	int fd = mkstemp(path), out = dup(1), err = dup(2);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	unlink(path);
	fflush(stdout);
	dup2(fd, 1);
	dup2(fd, 2);
	*status_r = commands_run(argv);
	fflush(stdout);
	dup2(out, 1);
	dup2(err, 2);
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n] = '\0';
	close(fd);
	close(out);
	close(err);
	return text;
}

static void
check_row(const struct command *c, const char *manual)
{
	ck_assert_msg(c->run != NULL && c->help != NULL && c->words != NULL,
	    "%s: a member is missing", c->name);
	ck_assert_msg(c->least >= 0 && c->least <= c->most, "%s: words",
	    c->name);
	ck_assert_msg(c->noptions < OPTIONS_MAX, "%s: options", c->name);
	ck_assert_msg((c->needs & ~(unsigned)NEEDS_SETTINGS) == 0 ||
	    c->needs & NEEDS_SETTINGS, "%s: needs settings too", c->name);
	ck_assert_msg(strstr(manual, arena_printf(arena, ".It Cm %s",
	    c->name)) != NULL, "%s is not in the manual", c->name);
	for (size_t i = 0; i < c->noptions; i++)
		ck_assert_msg(strstr(manual, arena_printf(arena, " %s ",
		    c->options[i].name + 1)) != NULL ||
		    strstr(manual, arena_printf(arena, " %s\n",
		    c->options[i].name + 1)) != NULL,
		    "%s %s is not in the manual", c->name,
		    c->options[i].name);
}

START_TEST(test_command_rows_are_whole_and_in_the_manual)
{
	struct buf manual;
	size_t n = 0;

	buf_init(&manual, arena, 0);
	ck_assert_msg(file_read(arena_printf(arena, "%s/doc/man/chartkeep.8",
	    getenv("CK_SRC")), 1 << 20, &manual, why, sizeof(why)), "%s",
	    why);
	for (size_t i = 0; i < COUNT_OF(groups); i++) {
		for (const struct command *c = groups[i]; c->name != NULL;
		    c++, n++)
			check_row(c, manual.data);
	}
	ck_assert_uint_gt(n, 25);
}
END_TEST

START_TEST(test_command_statements_have_one_name_each)
{
	const struct statement *all[100];
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		for (size_t k = 0; lists[i][k] != NULL; k++)
			all[n++] = lists[i][k];
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(all[i]->name, all[k]->name);
	}
}
END_TEST

START_TEST(test_command_help_is_printed_from_the_rows)
{
	const char *program[] = { "--help", NULL };
	const char *one[] = { "user", "add", "--help", NULL };
	const char *word[] = { "help", "user", "add", NULL };
	const char *group[] = { "user", NULL };
	int status;

	ck_assert_ptr_nonnull(strstr(printed(program, &status),
	    "  user add NAME "));
	ck_assert_int_eq(status, DONE);
	ck_assert_ptr_nonnull(strstr(printed(one, &status), "--time-zone"));
	ck_assert_int_eq(status, DONE);
	ck_assert_ptr_nonnull(strstr(printed(word, &status), "--time-zone"));
	ck_assert_int_eq(status, DONE);
	ck_assert_ptr_nonnull(strstr(printed(group, &status), "user show"));
	ck_assert_int_eq(status, USAGE);
}
END_TEST

static const struct {
	const char *words[6];
	int status;
	const char *says;
} lines[] = {
	{ { NULL }, USAGE, "which command?" },
	{ { "nonsense" }, USAGE, "there is no command nonsense" },
	{ { "user", "add" }, USAGE, "usage: chartkeep user add NAME" },
	{ { "user", "add", "a", "b" }, USAGE, "usage: chartkeep user add" },
	{ { "user", "add", "--nose", "a" }, USAGE, "no option --nose" },
	{ { "user", "add", "a", "--role" }, USAGE, "--role wants ROLE" },
	{ { "routes", "--help=x" }, USAGE, "--help takes no value" },
	{ { "-c" }, USAGE, "-c wants FILE" },
	{ { "-c", "/nonexistent", "check" }, BAD_SETUP, "/nonexistent: No" },
	{ { "explain", "GET", "/users", "cook" }, USAGE, "no role cook" },
	{ { "explain", "EAT", "/users", "admin" }, USAGE, "no method EAT" },
	{ { "explain", "GET", "/nose", "admin" }, FAILED, "no route" },
	{ { "explain", "GET", "/users", "admin" }, DONE, "GET /users" },
	{ { "openapi", "nose" }, FAILED, "no surface nose" },
	{ { "--version" }, DONE, "chartkeep " CK_VERSION },
};

START_TEST(test_command_line_leads_to_status_and_reason)
{
	const char *argv[6];
	int status;
	const char *text;

	memcpy(argv, lines[_i].words, sizeof(argv));
	text = printed(argv, &status);
	ck_assert_int_eq(status, lines[_i].status);
	ck_assert_msg(strstr(text, lines[_i].says) != NULL, "%s", text);
}
END_TEST

static const struct option_row rows[] = {
	{ "-c", "FILE", "" }, { "--much", NULL, "" }, { "--name", "NAME", "" },
};

START_TEST(test_options_stand_anywhere)
{
	const char *argv[] = { "one", "--much", "two", "-c", "x", "--name=a=b",
	    "--", "--three", NULL };

	ck_assert(options_read(&options, ROWS(rows), false, argv, why,
	    sizeof(why)));
	ck_assert_str_eq(option(&options, "-c"), "x");
	ck_assert_str_eq(option(&options, "--much"), "");
	ck_assert_str_eq(option(&options, "--name"), "a=b");
	ck_assert_int_eq(options.nwords, 3);
	ck_assert_str_eq(options.words[0], "one");
	ck_assert_str_eq(options.words[1], "two");
	ck_assert_str_eq(options.words[2], "--three");
}
END_TEST

START_TEST(test_options_end_at_the_first_word)
{
	const char *argv[] = { "-c", "x", "word", "--much", "--other", NULL };

	ck_assert(options_read(&options, ROWS(rows), true, argv, why,
	    sizeof(why)));
	ck_assert_ptr_null(option(&options, "--much"));
	ck_assert_int_eq(options.nwords, 3);
	ck_assert_str_eq(options.words[2], "--other");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("command");
	TCase *tests = tcase_create("command");
	SRunner *runner = srunner_create(suite);
	int failed;

	setenv("CK_SRC", ".", 0);
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_command_rows_are_whole_and_in_the_manual);
	tcase_add_test(tests, test_command_statements_have_one_name_each);
	tcase_add_test(tests, test_command_help_is_printed_from_the_rows);
	tcase_add_loop_test(tests,
	    test_command_line_leads_to_status_and_reason, 0, COUNT_OF(lines));
	tcase_add_test(tests, test_options_stand_anywhere);
	tcase_add_test(tests, test_options_end_at_the_first_word);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
