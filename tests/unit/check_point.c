/* Fault points: what arms them, and what they do to whom. */

#include "base/point.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include <check.h>

#define NAME	"dispatcher.claimed"

static char	path[] = "/tmp/check_point.XXXXXX";

static void
setup(void)
{
	ck_assert(freopen("/dev/null", "w", stderr) != NULL);
	unsetenv("CK_POINT");
	unsetenv("CK_POINT_FILE");
	strcpy(strrchr(path, '.') + 1, "XXXXXX");
	close(mkstemp(path));
}

static void
teardown(void)
{
	unlink(path);
}

static void
arm_file(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	setenv("CK_POINT_FILE", path, 1);
}

START_TEST(test_point_unarmed_goes_on)
{
	ck_assert(point_reached(NAME));
	setenv("CK_POINT", "dispatcher.claime fail", 1);
	ck_assert(point_reached(NAME));
	setenv("CK_POINT", "delivery.begun fail", 1);
	ck_assert(point_reached(NAME));
	setenv("CK_POINT_FILE", "/nonexistent", 1);
	ck_assert(point_reached(NAME));
}
END_TEST

START_TEST(test_point_environment_holds_always)
{
	setenv("CK_POINT", NAME " fail", 1);
	ck_assert(!point_reached(NAME));
	ck_assert(!point_reached(NAME));
	ck_assert(point_reached("delivery.begun"));
}
END_TEST

START_TEST(test_point_file_holds_once)
{
	arm_file(NAME " fail\n");
	ck_assert(point_reached("delivery.begun"));
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert(!point_reached(NAME));
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert(point_reached(NAME));
}
END_TEST

START_TEST(test_point_sleeps)
{
	int64_t start = clock_monotonic();

	arm_file(NAME " sleep:50");
	ck_assert(point_reached(NAME));
	ck_assert_int_ge(clock_monotonic() - start, 50 * 1000);
}
END_TEST

START_TEST(test_point_kills_by_default)
{
	arm_file(NAME "\n");
	(void)point_reached(NAME);
}
END_TEST

START_TEST(test_point_aborts)
{
	arm_file(NAME " abort");
	(void)point_reached(NAME);
}
END_TEST

START_TEST(test_point_without_a_row_aborts)
{
	(void)point_reached("nobody.knows");
}
END_TEST

START_TEST(test_point_all_are_listed)
{
	char text[8192];
	FILE *file = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(file);
	point_list(file);
	fclose(file);
	ck_assert_ptr_nonnull(strstr(text, NAME " "));
	ck_assert_ptr_nonnull(strstr(text, "\noutbox.sent "));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("point");
	TCase *tc = tcase_create("point");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_point_unarmed_goes_on);
	tcase_add_test(tc, test_point_environment_holds_always);
	tcase_add_test(tc, test_point_file_holds_once);
	tcase_add_test(tc, test_point_sleeps);
	tcase_add_test_raise_signal(tc, test_point_kills_by_default, SIGKILL);
	tcase_add_test_raise_signal(tc, test_point_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, test_point_without_a_row_aborts,
	    SIGABRT);
	tcase_add_test(tc, test_point_all_are_listed);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
