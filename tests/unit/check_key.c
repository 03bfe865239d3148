/* Unwrapped keys, kept by the row they came from. */

#include <check.h>
#undef fail

#include <endian.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/task.h"
#include "crypto/keyring.h"
#include "crypto/seal.h"
#include "model/key.h"
#include "store/row.h"

static struct task		 task;
static struct keyring		 ring;
static const unsigned char	 person[16] = "account's number";

static void
setup(void)
{
	memset(&task, 0, sizeof(task));
	memset(&ring, 0, sizeof(ring));
	strcpy(ring.kek.keys[0].id, "k1");
	memset(ring.kek.keys[0].bytes, 7, KEYRING_BYTES);
	ring.kek.keys[0].current = true;
	ring.kek.count = 1;
	task.arena = arena_new(0);
	task.keyring = &ring;
	key_forget_all();
}

static void
teardown(void)
{
	arena_free(task.arena);
}

/* A row of data_key with a fresh key, as PostgreSQL sends it. */
static struct row
key_row(int64_t id)
{
	static const Oid	 types[KEY_COLUMNS] = {
		20, 2950, 25, 17, 2950
	};
	PGresult	*res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc	 columns[KEY_COLUMNS] = { 0 };
	struct new_key	 key;
	uint64_t	 number = htobe64((uint64_t)id);

	for (int i = 0; i < KEY_COLUMNS; i++)
		columns[i] = (PGresAttDesc){ .name = (char *)"k",
		    .format = 1, .typid = types[i] };
	PQsetResultAttrs(res, KEY_COLUMNS, columns);
	key_make(&task, person, &key);
	PQsetvalue(res, 0, KEY_ID, (char *)&number, 8);
	PQsetvalue(res, 0, KEY_UID, (char *)key.uid, 16);
	PQsetvalue(res, 0, KEY_KEK, (char *)key.kek, (int)strlen(key.kek));
	PQsetvalue(res, 0, KEY_WRAPPED, (char *)key.wrapped, SEAL_WRAPPED);
	PQsetvalue(res, 0, KEY_ACCOUNT_UID, (char *)person, 16);
	return (struct row){ (const struct result *)res, 0 };
}

static void
clear(struct row row)
{
	PQclear((PGresult *)row.result);
}

START_TEST(test_key_is_kept)
{
	struct row		 row = key_row(5);
	const struct data_key	*first, *again;

	ck_assert(key_of_row(&task, &row, 0, &first));
	ring.kek.count = 0;
	ck_assert(key_of_row(&task, &row, 0, &again));
	ck_assert_ptr_eq(first, again);
	clear(row);
}
END_TEST

/* Ids are given out anew behind a restored backup. */
START_TEST(test_key_of_the_same_id_is_another)
{
	struct row		 old = key_row(5), new = key_row(5);
	const struct data_key	*key;
	struct data_key		 before;

	ck_assert(key_of_row(&task, &old, 0, &key));
	before = *key;
	ck_assert(key_of_row(&task, &new, 0, &key));
	ck_assert(memcmp(&before, key, sizeof(before)) != 0);
	ck_assert(key_of_row(&task, &old, 0, &key));
	ck_assert(memcmp(&before, key, sizeof(before)) == 0);
	clear(old);
	clear(new);
}
END_TEST

START_TEST(test_key_of_an_account_tells_its_uid)
{
	struct row		 row = key_row(300);
	const struct data_key	*key;
	unsigned char		 uid[16];

	ck_assert_ptr_null(key_of_account(9, uid));
	ck_assert(key_take(&task, 9, row.result, uid, &key));
	ck_assert(memcmp(uid, row_uuid(&row, KEY_UID), 16) == 0);
	ck_assert_ptr_eq(key_of_account(9, uid), key);
	ck_assert(memcmp(uid, row_uuid(&row, KEY_UID), 16) == 0);
	key_learn_account(9, NULL);
	ck_assert_ptr_null(key_of_account(9, uid));
	clear(row);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("key");
	TCase	*tcase = tcase_create("key");
	SRunner	*runner;
	int	 failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_key_is_kept);
	tcase_add_test(tcase, test_key_of_the_same_id_is_another);
	tcase_add_test(tcase, test_key_of_an_account_tells_its_uid);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
