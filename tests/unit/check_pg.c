/*
 * The pipeline against a real server: order, errors in every place, and a
 * connection that is usable afterwards.
 */

#include "store/pg.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "pg_things.h"

START_TEST(test_pg_results_come_in_order)
{
	const struct result *results[QUEUE_MAX];

	for (int i = 0; i < QUEUE_MAX; i++)
		queue_int(&task, &number, i);
	ck_assert(pg_run(&task, results, QUEUE_MAX));
	for (int i = 0; i < QUEUE_MAX; i++)
		ck_assert_int_eq(row_int(&(struct row){ results[i], 0 }, 0), i);
	/* The earlier ones stay while the task lasts. */
	ck_assert(run_int(&task, &number, 99));
	ck_assert_int_eq(row_int(&(struct row){ results[1], 0 }, 0), 1);
}
END_TEST

START_TEST(test_pg_parameters_arrive)
{
	static const unsigned char uuid[16] = { 1, 2, 3, [15] = 255 };
	struct params params = { .n = 0 };
	const struct result *result;
	size_t len;

	param_uuid(&params, uuid);
	param_bytes(&params, "a\0b", 3);
	param_int(&params, task.arena, INT64_MIN);
	param_bool(&params, true);
	param_text(&params, NULL);
	param_bytes(&params, "", 0);
	param_uuid(&params, NULL);
	ck_assert(pg_do(&task, &types, &params, &result));
	struct row row = { result, 0 };
	ck_assert_mem_eq(row_uuid(&row, 0), uuid, 16);
	ck_assert_mem_eq(row_bytes(&row, 1, &len), "a\0b", 3);
	ck_assert_uint_eq(len, 3);
	ck_assert_int_eq(row_int(&row, 2), INT64_MIN);
	ck_assert(row_bool(&row, 3));
	ck_assert_ptr_null(row_text(&row, 4));
	ck_assert(!row_null(&row, 5));
	ck_assert(row_null(&row, 6));
}
END_TEST

START_TEST(test_pg_error_in_the_middle_undoes_all)
{
	const struct result *results[4];

	queue_int(&task, &insert, 1);
	queue_int(&task, &insert, 1);
	queue_int(&task, &insert, 2);
	pg_queue(&task, &count, NULL);
	ck_assert(!pg_run(&task, results, 4));
	check_fault(FAULT_CONFLICT, "it exists already");
	ck_assert_str_eq(pg_constraint(task.pg), "thing_key");
	check_usable(&task);
	ck_assert_int_eq(ask_int(&task, &count), 0);
}
END_TEST

START_TEST(test_pg_error_at_the_commit_is_seen)
{
	const struct result *results[2];

	queue_int(&task, &late, 1);
	queue_int(&task, &late, 1);
	ck_assert(!pg_run(&task, results, 2));
	check_fault(FAULT_CONFLICT, "it exists already");
	ck_assert_str_eq(pg_constraint(task.pg), "late_key");
	check_usable(&task);
}
END_TEST

START_TEST(test_pg_error_rolls_an_open_transaction_back)
{
	const struct result *results[2];

	pg_queue(&task, &begin, NULL);
	queue_int(&task, &insert, 1);
	ck_assert(pg_run(&task, results, 2));
	queue_int(&task, &insert, 1);
	pg_queue(&task, &commit, NULL);
	ck_assert(!pg_run(&task, results, 2));
	check_fault(FAULT_CONFLICT, "it exists already");
	check_usable(&task);
	ck_assert_int_eq(ask_int(&task, &count), 0);
}
END_TEST

START_TEST(test_pg_settle_rolls_back_and_drops_the_queue)
{
	const struct result *results[2];

	pg_queue(&task, &begin, NULL);
	queue_int(&task, &insert, 1);
	ck_assert(pg_run(&task, results, 2));
	queue_int(&task, &insert, 2);
	pg_settle(task.pg);
	ck_assert_int_eq(ask_int(&task, &count), 0);
	check_usable(&task);
	pg_queue(&task, &begin, NULL);
	queue_int(&task, &insert, 1);
	ck_assert(pg_run(&task, results, 2));
	ck_assert(pg_do(&task, &commit, NULL, NULL));
	pg_settle(task.pg);
	ck_assert_int_eq(ask_int(&task, &count), 1);
}
END_TEST

START_TEST(test_pg_faults_say_what_the_server_meant)
{
	const struct result *result;

	ck_assert(!pg_do(&task, &refuse, NULL, &result));
	check_fault(FAULT_CONFLICT, "the last admin stays");
	ck_assert_str_eq(pg_constraint(task.pg), "");
	check_usable(&task);
	ck_assert(!pg_do(&task, &closed, NULL, &result));
	check_fault(FAULT_FORBIDDEN, "it is not allowed");
	check_usable(&task);
}
END_TEST

START_TEST(test_pg_logs_no_value)
{
	struct params params = { .n = 0 };
	const struct result *result;

	int old = log_divert();
	log_set_level("debug");
	param_text(&params, "has measles");
	bool ran = pg_do(&task, &parse, &params, &result);
	bool inserted = run_int(&task, &insert, 4711) &&
	    run_int(&task, &insert, 4711);
	bool refused = pg_do(&task, &refuse, NULL, &result);
	bool babbled = pg_do(&task, &babble, NULL, &result);
	const char *log = log_taken(old);

	ck_assert(!ran && !inserted && !refused && babbled);
	check_fault(FAULT_INTERNAL, "a statement failed");
	ck_assert_ptr_nonnull(strstr(log, "statement=parse state=22P02"));
	ck_assert_ptr_nonnull(strstr(log, "state=23505"));
	ck_assert_ptr_nonnull(strstr(log, "event=pg_notice state=01000"
	    " message=beware"));
	ck_assert_ptr_null(strstr(log, "measles"));
	ck_assert_ptr_null(strstr(log, "4711"));
	ck_assert_ptr_null(strstr(log, "secret"));
}
END_TEST

START_TEST(test_pg_great_parameters_do_not_block)
{
	enum { SIZE = 8 << 20, N = 3 };
	const struct result *results[N];
	char *bytes = arena_alloc(task.arena, SIZE);
	size_t len;

	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	for (int i = 0; i < N; i++) {
		struct params params = { .n = 0 };

		param_bytes(&params, bytes, SIZE - (size_t)i);
		pg_queue(&task, &echo, &params);
	}
	ck_assert(pg_run(&task, results, N));
	for (int i = 0; i < N; i++) {
		struct row row = { results[i], 0 };

		ck_assert_int_eq(memcmp(row_bytes(&row, 0, &len), bytes,
		    SIZE - (size_t)i), 0);
		ck_assert_uint_eq(len, SIZE - (size_t)i);
	}
}
END_TEST

START_TEST(test_pg_script_runs_many_or_none)
{
	ck_assert(pg_script(&task, "INSERT INTO thing VALUES (1);\n"
	    "INSERT INTO thing VALUES (2);"));
	ck_assert(pg_script(&task, "-- nothing\n"));
	check_usable(&task);
	ck_assert(!pg_script(&task, "INSERT INTO thing VALUES (3);\n"
	    "-- käse\nSELECT wrong;"));
	check_fault(FAULT_INTERNAL,
	    "42703: column \"wrong\" does not exist (line 3)");
	check_usable(&task);
	ck_assert(pg_script(&task, "BEGIN; INSERT INTO thing VALUES (4)"));
	ck_assert(!pg_script(&task, "INSERT INTO thing VALUES (4)"));
	check_fault(FAULT_INTERNAL, "23505: duplicate key value violates"
	    " unique constraint \"thing_key\"");
	check_usable(&task);
	ck_assert_int_eq(ask_int(&task, &count), 2);
	ck_assert(!pg_script(&task,
	    "SELECT pg_terminate_backend(pg_backend_pid())"));
	ck_assert(!pg_is_up(task.pg));
	ck_assert(!pg_script(&task, "SELECT 1"));
}
END_TEST

START_TEST(test_pg_time_is_told_once)
{
	(void)pg_time(task.pg);
	ck_assert_int_eq(pg_time(task.pg), 0);
	ck_assert(run_int(&task, &sleep_for, 1));
	int64_t waited = pg_time(task.pg);
	ck_assert_int_ge(waited, SECOND);
	ck_assert_int_lt(waited, 3 * SECOND);
	ck_assert_int_eq(pg_time(task.pg), 0);
	ck_assert_int_ge(pg_socket(task.pg), 0);
}
END_TEST

START_TEST(test_pg_run_counts_the_queue)
{
	const struct result *results[2];

	pg_queue(&task, &count, NULL);
	(void)!pg_run(&task, results, 2);
}
END_TEST

START_TEST(test_pg_queue_has_an_end)
{
	for (int i = 0; i <= QUEUE_MAX; i++)
		pg_queue(&task, &count, NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pg");
	TCase *tests = tcase_create("pg");

	servers_need();
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_pg_results_come_in_order);
	tcase_add_test(tests, test_pg_parameters_arrive);
	tcase_add_test(tests, test_pg_error_in_the_middle_undoes_all);
	tcase_add_test(tests, test_pg_error_at_the_commit_is_seen);
	tcase_add_test(tests, test_pg_error_rolls_an_open_transaction_back);
	tcase_add_test(tests, test_pg_settle_rolls_back_and_drops_the_queue);
	tcase_add_test(tests, test_pg_faults_say_what_the_server_meant);
	tcase_add_test(tests, test_pg_logs_no_value);
	tcase_add_test(tests, test_pg_great_parameters_do_not_block);
	tcase_add_test(tests, test_pg_script_runs_many_or_none);
	tcase_add_test(tests, test_pg_time_is_told_once);
	tcase_add_test_raise_signal(tests, test_pg_run_counts_the_queue,
	    SIGABRT);
	tcase_add_test_raise_signal(tests, test_pg_queue_has_an_end, SIGABRT);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
