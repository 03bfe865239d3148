/* Configuration files, written to a temporary file for each test. */

#include "base/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

static char path[] = "/tmp/check_ini.XXXXXX";
static char got[20000];		/* "name=value|" of each call */
static char why[400];
static char context[] = "context";

static void
setup(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	got[0] = why[0] = '\0';
}

static void
teardown(void)
{
	unlink(path);
}

static bool
note(void *ctx, const char *name, const char *value, char *reason,
    size_t size)
{
	size_t len = strlen(got);

	ck_assert_ptr_eq(ctx, context);
	snprintf(got + len, sizeof(got) - len, "%s=%s|", name, value);
	if (strcmp(value, "bad") != 0)
		return true;
	snprintf(reason, size, "is bad");
	return false;
}

static bool
read_bytes(const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	fclose(file);
	return ini_read(path, note, context, why, sizeof(why));
}

static const struct {
	const char	*text, *settings;
} good[] = {
	{ "", "" },
	{ "\n\n# comment = 1\n; comment = 2\n", "" },
	{ "a = 1\nb=2\n  c\t=\t3 \n", "a=1|b=2|c=3|" },
	{ "a = 1\r\nb = 2\r\n", "a=1|b=2|" },
	{ "a = 1", "a=1|" },
	{ "a =\n", "a=|" },
	{ "a = dbname=x user=y\n", "a=dbname=x user=y|" },
	{ "a = unix:/run/x\n", "a=unix:/run/x|" },
	{ "a = 1 ; comment\nb = 1;2\nc = 1 # 2\n", "a=1|b=1;2|c=1 # 2|" },
	{ "a = 1\na = 2\n", "a=1|a=2|" },
	{ "\xef\xbb\xbf" "a = 1\n", "a=1|" },
};

START_TEST(test_ini_settings_are_read)
{
	ck_assert_msg(read_bytes(good[_i].text, strlen(good[_i].text)),
	    "%s", why);
	ck_assert_str_eq(got, good[_i].settings);
	ck_assert_str_eq(why, "");
}
END_TEST

static const struct {
	const char	*text, *reason;		/* ":LINE: reason" */
	size_t		 len;			/* 0: strlen */
} refused[] = {
	{ "a = 1\n\nb = bad\n", ":3: is bad" },
	{ "a = 1\nword\nb = 2\n", ":2: not a setting" },
	{ "word", ":1: not a setting" },
	{ "word\na = bad\n", ":1: not a setting" },
	{ "a = bad\nword\n", ":1: is bad" },
	{ "a = 1\n  indented\n", ":2: not a setting" },
	{ "a = 1\n[section]\nb = 2\n", ":2: sections are not used" },
	{ "a = 1\nb = \0x\n", ":2: NUL byte", 13 },
	{ "# \0\n", ":1: NUL byte", 4 },
};

START_TEST(test_ini_faults_name_the_line)
{
	size_t len = refused[_i].len;

	if (len == 0)
		len = strlen(refused[_i].text);
	ck_assert(!read_bytes(refused[_i].text, len));
	ck_assert_uint_gt(strlen(why), strlen(path));
	ck_assert(strncmp(why, path, strlen(path)) == 0);
	ck_assert_str_eq(why + strlen(path), refused[_i].reason);
}
END_TEST

START_TEST(test_ini_stops_at_the_first_bad_value)
{
	const char text[] = "a = bad\nb = 2\n";

	ck_assert(!read_bytes(text, sizeof(text) - 1));
	ck_assert_str_eq(got, "a=bad|");
}
END_TEST

/* Lengths around inih's buffer and around the limit. */
START_TEST(test_ini_long_values_are_whole)
{
	static const int lengths[] = {
		190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 201,
		250, 1000, 4095, 4096,
	};
	char text[5000], expected[5000];

	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		got[0] = '\0';
		snprintf(text, sizeof(text), "a = %0*d \t; comment\nb=1\n",
		    lengths[i], 7);
		snprintf(expected, sizeof(expected), "a=%0*d|b=1|",
		    lengths[i], 7);
		ck_assert(read_bytes(text, strlen(text)));
		ck_assert_str_eq(got, expected);
	}
}
END_TEST

/* A long value ends where the same value, short, does. */
START_TEST(test_ini_long_values_end_like_short_ones)
{
	static const char *const starts[] = {
		"", ";", " ;", " x ;", "x;", "\t; ", "x\t\t;", "= ;", "a b; ;",
	};
	char text[1000], shortly[200];

	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		got[0] = '\0';
		snprintf(text, sizeof(text), "a=%szz\n", starts[i]);
		ck_assert(read_bytes(text, strlen(text)));
		snprintf(shortly, sizeof(shortly), "%.*s",
		    (int)strcspn(got, "z|"), got);
		got[0] = '\0';
		snprintf(text, sizeof(text), "a=%s%0300d\n", starts[i], 0);
		ck_assert(read_bytes(text, strlen(text)));
		got[strcspn(got, "0|")] = '\0';
		ck_assert_str_eq(got, shortly);
	}
}
END_TEST

START_TEST(test_ini_too_long_is_refused)
{
	char text[9000];

	snprintf(text, sizeof(text), "a=%04097d\n", 1);
	ck_assert(!read_bytes(text, strlen(text)));
	ck_assert_ptr_nonnull(strstr(why, ":1: value too long"));
	snprintf(text, sizeof(text), "a=%08000d\n", 1);
	ck_assert(!read_bytes(text, strlen(text)));
	ck_assert_ptr_nonnull(strstr(why, ":1: line too long"));
	snprintf(text, sizeof(text), "%0300d\n", 1);
	ck_assert(!read_bytes(text, strlen(text)));
	ck_assert_ptr_nonnull(strstr(why, ":1: not a setting"));
	snprintf(text, sizeof(text), "%0300d=1\n", 1);
	ck_assert(!read_bytes(text, strlen(text)));
	ck_assert_ptr_nonnull(strstr(why, ":1: name too long"));
	ck_assert_str_eq(got, "");
	snprintf(text, sizeof(text), "# %0400d\na=1\n", 1);
	ck_assert(read_bytes(text, strlen(text)));
}
END_TEST

START_TEST(test_ini_file_that_cannot_be_read)
{
	ck_assert(!ini_read("/nonexistent/x.conf", note, NULL, why,
	    sizeof(why)));
	ck_assert_str_eq(why, "/nonexistent/x.conf: "
	    "No such file or directory");
	ck_assert(!ini_read("/", note, NULL, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "Is a directory"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ini");
	TCase *tests = tcase_create("ini");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_ini_settings_are_read, 0,
	    COUNT_OF(good));
	tcase_add_loop_test(tests, test_ini_faults_name_the_line, 0,
	    COUNT_OF(refused));
	tcase_add_test(tests, test_ini_stops_at_the_first_bad_value);
	tcase_add_test(tests, test_ini_long_values_are_whole);
	tcase_add_test(tests, test_ini_long_values_end_like_short_ones);
	tcase_add_test(tests, test_ini_too_long_is_refused);
	tcase_add_test(tests, test_ini_file_that_cannot_be_read);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
