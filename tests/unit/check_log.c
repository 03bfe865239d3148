/* Lines of the log, read back from a file that stands in for stderr. */

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <check.h>

static int real_stderr;
static char text[8192];

static void
setup(void)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC);

	real_stderr = dup(STDERR_FILENO);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
	ck_assert(log_set_level("info"));
	log_set_name("");
}

static void
teardown(void)
{
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
}

/* What was logged so far; then it is gone. */
static const char *
logged(void)
{
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	if (ftruncate(STDERR_FILENO, 0) == -1 ||
	    lseek(STDERR_FILENO, 0, SEEK_SET) != 0)
		text[0] = '\0';
	return text;
}

START_TEST(test_log_line_is_pairs)
{
	log_event(LOG_INFO, "started", NULL);
	ck_assert_str_eq(logged(), "level=info event=started\n");
	log_set_name("worker-3");
	log_event(LOG_ERROR, "lost", "server", "db", "none", NULL,
	    "tries", log_int(-3), NULL);
	ck_assert_str_eq(logged(),
	    "level=error name=worker-3 event=lost server=db tries=-3\n");
}
END_TEST

START_TEST(test_log_level_keeps_silent)
{
	log_event(LOG_DEBUG, "quiet", NULL);
	ck_assert_str_eq(logged(), "");
	ck_assert(log_set_level("debug"));
	log_event(LOG_DEBUG, "loud", NULL);
	ck_assert_str_eq(logged(), "level=debug event=loud\n");
	ck_assert(log_set_level("error"));
	log_event(LOG_WARN, "quiet", NULL);
	ck_assert_str_eq(logged(), "");
	ck_assert(!log_set_level("loudest"));
	ck_assert(!log_set_level(""));
	log_event(LOG_WARN, "quiet", NULL);
	log_event(LOG_ERROR, "loud", NULL);
	ck_assert_str_eq(logged(), "level=error event=loud\n");
}
END_TEST

static const struct {
	const char	*value, *written;
} quoting[] = {
	{ "plain/value:1,2", "plain/value:1,2" },
	{ "back\\slash", "back\\slash" },
	{ "a=b", "a=b" },
	{ "", "\"\"" },
	{ "two words", "\"two words\"" },
	{ "say \"hi\" \\", "\"say \\\"hi\\\" \\\\\"" },
	{ "x\nlevel=info event=forged", "\"x\\nlevel=info event=forged\"" },
	{ "tab\there", "\"tab\\x09here\"" },
	{ "\x1b[31m", "\"\\x1b[31m\"" },
	{ "\x7f", "\"\\x7f\"" },
	{ "\xc2\x85" "next", "\"\\xc2\\x85next\"" },
};

START_TEST(test_log_value_cannot_forge)
{
	char expected[200];

	log_event(LOG_INFO, "e", "k", quoting[_i].value, "z", "1", NULL);
	snprintf(expected, sizeof(expected),
	    "level=info event=e k=%s z=1\n", quoting[_i].written);
	ck_assert_str_eq(logged(), expected);
}
END_TEST

/* Whatever is long: one line of at most 2000 bytes, with quotes closed. */
START_TEST(test_log_long_line_is_cut)
{
	char value[5000];
	const char *line;
	size_t len;

	memset(value, "x\n\x01"[_i % 3], sizeof(value));
	value[1900 + _i] = '\0';
	log_event(LOG_WARN, "long", "value", value, "more", "m m", "k", "v",
	    NULL);
	line = logged();
	len = strlen(line);
	ck_assert_uint_gt(len, 1900);
	ck_assert_uint_le(len, 2000);
	ck_assert_ptr_eq(strchr(line, '\n'), line + len - 1);
	ck_assert(strchr(line, '"') == NULL || line[len - 2] == '"' ||
	    strcmp(line + len - 5, " k=v\n") == 0);
}
END_TEST

START_TEST(test_log_long_name_is_cut)
{
	char name[4000];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	log_set_name(name);
	log_event(LOG_INFO, "e", NULL);
	ck_assert_uint_lt(strlen(logged()), 100);
}
END_TEST

START_TEST(test_log_keeps_errno)
{
	close(STDERR_FILENO);
	errno = ENOENT;
	log_event(LOG_ERROR, "unheard", NULL);
	ck_assert_int_eq(errno, ENOENT);
	setup();
}
END_TEST

START_TEST(test_log_int_is_valid_for_eight_calls)
{
	const char *first = log_int(INT64_MIN);

	for (int i = 0; i < 7; i++)
		log_int(i);
	ck_assert_str_eq(first, "-9223372036854775808");
	ck_assert_str_eq(log_int(INT64_MAX), "9223372036854775807");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tests = tcase_create("log");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_log_line_is_pairs);
	tcase_add_test(tests, test_log_level_keeps_silent);
	tcase_add_loop_test(tests, test_log_value_cannot_forge, 0,
	    COUNT_OF(quoting));
	tcase_add_loop_test(tests, test_log_long_line_is_cut, 0, 150);
	tcase_add_test(tests, test_log_long_name_is_cut);
	tcase_add_test(tests, test_log_keeps_errno);
	tcase_add_test(tests, test_log_int_is_valid_for_eight_calls);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
