/*
 * Sessions from registration to logout, as the workers' role, on a database
 * of the test's own: what api/account.h gives to every surface.
 */

#include "api/account.h"

#include "api/openapi.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "crypto/keyring.h"
#include "model/actor.h"
#include "model/statement.h"
#include "own_schema.h"

static char directory[] = "/tmp/check_account.XXXXXX";
static char conninfo[80];		/* as a worker */
static struct keyring keyring;
static struct settings settings = {
	.time_zone = "UTC", .registration = "open",
	.token_lifetime = 12 * HOUR, .idle_limit = HOUR,
	.refresh_lifetime = 7 * DAY,
	.login_per_account_peer = { 100, MINUTE },
	.login_per_account = { 100, MINUTE },
	.login_per_peer = { 100, MINUTE },
	.registrations_per_peer = { 100, MINUTE },
};
static struct task task;
static struct call call = { .task = &task };
static struct login first;

static void
make_keyring(void)
{
	char path[100], why[200];

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/keyring", directory);
	ck_assert_msg(keyring_create(path, why, sizeof(why)) &&
	    keyring_load(&keyring, path, why, sizeof(why)), "%s", why);
}

/* The next request, of whoever holds the access token (NULL: nobody). */
static void
next_request(const char *access)
{
	struct token *token;

	pg_settle(task.pg);
	fault_clear(&task);
	task.open = false;
	task.actor = NULL;
	task.token = NULL;
	if (access == NULL)
		return;
	token = arena_alloc(task.arena, sizeof(*token));
	ck_assert_int_eq(token_read(&keyring, access, strlen(access),
	    clock_now(), token), TOKEN_OK);
	task.token = token;
}

/* Does enter() admit the token's session? */
static bool
is_in(const char *access)
{
	static const struct access own = { NO_PERMISSION, "view" };

	next_request(access);
	return actor_enter(&task, &own);
}

static void
setup(void)
{
	const struct statement *const *all;
	struct registration wanted = {
		.email = " Will@Example.org", .password = "first",
		.role = "patient", .given = "Will", .family = "Test",
		.phone = "1"
	};
	size_t n;

	own_database_make();
	own_schema_make();
	make_keyring();
	tables_announce();
	own_task(&task, NULL);
	statements_make(task.arena);
	all = statements_all(&n);
	snprintf(conninfo, sizeof(conninfo), "user=chartkeep dbname=%s",
	    own_database);
	task.pg = pg_new(conninfo, NULL, NULL, all, n);
	task.settings = &settings;
	task.keyring = &keyring;
	task.peer = "127.0.0.1";
	strcpy(task.request_id, "00000000-0000-4000-8000-000000000000");
	ck_assert_msg(account_register(&call, &wanted, &first), "%s",
	    task.fault.text);
}

static void
teardown(void)
{
	char command[100];

	own_task_free(&task);
	own_database_drop();
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static bool
log_in(const char *password, struct login *login_r)
{
	bool known;

	next_request(NULL);
	return account_login(&call, "will@example.org", password, login_r,
	    &known);
}

START_TEST(test_account_registers_and_logs_in)
{
	struct login login;

	ck_assert(is_in(first.access));
	ck_assert_msg(log_in("first", &login), "%s", task.fault.text);
	ck_assert_int_eq(login.account, first.account);
	ck_assert_str_eq(login.role, "patient");
	ck_assert(memcmp(login.uid, first.uid, 16) == 0);
	ck_assert_str_ne(login.access, first.access);
	ck_assert(!log_in("second", &login));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_LOGIN);
}
END_TEST

START_TEST(test_account_refresh_gives_both_anew)
{
	struct login login;

	next_request(NULL);
	ck_assert_msg(account_refresh(&call, first.refresh, &login), "%s",
	    task.fault.text);
	ck_assert_int_eq(login.account, first.account);
	ck_assert_str_ne(login.refresh, first.refresh);
	ck_assert(is_in(login.access));
	ck_assert(is_in(first.access));
}
END_TEST

START_TEST(test_account_refresh_replayed_ends_the_session)
{
	struct login login, again;

	next_request(NULL);
	ck_assert(account_refresh(&call, first.refresh, &login));
	own_script(own_conninfo, "UPDATE chartkeep.session"
	    " SET rotated_at = rotated_at - interval '1 minute'");
	next_request(NULL);
	ck_assert(!account_refresh(&call, first.refresh, &again));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_TOKEN);
	ck_assert(!is_in(login.access));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_TOKEN);
	ck_assert_str_eq(own_ask("SELECT ended_why FROM session"),
	    "replayed");
}
END_TEST

START_TEST(test_account_refresh_takes_nothing_else)
{
	struct login login;

	next_request(NULL);
	ck_assert(!account_refresh(&call, first.access, &login));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_TOKEN);
	next_request(NULL);
	ck_assert(!account_refresh(&call, "", &login));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_TOKEN);
}
END_TEST

START_TEST(test_account_logout_ends_this_session_only)
{
	struct login other;

	ck_assert(log_in("first", &other));
	next_request(first.access);
	ck_assert_msg(account_logout(&call), "%s", task.fault.text);
	ck_assert(!is_in(first.access));
	ck_assert(is_in(other.access));
	ck_assert_str_eq(own_ask("SELECT string_agg(action, ' ' ORDER BY id)"
	    " FROM audit"), "register login login logout");
}
END_TEST

START_TEST(test_account_password_wants_the_present_one)
{
	struct login other, login;

	ck_assert(log_in("first", &other));
	next_request(first.access);
	ck_assert(!account_password(&call, "wrong", "second"));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_LOGIN);
	next_request(first.access);
	ck_assert_msg(account_password(&call, "first", "second"), "%s",
	    task.fault.text);
	ck_assert(is_in(first.access));
	ck_assert(!is_in(other.access));
	ck_assert(!log_in("first", &login));
	ck_assert(log_in("second", &login));
}
END_TEST

START_TEST(test_account_registration_can_be_closed)
{
	struct registration wanted = {
		.email = "new@example.org", .password = "p", .role = "nurse"
	};
	struct login login;

	settings.registration = "patients";
	next_request(NULL);
	ck_assert(!account_register(&call, &wanted, &login));
	ck_assert_int_eq(task.fault.code, FAULT_FORBIDDEN);
	settings.registration = "open";
	next_request(NULL);
	ck_assert(account_register(&call, &wanted, &login));
	ck_assert(!login.verified);
	next_request(NULL);
	ck_assert(!account_register(&call, &wanted, &login));
	ck_assert_int_eq(task.fault.code, FAULT_TAKEN);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("account");
	TCase *tests = tcase_create("account");
	SRunner *runner = srunner_create(suite);
	int failed;

	setenv("CK_SRC", ".", 0);
	log_set_level("error");
	servers_need();
	suite_add_tcase(suite, tests);
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_account_registers_and_logs_in);
	tcase_add_test(tests, test_account_refresh_gives_both_anew);
	tcase_add_test(tests, test_account_refresh_replayed_ends_the_session);
	tcase_add_test(tests, test_account_refresh_takes_nothing_else);
	tcase_add_test(tests, test_account_logout_ends_this_session_only);
	tcase_add_test(tests, test_account_password_wants_the_present_one);
	tcase_add_test(tests, test_account_registration_can_be_closed);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
