/* Forms, query strings and path segments: what is decoded, what refused. */

#include "http/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/task.h"

#include <check.h>		/* last: it has a macro fail() */

#define BYTES(text)	text, sizeof(text) - 1

static struct task	 task;

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

/* A form and its fields as "name=value|", decoded. */
static const struct {
	const char	*text;
	size_t		 len;
	const char	*fields;
} good[] = {
	{ BYTES(""),                        "" },
	{ BYTES("&&"),                      "" },
	{ BYTES("a=1"),                     "a=1|" },
	{ BYTES("a=1&b=2"),                 "a=1|b=2|" },
	{ BYTES("&a=1&&b=2&"),              "a=1|b=2|" },
	{ BYTES("a"),                       "a=|" },
	{ BYTES("a="),                      "a=|" },
	{ BYTES("="),                       "=|" },
	{ BYTES("=v"),                      "=v|" },
	{ BYTES("a=b=c"),                   "a=b=c|" },
	{ BYTES("a=1&a=2"),                 "a=1|a=2|" },
	{ BYTES("first+name=Ada+Lovelace"), "first name=Ada Lovelace|" },
	{ BYTES("a=%2B%26%3D%25"),          "a=+&=%|" },
	{ BYTES("a%3Db=c"),                 "a=b=c|" },
	{ BYTES("n=%c3%A9"),                "n=\u00e9|" },
	{ BYTES("n=\u00e9"),                "n=\u00e9|" },
	{ BYTES("a=b;c=d"),                 "a=b;c=d|" },
	{ BYTES("a=%0D%0A"),                "a=\r\n|" },
	{ BYTES("a=%41"),                   "a=A|" },
};

START_TEST(test_form_fields_are_decoded)
{
	struct input input;
	struct buf seen;

	ck_assert(form_read(&task, good[_i].text, good[_i].len, &input));
	ck_assert(!input.typed);
	buf_init(&seen, task.arena, 0);
	for (size_t i = 0; i < input.nfields; i++) {
		ck_assert_int_eq(input.fields[i].value.type, INPUT_TEXT);
		buf_printf(&seen, "%s=%s|", input.fields[i].name,
		    input.fields[i].value.text);
	}
	ck_assert_str_eq(seen.data, good[_i].fields);
	ck_assert_int_eq(task.fault.code, FAULT_NONE);
}
END_TEST

static const struct {
	const char	*text;
	size_t		 len;
} bad[] = {
	{ BYTES("a=%") },
	{ BYTES("a=%4") },
	{ BYTES("a=%4&b=1") },
	{ BYTES("a=%g1") },
	{ BYTES("a=%1g") },
	{ BYTES("a=% 1") },
	{ BYTES("a=%-1") },
	{ BYTES("a=%%41") },
	{ BYTES("%zz=1") },
	{ BYTES("a=%00") },
	{ BYTES("%00=a") },
	{ BYTES("a=\0b") },
	{ BYTES("a\0=b") },
	{ BYTES("a=%ff") },
	{ BYTES("a=\xc3") },
	{ BYTES("a=%c3&b=%a9") },
	{ BYTES("a=%c0%af") },		/* overlong */
	{ BYTES("a=%ed%a0%80") },	/* a surrogate */
	{ BYTES("good=1&a=%f8%88%80%80%80") },
};

START_TEST(test_form_malformed_is_refused)
{
	struct input input;

	ck_assert(!form_read(&task, bad[_i].text, bad[_i].len, &input));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_REQUEST);
	ck_assert_uint_eq(input.nfields, 0);
}
END_TEST

START_TEST(test_form_has_at_most_1000_fields)
{
	struct buf text;
	struct input input;

	buf_init(&text, task.arena, 0);
	for (int i = 1; i < 1000; i++)
		buf_printf(&text, "f%d=%d&", i, i);
	buf_text(&text, "f1000=last&&");
	ck_assert(form_read(&task, text.data, text.len, &input));
	ck_assert_uint_eq(input.nfields, 1000);
	ck_assert_str_eq(input_text(&input, "f1000"), "last");
	buf_text(&text, "one=more");
	ck_assert(!form_read(&task, text.data, text.len, &input));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_REQUEST);
}
END_TEST

START_TEST(test_form_of_several_the_last_is_found)
{
	struct input input;

	ck_assert(form_read(&task, BYTES("a=1&b=x&a=2&c="), &input));
	ck_assert_str_eq(input_text(&input, "a"), "2");
	ck_assert_ptr_null(input_text(&input, "c"));
	ck_assert_ptr_nonnull(input_find(&input, "c"));
	ck_assert_ptr_null(input_find(&input, "d"));
}
END_TEST

static const struct {
	const char	*text;
	size_t		 len;
	const char	*segment;	/* NULL: malformed */
} segments[] = {
	{ BYTES(""),            "" },
	{ BYTES("vital"),       "vital" },
	{ BYTES("a+b"),         "a+b" },
	{ BYTES("a%20b"),       "a b" },
	{ BYTES("a%2Fb"),       "a/b" },
	{ BYTES("%2e%2E"),      ".." },
	{ BYTES("%c3%a9"),      "\u00e9" },
	{ BYTES("100%25"),      "100%" },
	{ BYTES("100%"),        NULL },
	{ "%41", 2,             NULL },		/* the rest is another's */
	{ BYTES("%u0041"),      NULL },
	{ BYTES("a%00"),        NULL },
	{ BYTES("a\0b"),        NULL },
	{ BYTES("%fe"),         NULL },
};

START_TEST(test_form_segment_is_decoded_or_refused)
{
	const char *segment = form_segment(&task, segments[_i].text,
	    segments[_i].len);

	ck_assert_pstr_eq(segment, segments[_i].segment);
	ck_assert_int_eq(task.fault.code, FAULT_NONE);
}
END_TEST

START_TEST(test_form_escape_leaves_nothing_to_misread)
{
	struct buf	 b;
	const char	*all = "Az09-._~ /?&=%+>;\"\r\n\u00e9";
	const char	*back;

	buf_init(&b, task.arena, 16);
	form_escape(&b, all);
	ck_assert_str_eq(b.data, "Az09-._~%20%2F%3F%26%3D%25%2B%3E%3B%22"
	    "%0D%0A%C3%A9");
	back = form_segment(&task, b.data, b.len);
	ck_assert_pstr_eq(back, all);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("form");
	TCase *tc = tcase_create("form");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_form_fields_are_decoded, 0,
	    COUNT_OF(good));
	tcase_add_loop_test(tc, test_form_malformed_is_refused, 0,
	    COUNT_OF(bad));
	tcase_add_test(tc, test_form_has_at_most_1000_fields);
	tcase_add_test(tc, test_form_of_several_the_last_is_found);
	tcase_add_loop_test(tc, test_form_segment_is_decoded_or_refused, 0,
	    COUNT_OF(segments));
	tcase_add_test(tc, test_form_escape_leaves_nothing_to_misread);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
