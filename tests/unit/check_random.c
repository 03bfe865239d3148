/*
 * Random bytes: that all of a buffer and nothing else is filled, and that
 * nothing goes on without them.
 */

#include "crypto/random.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/table.h"

START_TEST(test_random_fills_all_and_no_more)
{
	unsigned char buf[66], seen[66];

	for (size_t len = 0; len <= 64; len++) {
		memset(seen, 0, sizeof(seen));
		memset(buf, 0, sizeof(buf));
		for (int i = 0; i < 16; i++) {
			random_bytes(buf + 1, len);
			for (size_t k = 0; k < sizeof(buf); k++)
				seen[k] |= buf[k];
		}
		ck_assert_uint_eq(seen[0], 0);
		ck_assert_uint_eq(seen[len + 1], 0);
		for (size_t k = 1; k <= len; k++)
			ck_assert_uint_ne(seen[k], 0);
	}
}
END_TEST

/* More than the kernel gives in one piece when a signal comes. */
START_TEST(test_random_fills_large_buffers)
{
	static unsigned char buf[1 << 20];
	size_t zeroes = 0;

	random_bytes(buf, sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		zeroes += buf[i] == 0;
	/* 4096 expected, deviation 64 */
	ck_assert_uint_gt(zeroes, 3500);
	ck_assert_uint_lt(zeroes, 4700);
	ck_assert_uint_ne(buf[sizeof(buf) - 1] | buf[sizeof(buf) - 2] |
	    buf[sizeof(buf) - 3] | buf[sizeof(buf) - 4], 0);
}
END_TEST

START_TEST(test_random_uuids_are_version_4_and_distinct)
{
	static unsigned char uuids[500][16];
	unsigned char ones[16] = { 0 };

	for (size_t i = 0; i < COUNT_OF(uuids); i++) {
		random_uuid(uuids[i]);
		ck_assert_uint_eq(uuids[i][6] >> 4, 4);
		ck_assert_uint_eq(uuids[i][8] >> 6, 2);
		for (size_t k = 0; k < 16; k++)
			ones[k] |= uuids[i][k];
		for (size_t k = 0; k < i; k++)
			ck_assert(memcmp(uuids[i], uuids[k], 16) != 0);
	}
	for (size_t k = 0; k < 16; k++)
		ck_assert_uint_eq(ones[k], k == 6 ? 0x4f :
		    k == 8 ? 0xbf : 0xff);
}
END_TEST

START_TEST(test_random_children_do_not_repeat_their_parent)
{
	unsigned char ours[16], theirs[16];
	int ends[2], status;

	ck_assert_int_eq(pipe(ends), 0);
	random_bytes(ours, sizeof(ours));
	if (fork() == 0) {
		random_bytes(theirs, sizeof(theirs));
		_exit(write(ends[1], theirs, 16) == 16 ? 0 : 1);
	}
	ck_assert_int_eq(read(ends[0], theirs, 16), 16);
	random_bytes(ours, sizeof(ours));
	ck_assert(memcmp(ours, theirs, 16) != 0);
	wait(&status);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* From here on getrandom() fails. */
static bool
take_randomness_away(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { COUNT_OF(filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

START_TEST(test_random_aborts_when_there_is_none)
{
	enum { CANNOT_TELL = 77 };
	unsigned char buf[16];
	int status;

	if (fork() == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!take_randomness_away())
			_exit(CANNOT_TELL);
		random_bytes(buf, sizeof(buf));
		_exit(0);
	}
	wait(&status);
	ck_assert((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_TELL));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("random");
	TCase *tests = tcase_create("random");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, test_random_fills_all_and_no_more);
	tcase_add_test(tests, test_random_fills_large_buffers);
	tcase_add_test(tests, test_random_uuids_are_version_4_and_distinct);
	tcase_add_test(tests, test_random_children_do_not_repeat_their_parent);
	tcase_add_test(tests, test_random_aborts_when_there_is_none);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
