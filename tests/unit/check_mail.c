/* Mails as text: what a name, a body or an address can hold, and cannot do. */

#include "job/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/table.h"

#include <check.h>

static struct arena	*arena;

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

static const char *
rendered(const char *name, const char *body, const char *eol)
{
	struct mail mail = {
		.id = "6a9e41c6-0d4f-4b6a-9a55-0d8f4e1c2b3a",
		.host = "health.example", .from = "chartkeep@health.example",
		.to = "ann@example.org", .name = name,
		.subject = "A reminder is due", .body = body,
		.date = INT64_C(1774794600) * SECOND,
	};
	struct buf out;

	buf_init(&out, arena, 0);
	mail_render(&mail, eol, &out);
	return out.data;
}

START_TEST(test_mail_has_these_headers)
{
	ck_assert_str_eq(rendered("Ann Lee", "Hello\n", "\r\n"),
	    "Date: Sun, 29 Mar 2026 14:30:00 +0000\r\n"
	    "From: chartkeep@health.example\r\n"
	    "To: \"Ann Lee\"\r\n <ann@example.org>\r\n"
	    "Subject: A reminder is due\r\n"
	    "Message-ID: "
	    "<6a9e41c6-0d4f-4b6a-9a55-0d8f4e1c2b3a@health.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "Hello\r\n");
}
END_TEST

START_TEST(test_mail_without_a_name_has_an_address)
{
	ck_assert_ptr_nonnull(strstr(rendered("", "Hello\n", "\n"),
	    "\nTo: <ann@example.org>\nSubject: "));
}
END_TEST

/* What stands between "To: " and the address. */
static const struct {
	const char	*name;
	const char	*phrase;
} names[] = {
	{ "Ann Lee",         "\"Ann Lee\"" },
	{ "A \"B\" \\ C",    "\"A \\\"B\\\" \\\\ C\"" },
	{ "Ann, <b@c>",      "\"Ann, <b@c>\"" },
	{ "Zoë",             "=?utf-8?Q?Zo=C3=AB?=" },
	{ "李 小龍",
	    "=?utf-8?Q?=E6=9D=8E_=E5=B0=8F=E9=BE=8D?=" },
	{ "a\r\nBcc: x@y.z", "=?utf-8?Q?a__Bcc=3A_x=40y=2Ez?=" },
	{ "a\nb",            "=?utf-8?Q?a_b?=" },
	{ "a\x7f",           "=?utf-8?Q?a_?=" },
	{ "a\xc2\x85" "b",   "=?utf-8?Q?a_b?=" },
	{ "a\xe2\x80\xa8" "b", "=?utf-8?Q?a_b?=" },
	{ "=?utf-8?Q?=0A?=",
	    "=?utf-8?Q?=3D=3Futf=2D8=3FQ=3F=3D0A=3F=3D?=" },
	{ "_",               "\"_\"" },
	{ "_é",              "=?utf-8?Q?=5F=C3=A9?=" },
};

START_TEST(test_mail_name_is_quoted_or_encoded)
{
	ck_assert_ptr_nonnull(strstr(rendered(names[_i].name, "", "\n"),
	    arena_printf(arena, "\nTo: %s\n <ann@example.org>\nSubject: ",
	    names[_i].phrase)));
}
END_TEST

/* Asserts what RFC 5322 and 2047 ask of every line; returns their number. */
static int
check_lines(const char *text)
{
	int lines = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		ck_assert_uint_le(len, 76);
		for (size_t i = 0; i < len; i++)
			ck_assert(text[i] >= ' ' && text[i] <= '~');
		ck_assert(text[len] == '\n');
		text += len + 1;
		lines++;
	}
	return lines;
}

START_TEST(test_mail_long_names_fold_between_characters)
{
	struct buf name;
	const char *mail, *word;
	int words = 0;

	buf_init(&name, arena, 0);
	for (int i = 0; i < 120; i++)
		buf_text(&name, i % 3 == 0 ? "é" : i % 3 == 1 ? "𝄞" : "x");
	mail = rendered(name.data, "", "\n");
	check_lines(mail);
	for (word = mail; (word = strstr(word, "=?utf-8?Q?")) != NULL;
	    word++) {
		size_t len = strcspn(word + 10, "?");

		/* A character's bytes are never parted. */
		ck_assert(strncmp(word + 10, "=C3", 3) == 0 ||
		    strncmp(word + 10, "=F0", 3) == 0 || word[10] == 'x');
		ck_assert(strncmp(word + 10 + len, "?=", 2) == 0);
		words++;
	}
	ck_assert_int_gt(words, 10);
}
END_TEST

/* The inverse of the body's encoding, by the book (RFC 2045, 6.7). */
static const char *
decoded(const char *text)
{
	struct buf out;
	unsigned byte;

	buf_init(&out, arena, 0);
	for (; *text != '\0'; text++) {
		if (*text != '=') {
			buf_char(&out, *text);
		} else if (text[1] == '\n') {
			text++;
		} else {
			ck_assert_int_eq(sscanf(text + 1, "%2X", &byte), 1);
			buf_char(&out, (char)byte);
			text += 2;
		}
	}
	return out.data;
}

static const char *
body_of(const char *mail)
{
	return strstr(mail, "\n\n") + 2;
}

static const char *const bodies[] = {
	"", "a\n", "\n\n\n", "a\n\nb\n", " \n", "a \n", "\t\n", "a=b\n",
	".\n", "..a\n.b\n", "From here\nFrom there\n", "From\n",
	"Grüße, 李 小龍 𝄞\n", "=3D\n", "a  b\tc\n",
	"1234567890123456789012345678901234567890123456789012345678901234567"
	"890123456789012345678901234567890\n",
	"ééééééééééééééééééééééééééééééééééééééééééééééééééééé\n",
	"123456789012345678901234567890123456789012345678901234567890123456789"
	"01234 .From x\n",
};

START_TEST(test_mail_body_comes_back)
{
	const char *body = body_of(rendered("Ann", bodies[_i], "\n"));

	check_lines(body);
	ck_assert_str_eq(decoded(body), bodies[_i]);
	ck_assert_ptr_null(strstr(body, "\n."));
	ck_assert(body[0] != '.');
	ck_assert_ptr_null(strstr(body, "\nFrom "));
	ck_assert(strncmp(body, "From ", 5) != 0);
	ck_assert_ptr_null(strstr(body, " \n"));
	ck_assert_ptr_null(strstr(body, "\t\n"));
}
END_TEST

START_TEST(test_mail_body_of_any_length_comes_back)
{
	char text[400];

	for (int n = 0; n < (int)sizeof(text) - 2; n++) {
		memset(text, n % 2 ? 'x' : '.', (size_t)n);
		text[n] = '\n';
		text[n + 1] = '\0';
		const char *body = body_of(rendered("", text, "\n"));

		check_lines(body);
		ck_assert_str_eq(decoded(body), text);
	}
}
END_TEST

START_TEST(test_mail_line_ends_are_the_transports)
{
	const char *mail = rendered("Zoë", "a\r\nb\rc\nd", "\r\n");

	for (const char *c = mail; *c != '\0'; c++) {
		ck_assert(*c != '\n' || (c > mail && c[-1] == '\r'));
		ck_assert(*c != '\r' || c[1] == '\n');
	}
	ck_assert_str_eq(strstr(mail, "\r\n\r\n") + 4,
	    "a\r\nb\r\nc\r\nd\r\n");
}
END_TEST

static const char *const good_addresses[] = {
	"a@b", "ann@example.org", "ann.lee+x@sub.example.org",
	"!#$%&'*+-/=?^_`{|}~@example", "chartkeep@localhost",
};

START_TEST(test_mail_address_plain_is_good)
{
	ck_assert(mail_address(good_addresses[_i]));
}
END_TEST

static const char *const bad_addresses[] = {
	"", "@", "a", "a@", "@b", "a@b@c", "a b@c", "a@b c", " a@b", "a@b ",
	"a@b\r\nRCPT TO:<x@y>", "a\n@b", "<a@b>", "\"a\"@b", "a@[127.0.0.1]",
	".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c", "a,b@c", "a@b,c@d",
	"a@b>", "ä@b", "a@ä", "a(b)@c", "a@b_c",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b",
};

START_TEST(test_mail_address_other_is_refused)
{
	ck_assert(!mail_address(bad_addresses[_i]));
}
END_TEST

static const struct {
	const char	*url, *host;
} urls[] = {
	{ "http://localhost",                 "localhost" },
	{ "https://health.example:8443/x",    "health.example" },
	{ "https://health.example/a:b",       "health.example" },
	{ "health.example",                   "health.example" },
	{ "http://[::1]:8080",                "localhost" },
	{ "http://a b",                       "localhost" },
	{ "http://a>\r\nX: y/",               "localhost" },
	{ "",                                 "localhost" },
};

START_TEST(test_mail_host_is_a_name)
{
	ck_assert_str_eq(mail_host(arena, urls[_i].url), urls[_i].host);
}
END_TEST

START_TEST(test_mail_line_is_one_line)
{
	ck_assert_str_eq(mail_line(arena, "a\r\nb\tc"), "a  b c");
	ck_assert_str_eq(mail_line(arena, "Zoë \xe2\x80\xa9x"), "Zoë  x");
	ck_assert_str_eq(mail_line(arena, ""), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mail");
	TCase *tc = tcase_create("mail");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_mail_has_these_headers);
	tcase_add_test(tc, test_mail_without_a_name_has_an_address);
	tcase_add_loop_test(tc, test_mail_name_is_quoted_or_encoded, 0,
	    COUNT_OF(names));
	tcase_add_test(tc, test_mail_long_names_fold_between_characters);
	tcase_add_loop_test(tc, test_mail_body_comes_back, 0,
	    COUNT_OF(bodies));
	tcase_add_test(tc, test_mail_body_of_any_length_comes_back);
	tcase_add_test(tc, test_mail_line_ends_are_the_transports);
	tcase_add_loop_test(tc, test_mail_address_plain_is_good, 0,
	    COUNT_OF(good_addresses));
	tcase_add_loop_test(tc, test_mail_address_other_is_refused, 0,
	    COUNT_OF(bad_addresses));
	tcase_add_loop_test(tc, test_mail_host_is_a_name, 0, COUNT_OF(urls));
	tcase_add_test(tc, test_mail_line_is_one_line);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
