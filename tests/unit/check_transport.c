/*
 * Ways out for mails: which settings make one, and what a program's end
 * means.  SMTP itself is spoken with a real server in tests/job.
 */

#include "job/transport.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"

#include <check.h>

static struct arena	*arena;
static struct settings	 settings;
static char		 directory[] = "/tmp/check_transport.XXXXXX";

static void
setup(void)
{
	arena = arena_new(0);
	settings = (struct settings){
		.mail_from = "chartkeep@localhost",
		.base_url = "http://localhost",
	};
	strcpy(strrchr(directory, '.') + 1, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	/* What is refused is said in the log, which is not looked at here. */
	ck_assert(freopen("/dev/null", "w", stderr) != NULL);
}

static void
teardown(void)
{
	arena_free(arena);
	ck_assert_int_eq(system(arena_printf(arena = arena_new(0),
	    "rm -rf %s", directory)), 0);
	arena_free(arena);
}

/* An executable script in the directory. */
static const char *
program(const char *script)
{
	const char *path = arena_printf(arena, "%s/program", directory);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, 0700), 0);
	return path;
}

static const char *
content(const char *name)
{
	const char *path = arena_printf(arena, "%s/%s", directory, name);
	char *text = arena_alloc(arena, 200001);
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, 200000, file)] = '\0';
	fclose(file);
	return text;
}

static enum sending
outcome(struct transport *transport, const char *text, const char **why_r)
{
	struct letter letter = {
		"chartkeep@localhost", "ann@example.org", text, strlen(text)
	};
	enum sending result;

	transport_start(transport, &letter);
	while ((result = transport_result(transport, why_r)) == SENDING)
		transport_wait(transport, NULL, 0, SECOND / 100);
	return result;
}

START_TEST(test_transport_none_is_none)
{
	settings.mail = "none";
	ck_assert_ptr_null(transport_new(&settings));
	transport_wait(NULL, NULL, 0, 1000);
	transport_free(NULL);
}
END_TEST

static const struct {
	const char	*mail;
	const char	*from;
	const char	*user;
	const char	*why;		/* its beginning */
} unusable[] = {
	{ "carrier:pigeon",       "a@b", NULL, "mail names no way" },
	{ "sendmail:",            "a@b", NULL, "mail names no program" },
	{ "sendmail:sendmail",    "a@b", NULL, "mail names no program" },
	{ "sendmail:/nonexistent", "a@b", NULL, "mail names no program" },
	{ "smtp://",              "a@b", NULL, "mail holds more" },
	{ "smtp://a/b",           "a@b", NULL, "mail holds more" },
	{ "smtp://u:p@a",         "a@b", NULL, "mail holds more" },
	{ "smtp://a\r\nb",        "a@b", NULL, "mail holds more" },
	{ "smtp://localhost",     "a b", NULL, "mail_from" },
	{ "smtp://localhost",     "a@b", "me", "mail_password_file" },
};

START_TEST(test_transport_unusable_refuses_every_mail)
{
	struct transport *transport;
	const char *why;

	settings.mail = unusable[_i].mail;
	settings.mail_from = unusable[_i].from;
	settings.mail_user = unusable[_i].user;
	settings.mail_password_file = "/nonexistent";
	transport = transport_new(&settings);
	why = transport_broken(transport);
	ck_assert_msg(text_starts(why, unusable[_i].why), "%s", why);
	ck_assert_int_eq(outcome(transport, "x", &why), REFUSED_NOW);
	ck_assert_msg(text_starts(why, unusable[_i].why), "%s", why);
	transport_free(transport);
}
END_TEST

START_TEST(test_transport_password_is_for_us_alone)
{
	const char *path = arena_printf(arena, "%s/word", directory);
	static const mode_t modes[] = { 0600, 0640, 0604, 0400 };
	struct transport *transport;
	const char *why;

	settings.mail = "smtp://127.0.0.1:1";
	settings.mail_user = "me";
	settings.mail_password_file = path;
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs("secret\n", file);
	fclose(file);
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		bool good = (modes[i] & 077) == 0;

		ck_assert_int_eq(chmod(path, modes[i]), 0);
		transport = transport_new(&settings);
		ck_assert_int_eq(outcome(transport, "x", &why), REFUSED_NOW);
		ck_assert(text_starts(why, "mail_password_file") != good);
		transport_free(transport);
	}
}
END_TEST

START_TEST(test_transport_nobody_listening_is_tried_again)
{
	struct transport *transport;
	const char *why;

	settings.mail = "smtp://127.0.0.1:1";
	transport = transport_new(&settings);
	ck_assert_str_eq(transport_eol(transport), "\r\n");
	ck_assert_int_eq(outcome(transport, "x", &why), REFUSED_NOW);
	ck_assert_int_eq(outcome(transport, "x", &why), REFUSED_NOW);
	transport_free(transport);
}
END_TEST

START_TEST(test_transport_program_gets_the_mail)
{
	struct transport *transport;
	struct buf text;
	const char *why;

	settings.mail = arena_printf(arena, "sendmail:%s", program(
	    arena_printf(arena, "cd %s && cat >mail && echo \"$@\" >args &&"
	    " env >env && ls -l /proc/self/fd >fds && grep Sig "
	    "/proc/self/status >signals", directory)));
	buf_init(&text, arena, 0);
	while (text.len < 150000)
		buf_text(&text, "More than a pipe would hold at once.\n");
	transport = transport_new(&settings);
	ck_assert_str_eq(transport_eol(transport), "\n");
	setenv("CK_CANARY", "1", 1);
	ck_assert_int_eq(outcome(transport, text.data, &why), SENT);
	ck_assert_str_eq(content("mail"), text.data);
	ck_assert_str_eq(content("args"), "-t -i -f chartkeep@localhost\n");
	ck_assert_ptr_null(strstr(content("env"), "CK_CANARY"));
	ck_assert_ptr_null(strstr(content("fds"), "socket"));
	ck_assert_ptr_nonnull(strstr(content("signals"),
	    "SigBlk:\t0000000000000000\n"));
	transport_free(transport);
}
END_TEST

static const struct {
	const char	*script;
	enum sending	 result;
	const char	*why;
} ends[] = {
	{ "exit 0",        SENT,        NULL },
	{ "exit 1",        REFUSED_NOW, "the program failed (status 1)" },
	{ "exit 75",       REFUSED_NOW, "the program failed (status 75)" },
	{ "exit 78",       REFUSED_NOW, "the program failed (status 78)" },
	{ "exit 65",       REFUSED,     "the program failed (status 65)" },
	{ "exit 67",       REFUSED,     "the program failed (status 67)" },
	{ "exit 68",       REFUSED,     "the program failed (status 68)" },
	{ "kill -9 $$",    REFUSED_NOW, "the program was killed (signal 9)" },
};

START_TEST(test_transport_program_end_is_the_outcome)
{
	struct transport *transport;
	const char *why;

	settings.mail = arena_printf(arena, "sendmail:%s",
	    program(ends[_i].script));
	transport = transport_new(&settings);
	ck_assert_int_eq(outcome(transport, "x", &why), ends[_i].result);
	if (ends[_i].why != NULL)
		ck_assert_str_eq(why, ends[_i].why);
	transport_free(transport);
}
END_TEST

START_TEST(test_transport_abandoned_program_is_killed)
{
	struct letter letter = { "a@b", "c@d", "x", 1 };
	struct transport *transport;
	const char *why;
	long pid;

	settings.mail = arena_printf(arena, "sendmail:%s", program(
	    arena_printf(arena, "echo $$ >%s/pid.new; mv %s/pid.new %s/pid;"
	    " sleep 1000; exit 0", directory, directory, directory)));
	transport = transport_new(&settings);
	transport_start(transport, &letter);
	while (access(arena_printf(arena, "%s/pid", directory), F_OK) != 0)
		usleep(1000);
	ck_assert_int_eq(transport_result(transport, &why), SENDING);
	pid = strtol(content("pid"), NULL, 10);
	ck_assert_int_eq(kill((pid_t)pid, 0), 0);
	transport_abandon(transport);
	ck_assert_int_ne(kill((pid_t)pid, 0), 0);
	transport_free(transport);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("transport");
	TCase *tc = tcase_create("transport");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_transport_none_is_none);
	tcase_add_loop_test(tc, test_transport_unusable_refuses_every_mail, 0,
	    COUNT_OF(unusable));
	tcase_add_test(tc, test_transport_password_is_for_us_alone);
	tcase_add_test(tc, test_transport_nobody_listening_is_tried_again);
	tcase_add_test(tc, test_transport_program_gets_the_mail);
	tcase_add_loop_test(tc, test_transport_program_end_is_the_outcome, 0,
	    COUNT_OF(ends));
	tcase_add_test(tc, test_transport_abandoned_program_is_killed);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
