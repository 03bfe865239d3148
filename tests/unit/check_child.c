/* The supervisor's processes: starting, asking, killing, waiting longer. */

#include "main/child.h"

#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static int ready[2];

static int
give_back(void *ctx)
{
	return *(int *)ctx;
}

static int
wait_deaf(void *unused)
{
	(void)unused;
	signal(SIGTERM, SIG_IGN);
	signal(SIGABRT, SIG_IGN);
	(void)!write(ready[1], "r", 1);
	for (;;)
		pause();
	return 0;
}

static int
wait_asked(void *unused)
{
	(void)unused;
	signal(SIGTERM, SIG_DFL);	/* Check has a handler of its own */
	(void)!write(ready[1], "r", 1);
	for (;;)
		pause();
	return 0;
}

static int
status_of(const struct child *child)
{
	int status;

	ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
	return status;
}

static void
start_ready(struct child *child, int (*run)(void *))
{
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert(child_start(child, run, NULL));
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
}

START_TEST(test_child_ends_with_its_function)
{
	struct child child = { .pid = 0 };
	int value = 3, status;

	ck_assert(child_start(&child, give_back, &value));
	status = status_of(&child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
}
END_TEST

START_TEST(test_child_is_asked_once)
{
	struct child child = { .pid = 0 };
	int status;

	child_ask(&child);		/* nobody */
	ck_assert(!child.asked);
	start_ready(&child, wait_asked);
	child_ask(&child);
	ck_assert(child.asked);
	status = status_of(&child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
}
END_TEST

START_TEST(test_child_that_is_deaf_is_killed_in_two_steps)
{
	struct child child = { .pid = 0 };
	int status;

	start_ready(&child, wait_deaf);
	child_kill(&child);
	child_kill(&child);		/* too early for the second */
	usleep(100 * 1000);
	ck_assert_int_eq(waitpid(child.pid, &status, WNOHANG), 0);
	child.killed -= 2 * SECOND;
	child_kill(&child);
	status = status_of(&child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

/* A process whose parent dies at once; its child gets SIGTERM. */
START_TEST(test_child_dies_with_its_parent)
{
	struct child child = { .pid = 0 };
	int gone[2];
	pid_t parent;
	char c;

	ck_assert_int_eq(pipe(gone), 0);
	parent = fork();
	if (parent == 0) {
		start_ready(&child, wait_asked);
		raise(SIGKILL);
	}
	waitpid(parent, NULL, 0);
	close(gone[1]);
	/* The end of file comes when the last holder is gone. */
	ck_assert_int_eq(read(gone[0], &c, 1), 0);
}
END_TEST

START_TEST(test_seat_waits_longer_after_each_crash)
{
	struct seat seat = { .not_before = 0 };
	int64_t waited[10], now;

	for (size_t i = 0; i < 10; i++) {
		seat.here.began = now = clock_monotonic();
		seat_crashed(&seat);
		waited[i] = (seat.not_before - now) / (SECOND / 10);
	}
	ck_assert_int_eq(waited[0], 0);
	ck_assert_int_eq(waited[1], 1);
	ck_assert_int_eq(waited[2], 2);
	ck_assert_int_eq(waited[3], 4);
	ck_assert_int_eq(waited[8], 100);
	ck_assert_int_eq(waited[9], 100);
	/* Who has lived well begins anew. */
	seat.here.began = clock_monotonic() - 11 * SECOND;
	now = clock_monotonic();
	seat_crashed(&seat);
	ck_assert_int_lt(seat.not_before - now, SECOND / 20);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("child");
	TCase *tests = tcase_create("child");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, test_child_ends_with_its_function);
	tcase_add_test(tests, test_child_is_asked_once);
	tcase_add_test(tests,
	    test_child_that_is_deaf_is_killed_in_two_steps);
	tcase_add_test(tests, test_child_dies_with_its_parent);
	tcase_add_test(tests, test_seat_waits_longer_after_each_crash);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
