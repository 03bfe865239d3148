/* Strings and spellings: tables of what is taken and what is refused. */

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/table.h"

static struct arena *arena;

static void
setup(void)
{
	arena = arena_new(0);
}

static void
teardown(void)
{
	arena_free(arena);
}

static const struct {
	const char	*text;
	size_t		 len;
	bool		 good;
} utf8[] = {
	{ "", 0, true },
	{ "plain text, longer than eight bytes \x7f", 37, true },
	{ "\xc2\x80", 2, true },
	{ "\xdf\xbf", 2, true },
	{ "\xe0\xa0\x80", 3, true },
	{ "\xed\x9f\xbf", 3, true },
	{ "\xee\x80\x80", 3, true },
	{ "\xef\xbf\xbf", 3, true },
	{ "\xf0\x90\x80\x80", 4, true },
	{ "\xf4\x8f\xbf\xbf", 4, true },
	{ "12345678\xc3\xa4" "12345678", 18, true },
	{ "\0", 1, false },
	{ "abcdefg\0", 8, false },
	{ "abcdefghijk\0", 12, false },
	{ "\x80", 1, false },
	{ "1234567\x80", 8, false },
	{ "\xbf", 1, false },
	{ "\xc0\x80", 2, false },	/* overlong */
	{ "\xc1\xbf", 2, false },
	{ "\xe0\x9f\xbf", 3, false },
	{ "\xf0\x8f\xbf\xbf", 4, false },
	{ "\xed\xa0\x80", 3, false },	/* surrogates */
	{ "\xed\xbf\xbf", 3, false },
	{ "\xf4\x90\x80\x80", 4, false },	/* past U+10FFFF */
	{ "\xf5\x80\x80\x80", 4, false },
	{ "\xff", 1, false },
	{ "\xc2", 1, false },		/* cut */
	{ "\xe2\x82", 2, false },
	{ "\xf0\x9f\x98", 3, false },
	{ "\xc2" "a", 2, false },
	{ "\xe2\x28\xa1", 3, false },
	{ "\xe2\x82\x28", 3, false },
	{ "\xf0\x9f\x98\xc0", 4, false },
};

START_TEST(test_text_utf8_is_strict)
{
	char *copy = malloc(utf8[_i].len + 1);	/* overruns are seen */

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, utf8[_i].text, utf8[_i].len);
	ck_assert(text_is_utf8(copy, utf8[_i].len) == utf8[_i].good);
	free(copy);
}
END_TEST

START_TEST(test_text_utf8_at_every_place)
{
	char text[40];

	for (size_t at = 0; at + 2 <= sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		memcpy(text + at, "\xc3\xa4", 2);
		ck_assert(text_is_utf8(text, sizeof(text)));
		ck_assert(!text_is_utf8(text, at + 1));
		text[at] = '\0';
		ck_assert(!text_is_utf8(text, sizeof(text)));
	}
}
END_TEST

START_TEST(test_text_length_is_in_characters)
{
	ck_assert_uint_eq(text_length(""), 0);
	ck_assert_uint_eq(text_length("abc"), 3);
	ck_assert_uint_eq(text_length("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
	    4);
}
END_TEST

START_TEST(test_text_equal_knows_null_and_case)
{
	ck_assert(text_equal(NULL, NULL));
	ck_assert(!text_equal(NULL, ""));
	ck_assert(!text_equal("", NULL));
	ck_assert(text_equal("a", "a"));
	ck_assert(!text_equal("a", "A"));
	ck_assert(text_equal_nocase(NULL, NULL));
	ck_assert(!text_equal_nocase("", NULL));
	ck_assert(text_equal_nocase("Content-TYPE", "cONTENT-type"));
	ck_assert(!text_equal_nocase("abc", "abcd"));
	ck_assert(!text_equal_nocase("abcd", "abc"));
	ck_assert(!text_equal_nocase("[", "{"));
	ck_assert(!text_equal_nocase("@", "`"));
	ck_assert(!text_equal_nocase("\xc3\x84", "\xc3\xa4"));
}
END_TEST

START_TEST(test_text_starts_with_prefix)
{
	ck_assert(text_starts("Bearer x", "Bearer "));
	ck_assert(text_starts("x", ""));
	ck_assert(text_starts("", ""));
	ck_assert(!text_starts("Bear", "Bearer"));
	ck_assert(!text_starts("bearer x", "Bearer"));
}
END_TEST

START_TEST(test_text_trimmed_and_normal)
{
	ck_assert_str_eq(text_trimmed(arena, " \t a B \r\n"), "a B");
	ck_assert_str_eq(text_trimmed(arena, " \v\f "), "");
	ck_assert_str_eq(text_trimmed(arena, ""), "");
	ck_assert_str_eq(text_normal(arena, " Ann@Example.ORG\n"),
	    "ann@example.org");
	ck_assert_str_eq(text_normal(arena, "\xc3\x84Z"), "\xc3\x84z");
}
END_TEST

static const struct {
	const char	*text;
	int64_t		 value;
} ints[] = {
	{ "0", 0 },
	{ "7", 7 },
	{ "-1", -1 },
	{ "1234567890", 1234567890 },
	{ "9223372036854775807", INT64_MAX },
	{ "-9223372036854775808", INT64_MIN },
};

START_TEST(test_text_int_is_read)
{
	int64_t value;

	ck_assert(text_to_int(ints[_i].text, &value));
	ck_assert_int_eq(value, ints[_i].value);
}
END_TEST

static const char *const not_ints[] = {
	"", "-", "+1", " 1", "1 ", "01", "-0", "-01", "00", "1.0", "1e3", "0x1",
	"--1", "a", "1a", "9223372036854775808", "-9223372036854775809",
	"99999999999999999999999999",
};

START_TEST(test_text_int_is_strict)
{
	int64_t value = 77;

	ck_assert(!text_to_int(not_ints[_i], &value));
	ck_assert_int_eq(value, 77);
}
END_TEST

START_TEST(test_text_hex_there_and_back)
{
	unsigned char bytes[256], back[256];
	char text[HEX_SIZE(256)];
	size_t len;

	for (size_t i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	ck_assert_uint_eq(hex_encode(bytes, 256, text), 512);
	ck_assert_uint_eq(strlen(text), 512);
	ck_assert(text_starts(text, "000102"));
	ck_assert(hex_decode(text, 512, back, 256, &len));
	ck_assert_uint_eq(len, 256);
	ck_assert_mem_eq(back, bytes, 256);
	ck_assert(!hex_decode(text, 512, back, 255, &len));
	ck_assert(!hex_decode(text, 511, back, 256, &len));
	ck_assert(!hex_decode("0g", 2, back, 256, &len));
	ck_assert(!hex_decode("FF", 2, back, 256, &len));
	ck_assert(!hex_decode("0 ", 2, back, 256, &len));
	ck_assert(hex_decode("", 0, back, 0, &len));
	ck_assert_uint_eq(len, 0);
}
END_TEST

/* RFC 4648 section 10, without the padding; and the letters of url. */
static const struct {
	const char	*bytes, *text;
} base64[] = {
	{ "", "" },
	{ "f", "Zg" },
	{ "fo", "Zm8" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg" },
	{ "fooba", "Zm9vYmE" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xfe", "-__-" },
};

START_TEST(test_text_base64_answers_as_published)
{
	size_t size = strlen(base64[_i].bytes), len = 99;
	char text[20], *bytes = malloc(size + 1);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(base64_encode(base64[_i].bytes, size, text),
	    strlen(base64[_i].text));
	ck_assert_str_eq(text, base64[_i].text);
	ck_assert_uint_ge(BASE64_SIZE(size), strlen(text) + 1);
	ck_assert(base64_decode(text, strlen(text), bytes, size, &len));
	ck_assert_uint_eq(len, size);
	ck_assert_mem_eq(bytes, base64[_i].bytes, size);
	if (size > 0)
		ck_assert(!base64_decode(text, strlen(text), bytes, size - 1,
		    &len));
	free(bytes);
}
END_TEST

static const char *const not_base64[] = {
	"Z", "Zm9vY", "Zh", "Zm9=", "Zg==", "Zm 9", "Zm+v", "Zm/v", "Zm9\n",
	"Zm9\x80",
};

START_TEST(test_text_base64_is_strict)
{
	char bytes[20];
	size_t len;

	ck_assert(!base64_decode(not_base64[_i], strlen(not_base64[_i]),
	    bytes, sizeof(bytes), &len));
}
END_TEST

START_TEST(test_text_uuid_there_and_back)
{
	unsigned char uuid[16];
	char text[UUID_TEXT];

	ck_assert(uuid_parse("0123ABCD-4567-89ab-CDEF-fedcba987654", uuid));
	ck_assert_mem_eq(uuid, "\x01\x23\xab\xcd\x45\x67\x89\xab"
	    "\xcd\xef\xfe\xdc\xba\x98\x76\x54", 16);
	uuid_print(uuid, text);
	ck_assert_str_eq(text, "0123abcd-4567-89ab-cdef-fedcba987654");
}
END_TEST

static const char *const not_uuids[] = {
	"", "0123abcd-4567-89ab-cdef-fedcba98765",
	"0123abcd-4567-89ab-cdef-fedcba9876543",
	"0123abcd4567-89ab-cdef-fedcba98765432",
	"0123abcd-4567-89ab-cdef-fedcba98765g",
	"0123abcd-4567-89ab-cdef_fedcba987654",
	"0123abc--4567-89ab-cdef-fedcba987654",
	"{123abcd-4567-89ab-cdef-fedcba98765}",
};

START_TEST(test_text_uuid_is_strict)
{
	unsigned char uuid[16];

	ck_assert(!uuid_parse(not_uuids[_i], uuid));
}
END_TEST

static void
add_spellings(TCase *tests)
{
	tcase_add_loop_test(tests, test_text_int_is_read, 0, COUNT_OF(ints));
	tcase_add_loop_test(tests, test_text_int_is_strict, 0,
	    COUNT_OF(not_ints));
	tcase_add_test(tests, test_text_hex_there_and_back);
	tcase_add_loop_test(tests, test_text_base64_answers_as_published, 0,
	    COUNT_OF(base64));
	tcase_add_loop_test(tests, test_text_base64_is_strict, 0,
	    COUNT_OF(not_base64));
	tcase_add_test(tests, test_text_uuid_there_and_back);
	tcase_add_loop_test(tests, test_text_uuid_is_strict, 0,
	    COUNT_OF(not_uuids));
}

int
main(void)
{
	Suite *suite = suite_create("text");
	TCase *tests = tcase_create("text");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_text_utf8_is_strict, 0,
	    COUNT_OF(utf8));
	tcase_add_test(tests, test_text_utf8_at_every_place);
	tcase_add_test(tests, test_text_length_is_in_characters);
	tcase_add_test(tests, test_text_equal_knows_null_and_case);
	tcase_add_test(tests, test_text_starts_with_prefix);
	tcase_add_test(tests, test_text_trimmed_and_normal);
	add_spellings(tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
