/* Heads of answers, byte for byte. */

#include "http/response.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECURITY						\
	"X-Content-Type-Options: nosniff\r\n"			\
	"Referrer-Policy: no-referrer\r\n"			\
	"X-Frame-Options: DENY\r\n"				\
	"Content-Security-Policy: default-src 'none'\r\n"

static struct arena	*arena;
static struct response	 res;
static struct buf	 head;

static void
setup(void)
{
	arena = arena_new(0);
	response_init(&res, arena);
	buf_init(&head, arena, 0);
}

static void
teardown(void)
{
	arena_free(arena);
}

START_TEST(test_response_json_has_type_length_and_protection)
{
	res.content_type = "application/json";
	buf_text(&res.body, "{\"a\":1}");
	response_head(&res, &head);
	ck_assert_str_eq(head.data, "Status: 200 OK\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: 7\r\n"
	    "Cache-Control: no-store\r\n" SECURITY "\r\n");
	ck_assert(response_has_body(&res));
}
END_TEST

START_TEST(test_response_cacheable_is_asked_again_each_time)
{
	res.cacheable = true;
	res.content_type = "application/json";
	response_header(&res, "ETag", "\"1-ab\"");
	response_head(&res, &head);
	ck_assert_str_eq(head.data, "Status: 200 OK\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: 0\r\n"
	    "Cache-Control: private, no-cache\r\n" SECURITY
	    "ETag: \"1-ab\"\r\n\r\n");
}
END_TEST

static const int	 bodiless[] = { 204, 304 };

START_TEST(test_response_without_content_says_no_length)
{
	res.status = bodiless[_i];
	res.content_type = "application/json";
	buf_text(&res.body, "forgotten");
	response_head(&res, &head);
	ck_assert(!response_has_body(&res));
	ck_assert_ptr_null(strstr(head.data, "Content-Type:"));
	ck_assert_ptr_null(strstr(head.data, "Content-Length:"));
	ck_assert_ptr_nonnull(strstr(head.data, "\r\nX-Frame-Options: DENY"));
}
END_TEST

START_TEST(test_response_without_type_is_empty)
{
	buf_text(&res.body, "forgotten");
	response_head(&res, &head);
	ck_assert(!response_has_body(&res));
	ck_assert_ptr_null(strstr(head.data, "Content-Type:"));
	ck_assert_ptr_nonnull(strstr(head.data, "Content-Length: 0\r\n"));
}
END_TEST

START_TEST(test_response_header_replaces_in_any_case)
{
	response_header(&res, "Allow", "GET");
	response_header(&res, "Vary", "Origin");
	response_header(&res, "ALLOW", "GET, POST");
	ck_assert_uint_eq(res.nheaders, 2);
	ck_assert_str_eq(response_find(&res, "allow"), "GET, POST");
	response_header(&res, "Allow", NULL);
	ck_assert_uint_eq(res.nheaders, 1);
	ck_assert_ptr_null(response_find(&res, "Allow"));
	ck_assert_str_eq(response_find(&res, "vary"), "Origin");
	response_header(&res, "Retry-After", NULL);
	ck_assert_uint_eq(res.nheaders, 1);
}
END_TEST

static const char *const splitting[] = {
	"/x\r\nSet-Cookie: a=b", "/x\nSet-Cookie: a=b", "/x\r", "\tx",
	"\x7f", "a\x01z"
};

START_TEST(test_response_header_cannot_be_split)
{
	response_header(&res, "Location", splitting[_i]);
	ck_assert_uint_eq(res.nheaders, 0);
	response_header(&res, "Location", "/harmless");
	response_header(&res, "Location", splitting[_i]);
	ck_assert_ptr_null(response_find(&res, "Location"));
}
END_TEST

START_TEST(test_response_default_gives_way)
{
	response_header(&res, "content-security-policy", "default-src 'self'");
	response_header(&res, "Cache-Control", "public, max-age=60");
	response_head(&res, &head);
	ck_assert_ptr_null(strstr(head.data, "'none'"));
	ck_assert_ptr_null(strstr(head.data, "no-store"));
	ck_assert_ptr_nonnull(strstr(head.data,
	    "\r\ncontent-security-policy: default-src 'self'\r\n"));
	ck_assert_ptr_nonnull(strstr(head.data,
	    "\r\nCache-Control: public, max-age=60\r\n"));
}
END_TEST

START_TEST(test_response_clear_keeps_what_any_answer_says)
{
	res.status = 201;
	res.content_type = "text/html";
	res.cacheable = true;
	buf_text(&res.body, "half an answer");
	response_header(&res, "ETag", "\"1\"");
	response_header(&res, "Access-Control-Allow-Origin", "https://a.org");
	response_header(&res, "Location", "/x");
	response_header(&res, "x-request-id", "r");
	response_header(&res, "Vary", "Origin");
	response_clear(&res);
	ck_assert_int_eq(res.status, 200);
	ck_assert_ptr_null(res.content_type);
	ck_assert(!res.cacheable);
	ck_assert_uint_eq(res.body.len, 0);
	ck_assert_uint_eq(res.nheaders, 3);
	ck_assert_str_eq(response_find(&res, "Vary"), "Origin");
	ck_assert_str_eq(response_find(&res, "X-Request-Id"), "r");
	ck_assert_str_eq(response_find(&res, "Access-Control-Allow-Origin"),
	    "https://a.org");
}
END_TEST

static const int	 used[] = {
	200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422,
	429, 500, 503
};

START_TEST(test_response_status_lines_begin_with_their_number)
{
	char number[16];

	snprintf(number, sizeof(number), "%d ", used[_i]);
	ck_assert_msg(strncmp(status_line(used[_i]), number, 4) == 0,
	    "%d is \"%s\"", used[_i], status_line(used[_i]));
}
END_TEST

START_TEST(test_response_unknown_status_is_a_bug)
{
	status_line(299);
}
END_TEST

START_TEST(test_response_too_many_headers_is_a_bug)
{
	for (int i = 0; i <= HEADERS_MAX; i++)
		response_header(&res, arena_printf(arena, "X-%d", i), "x");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("response");
	TCase *tc = tcase_create("response");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    test_response_json_has_type_length_and_protection);
	tcase_add_test(tc, test_response_cacheable_is_asked_again_each_time);
	tcase_add_loop_test(tc, test_response_without_content_says_no_length,
	    0, COUNT_OF(bodiless));
	tcase_add_test(tc, test_response_without_type_is_empty);
	tcase_add_test(tc, test_response_header_replaces_in_any_case);
	tcase_add_loop_test(tc, test_response_header_cannot_be_split, 0,
	    COUNT_OF(splitting));
	tcase_add_test(tc, test_response_default_gives_way);
	tcase_add_test(tc, test_response_clear_keeps_what_any_answer_says);
	tcase_add_loop_test(tc,
	    test_response_status_lines_begin_with_their_number, 0,
	    COUNT_OF(used));
	tcase_add_test_raise_signal(tc,
	    test_response_unknown_status_is_a_bug, SIGABRT);
	tcase_add_test_raise_signal(tc,
	    test_response_too_many_headers_is_a_bug, SIGABRT);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
