/*
 * Rows as the server really sends them.
 */

#include "store/row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/task.h"
#include "servers.h"
#include "store/pg.h"

static const struct statement numbers = {
	"numbers",
	"SELECT 7::int2, -70000::int4, 9007199254740993::int8, NULL::int8,"
	" 4000000000::oid, -2::int2, 1.5::float8, -0.25::float4, 'nan'::float8,"
	" NULL::float8, true, false, NULL::boolean",
};
static const struct statement words = {
	"words",
	"SELECT 'käse'::text AS cheese, NULL::text, ''::text, 'x'::varchar,"
	" '\\x00ff00'::bytea, NULL::bytea, ''::bytea,"
	" '01234567-89ab-cdef-0123-456789abcdef'::uuid, NULL::uuid",
};
static const struct statement times = {
	"times",
	"SELECT '1970-01-01 00:00:01.5+00'::timestamptz,"
	" '1969-12-31 23:59:59'::timestamp, '2026-11-21 12:00+01'::timestamptz,"
	" NULL::timestamptz, 'infinity'::timestamptz,"
	" '-infinity'::timestamptz, '1970-01-02'::date, '1969-12-31'::date,"
	" '2000-01-01'::date, NULL::date",
};
static const struct statement many = {
	"many", "SELECT n FROM generate_series(1, $1) AS n",
};
static const struct statement change = {
	"change",
	"INSERT INTO kept SELECT n FROM generate_series(1, $1) AS n",
};
static const struct statement *const statements[] = {
	&numbers, &words, &times, &many, &change,
};

static struct task task;
static struct row row;

static void
setup(void)
{
	memset(&task, 0, sizeof(task));
	task.arena = arena_new(0);
	task.pg = pg_new("", NULL, "CREATE TEMP TABLE kept (n int)",
	    ROWS(statements));
	ck_assert_msg(pg_ready(&task), "%s", pg_why(task.pg));
}

static void
teardown(void)
{
	arena_free(task.arena);
	pg_free(task.pg);
}

static const struct result *
run(const struct statement *st, const char *param)
{
	struct params params = { .n = 0 };
	const struct result *result;

	if (param != NULL)
		param_text(&params, param);
	ck_assert(pg_do(&task, st, &params, &result));
	row = (struct row){ result, 0 };
	return result;
}

START_TEST(test_row_reads_numbers)
{
	run(&numbers, NULL);
	ck_assert_int_eq(row_int(&row, 0), 7);
	ck_assert_int_eq(row_int(&row, 1), -70000);
	ck_assert_int_eq(row_int(&row, 2), INT64_C(9007199254740993));
	ck_assert_int_eq(row_int(&row, 3), 0);
	ck_assert(row_null(&row, 3) && !row_null(&row, 2));
	ck_assert_int_eq(row_int(&row, 4), INT64_C(4000000000));
	ck_assert_int_eq(row_int(&row, 5), -2);
	ck_assert_double_eq(row_real(&row, 6), 1.5);
	ck_assert_double_eq(row_real(&row, 7), -0.25);
	ck_assert(isnan(row_real(&row, 8)));
	ck_assert_double_eq(row_real(&row, 9), 0);
	ck_assert(row_bool(&row, 10));
	ck_assert(!row_bool(&row, 11) && !row_bool(&row, 12));
}
END_TEST

START_TEST(test_row_reads_bytes)
{
	const struct result *result = run(&words, NULL);
	size_t len;

	ck_assert_str_eq(row_text(&row, 0), "käse");
	ck_assert_ptr_null(row_text(&row, 1));
	ck_assert_str_eq(row_text(&row, 2), "");
	ck_assert_str_eq(row_text(&row, 3), "x");
	ck_assert_mem_eq(row_bytes(&row, 4, &len), "\0\377\0", 3);
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_nonnull(row_bytes(&row, 5, &len));
	ck_assert_uint_eq(len, 0);
	ck_assert(row_null(&row, 5) && !row_null(&row, 6));
	ck_assert_ptr_nonnull(row_bytes(&row, 6, &len));
	ck_assert_uint_eq(len, 0);
	ck_assert_mem_eq(row_uuid(&row, 7),
	    "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef",
	    16);
	ck_assert_ptr_null(row_uuid(&row, 8));
	ck_assert_int_eq(result_column(result, "cheese"), 0);
	ck_assert_int_eq(result_column(result, "wine"), -1);
}
END_TEST

START_TEST(test_row_reads_times)
{
	run(&times, NULL);
	ck_assert_int_eq(row_time(&row, 0), 1500000);
	ck_assert_int_eq(row_time(&row, 1), -SECOND);
	ck_assert_int_eq(row_time(&row, 2), INT64_C(1795258800) * SECOND);
	ck_assert_int_eq(row_time(&row, 3), 0);
	ck_assert_int_eq(row_time(&row, 4), INT64_MAX);
	ck_assert_int_eq(row_time(&row, 5), INT64_MIN);
	ck_assert_int_eq(row_date(&row, 6), 1);
	ck_assert_int_eq(row_date(&row, 7), -1);
	ck_assert_int_eq(row_date(&row, 8), 10957);
	ck_assert_int_eq(row_date(&row, 9), 0);
}
END_TEST

START_TEST(test_row_counts)
{
	const struct result *result = run(&many, "3");

	ck_assert_int_eq(result_rows(result), 3);
	row.at = 2;
	ck_assert_int_eq(row_int(&row, 0), 3);
	result = run(&change, "5");
	ck_assert_int_eq(result_rows(result), 0);
	ck_assert_int_eq(result_changed(result), 5);
	ck_assert_int_eq(result_changed(run(&change, "0")), 0);
}
END_TEST

START_TEST(test_row_refuses_another_type)
{
	run(&words, NULL);
	row_int(&row, 0);
}
END_TEST

START_TEST(test_row_refuses_a_column_beyond)
{
	run(&words, NULL);
	row_text(&row, 9);
}
END_TEST

START_TEST(test_row_refuses_a_row_beyond)
{
	run(&words, NULL);
	row.at = 1;
	row_text(&row, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("row");
	TCase *tests = tcase_create("row");

	servers_need();
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_row_reads_numbers);
	tcase_add_test(tests, test_row_reads_bytes);
	tcase_add_test(tests, test_row_reads_times);
	tcase_add_test(tests, test_row_counts);
	tcase_add_test_raise_signal(tests, test_row_refuses_another_type,
	    SIGABRT);
	tcase_add_test_raise_signal(tests, test_row_refuses_a_column_beyond,
	    SIGABRT);
	tcase_add_test_raise_signal(tests, test_row_refuses_a_row_beyond,
	    SIGABRT);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
