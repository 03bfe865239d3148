/* Faults: who fails first is right, fields are collected. */

#include "base/fault.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */

#include "base/task.h"

static struct task task;

static void
setup(void)
{
	task = (struct task){ .arena = arena_new(0) };
}

static void
teardown(void)
{
	arena_free(task.arena);
}

START_TEST(test_fault_every_code_has_its_row)
{
	for (size_t i = 0; i < FAULT_CODES; i++) {
		const struct fault_kind *kind = &fault_kinds[i];

		ck_assert_ptr_nonnull(kind->name);
		ck_assert_ptr_nonnull(kind->doc);
		ck_assert(kind->status == 200 ? i == FAULT_NONE :
		    kind->status >= 400 && kind->status < 600);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(kind->name, fault_kinds[k].name);
	}
}
END_TEST

START_TEST(test_fault_text_is_formatted_and_kept)
{
	char reason[] = "left eye";

	ck_assert(!fail(&task, FAULT_CONFLICT, "%s of %d", reason, 2));
	memset(reason, 'x', sizeof(reason) - 1);
	ck_assert_int_eq(task.fault.code, FAULT_CONFLICT);
	ck_assert_str_eq(task.fault.text, "left eye of 2");
}
END_TEST

START_TEST(test_fault_first_stays)
{
	fail(&task, FAULT_NOT_FOUND, "first");
	ck_assert(!fail(&task, FAULT_INTERNAL, "second"));
	ck_assert(!fail_field(&task, "name", FIELD_BLANK, 0, NULL));
	ck_assert_int_eq(task.fault.code, FAULT_NOT_FOUND);
	ck_assert_str_eq(task.fault.text, "first");
	ck_assert_ptr_null(task.fault.fields);
}
END_TEST

START_TEST(test_fault_needs_no_text)
{
	fail(&task, FAULT_METHOD, NULL);
	ck_assert_int_eq(task.fault.code, FAULT_METHOD);
	ck_assert_ptr_null(task.fault.text);
}
END_TEST

START_TEST(test_fault_fields_are_collected_in_order)
{
	char value[] = "sent";
	const struct field_fault *f;

	ck_assert(!fail_field(&task, "name", FIELD_TOO_LONG, 20, value));
	ck_assert(!fail_field(&task, "age", FIELD_TOO_SMALL, -0.5, NULL));
	memset(value, 'x', sizeof(value) - 1);
	ck_assert_int_eq(task.fault.code, FAULT_INVALID);
	f = task.fault.fields;
	ck_assert_str_eq(f->field, "name");
	ck_assert_int_eq(f->reason, FIELD_TOO_LONG);
	ck_assert(f->bound == 20);
	ck_assert_str_eq(f->value, "sent");
	f = f->next;
	ck_assert_str_eq(f->field, "age");
	ck_assert(f->bound == -0.5);
	ck_assert_ptr_null(f->value);
	ck_assert_ptr_null(f->next);
}
END_TEST

START_TEST(test_fault_clear_forgets_all)
{
	fail_field(&task, "name", FIELD_REQUIRED, 0, NULL);
	task.fault.retry_after = 5;
	fault_clear(&task);
	ck_assert_int_eq(task.fault.code, FAULT_NONE);
	ck_assert_int_eq(task.fault.retry_after, 0);
	ck_assert_ptr_null(task.fault.fields);
	fail(&task, FAULT_LIMITED, NULL);
	ck_assert_int_eq(task.fault.code, FAULT_LIMITED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fault");
	TCase *tests = tcase_create("fault");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_fault_every_code_has_its_row);
	tcase_add_test(tests, test_fault_text_is_formatted_and_kept);
	tcase_add_test(tests, test_fault_first_stays);
	tcase_add_test(tests, test_fault_needs_no_text);
	tcase_add_test(tests, test_fault_fields_are_collected_in_order);
	tcase_add_test(tests, test_fault_clear_forgets_all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
