/* The arena in either build; what only one of them shows is told apart. */

#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static struct arena *arena;
static char calls[16];
static char seen[16];		/* the text that a call still could read */

static void
setup(void)
{
	arena = arena_new(0);
	memset(calls, 0, sizeof(calls));
	memset(seen, 0, sizeof(seen));
}

static void
teardown(void)
{
	arena_free(arena);
}

static void
note_call(void *text)
{
	strncat(calls, text, sizeof(calls) - strlen(calls) - 1);
}

static void
note_text(void *text)
{
	snprintf(seen, sizeof(seen), "%s", (const char *)text);
}

static void
defer_again(void *text)
{
	arena_defer(arena, note_call, arena_text(arena, text));
}

START_TEST(test_arena_objects_are_zeroed_aligned_and_apart)
{
	for (int round = 0; round < 3; round++) {
		unsigned char *last = NULL;

		for (size_t size = 0; size < 3000; size += 7) {
			unsigned char *p = arena_alloc(arena, size);

			ck_assert_uint_eq((uintptr_t)p %
			    _Alignof(max_align_t), 0);
			ck_assert_ptr_ne(p, last);
			for (size_t i = 0; i < size; i++)
				ck_assert_uint_eq(p[i], 0);
			memset(p, 0xff, size);
			last = p;
		}
		arena_reset(arena);
	}
}
END_TEST

START_TEST(test_arena_objects_do_not_overlap)
{
	enum { N = 400 };
	unsigned char *objects[N];

	for (size_t i = 0; i < N; i++) {
		objects[i] = arena_alloc(arena, i * 31 % 9000);
		memset(objects[i], (int)(i & 0xff), i * 31 % 9000);
	}
	for (size_t i = 0; i < N; i++) {
		for (size_t k = 0; k < i * 31 % 9000; k++)
			ck_assert_uint_eq(objects[i][k], i & 0xff);
	}
}
END_TEST

START_TEST(test_arena_large_object_leaves_room_for_small_ones)
{
	char *before, *large, *after;

	before = arena_text(arena, "before");
	large = arena_alloc(arena, 1 << 20);
	memset(large, 'x', 1 << 20);
	after = arena_text(arena, "after");
	ck_assert_str_eq(before, "before");
	ck_assert_str_eq(after, "after");
	ck_assert_int_eq(large[(1 << 20) - 1], 'x');
#ifndef CK_DEVELOPER
	ck_assert_int_eq(after - before, 16);
#endif
}
END_TEST

START_TEST(test_arena_copies_texts)
{
	const char bytes[] = { 'a', '\0', 'b' };
	char *copy = arena_copy(arena, bytes, sizeof(bytes));

	ck_assert_mem_eq(copy, "a\0b", 4);
	ck_assert_str_eq(arena_copy(arena, NULL, 0), "");
	ck_assert_str_eq(arena_text(arena, "text"), "text");
	ck_assert_ptr_null(arena_text(arena, NULL));
	ck_assert_str_eq(arena_printf(arena, "%d of %s", 1, "two"), "1 of two");
	ck_assert_uint_eq(strlen(arena_printf(arena, "%20000d", 1)), 20000);
}
END_TEST

START_TEST(test_arena_counts_what_is_used)
{
	ck_assert_uint_eq(arena_used(arena), 0);
	arena_alloc(arena, 1);
	ck_assert_uint_eq(arena_used(arena), 16);
	arena_alloc(arena, 100000);
	ck_assert_uint_eq(arena_used(arena), 100016);
	arena_reset(arena);
	ck_assert_uint_eq(arena_used(arena), 0);
}
END_TEST

START_TEST(test_arena_defers_newest_first)
{
	arena_defer(arena, note_call, arena_text(arena, "1"));
	arena_defer(arena, note_call, arena_text(arena, "2"));
	arena_defer(arena, note_call, arena_text(arena, "3"));
	arena_reset(arena);
	ck_assert_str_eq(calls, "321");
	arena_reset(arena);
	ck_assert_str_eq(calls, "321");
}
END_TEST

START_TEST(test_arena_defers_until_just_before_memory_goes)
{
	arena_defer(arena, note_text, arena_text(arena, "still here"));
	arena_alloc(arena, 50000);
	arena_reset(arena);
	ck_assert_str_eq(seen, "still here");
}
END_TEST

START_TEST(test_arena_calls_may_defer)
{
	arena_defer(arena, note_call, arena_text(arena, "1"));
	arena_defer(arena, defer_again, arena_text(arena, "2"));
	arena_reset(arena);
	ck_assert_str_eq(calls, "21");
}
END_TEST

START_TEST(test_arena_free_runs_the_calls)
{
	struct arena *other = arena_new(100);

	arena_defer(other, note_call, arena_text(other, "x"));
	arena_free(other);
	ck_assert_str_eq(calls, "x");
	arena_free(NULL);
}
END_TEST

#ifndef CK_DEVELOPER
/* Looks at the first block, which stays; developers' builds have none. */
START_TEST(test_arena_reset_wipes_and_starts_over)
{
	char *secret = arena_text(arena, "a patient's word");

	for (int i = 0; i < 2000; i++)
		arena_text(arena, "a patient's word");
	arena_reset(arena);
	for (size_t i = 0; i < 16000; i++)
		ck_assert_int_eq(secret[i], 0);
	ck_assert_ptr_eq(arena_alloc(arena, 1), secret);
}
END_TEST
#endif

START_TEST(test_arena_dies_without_memory)
{
	arena_alloc(arena, SIZE_MAX / 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tests = tcase_create("arena");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_arena_objects_are_zeroed_aligned_and_apart);
	tcase_add_test(tests, test_arena_objects_do_not_overlap);
	tcase_add_test(tests,
	    test_arena_large_object_leaves_room_for_small_ones);
	tcase_add_test(tests, test_arena_copies_texts);
	tcase_add_test(tests, test_arena_counts_what_is_used);
	tcase_add_test(tests, test_arena_defers_newest_first);
	tcase_add_test(tests, test_arena_defers_until_just_before_memory_goes);
	tcase_add_test(tests, test_arena_calls_may_defer);
	tcase_add_test(tests, test_arena_free_runs_the_calls);
#ifndef CK_DEVELOPER
	tcase_add_test(tests, test_arena_reset_wipes_and_starts_over);
#endif
	tcase_add_exit_test(tests, test_arena_dies_without_memory,
	    EXIT_FAILURE);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
