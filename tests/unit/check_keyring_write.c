/*
 * Making and rotating the keyring file: no key is lost, whatever happens
 * meanwhile.
 */

#include "crypto/keyring.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "keyring_file.h"

#define OTHERS	65534	/* a group that is not ours */

START_TEST(test_keyring_create_makes_a_private_file_that_loads)
{
	struct stat st;
	struct keyring other;

	umask(0);
	ck_assert(keyring_create(path, why, sizeof(why)));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	assert_loads();
	ck_assert_uint_eq(ring.kek.count, 1);
	ck_assert_uint_eq(ring.sign.count, 1);
	ck_assert_mem_ne(keyring_index(&ring),
	    keyring_current_kek(&ring)->bytes, KEYRING_BYTES);
	ck_assert_mem_ne(keyring_index(&ring),
	    keyring_current_sign(&ring)->bytes, KEYRING_BYTES);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(keyring_create(path, why, sizeof(why)));
	ck_assert(keyring_load(&other, path, why, sizeof(why)));
	ck_assert_mem_ne(&ring.index, &other.index, KEYRING_BYTES);
}
END_TEST

START_TEST(test_keyring_create_leaves_a_file_alone)
{
	char expected[128];

	write_ring(GOOD);
	ck_assert(!keyring_create(path, why, sizeof(why)));
	sprintf(expected, "%s: cannot create it: File exists", path);
	ck_assert_str_eq(why, expected);
	assert_loads();
	ck_assert(all_are(keyring_index(&ring), 0x33));
	ck_assert(!keyring_create("/nonexistent/keyring", why, sizeof(why)));
	ck_assert_str_eq(why, "/nonexistent/keyring: cannot create it: "
	    "No such file or directory");
}
END_TEST

START_TEST(test_keyring_rotation_keeps_old_keys)
{
	char id[KEYRING_ID], second[KEYRING_ID];
	struct stat st;

	write_bytes(GOOD, strlen(GOOD), 0400);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 0, OTHERS), 0);
	ck_assert_msg(keyring_add_kek(path, id, why, sizeof(why)), "%s", why);
	assert_loads();
	ck_assert_str_eq(keyring_current_kek(&ring)->id, id);
	ck_assert(all_are(keyring_kek(&ring, "k1")->bytes, 0x11));
	ck_assert_str_eq(keyring_current_sign(&ring)->id, "s1");
	ck_assert(keyring_add_sign(path, second, why, sizeof(why)));
	assert_loads();
	ck_assert_str_eq(keyring_current_kek(&ring)->id, id);
	ck_assert_str_eq(keyring_current_sign(&ring)->id, second);
	ck_assert(all_are(keyring_sign(&ring, "s1")->bytes, 0x22));
	ck_assert(all_are(keyring_index(&ring), 0x33));
	ck_assert(!all_are(keyring_current_kek(&ring)->bytes, 0));
	ck_assert_mem_ne(keyring_current_kek(&ring)->bytes,
	    keyring_current_sign(&ring)->bytes, KEYRING_BYTES);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0400);
	if (geteuid() == 0)
		ck_assert_uint_eq(st.st_gid, OTHERS);
	ck_assert_uint_eq(files(false), 1);
}
END_TEST

START_TEST(test_keyring_rotation_stops_at_16_keys)
{
	char id[KEYRING_ID], expected[160];
	struct stat before, after;

	write_ring(GOOD);
	for (int i = 2; i <= 16; i++)
		ck_assert(keyring_add_kek(path, id, why, sizeof(why)));
	assert_loads();
	ck_assert_uint_eq(ring.kek.count, 16);
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert(!keyring_add_kek(path, id, why, sizeof(why)));
	sprintf(expected, "%s: holds 16 keys of this kind: take out one that "
	    "is not in use", path);
	ck_assert_str_eq(why, expected);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	for (int i = 2; i <= 16; i++)
		ck_assert(keyring_add_sign(path, id, why, sizeof(why)));
	assert_loads();
	ck_assert(all_are(keyring_kek(&ring, "k1")->bytes, 0x11));
	ck_assert(all_are(keyring_sign(&ring, "s1")->bytes, 0x22));
}
END_TEST

START_TEST(test_keyring_rotation_leaves_a_damaged_file_alone)
{
	char id[KEYRING_ID], expected[128];
	struct stat before, after;

	ck_assert(!keyring_add_kek(path, id, why, sizeof(why)));
	sprintf(expected, "%s: cannot lock it: No such file or directory",
	    path);
	ck_assert_str_eq(why, expected);
	write_ring(GOOD "kek\n");
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert(!keyring_add_kek(path, id, why, sizeof(why)));
	sprintf(expected, "%s:4: expected: kind, id, key, [current]", path);
	ck_assert_str_eq(why, expected);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_uint_eq(files(false), 1);
}
END_TEST

/* A full disk, as a limit on the size of files. */
START_TEST(test_keyring_rotation_that_cannot_write_changes_nothing)
{
	const struct rlimit small = { 100, 100 };
	char id[KEYRING_ID], expected[128];
	pid_t child;
	int status;

	write_ring(GOOD);
	child = fork();
	if (child == 0) {
		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &small) != 0)
			_exit(2);
		if (keyring_add_kek(path, id, why, sizeof(why)))
			_exit(3);
		sprintf(expected, "%s: cannot write it: ", path);
		if (strncmp(why, expected, strlen(expected)) != 0)
			_exit(4);
		unlink(path);
		_exit(keyring_create(path, why, sizeof(why)) ? 5 :
		    files(false) == 0 ? 0 : 6);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(test_keyring_rotation_survives_a_dead_one)
{
	char id[KEYRING_ID], fresh[96];

	write_ring("half a key");
	sprintf(fresh, "%s.new", path);
	ck_assert_int_eq(rename(path, fresh), 0);
	write_ring(GOOD);
	ck_assert(keyring_add_kek(path, id, why, sizeof(why)));
	assert_loads();
	ck_assert_uint_eq(ring.kek.count, 2);
	ck_assert_uint_eq(files(false), 1);
}
END_TEST

START_TEST(test_keyring_rotations_at_once_lose_no_key)
{
	char ids[3][KEYRING_ID];
	int status;

	write_ring(GOOD);
	for (int child = 0; child < 5; child++) {
		if (fork() != 0)
			continue;
		for (int i = 0; i < 3; i++)
			if (!keyring_add_kek(path, ids[i], why, sizeof(why)))
				_exit(1);
		_exit(!load() || keyring_kek(&ring, ids[0]) == NULL ||
		    keyring_kek(&ring, ids[1]) == NULL ||
		    keyring_kek(&ring, ids[2]) == NULL);
	}
	for (int child = 0; child < 5; child++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	assert_loads();
	ck_assert_uint_eq(ring.kek.count, 16);
	ck_assert_uint_eq(files(false), 1);
}
END_TEST

static void
add_writing(TCase *tests)
{
	tcase_add_test(tests,
	    test_keyring_create_makes_a_private_file_that_loads);
	tcase_add_test(tests, test_keyring_create_leaves_a_file_alone);
	tcase_add_test(tests, test_keyring_rotation_keeps_old_keys);
	tcase_add_test(tests, test_keyring_rotation_stops_at_16_keys);
	tcase_add_test(tests,
	    test_keyring_rotation_leaves_a_damaged_file_alone);
	tcase_add_test(tests,
	    test_keyring_rotation_that_cannot_write_changes_nothing);
	tcase_add_test(tests, test_keyring_rotation_survives_a_dead_one);
	tcase_add_test(tests, test_keyring_rotations_at_once_lose_no_key);
}

int
main(void)
{
	Suite *suite = suite_create("keyring_write");
	TCase *tests = tcase_create("keyring_write");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	add_writing(tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
