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
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
