/* Batches of audit rows: sealed, altered, compared. */

#include <check.h>
#undef fail

#include <endian.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "crypto/keyring.h"
#include "model/batch.h"
#include "store/row.h"

#define ROWS_MAX	10

/* A row of audit, as far as the tests change it. */
struct made {
	int64_t		 id, at, xact;
	const char	*route;		/* NULL: null */
};

static struct arena		*arena;
static struct keyring		 ring;
static unsigned char		 key[DIGEST_SIZE];
static const unsigned char	 nothing[DIGEST_SIZE];
static struct made		 rows[ROWS_MAX];
static int			 nrows;
static struct batch		 batch;
static struct finding		 found;

static void
clear(void *result)
{
	PQclear(result);
}

static void
put_number(PGresult *result, int row, int column, int64_t value)
{
	uint64_t	 bytes = htobe64((uint64_t)value);

	PQsetvalue(result, row, column, (char *)&bytes, 8);
}

/* The rows as PostgreSQL sends them; what tests do not change is null. */
static const struct result *
result(void)
{
	static const Oid	 types[AUDIT_COLUMNS] = {
		20, 1184, 20, 20, 25, 25, 25, 25, 1016, 2950, 869
	};
	PGresAttDesc	 columns[AUDIT_COLUMNS] = { 0 };
	PGresult	*res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	arena_defer(arena, clear, res);
	for (int i = 0; i < AUDIT_COLUMNS; i++)
		columns[i] = (PGresAttDesc){ .name = (char *)"c",
		    .format = 1, .typid = types[i] };
	PQsetResultAttrs(res, AUDIT_COLUMNS, columns);
	for (int i = 0; i < nrows; i++) {
		for (int c = 0; c < AUDIT_COLUMNS; c++)
			PQsetvalue(res, i, c, NULL, -1);
		put_number(res, i, AUDIT_ID, rows[i].id);
		put_number(res, i, AUDIT_AT, rows[i].at);
		put_number(res, i, AUDIT_XACT, rows[i].xact);
		if (rows[i].route != NULL)
			PQsetvalue(res, i, 5, (char *)rows[i].route,
			    (int)strlen(rows[i].route));
	}
	return (const struct result *)res;
}

/* Six rows, sealed as the first batch. */
static void
setup(void)
{
	arena = arena_new(0);
	memset(&ring, 0, sizeof(ring));
	memset(ring.index, 5, sizeof(ring.index));
	ring.has_index = true;
	batch_key(&ring, key);
	nrows = 6;
	for (int i = 0; i < nrows; i++)
		rows[i] = (struct made){ 10 + i, 1000 * i, 100 + i, "r" };
	batch = (struct batch){ .number = 1 };
	batch_seal(key, nothing, result(), arena, &batch);
}

static void
teardown(void)
{
	arena_free(arena);
}

static void
compare(const struct checkpoint *checkpoints, size_t n)
{
	batch_compare(key, &batch, result(), checkpoints, n, arena, &found);
}

static void
exchange(int a, int b)
{
	struct made	 kept = rows[a];

	rows[a] = rows[b];
	rows[b] = kept;
}

static void
drop(int at)
{
	nrows--;
	memmove(&rows[at], &rows[at + 1],
	    (size_t)(nrows - at) * sizeof(rows[0]));
}

static void
insert(int at, struct made row)
{
	memmove(&rows[at + 1], &rows[at],
	    (size_t)(nrows - at) * sizeof(rows[0]));
	rows[at] = row;
	nrows++;
}

static void
assert_found(enum difference what, int64_t id)
{
	compare(NULL, 0);
	ck_assert_int_eq(found.what, what);
	if (what != ROW_SAME)
		ck_assert_int_eq(found.id, id);
}

START_TEST(test_batch_tells_bounds_and_entries)
{
	ck_assert_int_eq(batch.rows, 6);
	ck_assert_int_eq(batch.last_xact, 105);
	ck_assert_int_eq(batch.last_id, 15);
	ck_assert_int_eq(batch.last_at - batch.first_at, 5000);
	ck_assert_int_eq(entry_id(batch.entries + ENTRY_SIZE), 11);
	ck_assert_int_eq(entry_at(batch.entries + ENTRY_SIZE),
	    batch.first_at + 1000);
}
END_TEST

START_TEST(test_batch_is_same_as_sealed)
{
	assert_found(ROW_SAME, 0);
	ck_assert(batch_is_genuine(key, nothing, &batch));
}
END_TEST

START_TEST(test_batch_seal_covers_everything)
{
	unsigned char	 before[DIGEST_SIZE] = { 1 };
	unsigned char	*entries = arena_alloc(arena, 6 * ENTRY_SIZE);
	struct batch	 b;

	ck_assert(!batch_is_genuine(key, before, &batch));
	ck_assert(!batch_is_genuine(before, nothing, &batch));
	for (int i = 0; i < 6; i++) {
		int64_t	*numbers[] = {
			&b.number, &b.last_xact, &b.last_id, &b.first_at,
			&b.last_at, &b.rows
		};

		b = batch;
		--*numbers[i];
		ck_assert(!batch_is_genuine(key, nothing, &b));
	}
	for (size_t i = 0; i < 6 * ENTRY_SIZE; i++) {
		b = batch;
		memcpy(entries, batch.entries, 6 * ENTRY_SIZE);
		entries[i] ^= 1;
		b.entries = entries;
		ck_assert(!batch_is_genuine(key, nothing, &b));
	}
	b = batch;
	b.digest[3] ^= 1;
	ck_assert(!batch_is_genuine(key, nothing, &b));
	b = batch;
	b.mac[3] ^= 1;
	ck_assert(!batch_is_genuine(key, nothing, &b));
}
END_TEST

START_TEST(test_batch_finds_a_changed_row)
{
	rows[2].route = "s";
	assert_found(ROW_CHANGED, 12);
	rows[2].route = "";
	assert_found(ROW_CHANGED, 12);
	rows[2].route = NULL;
	assert_found(ROW_CHANGED, 12);
	rows[2].route = "r";
	rows[2].at++;
	assert_found(ROW_CHANGED, 12);
	rows[2].at--;
	rows[2].xact = 101;
	assert_found(ROW_CHANGED, 12);
}
END_TEST

START_TEST(test_batch_finds_a_removed_row)
{
	int	 at = _i;

	drop(at);
	assert_found(ROW_REMOVED, 10 + at);
	drop(0);
	assert_found(ROW_REMOVED, 10);
	nrows = 0;
	assert_found(ROW_REMOVED, 10);
}
END_TEST

START_TEST(test_batch_finds_an_inserted_row)
{
	insert(_i, (struct made){ 77, 1500, 102, "r" });
	assert_found(ROW_INSERTED, 77);
	insert(_i, rows[1]);
	compare(NULL, 0);
	ck_assert_int_eq(found.what, ROW_INSERTED);
}
END_TEST

START_TEST(test_batch_finds_rows_in_another_order)
{
	exchange(2, 4);
	assert_found(ROW_REORDERED, 12);
	exchange(2, 4);
	rows[1].at = 4000;
	rows[4].at = 1000;
	assert_found(ROW_REORDERED, 11);
}
END_TEST

START_TEST(test_batch_without_a_dropped_month)
{
	struct checkpoint	 c = {
		.from = batch.first_at, .upto = batch.first_at + 2000,
		.batch = 1
	};

	drop(0);
	drop(0);
	compare(&c, 1);
	ck_assert_int_eq(found.what, ROW_SAME);
	c.batch = 0;
	compare(&c, 1);
	ck_assert_int_eq(found.what, ROW_REMOVED);
	c.batch = 1;
	drop(0);
	compare(&c, 1);
	ck_assert_int_eq(found.what, ROW_REMOVED);
	ck_assert_int_eq(found.id, 12);
	nrows = 0;
	c.upto = INT64_MAX;
	compare(&c, 1);
	ck_assert_int_eq(found.what, ROW_SAME);
}
END_TEST

START_TEST(test_batch_of_a_dropped_month_still_knows_its_rows)
{
	struct checkpoint	 c = {
		.from = batch.first_at, .upto = INT64_MAX, .batch = 1
	};

	rows[3].route = "s";
	compare(&c, 1);
	ck_assert_int_eq(found.what, ROW_CHANGED);
	ck_assert_int_eq(found.id, 13);
}
END_TEST

START_TEST(test_batch_checkpoint_counts_and_is_signed)
{
	struct checkpoint	 c = {
		.from = batch.first_at + 1000, .upto = batch.first_at + 4000,
		.batch = 1
	};
	struct checkpoint	 other = c;
	int64_t			*numbers[] = {
		&c.from, &c.upto, &c.batch, &c.rows
	};

	checkpoint_add(&c, &batch);
	ck_assert_int_eq(c.rows, 3);
	other.upto--;
	checkpoint_add(&other, &batch);
	ck_assert_int_eq(other.rows, 3);
	other.from++;
	other.digest[0] = 0;
	checkpoint_add(&other, &batch);
	ck_assert_int_eq(other.rows, 5);
	checkpoint_sign(key, &c);
	ck_assert(checkpoint_is_genuine(key, &c));
	for (size_t i = 0; i < 4; i++) {
		++*numbers[i];
		ck_assert(!checkpoint_is_genuine(key, &c));
		--*numbers[i];
	}
	c.digest[9] ^= 4;
	ck_assert(!checkpoint_is_genuine(key, &c));
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("batch");
	TCase	*tests = tcase_create("batch");
	SRunner	*runner = srunner_create(suite);
	int	 failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_batch_tells_bounds_and_entries);
	tcase_add_test(tests, test_batch_is_same_as_sealed);
	tcase_add_test(tests, test_batch_seal_covers_everything);
	tcase_add_test(tests, test_batch_finds_a_changed_row);
	tcase_add_loop_test(tests, test_batch_finds_a_removed_row, 0, 6);
	tcase_add_loop_test(tests, test_batch_finds_an_inserted_row, 0, 7);
	tcase_add_test(tests, test_batch_finds_rows_in_another_order);
	tcase_add_test(tests, test_batch_without_a_dropped_month);
	tcase_add_test(tests,
	    test_batch_of_a_dropped_month_still_knows_its_rows);
	tcase_add_test(tests, test_batch_checkpoint_counts_and_is_signed);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
