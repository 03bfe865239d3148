/*
 * Reading the keyring file: what loads, and every reason why not.
 */

#include "crypto/keyring.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "base/table.h"
#include "keyring_file.h"

static void
assert_refused(const char *reason)
{
	const struct keyring none = { 0 };
	char expected[256];

	memset(&ring, 0x5a, sizeof(ring));
	ck_assert(!load());
	snprintf(expected, sizeof(expected), "%s%s", path, reason);
	ck_assert_str_eq(why, expected);
	ck_assert_mem_eq(&ring, &none, sizeof(none));
}

START_TEST(test_keyring_finds_keys_by_id_and_current)
{
	write_ring("# keys\n\n  # indented\nkek old " KEY0 "\n"
	    "kek\tnew-2\t" KEY1 "  current \n"
	    "sign abcdefgh01234567 " KEY2 "\nindex " KEY3 "\n"
	    "sign s " KEY3 " current");
	assert_loads();
	ck_assert_str_eq(keyring_current_kek(&ring)->id, "new-2");
	ck_assert(all_are(keyring_current_kek(&ring)->bytes, 0x11));
	ck_assert(all_are(keyring_kek(&ring, "old")->bytes, 0x00));
	ck_assert_ptr_eq(keyring_kek(&ring, "new-2"),
	    keyring_current_kek(&ring));
	ck_assert_str_eq(keyring_current_sign(&ring)->id, "s");
	ck_assert(all_are(keyring_sign(&ring, "abcdefgh01234567")->bytes,
	    0x22));
	ck_assert(all_are(keyring_index(&ring), 0x33));
	ck_assert_ptr_null(keyring_kek(&ring, "s"));
	ck_assert_ptr_null(keyring_kek(&ring, ""));
	ck_assert_ptr_null(keyring_sign(&ring, "old"));
}
END_TEST

static const struct {
	const char	*text, *reason;
} damages[] = {
	{ "", ": no current kek" },
	{ "sign s " KEY1 " current\nindex " KEY2 "\n", ": no current kek" },
	{ "kek k " KEY1 "\nsign s " KEY1 " current\nindex " KEY2 "\n",
	    ": no current kek" },
	{ "kek k " KEY1 " current\nindex " KEY2 "\n",
	    ": no current signing key" },
	{ "kek k " KEY1 " current\nsign s " KEY1 " current\n",
	    ": no index key" },
	{ GOOD "kek k1 " KEY2 "\n", ":4: duplicate id" },
	{ GOOD "sign s1 " KEY1 "\n", ":4: duplicate id" },
	{ GOOD "kek k2 " KEY2 " current\n", ":4: a second current key" },
	{ GOOD "sign s2 " KEY2 " current\n", ":4: a second current key" },
	{ GOOD "index " KEY1 "\n", ":4: a second index key" },
	{ GOOD "index i " KEY1 "\n", ":4: expected: index, key" },
	{ GOOD "index\n", ":4: expected: index, key" },
	{ GOOD "kek k2\n", ":4: expected: kind, id, key, [current]" },
	{ GOOD "kek k2 " KEY2 " old\n",
	    ":4: expected: kind, id, key, [current]" },
	{ GOOD "kek k2 " KEY2 " Current\n",
	    ":4: expected: kind, id, key, [current]" },
	{ GOOD "kek k2 " KEY2 " # comment\n", ":4: too many words" },
	{ GOOD "kek " KEY2 " k2\n",
	    ":4: a key's id is 1 to 16 of a-z, 0-9 and \"-\"" },
	{ GOOD "kek K2 " KEY2 "\n",
	    ":4: a key's id is 1 to 16 of a-z, 0-9 and \"-\"" },
	{ GOOD "kek abcdefgh012345678 " KEY2 "\n",
	    ":4: a key's id is 1 to 16 of a-z, 0-9 and \"-\"" },
	{ GOOD "kek k2 " KEY2 "A\n",
	    ":4: a key is 43 characters of base64url (32 bytes)" },
	{ GOOD "kek k2 " KEY2 "=\n",
	    ":4: a key is 43 characters of base64url (32 bytes)" },
	{ GOOD "kek k2 IiIiIiIiIiIiIiIiIiIiIg\n",
	    ":4: a key is 43 characters of base64url (32 bytes)" },
	{ GOOD "kek k2 IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiJ\n",
	    ":4: a key is 43 characters of base64url (32 bytes)" },
	{ GOOD "kek k2 IiIiIiIiIiIiIiIiIiI/IiIiIiIiIiIiIiIiIiIiIiI\n",
	    ":4: a key is 43 characters of base64url (32 bytes)" },
	{ "index IiI\n" GOOD,
	    ":1: a key is 43 characters of base64url (32 bytes)" },
	{ GOOD "\n\nkeks k2 " KEY2 "\n", ":6: expected kek, sign or index" },
	{ GOOD KEY2 "\n", ":4: expected kek, sign or index" },
	{ GOOD "kek k2 " KEY2 "\r\n",
	    ":4: a key is 43 characters of base64url (32 bytes)" },
};

START_TEST(test_keyring_every_damage_has_its_reason)
{
	write_ring(damages[_i].text);
	assert_refused(damages[_i].reason);
}
END_TEST

START_TEST(test_keyring_holds_16_keys_of_a_kind)
{
	char text[4096];
	int n = sprintf(text, "%s", GOOD);

	for (int i = 2; i <= 16; i++)
		n += sprintf(text + n, "sign s%d " KEY1 "\n", i);
	write_ring(text);
	assert_loads();
	ck_assert_ptr_nonnull(keyring_sign(&ring, "s16"));
	sprintf(text + n, "sign s17 " KEY1 "\n");
	write_ring(text);
	assert_refused(":19: more than 16 keys of a kind");
}
END_TEST

START_TEST(test_keyring_cut_anywhere_is_refused)
{
	for (size_t len = 0; len < strlen(GOOD) - 1; len++) {
		write_bytes(GOOD, len, 0600);
		ck_assert(!load());
	}
	write_bytes(GOOD, strlen(GOOD) - 1, 0600);
	assert_loads();
}
END_TEST

START_TEST(test_keyring_of_other_bytes_is_refused)
{
	static char large[8194];

	write_bytes(GOOD "#\0\n", strlen(GOOD) + 3, 0600);
	assert_refused(": not a text file");
	memset(large, '\n', sizeof(large));
	memcpy(large, GOOD, strlen(GOOD));
	write_bytes(large, 8192, 0600);
	assert_loads();
	write_bytes(large, 8193, 0600);
	assert_refused(": larger than a keyring can be");
	write_bytes(large, 8194, 0600);
	assert_refused(": larger than a keyring can be");
}
END_TEST

START_TEST(test_keyring_open_to_others_is_refused)
{
	static const mode_t open_modes[] = {
		0604, 0602, 0601, 0640, 0620, 0610, 0644, 0660, 0666, 0444,
		0441
	};

	for (size_t i = 0; i < COUNT_OF(open_modes); i++) {
		write_bytes(GOOD, strlen(GOOD), open_modes[i]);
		assert_refused(": others can read or change it: chmod 600");
		unlink(path);
	}
	write_bytes(GOOD, strlen(GOOD), 0600);
	assert_loads();
	chmod(path, 0400);
	assert_loads();
}
END_TEST

/* systemd's credentials; made by root only. */
START_TEST(test_keyring_credential_of_root_is_taken)
{
	bool root = geteuid() == 0 && getegid() == 0;

	write_bytes(GOOD, strlen(GOOD), 0440);
	if (root) {
		assert_loads();
		ck_assert_int_eq(chown(path, 0, 65534), 0);
	}
	assert_refused(": others can read or change it: chmod 600");
}
END_TEST

/* Another user's file: root can make one, others meet one they can't open. */
START_TEST(test_keyring_of_another_user_is_refused)
{
	write_ring(GOOD);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path, 65534, 65534), 0);
	assert_refused(": belongs neither to this user nor to root");
	ck_assert_int_eq(seteuid(65533), 0);
	ck_assert_int_eq(chmod(path, 0600), -1);
	ck_assert(!load());
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(test_keyring_must_be_a_regular_file)
{
	char other[96];

	assert_refused(": No such file or directory");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	assert_refused(": not a regular file");
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	assert_refused(": not a regular file");
	ck_assert_int_eq(unlink(path), 0);
	sprintf(other, "%s/other", directory);
	write_ring(GOOD);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(symlink(other, path), 0);
	assert_refused(": not a regular file but a link");
}
END_TEST

START_TEST(test_keyring_short_reason_keeps_its_bound)
{
	char small[8] = "1234567";

	write_ring(GOOD "kek\n");
	ck_assert(!keyring_load(&ring, path, small, 5));
	ck_assert_uint_eq(strlen(small), 4);
	ck_assert_str_eq(small + 5, "67");
}
END_TEST

START_TEST(test_keyring_wipe_leaves_nothing)
{
	const struct keyring none = { 0 };

	write_ring(GOOD);
	assert_loads();
	keyring_wipe(&ring);
	ck_assert_mem_eq(&ring, &none, sizeof(none));
}
END_TEST

/* VmFlags of the mapping that holds the keys: "dd", do not dump. */
START_TEST(test_keyring_is_left_out_of_core_files)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	bool inside = false, found = false;

	ck_assert_ptr_nonnull(maps);
	write_ring(GOOD);
	assert_loads();
	while (fgets(line, sizeof(line), maps) != NULL) {
		uintptr_t a, b;

		if (sscanf(line, "%lx-%lx ", &a, &b) == 2)
			inside = a <= (uintptr_t)&ring && (uintptr_t)&ring < b;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " dd") != NULL;
	}
	fclose(maps);
	ck_assert(found);
}
END_TEST

START_TEST(test_keyring_forbids_the_process_a_core)
{
	struct rlimit limit = { 1, 1 };

	setrlimit(RLIMIT_CORE, &limit);
	write_ring("kek k " KEY0 " current\nsign s " KEY1 " current\n"
	    "index " KEY2 "\n");
	assert_loads();
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, 0);
	ck_assert_uint_eq(limit.rlim_max, 0);
}
END_TEST

static void
add_reading(TCase *tests)
{
	tcase_add_test(tests, test_keyring_finds_keys_by_id_and_current);
	tcase_add_loop_test(tests, test_keyring_every_damage_has_its_reason,
	    0, COUNT_OF(damages));
	tcase_add_test(tests, test_keyring_holds_16_keys_of_a_kind);
	tcase_add_test(tests, test_keyring_cut_anywhere_is_refused);
	tcase_add_test(tests, test_keyring_of_other_bytes_is_refused);
	tcase_add_test(tests, test_keyring_open_to_others_is_refused);
	tcase_add_test(tests, test_keyring_credential_of_root_is_taken);
	tcase_add_test(tests, test_keyring_of_another_user_is_refused);
	tcase_add_test(tests, test_keyring_must_be_a_regular_file);
	tcase_add_test(tests, test_keyring_short_reason_keeps_its_bound);
	tcase_add_test(tests, test_keyring_wipe_leaves_nothing);
	tcase_add_test(tests, test_keyring_is_left_out_of_core_files);
	tcase_add_test(tests, test_keyring_forbids_the_process_a_core);
}

int
main(void)
{
	Suite *suite = suite_create("keyring");
	TCase *tests = tcase_create("keyring");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	add_reading(tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
