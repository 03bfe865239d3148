/*
 * Connections to PostgreSQL that can't be had, that are too slow and that
 * die, idle and in use: reported, never waited for without end, and opened
 * again.
 */

#include "store/pg.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pg_things.h"

static struct task other;

static const struct statement missing = {
	"missing", "SELECT * FROM no_such_table",
};
static const struct statement *const with_missing[] = { &number, &missing };

START_TEST(test_pg_sets_its_options)
{
	static const char *const wanted[] = {
		"chartkeep,pg_temp", "UTC", "10s", "5s", "off", "chartkeep",
	};
	const struct result *result;

	ck_assert(pg_do(&task, &settings, NULL, &result));
	for (int i = 0; i < (int)COUNT_OF(wanted); i++)
		ck_assert_str_eq(row_text(&(struct row){ result, 0 }, i),
		    wanted[i]);
}
END_TEST

START_TEST(test_pg_options_of_the_conninfo_come_last)
{
	const struct result *result;

	close_task(&task);
	task.arena = arena_new(0);
	task.pg = pg_new("options='-c statement_timeout=7s'"
	    " application_name=mine", "-c statement_timeout=8s"
	    " -c lock_timeout=6s", make_things, ROWS(statements));
	ck_assert(pg_ready(&task));
	ck_assert(pg_do(&task, &settings, NULL, &result));
	struct row row = { result, 0 };
	ck_assert_str_eq(row_text(&row, 0), "chartkeep,pg_temp");
	ck_assert_str_eq(row_text(&row, 2), "7s");
	ck_assert_str_eq(row_text(&row, 3), "6s");
	ck_assert_str_eq(row_text(&row, 5), "mine");
}
END_TEST

static const struct {
	const char *given, *wanted;
} conninfos[] = {
	{ "dbname=a user=b", "user='b' dbname='a' application_name='me'"
	    " options=' -c x=1'" },
	{ "postgresql://b:p%20%27%5C@h:1/a?options=-c%20y%3D2",
	    "user='b' password='p \\'\\\\' dbname='a' host='h' port='1'"
	    " application_name='me' options='-c y=2 -c x=1'" },
	{ "application_name=you options='-c y=2'",
	    "application_name='me' options='-c y=2 -c x=1'" },
};

START_TEST(test_pg_conninfo_gets_a_name_and_options)
{
	struct arena *arena = arena_new(0);

	ck_assert_str_eq(pg_conninfo(arena, conninfos[_i].given, "me",
	    "-c x=1"), conninfos[_i].wanted);
	arena_free(arena);
}
END_TEST

START_TEST(test_pg_slow_statement_is_given_up)
{
	close_task(&task);
	open_task(&task, "-c statement_timeout=50ms");
	ck_assert(!run_int(&task, &sleep_for, 5));
	check_fault(FAULT_UNAVAILABLE, "the database is slow");
	check_usable(&task);
}
END_TEST

START_TEST(test_pg_silent_server_is_given_up)
{
	/* The server forgets its limit, the client keeps its own. */
	close_task(&task);
	open_task(&task, "-c statement_timeout=100ms");
	ck_assert(pg_script(&task, "SET statement_timeout = 0"));
	int64_t start = clock_monotonic();
	ck_assert(!run_int(&task, &sleep_for, 60));
	ck_assert_int_lt(clock_monotonic() - start, 8 * SECOND);
	check_fault(FAULT_UNAVAILABLE,
	    "the connection to the database broke");
	ck_assert(!pg_is_up(task.pg));
	ck_assert_str_eq(pg_why(task.pg), "no answer in time");
}
END_TEST

START_TEST(test_pg_lock_is_not_awaited_for_ever)
{
	const struct result *result;

	open_task(&other, NULL);
	ck_assert(pg_do(&other, &lock, NULL, &result));
	close_task(&task);
	open_task(&task, "-c lock_timeout=50ms");
	ck_assert(!pg_do(&task, &lock, NULL, &result));
	check_fault(FAULT_UNAVAILABLE, "the row is in use");
	check_usable(&task);
	close_task(&other);
}
END_TEST

START_TEST(test_pg_dead_idle_connection_is_opened_again)
{
	int64_t pid = ask_int(&task, &my_pid);

	open_task(&other, NULL);
	usleep(2100 * 1000);
	ck_assert(run_int(&other, &kill_pid, pid));
	usleep(200 * 1000);
	check_usable(&task);
	ck_assert_int_ne(ask_int(&task, &my_pid), pid);
	/* Once more within two seconds: it is not tried yet. */
	ck_assert(run_int(&other, &kill_pid, ask_int(&task, &my_pid)));
	usleep(200 * 1000);
	ck_assert(!pg_ready(&task));
	check_fault(FAULT_UNAVAILABLE, "the database is not ready");
	ck_assert(!pg_is_up(task.pg));
	ck_assert_str_ne(pg_why(task.pg), "");
	usleep(2000 * 1000);
	check_usable(&task);
	close_task(&other);
}
END_TEST

START_TEST(test_pg_connection_that_dies_in_use_is_told)
{
	const struct result *results[3];
	int64_t pid = ask_int(&task, &my_pid);

	queue_int(&task, &insert, 1);
	queue_int(&task, &kill_pid, pid);
	queue_int(&task, &insert, 2);
	ck_assert(!pg_run(&task, results, 3));
	check_fault(FAULT_UNAVAILABLE, "the database shuts down");
	ck_assert(!pg_is_up(task.pg));
	ck_assert_int_eq(pg_socket(task.pg), -1);
	/* Without a connection nothing hangs, nothing is kept for later. */
	fault_clear(&task);
	ck_assert(!run_int(&task, &number, 1));
	check_fault(FAULT_UNAVAILABLE, "the database is not ready");
	pg_settle(task.pg);
	usleep(2100 * 1000);
	check_usable(&task);
}
END_TEST

START_TEST(test_pg_idle_transaction_is_ended_by_the_server)
{
	const struct result *result;

	close_task(&task);
	open_task(&task, "-c idle_in_transaction_session_timeout=50ms");
	ck_assert(pg_do(&task, &begin, NULL, &result));
	usleep(300 * 1000);
	ck_assert(!run_int(&task, &number, 1));
	ck_assert_int_eq(task.fault.code, FAULT_UNAVAILABLE);
	ck_assert(!pg_is_up(task.pg));
	ck_assert(!pg_lacks(task.pg));
}
END_TEST

START_TEST(test_pg_prepares_again_after_a_migration)
{
	const struct result *result;

	ck_assert(pg_do(&task, &whole, NULL, &result));
	ck_assert(pg_script(&task, "ALTER TABLE thing ADD COLUMN more int"));
	ck_assert(!pg_do(&task, &whole, NULL, &result));
	check_fault(FAULT_UNAVAILABLE, "the database changed");
	usleep(2100 * 1000);
	check_usable(&task);
	ck_assert(pg_do(&task, &whole, NULL, &result));
}
END_TEST

START_TEST(test_pg_missing_table_is_not_ready)
{
	memset(&other, 0, sizeof(other));
	other.arena = arena_new(0);
	other.pg = pg_new("", NULL, NULL, ROWS(with_missing));
	ck_assert_str_ne(pg_why(other.pg), "");
	ck_assert(!pg_ready(&other));
	ck_assert_int_eq(other.fault.code, FAULT_UNAVAILABLE);
	ck_assert_int_gt(other.fault.retry_after, 0);
	ck_assert_str_eq(pg_why(other.pg),
	    "missing: relation \"no_such_table\" does not exist");
	ck_assert(pg_lacks(other.pg));
	close_task(&other);
}
END_TEST

START_TEST(test_pg_failing_setup_is_not_ready)
{
	memset(&other, 0, sizeof(other));
	other.arena = arena_new(0);
	other.pg = pg_new("", NULL, "SET ROLE nobody_at_all",
	    ROWS(statements));
	ck_assert(!pg_ready(&other));
	ck_assert_str_eq(pg_why(other.pg),
	    "setup: role \"nobody_at_all\" does not exist");
	close_task(&other);
}
END_TEST

START_TEST(test_pg_absent_server_costs_one_try_in_two_seconds)
{
	memset(&other, 0, sizeof(other));
	other.arena = arena_new(0);
	other.pg = pg_new("host=/nonexistent", NULL, NULL, ROWS(statements));
	int old = log_divert();
	bool ready = pg_ready(&other) || pg_ready(&other);
	usleep(2100 * 1000);
	ready = ready || pg_ready(&other);
	const char *log = log_taken(old);
	ck_assert(!ready);
	ck_assert_ptr_nonnull(strstr(pg_why(other.pg), "/nonexistent"));
	/* One line for one state. */
	const char *line = strstr(log, "event=pg_away");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strstr(line + 1, "event=pg_away"));
	close_task(&other);
}
END_TEST

START_TEST(test_pg_server_that_never_answers_is_given_up)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char directory[] = "/tmp/ck-mute-XXXXXX";
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/.s.PGSQL.5432",
	    directory);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	memset(&other, 0, sizeof(other));
	other.arena = arena_new(0);
	other.pg = pg_new(arena_printf(other.arena, "host=%s port=5432",
	    directory), NULL, NULL, ROWS(statements));
	int64_t start = clock_monotonic();
	ck_assert(!pg_ready(&other));
	ck_assert_int_lt(clock_monotonic() - start, 5 * SECOND);
	close_task(&other);
	close(fd);
	unlink(sun.sun_path);
	rmdir(directory);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pg_open");
	TCase *tests = tcase_create("pg_open");

	servers_need();
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_pg_sets_its_options);
	tcase_add_test(tests, test_pg_options_of_the_conninfo_come_last);
	tcase_add_loop_test(tests, test_pg_conninfo_gets_a_name_and_options, 0,
	    COUNT_OF(conninfos));
	tcase_add_test(tests, test_pg_slow_statement_is_given_up);
	tcase_add_test(tests, test_pg_silent_server_is_given_up);
	tcase_add_test(tests, test_pg_lock_is_not_awaited_for_ever);
	tcase_add_test(tests, test_pg_dead_idle_connection_is_opened_again);
	tcase_add_test(tests, test_pg_connection_that_dies_in_use_is_told);
	tcase_add_test(tests, test_pg_idle_transaction_is_ended_by_the_server);
	tcase_add_test(tests, test_pg_prepares_again_after_a_migration);
	tcase_add_test(tests, test_pg_missing_table_is_not_ready);
	tcase_add_test(tests, test_pg_failing_setup_is_not_ready);
	tcase_add_test(tests,
	    test_pg_absent_server_costs_one_try_in_two_seconds);
	tcase_add_test(tests, test_pg_server_that_never_answers_is_given_up);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
