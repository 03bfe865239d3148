/* The settings' table, its types, and conf/chartkeep.conf beside it. */

#include "main/settings.h"

#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

static char path[] = "/tmp/check_settings.XXXXXX";
static char why[512];
static struct arena *arena;
static struct settings settings;

static void
setup(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	arena = arena_new(0);
	why[0] = '\0';
}

static void
teardown(void)
{
	unlink(path);
	arena_free(arena);
}

static bool
read_text(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	return settings_read(&settings, arena, path, why, sizeof(why));
}

START_TEST(test_settings_have_the_documented_defaults)
{
	ck_assert_msg(read_text(""), "%s", why);
	ck_assert_int_eq(settings.workers, 4);
	ck_assert_int_eq(settings.request_timeout, 30 * SECOND);
	ck_assert_int_eq(settings.token_lifetime, 12 * HOUR);
	ck_assert_int_eq(settings.idle_limit, 60 * MINUTE);
	ck_assert_int_eq(settings.refresh_lifetime, 7 * DAY);
	ck_assert_int_eq(settings.body_limit, 1 << 20);
	ck_assert(settings.audit_lazy);
	ck_assert_int_eq(settings.audit_seal, 10 * SECOND);
	ck_assert(!settings.mail_reminder_text);
	ck_assert_str_eq(settings.hosts[0], "localhost");
	ck_assert_str_eq(settings.hosts[1], "127.0.0.1");
	ck_assert_ptr_null(settings.hosts[2]);
	ck_assert_ptr_null(settings.cors_origins[0]);
	ck_assert_int_eq(settings.login_per_peer.count, 300);
	ck_assert_int_eq(settings.login_per_peer.period, MINUTE);
}
END_TEST

START_TEST(test_settings_types_are_read)
{
	ck_assert_msg(read_text("workers = 8\nrequest_timeout = 90s\n"
	    "idle_limit=2h\nbody_limit = 64K\naudit_reads = durable\n"
	    "audit_seal = 0s\n"
	    "cors_origins = https://a.example , http://b.example:81\n"
	    "redis =\nlogin_per_account = 5 per hour\n"), "%s", why);
	ck_assert_int_eq(settings.workers, 8);
	ck_assert_int_eq(settings.request_timeout, 90 * SECOND);
	ck_assert_int_eq(settings.idle_limit, 2 * HOUR);
	ck_assert_int_eq(settings.body_limit, 65536);
	ck_assert(!settings.audit_lazy);
	ck_assert_int_eq(settings.audit_seal, 0);
	ck_assert_str_eq(settings.cors_origins[0], "https://a.example");
	ck_assert_str_eq(settings.cors_origins[1], "http://b.example:81");
	ck_assert_ptr_null(settings.cors_origins[2]);
	ck_assert_str_eq(settings.redis, "");
	ck_assert_int_eq(settings.login_per_account.count, 5);
	ck_assert_int_eq(settings.login_per_account.period, HOUR);
}
END_TEST

static const struct {
	const char *text, *reason;	/* behind "FILE" */
} refused[] = {
	{ "wrokers = 4\n", ":1: there is no setting wrokers" },
	{ "\nworkers = 4\nworkers = 4\n", ":3: workers is set twice" },
	{ "workers = four\n", ":1: workers: is no number" },
	{ "workers = 0\n", ":1: workers: is not between 1 and 256" },
	{ "workers = 257\n", ":1: workers: is not between 1 and 256" },
	{ "idle_limit = 60\n", ":1: idle_limit: is not spelled like" },
	{ "idle_limit = -1m\n", ":1: idle_limit: is not spelled like" },
	{ "idle_limit = 30s\n", ":1: idle_limit: is not between 60 and" },
	{ "idle_limit = 9223372036854775807d\n", ":1: idle_limit: is too large" },
	{ "body_limit = 1G\n", ":1: body_limit: is not spelled like" },
	{ "registration = maybe\n", ":1: registration: is not one of: open" },
	{ "audit_reads = yes\n", ":1: audit_reads: is not one of: lazy" },
	{ "login_per_peer = 5\n", ":1: login_per_peer: is not spelled like" },
	{ "login_per_peer = 5 per blink\n", ":1: login_per_peer: is not per" },
	{ "login_per_peer = 0 per day\n", ":1: login_per_peer: is not between" },
	{ "hosts = a,,b\n", ":1: hosts: has an empty member" },
	{ "hosts =\n", ":1: hosts: is empty" },
	{ "listen = fcgi.sock\n", ":1: listen: is neither" },
	{ "listen = unix:fcgi.sock\n", ":1: listen: is not an absolute path" },
	{ "listen = 127.0.0.1:0\n", ":1: listen: is neither" },
	{ "listen = localhost:9000\n", ":1: listen: is no address" },
	{ "listen = [:9000\n", ":1: listen: is no address" },
	{ "prefix = chartkeep\n", ":1: prefix: is not spelled like" },
	{ "prefix = /chartkeep/\n", ":1: prefix: is not spelled like" },
	{ "base_url = https://x.example/\n", ":1: base_url: is not spelled" },
	{ "cors_origins = *\n", ":1: cors_origins: * is not spelled like" },
	{ "cors_origins = https://x.example/a\n", ":1: cors_origins:" },
	{ "surfaces = phr, none\n", ":1: surfaces: there is no surface none" },
	{ "time_zone = Mars Olympus\n", ":1: time_zone:" },
	{ "time_zone = Mars/Olympus\n", ":1: time_zone: there is no" },
	{ "time_zone = /etc/passwd\n", ":1: time_zone: there is no" },
	{ "mail = pigeon://x\n", ":1: mail: is not smtp://" },
	{ "mail = sendmail:bin/sendmail\n", ":1: mail: is not smtp://" },
	{ "mail_from = nobody\n", ":1: mail_from: is no mail address" },
	{ "metrics_peers = here\n", ":1: metrics_peers: here is no address" },
	{ "keyring = keys\n", ":1: keyring: is not an absolute path" },
	{ "database =\n", ":1: database: is empty" },
	{ "token_lifetime = 8d\n", ": refresh_lifetime is shorter than" },
	{ "mail_user = me\n", ": mail_user is set and mail_password_file" },
};

START_TEST(test_settings_faults_name_file_line_and_reason)
{
	char wanted[256];

	ck_assert(!read_text(refused[_i].text));
	snprintf(wanted, sizeof(wanted), "%s%s", path, refused[_i].reason);
	ck_assert_msg(strncmp(why, wanted, strlen(wanted)) == 0,
	    "\"%s\" is not \"%s...\"", why, wanted);
}
END_TEST

/* The defaults of a distribution's build, as the file shows them. */
static const char *
distributed(const char *preset)
{
	static const char *const places[][2] = {
		{ CK_SYSCONFDIR, "/etc" }, { CK_DATADIR, "/usr/share" },
		{ CK_RUNSTATEDIR, "/run" }
	};
	const char *scheme = strncmp(preset, "unix:", 5) == 0 ? "unix:" : "";
	const char *bare = preset + strlen(scheme);

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		size_t len = strlen(places[i][0]);

		if (strncmp(bare, places[i][0], len) == 0 &&
		    strncmp(bare + len, "/chartkeep", 10) == 0)
			return arena_printf(arena, "%s%s%s", scheme,
			    places[i][1], bare + len);
	}
	return preset;
}

/* The help, as comment lines of any length. */
static void
skip_help(const char **at, const char *doc)
{
	while (*doc != '\0') {
		if (strncmp(*at, "\n# ", 3) == 0 && *doc == ' ')
			*at += 3;
		else
			ck_assert_msg(*(*at)++ == *doc, "help differs: %s",
			    doc);
		doc++;
	}
}

START_TEST(test_settings_file_is_the_table)
{
	const char *name, *preset, *doc, *at, *end;
	struct buf file;
	size_t n = 0;

	buf_init(&file, arena, 0);
	ck_assert_msg(file_read(arena_printf(arena, "%s/conf/chartkeep.conf",
	    getenv("CK_SRC")), 1 << 20, &file, why, sizeof(why)), "%s", why);
	for (size_t i = 0; settings_row(i, &name, &preset, &doc); i++) {
		const char *line = arena_printf(arena, "\n#%s =", name);

		at = strstr(file.data, line);
		ck_assert_msg(at != NULL, "%s is not in the file", name);
		end = at + strlen(line);
		line = arena_printf(arena, preset[0] != '\0' ? " %s\n" :
		    "%s\n", distributed(preset));
		ck_assert_msg(strncmp(end, line, strlen(line)) == 0,
		    "%s: another default", name);
		while (at > file.data + 1 && strncmp(at - 2, "\n\n", 2) != 0)
			at--;
		ck_assert_msg(strncmp(at, "# ", 2) == 0, "%s: no help", name);
		at += 2;
		skip_help(&at, doc);
		ck_assert_msg(strncmp(at, "\n#", 2) == 0, "%s: help", name);
	}
	/* And nothing besides. */
	for (at = file.data; (at = strstr(at, "\n#")) != NULL; at++)
		n += at[2] != ' ' && at[2] != '\n';
	ck_assert(!settings_row(n, &name, &preset, &doc));
	ck_assert(settings_row(n - 1, &name, &preset, &doc));
}
END_TEST

START_TEST(test_settings_manual_has_every_setting)
{
	const char *name, *preset, *doc;
	struct buf page;

	buf_init(&page, arena, 0);
	ck_assert_msg(file_read(arena_printf(arena,
	    "%s/doc/man/chartkeep.conf.5", getenv("CK_SRC")), 1 << 20, &page,
	    why, sizeof(why)), "%s", why);
	for (size_t i = 0; settings_row(i, &name, &preset, &doc); i++)
		ck_assert_msg(strstr(page.data, arena_printf(arena,
		    "\n.It Cm %s\n", name)) != NULL, "%s has no entry", name);
}
END_TEST

START_TEST(test_settings_print_what_is_in_effect)
{
	struct buf b;

	buf_init(&b, arena, 0);
	ck_assert_msg(read_text("workers = 7\n"), "%s", why);
	settings_print(&b);
	ck_assert_ptr_nonnull(strstr(b.data, "\nworkers = 7\n"));
	ck_assert_ptr_nonnull(strstr(b.data, "\ntime_zone = UTC\n"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tests = tcase_create("settings");
	SRunner *runner = srunner_create(suite);
	int failed;

	setenv("CK_SRC", ".", 0);
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_settings_have_the_documented_defaults);
	tcase_add_test(tests, test_settings_types_are_read);
	tcase_add_loop_test(tests,
	    test_settings_faults_name_file_line_and_reason, 0,
	    COUNT_OF(refused));
	tcase_add_test(tests, test_settings_file_is_the_table);
	tcase_add_test(tests, test_settings_manual_has_every_setting);
	tcase_add_test(tests, test_settings_print_what_is_in_effect);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
