/* Looking up what a client sent. */

#include "base/input.h"

#include <stdlib.h>

#include <check.h>

#include "base/table.h"

static const struct input_field fields[] = {
	{ "name",  { INPUT_TEXT, "first" } },
	{ "empty", { INPUT_TEXT, "" } },
	{ "age",   { INPUT_NUMBER, "36.60" } },
	{ "none",  { INPUT_NULL, "" } },
	{ "name",  { INPUT_TEXT, "last" } },
	{ "",      { INPUT_TEXT, "nameless" } },
};

static const struct input typed = { ROWS(fields), true };
static const struct input untyped = { ROWS(fields), false };

START_TEST(test_input_last_of_several_counts)
{
	ck_assert_str_eq(input_find(&typed, "name")->text, "last");
	ck_assert_str_eq(input_text(&typed, "name"), "last");
	ck_assert_str_eq(input_text(&typed, ""), "nameless");
}
END_TEST

START_TEST(test_input_absent_is_not_null)
{
	ck_assert_ptr_null(input_find(&typed, "Name"));
	ck_assert_ptr_nonnull(input_find(&typed, "none"));
	ck_assert_int_eq(input_find(&typed, "none")->type, INPUT_NULL);
	ck_assert_ptr_null(input_find(&(struct input){ 0 }, "name"));
}
END_TEST

START_TEST(test_input_text_is_not_empty)
{
	ck_assert_ptr_null(input_text(&typed, "empty"));
	ck_assert_ptr_null(input_text(&typed, "none"));
	ck_assert_ptr_null(input_text(&typed, "absent"));
	ck_assert_ptr_null(input_text(&untyped, "empty"));
}
END_TEST

START_TEST(test_input_types_mean_something_in_json_only)
{
	ck_assert_ptr_null(input_text(&typed, "age"));
	ck_assert_str_eq(input_text(&untyped, "age"), "36.60");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("input");
	TCase *tests = tcase_create("input");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, test_input_last_of_several_counts);
	tcase_add_test(tests, test_input_absent_is_not_null);
	tcase_add_test(tests, test_input_text_is_not_empty);
	tcase_add_test(tests, test_input_types_mean_something_in_json_only);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
