/* Arrays as parameters, as PostgreSQL takes them. */

#include "store/array.h"

#include "base/log.h"
#include "base/text.h"
#include "own_database.h"

static const struct statement unfold = {
	"unfold",
	"SELECT string_agg(concat_ws(' ', i, coalesce(t, '-'),"
	" encode(b, 'hex'), u), ', ' ORDER BY place) FROM"
	" unnest($1::bigint[], $2::text[], $3::bytea[], $4::uuid[])"
	" WITH ORDINALITY AS n (i, t, b, u, place)",
};
static const struct statement *const statements[] = { &unfold };

static struct task task;
static struct array ints, texts, bytes, uuids;

static void
setup(void)
{
	own_task(&task, NULL);
	task.pg = pg_new("dbname=postgres", NULL, NULL, statements, 1);
	array_init(&ints, task.arena, ARRAY_INT, 0);
	array_init(&texts, task.arena, ARRAY_TEXT, 10);
	array_init(&bytes, task.arena, ARRAY_BYTES, 1000);
	array_init(&uuids, task.arena, ARRAY_UUID, 0);
}

static void
teardown(void)
{
	own_task_free(&task);
}

static const char *
unfolded(void)
{
	const struct result *result;
	struct params p = { 0 };
	struct row row;

	array_param(&ints, &p);
	array_param(&texts, &p);
	array_param(&bytes, &p);
	array_param(&uuids, &p);
	ck_assert_msg(pg_ready(&task), "%s", pg_why(task.pg));
	ck_assert_msg(pg_do(&task, &unfold, &p, &result), "%s",
	    task.fault.text);
	row = (struct row){ result, 0 };
	return row_text(&row, 0);
}

START_TEST(test_array_elements_arrive)
{
	unsigned char uuid[16];

	ck_assert(uuid_parse("00112233-4455-6677-8899-aabbccddeeff", uuid));
	array_int(&ints, 1);
	array_int(&ints, INT64_MIN);
	array_int(&ints, INT64_MAX);
	array_text(&texts, "a \"quoted\" {word}, and \\more");
	array_text(&texts, NULL);
	array_text(&texts, "");
	array_bytes(&bytes, "\0\xff", 2);
	memcpy(array_room(&bytes, 3), "abc", 3);
	array_null(&bytes);
	array_uuid(&uuids, uuid);
	array_null(&uuids);
	array_null(&uuids);
	ck_assert_str_eq(unfolded(), "1 a \"quoted\" {word}, and \\more 00ff"
	    " 00112233-4455-6677-8899-aabbccddeeff,"
	    " -9223372036854775808 - 616263, 9223372036854775807 ");
}
END_TEST

START_TEST(test_array_without_elements_is_empty)
{
	ck_assert_ptr_null(unfolded());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("array");
	TCase *tests = tcase_create("array");
	SRunner *runner = srunner_create(suite);
	int failed;

	log_set_level("error");
	servers_need();
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_array_elements_arrive);
	tcase_add_test(tests, test_array_without_elements_is_empty);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
