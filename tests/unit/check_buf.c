/* A buf is text at every moment, however it grew. */

#include "base/buf.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static struct arena *arena;
static struct buf buf;

static void
setup(void)
{
	arena = arena_new(0);
	buf_init(&buf, arena, 0);
}

static void
teardown(void)
{
	arena_free(arena);
}

START_TEST(test_buf_is_empty_text_at_first)
{
	ck_assert_str_eq(buf.data, "");
	ck_assert_uint_eq(buf.len, 0);
	buf_add(&buf, "", 0);
	buf_grown(&buf, 0);
	buf_cut(&buf, 0);
	ck_assert_str_eq(buf.data, "");
	buf_init(&buf, arena, 1000);
	ck_assert_str_eq(buf.data, "");
	ck_assert_uint_gt(buf.size, 1000);
}
END_TEST

START_TEST(test_buf_empty_ones_stay_apart)
{
	struct buf other;

	buf_init(&other, arena, 0);
	buf_char(&buf, 'x');
	ck_assert_str_eq(buf.data, "x");
	ck_assert_str_eq(other.data, "");
}
END_TEST

START_TEST(test_buf_adds_in_order)
{
	buf_text(&buf, "one ");
	buf_add(&buf, "two three", 3);
	buf_char(&buf, ' ');
	buf_printf(&buf, "%d%s", 3, "!");
	ck_assert_str_eq(buf.data, "one two 3!");
	ck_assert_uint_eq(buf.len, 10);
	buf_add(&buf, "\0x", 2);
	ck_assert_mem_eq(buf.data, "one two 3!\0x", 13);
}
END_TEST

START_TEST(test_buf_grows_and_keeps)
{
	for (size_t i = 0; i < 100000; i++) {
		buf_char(&buf, (char)('a' + i % 26));
		ck_assert_int_eq(buf.data[buf.len], 0);
		ck_assert_uint_lt(buf.len, buf.size);
	}
	for (size_t i = 0; i < 100000; i++)
		ck_assert_int_eq(buf.data[i], (char)('a' + i % 26));
	buf_printf(&buf, "%300000d", 1);
	ck_assert_uint_eq(strlen(buf.data), 400000);
}
END_TEST

START_TEST(test_buf_room_is_the_callers)
{
	for (size_t size = 0; size < 600; size++) {
		char *to = buf_room(&buf, size);

		ck_assert_ptr_eq(to, buf.data + buf.len);
		memset(to, 'r', size);
		buf_grown(&buf, size);
	}
	ck_assert_uint_eq(strlen(buf.data), 599 * 600 / 2);
	buf_room(&buf, 5000);
	ck_assert_uint_eq(strlen(buf.data), 599 * 600 / 2);
}
END_TEST

START_TEST(test_buf_cut_shortens)
{
	buf_text(&buf, "SELECT a, b, ");
	buf_cut(&buf, buf.len - 2);
	ck_assert_str_eq(buf.data, "SELECT a, b");
	buf_cut(&buf, 0);
	ck_assert_str_eq(buf.data, "");
	buf_text(&buf, "again");
	ck_assert_str_eq(buf.data, "again");
}
END_TEST

START_TEST(test_buf_refuses_to_cut_longer)
{
	buf_text(&buf, "short");
	buf_cut(&buf, 6);
}
END_TEST

START_TEST(test_buf_refuses_more_than_its_room)
{
	buf_room(&buf, 10);
	buf_grown(&buf, 100000);
}
END_TEST

START_TEST(test_buf_dies_of_an_impossible_size)
{
	buf_text(&buf, "x");
	buf_room(&buf, SIZE_MAX - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tests = tcase_create("buf");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_buf_is_empty_text_at_first);
	tcase_add_test(tests, test_buf_empty_ones_stay_apart);
	tcase_add_test(tests, test_buf_adds_in_order);
	tcase_add_test(tests, test_buf_grows_and_keeps);
	tcase_add_test(tests, test_buf_room_is_the_callers);
	tcase_add_test(tests, test_buf_cut_shortens);
	tcase_add_test_raise_signal(tests, test_buf_refuses_to_cut_longer,
	    SIGABRT);
	tcase_add_test_raise_signal(tests, test_buf_refuses_more_than_its_room,
	    SIGABRT);
	tcase_add_exit_test(tests, test_buf_dies_of_an_impossible_size,
	    EXIT_FAILURE);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
