/* The two clocks, against those of the C library. */

#include "base/clock.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <check.h>

START_TEST(test_clock_units_fit)
{
	ck_assert_int_eq(DAY, INT64_C(86400) * 1000 * 1000);
	ck_assert_int_eq(DAY, 24 * 60 * MINUTE);
	ck_assert_int_eq(HOUR, 3600 * SECOND);
}
END_TEST

START_TEST(test_clock_now_is_microseconds_since_1970)
{
	int64_t before = time(NULL) - 1, now = clock_now();

	ck_assert_int_ge(now / SECOND, before);
	ck_assert_int_le(now / SECOND, time(NULL) + 1);
}
END_TEST

START_TEST(test_clock_monotonic_measures)
{
	int64_t start = clock_monotonic(), passed;

	usleep(20000);
	passed = clock_monotonic() - start;
	ck_assert_int_ge(passed, 20000);
	ck_assert_int_lt(passed, 10 * SECOND);
}
END_TEST

/* Against the C library: every day of some centuries, then in strides. */
START_TEST(test_clock_dates_are_gregorian)
{
	char text[DATE_TEXT], expected[40];
	int64_t first = INT64_C(-141428);	/* 1582-10-15 */

	for (int64_t day = first; day < 2932897; day += day < 60000 ? 1 : 97) {
		time_t seconds = day * (DAY / SECOND);
		struct tm tm;

		ck_assert_ptr_nonnull(gmtime_r(&seconds, &tm));
		strftime(expected, sizeof(expected), "%Y-%m-%d", &tm);
		date_print(day, text);
		ck_assert_str_eq(text, expected);
	}
}
END_TEST

START_TEST(test_clock_dates_at_the_edges)
{
	char text[DATE_TEXT];

	date_print(0, text);
	ck_assert_str_eq(text, "1970-01-01");
	date_print(11016, text);
	ck_assert_str_eq(text, "2000-02-29");
	date_print(-25508, text);
	ck_assert_str_eq(text, "1900-03-01");
	date_print(-719528, text);
	ck_assert_str_eq(text, "0000-01-01");
	date_print(2932896, text);
	ck_assert_str_eq(text, "9999-12-31");
	date_print(2932897, text);
	ck_assert_str_eq(text, "10000-01-01");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tests = tcase_create("clock");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, test_clock_units_fit);
	tcase_add_test(tests, test_clock_now_is_microseconds_since_1970);
	tcase_add_test(tests, test_clock_monotonic_measures);
	tcase_add_test(tests, test_clock_dates_are_gregorian);
	tcase_add_test(tests, test_clock_dates_at_the_edges);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
