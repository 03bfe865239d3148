/* Rows in a surface's spelling and back, and the shared formats. */

#include <check.h>
#undef fail

#include "made_row.h"

#include "api/format.h"
#include "api/phr.h"
#include "base/json.h"
#include "base/task.h"
#include "model/family.h"

static struct task	 task;
static struct buf	 out;
static struct json	 json;

static const struct member members[] = {
	{ "user_id",  "id" },
	{ "type_id",  "role",  &role_number },
	{ "fullname", "given", &full_name, MEMBER_REQUIRED },
	{ "contact",  "phone" },
	{ "since",    "created_at" },
};
static const struct view view = { "user", &person, ROWS(members) };

static const char *const will[] = {
	"3", "0a0b0c0d-0001-4002-8003-000000000004", "will@example.org", "",
	"patient", "f", "", "Will", "Mitchell", "", "0", "1"
};

static void
setup(void)
{
	memset(&task, 0, sizeof(task));
	task.arena = arena_new(0);
	task.surface = &phr_surface;
	buf_init(&out, task.arena, 64);
	json_start(&json, &out);
}

static void
teardown(void)
{
	arena_free(task.arena);
}

START_TEST(test_view_prints_members_in_order)
{
	struct item	 item = made_row(&person, will);

	ck_assert(view_print(&task, &view, &json, &item));
	/* PostgreSQL's epoch is 2000. */
	ck_assert_str_eq(out.data, "{\"user_id\":3,\"type_id\":3,"
	    "\"fullname\":\"Will Mitchell\",\"contact\":null,"
	    "\"since\":\"2000-01-01T00:00:00\"}");
	PQclear((PGresult *)item.row.result);
}
END_TEST

static bool
parse(const char *text, bool making, struct values *values_r)
{
	struct input	 input;

	fault_clear(&task);
	ck_assert(json_read(&task, text, strlen(text), &input));
	return view_parse(&task, &view, &input, making, values_r);
}

START_TEST(test_view_takes_no_server_columns)
{
	struct values	 values;

	ck_assert(parse("{\"user_id\":9,\"type_id\":1,\"fullname\":\"A B\","
	    "\"verified\":true,\"contact\":\"1\"}", false, &values));
	ck_assert(!values.at[column_at(&person, "id")].given);
	ck_assert(!values.at[column_at(&person, "role")].given);
	ck_assert(!values.at[column_at(&person, "verified")].given);
	ck_assert_str_eq(values_text(&values, "given"), "A");
	ck_assert_str_eq(values_text(&values, "family"), "B");
	ck_assert_str_eq(values_text(&values, "phone"), "1");
}
END_TEST

START_TEST(test_view_names_every_failing_field)
{
	struct values	 values;

	ck_assert(!parse("{\"contact\":12}", false, &values));
	ck_assert_int_eq(task.fault.code, FAULT_INVALID);
	ck_assert_str_eq(task.fault.fields->field, "fullname");
	ck_assert_int_eq(task.fault.fields->reason, FIELD_REQUIRED);
	ck_assert_str_eq(task.fault.fields->next->field, "contact");
	ck_assert_int_eq(task.fault.fields->next->reason, FIELD_TYPE);
}
END_TEST

START_TEST(test_view_null_empties_an_optional_column)
{
	struct values	 values;

	ck_assert(parse("{\"fullname\":\"A\",\"contact\":null}", false,
	    &values));
	ck_assert(values.at[column_at(&person, "phone")].given);
	ck_assert_ptr_null(values_text(&values, "phone"));
	ck_assert_str_eq(values_text(&values, "family"), "");
}
END_TEST

START_TEST(test_view_full_name_splits_at_the_last_blank)
{
	struct values	 values;

	ck_assert(parse("{\"fullname\":\" Ana Maria  de Souza \"}", false,
	    &values));
	ck_assert_str_eq(values_text(&values, "given"), "Ana Maria  de");
	ck_assert_str_eq(values_text(&values, "family"), "Souza");
	ck_assert(!parse("{\"fullname\":\"  \"}", false, &values));
	ck_assert(!parse("{\"fullname\":7}", false, &values));
}
END_TEST

START_TEST(test_view_times_before_1970_and_fractions)
{
	time_naive(&json, -1);
	json_start(&json, &out);
	ck_assert_str_eq(out.data, "\"1969-12-31T23:59:59\"");
	buf_cut(&out, 0);
	time_micro(&json, INT64_C(1704448800000001));
	ck_assert_str_eq(out.data, "\"2024-01-05T10:00:00.000001Z\"");
	buf_cut(&out, 0);
	json_start(&json, &out);
	time_naive(&json, INT64_C(951782400000000));
	ck_assert_str_eq(out.data, "\"2000-02-29T00:00:00\"");
}
END_TEST

static const struct member party_members[] = {
	{ "id",   "id" },
	{ "name", "given", &full_name },
};
static const struct view party_view = { "party", &party, ROWS(party_members) };
static const struct member pair_members[] = {
	{ "id",     "id" },
	{ "asked",  "clinician_id", .view = &party_view },
	{ "status", "status" },
	{ "client", "patient_id", .view = &party_view },
};
static const struct view pair_view = { "pair", &connection, ROWS(pair_members) };

#define A_UID	"0a0b0c0d-0001-4002-8003-000000000004"

START_TEST(test_view_nests_what_a_column_points_at)
{
	static const char *const	 cells[] = {
		"7", A_UID, "3", "5", "accepted", "3", "", "", "1", "7",
		"3", A_UID, "Will", "Mitchell", "", "patient", "3",
		"5", A_UID, "Ada", "Bell", "ada@example.org", "doctor", "5"
	};
	struct item	 item = made_wide_row(&connection, cells);

	ck_assert(view_print(&task, &pair_view, &json, &item));
	ck_assert_str_eq(out.data, "{\"id\":7,\"asked\":{\"id\":5,"
	    "\"name\":\"Ada Bell\"},\"status\":\"accepted\",\"client\":"
	    "{\"id\":3,\"name\":\"Will Mitchell\"}}");
	PQclear((PGresult *)item.row.result);
}
END_TEST

/* The join found nothing, or row-level security hides it. */
START_TEST(test_view_nests_null_for_what_is_gone)
{
	static const char *const	 cells[] = {
		"7", A_UID, "3", "5", "accepted", "3", "", "", "1", "7",
		"", "", "", "", "", "", "",
		"5", A_UID, "Ada", "", "", "doctor", "5"
	};
	struct item	 item = made_wide_row(&connection, cells);

	ck_assert(view_print(&task, &pair_view, &json, &item));
	ck_assert_str_eq(out.data, "{\"id\":7,\"asked\":{\"id\":5,"
	    "\"name\":\"Ada\"},\"status\":\"accepted\",\"client\":null}");
	PQclear((PGresult *)item.row.result);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("view");
	TCase	*tcase = tcase_create("view");
	SRunner	*runner;
	int	 failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_view_prints_members_in_order);
	tcase_add_test(tcase, test_view_takes_no_server_columns);
	tcase_add_test(tcase, test_view_names_every_failing_field);
	tcase_add_test(tcase, test_view_null_empties_an_optional_column);
	tcase_add_test(tcase, test_view_full_name_splits_at_the_last_blank);
	tcase_add_test(tcase, test_view_times_before_1970_and_fractions);
	tcase_add_test(tcase, test_view_nests_what_a_column_points_at);
	tcase_add_test(tcase, test_view_nests_null_for_what_is_gone);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
