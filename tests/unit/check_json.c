/* JSON written byte by byte as expected, and read strictly. */

#include "base/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */

#include "base/task.h"

static struct task task;
static struct buf buf;
static struct json json;
static struct input input;

static void
setup(void)
{
	task = (struct task){ .arena = arena_new(0) };
	buf_init(&buf, task.arena, 0);
	json_start(&json, &buf);
	input = (struct input){ 0 };
}

static void
teardown(void)
{
	arena_free(task.arena);
}

/* From a block of the exact size, so that overruns are seen. */
static bool
read_bytes(const char *bytes, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	bool good;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	fault_clear(&task);
	good = json_read(&task, copy, len, &input);
	free(copy);
	ck_assert(good == (task.fault.code == FAULT_NONE));
	return good;
}

START_TEST(test_json_commas_stand_where_they_belong)
{
	json_object(&json);
	json_key(&json, "list");
	json_array(&json);
	json_int(&json, 1);
	json_array(&json);
	json_end_array(&json);
	json_object(&json);
	json_end_object(&json);
	json_text(&json, "x");
	json_end_array(&json);
	json_pair(&json, "a", "b");
	json_pair(&json, "none", NULL);
	json_key(&json, "yes");
	json_bool(&json, true);
	json_key(&json, "no");
	json_bool(&json, false);
	json_end_object(&json);
	ck_assert_str_eq(buf.data, "{\"list\":[1,[],{},\"x\"],\"a\":\"b\","
	    "\"none\":null,\"yes\":true,\"no\":false}");
}
END_TEST

START_TEST(test_json_text_is_escaped)
{
	json_text(&json, "\"\\/\b\f\n\r\t\x01\x1f\x7f<\xc3\xa4\xe2\x80\xa8");
	ck_assert_str_eq(buf.data, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f"
	    "\x7f<\xc3\xa4\xe2\x80\xa8\"");
	buf_cut(&buf, 0);
	json_start(&json, &buf);
	json_text_n(&json, "a\0b", 3);
	json_text_n(&json, "abc", 0);
	ck_assert_str_eq(buf.data, "\"a\\u0000b\",\"\"");
}
END_TEST

/* Every character at every place of a word comes back as it was. */
START_TEST(test_json_text_reads_back)
{
	char text[24], *object;

	for (int c = 1; c < 0x80; c++) {
		for (size_t at = 0; at < sizeof(text) - 1; at++) {
			memset(text, 'x', sizeof(text));
			text[sizeof(text) - 1] = '\0';
			text[at] = (char)c;
			text[(at + 3) % (sizeof(text) - 1)] = (char)c;
			buf_cut(&buf, 0);
			json_start(&json, &buf);
			json_text(&json, text);
			object = arena_printf(task.arena, "{\"k\":%s}",
			    buf.data);
			ck_assert(read_bytes(object, strlen(object)));
			ck_assert_str_eq(input_text(&input, "k"), text);
		}
	}
}
END_TEST

START_TEST(test_json_ints_are_written)
{
	static const int64_t ints[] = {
		0, 7, -7, 10, 99, 1000000, INT64_MAX, INT64_MIN,
	};

	for (size_t i = 0; i < COUNT_OF(ints); i++)
		json_int(&json, ints[i]);
	ck_assert_str_eq(buf.data, "0,7,-7,10,99,1000000,"
	    "9223372036854775807,-9223372036854775808");
}
END_TEST

static const struct {
	double		 value;
	const char	*text;
} reals[] = {
	{ 0, "0" },
	{ 37, "37" },
	{ -2, "-2" },
	{ 36.6, "36.6" },
	{ 0.1, "0.1" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 1.0 / 3, "0.3333333333333333" },
	{ 999999999999999, "999999999999999" },
	{ 1e15, "1e+15" },
	{ -1e300, "-1e+300" },
	{ 5e-324, "4.94065645841247e-324" },
	{ DBL_MAX, "1.7976931348623157e+308" },
	{ NAN, "null" },
	{ INFINITY, "null" },
	{ -INFINITY, "null" },
};

START_TEST(test_json_reals_are_short_and_exact)
{
	json_real(&json, reals[_i].value);
	ck_assert_str_eq(buf.data, reals[_i].text);
	ck_assert(!isfinite(reals[_i].value) ||
	    strtod(buf.data, NULL) == reals[_i].value);
}
END_TEST

START_TEST(test_json_members_are_read)
{
	static const struct input_field expected[] = {
		{ "text",  { INPUT_TEXT, "a\"\xc3\xa4\xf0\x9f\x98\x80/" } },
		{ "empty", { INPUT_TEXT, "" } },
		{ "null",  { INPUT_NULL, "" } },
		{ "yes",   { INPUT_BOOL, "true" } },
		{ "no",    { INPUT_BOOL, "false" } },
		{ "int",   { INPUT_NUMBER, "-12" } },
		{ "max",   { INPUT_NUMBER, "9223372036854775807" } },
		{ "min",   { INPUT_NUMBER, "-9223372036854775808" } },
		{ "real",  { INPUT_NUMBER, "36.60" } },
		{ "power", { INPUT_NUMBER, "1E+02" } },
		{ "list",  { INPUT_LIST, "[1,2.50,\"a/b\",null]" } },
		{ "sub",   { INPUT_OBJECT, "{\"x\":{}}" } },
		{ "",      { INPUT_TEXT, "nameless" } },
	};
	static const char text[] = " {\"text\":\"a\\\"\\u00E4\\uD83d\\ude00\\/"
	    "\", \"empty\":\"\",\t\"null\":null,\"yes\":true,\"no\":false,"
	    "\"int\":-12,\"max\":9223372036854775807,"
	    "\"min\":-9223372036854775808,\"real\":36.60,\"power\":1E+02,"
	    "\"list\":[1, 2.50,\"a/b\" ,null],\"sub\":{\"x\" : {}},"
	    "\"\":\"nameless\"}\r\n";

	ck_assert(read_bytes(text, sizeof(text) - 1));
	ck_assert(input.typed);
	ck_assert_uint_eq(input.nfields, COUNT_OF(expected));
	for (size_t i = 0; i < input.nfields; i++) {
		const struct input_field *f = &input.fields[i];

		ck_assert_str_eq(f->name, expected[i].name);
		ck_assert_int_eq(f->value.type, expected[i].value.type);
		ck_assert_str_eq(f->value.text, expected[i].value.text);
	}
}
END_TEST

START_TEST(test_json_last_of_a_key_counts)
{
	ck_assert(read_bytes("{\"a\":1,\"b\":2,\"a\":\"three\"}", 25));
	ck_assert_str_eq(input_text(&input, "a"), "three");
	ck_assert(read_bytes("{}", 2));
	ck_assert_uint_eq(input.nfields, 0);
}
END_TEST

/* Each as it is, as a value, and where a list's text is kept. */
static const char *const malformed[] = {
	"", " ", "{", "[", "\"", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}",
	"{,}", "{a:1}", "{'a':1}", "{\"a\":'x'}", "{\"a\" 1}", "{1:2}",
	"{\"a\":1}{}", "{} {}", "{}x", "{}}", "{\"a\":1 2}", "{\"a\":1,,\"b\":2}",
	"[1,]", "[,1]", "[1 2]", "[1}", "{]", "/* c */{}", "// c\n{}", "{}//",
	"nul", "True", "NULL", "truex", "undefined", "NaN", "Infinity",
	"-Infinity", "nan", "-", "+1", "01", "-01", "00", "1.", ".5", "-.5",
	"1.e5", "01.5", "1e", "1e+", "1e5.5", "1-2", "--1", "0x10", "1..2", "1a",
	"1e999", "-1e999", "9223372036854775808", "-9223372036854775809",
	"18446744073709551615", "18446744073709551616",
	"123456789012345678901234567890",
	"\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\", "\"\\u", "\"a\nb\"",
	"\"a\tb\"", "\"\x01\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"",
	"\"\\ud83d\\ud83d\"", "\"\\ud83dx\"", "\"\\ude00\\ud83d\"",
	"\"\\ud83d\\", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"",
	"\xef\xbb\xbf{}", "\f{}", "{\"a\\u0000b\":1}", "{\"\\ud800\":1}",
	"{\"a\":tru}", "\"a\"\"b\"", "\"x\"y",
};

START_TEST(test_json_malformed_is_refused)
{
	static const char *const around[] = { "%s", "{\"k\":%s}",
	    "{\"k\":[%s]}", "{\"k\":{\"x\":[0,%s]}}" };
	const char *bad = malformed[_i];
	/* Nothing is no value, but an empty list is one. */
	size_t n = strspn(bad, " ") == strlen(bad) ? 2 : COUNT_OF(around);

	for (size_t i = 0; i < n; i++) {
		char text[100];

		snprintf(text, sizeof(text), around[i], bad);
		ck_assert_msg(!read_bytes(text, strlen(text)), "%s", text);
		ck_assert_int_eq(task.fault.code, FAULT_BAD_REQUEST);
		ck_assert_ptr_nonnull(task.fault.text);
	}
}
END_TEST

START_TEST(test_json_only_an_object_is_taken)
{
	static const char *const others[] = {
		"[]", "\"x\"", "1 ", "true ", "null ", "[{}]",
	};

	for (size_t i = 0; i < COUNT_OF(others); i++) {
		ck_assert(!read_bytes(others[i], strlen(others[i])));
		ck_assert_str_eq(task.fault.text, "JSON object expected");
	}
}
END_TEST

START_TEST(test_json_nul_byte_is_refused)
{
	ck_assert(!read_bytes("{}\0", 3));
	ck_assert(!read_bytes("{\"a\":\0 1}", 9));
	ck_assert(!read_bytes("{\"a\":\"\0\"}", 9));
}
END_TEST

START_TEST(test_json_depth_is_limited)
{
	char text[200];

	for (int depth = 30; depth < 36; depth++) {
		int n = depth - 1;

		memcpy(text, "{\"a\":", 5);
		memset(text + 5, '[', (size_t)n);
		memset(text + 5 + n, ']', (size_t)n);
		text[5 + 2 * n] = '}';
		ck_assert(read_bytes(text, (size_t)(6 + 2 * n)) ==
		    (depth <= JSON_DEPTH));
		if (depth > JSON_DEPTH)
			ck_assert_str_eq(task.fault.text,
			    "JSON nested too deep");
	}
}
END_TEST

START_TEST(test_json_many_members_are_read)
{
	char name[20];

	json_object(&json);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		json_key(&json, name);
		json_int(&json, i);
	}
	json_end_object(&json);
	ck_assert(read_bytes(buf.data, buf.len));
	ck_assert_uint_eq(input.nfields, 2000);
	ck_assert_str_eq(input_find(&input, "k1999")->text, "1999");
}
END_TEST

static void
add_reading(TCase *tests)
{
	tcase_add_test(tests, test_json_members_are_read);
	tcase_add_test(tests, test_json_last_of_a_key_counts);
	tcase_add_loop_test(tests, test_json_malformed_is_refused, 0,
	    COUNT_OF(malformed));
	tcase_add_test(tests, test_json_only_an_object_is_taken);
	tcase_add_test(tests, test_json_nul_byte_is_refused);
	tcase_add_test(tests, test_json_depth_is_limited);
	tcase_add_test(tests, test_json_many_members_are_read);
}

int
main(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_json_commas_stand_where_they_belong);
	tcase_add_test(tests, test_json_text_is_escaped);
	tcase_add_test(tests, test_json_text_reads_back);
	tcase_add_test(tests, test_json_ints_are_written);
	tcase_add_loop_test(tests, test_json_reals_are_short_and_exact, 0,
	    COUNT_OF(reals));
	add_reading(tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
