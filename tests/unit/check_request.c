/*
 * CGI parameters as requests: what web servers send, and what only somebody
 * with bad intentions would.
 */

#include "http/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/task.h"

#include <check.h>		/* last: it has a macro fail() */

struct param {
	const char	*name, *value;
};

static struct task	 task;
static struct request	 req;
static struct param	 params[16];	/* ends with a name NULL */

static void
setup(void)
{
	task = (struct task){ .arena = arena_new(0) };
	memset(params, 0, sizeof(params));
}

static void
teardown(void)
{
	arena_free(task.arena);
}

static const char *
param(void *ctx, const char *name)
{
	for (const struct param *p = ctx; p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p->value;
	return NULL;
}

static void
set_param(const char *name, const char *value)
{
	struct param *p = params;

	while (p->name != NULL && strcmp(p->name, name) != 0)
		p++;
	*p = (struct param){ name, value };
}

static void
read_request(const char *prefix)
{
	request_read(&task, prefix, param, params, &req);
	ck_assert_int_eq(task.fault.code, FAULT_NONE);
	ck_assert_int_eq(req.path_is_bad, req.bad_why != NULL);
}

static void
read_target(const char *prefix, const char *target)
{
	set_param("REQUEST_URI", target);
	read_request(prefix);
}

/* "a|b|c|" */
static const char *
segments(void)
{
	struct buf text;

	buf_init(&text, task.arena, 0);
	for (size_t i = 0; i < req.nsegments; i++)
		buf_printf(&text, "%s|", req.segments[i]);
	return text.data;
}

static const struct {
	const char	*prefix, *target;
	const char	*segments;	/* NULL: bad */
} targets[] = {
	{ "", "/",                              "" },
	{ "", "/?a=1",                          "" },
	{ "", "/vital",                         "vital|" },
	{ "", "/vital/",                        "vital|" },
	{ "", "/vital/7",                       "vital|7|" },
	{ "", "/vital/7/?a=/../b",              "vital|7|" },
	{ "", "/a%20b/c+d",                     "a b|c+d|" },
	{ "", "/a%2Fb/c",                       "a/b|c|" },
	{ "", "/a%2fb%3Fc/d",                   "a/b?c|d|" },
	{ "", "/.../a.b/..c",                   "...|a.b|..c|" },
	{ "", "/%c3%a9t%c3%a9",                 "\u00e9t\u00e9|" },
	{ "", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/",
	    "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|" },
	/* The absolute form. */
	{ "", "http://example.org/vital/7?a",   "vital|7|" },
	{ "", "HTTPS://example.org:443/vital",  "vital|" },
	{ "", "http://example.org",             "" },
	{ "", "http://example.org?a=/b",        "" },
	{ "", "http://a//b",                    NULL },
	/* The prefix. */
	{ "/ck",   "/ck/vital",                 "vital|" },
	{ "/ck/",  "/ck/vital",                 "vital|" },
	{ "/ck",   "/ck",                       "" },
	{ "/ck",   "/ck/",                      "" },
	{ "/ck",   "/%63k/vital",               "vital|" },
	{ "/ck",   "/ckk/vital",                "ckk|vital|" },
	{ "/ck",   "/c/vital",                  "c|vital|" },
	{ "/ck",   "/vital",                    "vital|" },
	{ "/ck",   "/ck/ck/vital",              "ck|vital|" },
	{ "/a/b",  "/a/b/c",                    "c|" },
	{ "/a/b",  "/a/c",                      "a|c|" },
	{ "/a/b",  "/a",                        "a|" },
	{ "/a/b",  "/a%2Fb/c",                  "a/b|c|" },
	{ "/ck",   "http://example.org/ck/x",   "x|" },
	/* Hostile ones. */
	{ "", "",                               NULL },
	{ "", "*",                              NULL },
	{ "", "vital",                          NULL },
	{ "", "?a=1",                           NULL },
	{ "", "ftp://example.org/vital",        NULL },
	{ "", "//",                             NULL },
	{ "", "//vital",                        NULL },
	{ "", "/vital//7",                      NULL },
	{ "", "/vital//",                       NULL },
	{ "", "/.",                             NULL },
	{ "", "/..",                            NULL },
	{ "", "/a/../b",                        NULL },
	{ "", "/a/./b",                         NULL },
	{ "", "/a/..",                          NULL },
	{ "", "/a/%2e%2e/b",                    NULL },
	{ "", "/a/.%2E/b",                      NULL },
	{ "", "/a/%2e",                         NULL },
	{ "", "/a%00b",                         NULL },
	{ "", "/a%",                            NULL },
	{ "", "/a%2",                           NULL },
	{ "", "/a%2/b",                         NULL },
	{ "", "/a%zz",                          NULL },
	{ "", "/%c0%ae%c0%ae/",                 NULL },
	{ "", "/%ff",                           NULL },
	{ "", "/\xff",                          NULL },
	{ "", "/%c3/%a9",                       NULL },
	{ "", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL },
	{ "/ck", "/ck/../vital",                NULL },
	{ "/ck", "/ck//vital",                  NULL },
	{ "/ck", "/../ck/vital",                NULL },
	{ "", "/a?b=%zz",                       NULL },
	{ "", "/a?b=%00",                       NULL },
	{ "", "/a?%ff",                         NULL },
};

START_TEST(test_request_path_is_split_before_it_is_decoded)
{
	read_target(targets[_i].prefix, targets[_i].target);
	ck_assert_str_eq(req.target, targets[_i].target);
	ck_assert_int_eq(req.path_is_bad, targets[_i].segments == NULL);
	if (targets[_i].segments == NULL)
		ck_assert_uint_eq(req.nsegments, 0);
	else
		ck_assert_str_eq(segments(), targets[_i].segments);
}
END_TEST

START_TEST(test_request_target_has_a_bound)
{
	char *target = arena_alloc(task.arena, 8194);

	memset(target, 'a', 8192);
	target[0] = '/';
	read_target("", target);
	ck_assert(!req.path_is_bad);
	target[8192] = 'a';
	read_target("", target);
	ck_assert(req.path_is_bad);
	ck_assert_uint_eq(strlen(req.target), 8192);
	ck_assert_uint_eq(req.nsegments, 0);
}
END_TEST

START_TEST(test_request_query_is_decoded)
{
	read_target("", "/a?x=1&y=a+b%3F&z=http://b/?c");
	ck_assert_str_eq(input_text(&req.query, "x"), "1");
	ck_assert_str_eq(input_text(&req.query, "y"), "a b?");
	ck_assert_str_eq(input_text(&req.query, "z"), "http://b/?c");
	ck_assert_uint_eq(req.query.nfields, 3);
	ck_assert(!req.query.typed);
}
END_TEST

START_TEST(test_request_without_parameters_is_safe)
{
	read_request("");
	ck_assert_int_eq(req.method, 0);
	ck_assert(req.path_is_bad);
	ck_assert_str_eq(req.target, "");
	ck_assert_str_eq(req.peer, "0.0.0.0");
	ck_assert_ptr_null(req.host);
	ck_assert_ptr_null(req.origin);
	ck_assert_ptr_null(req.authorization);
	ck_assert_ptr_null(req.if_match);
	ck_assert_ptr_null(req.if_none_match);
	ck_assert_ptr_null(req.idempotency_key);
	ck_assert_ptr_null(req.accept);
	ck_assert_str_eq(req.content_type, "");
	ck_assert_str_eq(req.body, "");
}
END_TEST

START_TEST(test_request_remote_user_is_never_looked_at)
{
	set_param("REMOTE_USER", "admin");
	set_param("PATH_INFO", "/other");
	read_target("", "/vital");
	ck_assert_str_eq(segments(), "vital|");
	ck_assert_ptr_null(req.authorization);
}
END_TEST

static const struct {
	const char	*name;
	enum method	 method;
} methods[] = {
	{ "GET", GET }, { "HEAD", HEAD }, { "POST", POST }, { "PUT", PUT },
	{ "PATCH", PATCH }, { "DELETE", DELETE }, { "OPTIONS", OPTIONS },
};

START_TEST(test_request_methods_are_known_by_name)
{
	set_param("REQUEST_METHOD", methods[_i].name);
	read_target("", "/");
	ck_assert_int_eq(req.method, methods[_i].method);
	ck_assert_str_eq(method_name(req.method), methods[_i].name);
}
END_TEST

static const char *const strange_methods[] = {
	"", "get", "TRACE", "GETS", "GE", "GET ", "PROPFIND"
};

START_TEST(test_request_other_methods_are_none)
{
	ck_assert_int_eq(method_named(strange_methods[_i]), 0);
	ck_assert_str_eq(method_name(method_named(strange_methods[_i])), "?");
}
END_TEST

static const struct {
	const char	*sent, *type;
} types[] = {
	{ "application/json",                 "application/json" },
	{ "Application/JSON; charset=utf-8",  "application/json" },
	{ " application/json ;charset=utf-8", "application/json" },
	{ "application/problem+json",         "application/problem+json" },
	{ ";",                                "" },
	{ "a\x01/b",                          "" },
	{ "\xff/b",                           "" },
};

START_TEST(test_request_content_type_is_bare)
{
	set_param("CONTENT_TYPE", types[_i].sent);
	read_target("", "/");
	ck_assert_str_eq(req.content_type, types[_i].type);
}
END_TEST

START_TEST(test_request_headers_are_copied)
{
	char token[] = "Bearer abc";

	set_param("HTTP_AUTHORIZATION", token);
	set_param("HTTP_HOST", "A.org:80");
	set_param("REMOTE_ADDR", "::ffff:192.0.2.7");
	set_param("HTTP_ORIGIN", "https://a.org");
	set_param("HTTP_IF_MATCH", "\"1\"");
	set_param("HTTP_IF_NONE_MATCH", "\"2\"");
	set_param("HTTP_IDEMPOTENCY_KEY", "key");
	set_param("HTTP_ACCEPT", "*/*");
	read_target("", "/");
	memset(token, 'x', sizeof(token) - 1);
	ck_assert_str_eq(req.authorization, "Bearer abc");
	ck_assert_str_eq(req.host, "a.org");
	ck_assert_str_eq(req.peer, "192.0.2.7");
	ck_assert_str_eq(req.origin, "https://a.org");
	ck_assert_str_eq(req.if_match, "\"1\"");
	ck_assert_str_eq(req.if_none_match, "\"2\"");
	ck_assert_str_eq(req.idempotency_key, "key");
	ck_assert_str_eq(req.accept, "*/*");
	ck_assert(!req.path_is_bad);
}
END_TEST

static const char *const strange_values[] = {
	"a\nb", "a\rb", "\x7f", "\x01", "\xff", "caf\xe9",
};

/* Without them the request means the same, or is refused for their lack. */
START_TEST(test_request_strange_headers_are_absent)
{
	set_param("HTTP_AUTHORIZATION", strange_values[_i]);
	set_param("HTTP_ORIGIN", strange_values[_i]);
	set_param("HTTP_IF_NONE_MATCH", strange_values[_i]);
	set_param("HTTP_ACCEPT", strange_values[_i]);
	read_target("", "/a");
	ck_assert(!req.path_is_bad);
	ck_assert_ptr_null(req.authorization);
	ck_assert_ptr_null(req.origin);
	ck_assert_ptr_null(req.if_none_match);
	ck_assert_ptr_null(req.accept);
}
END_TEST

/* Without them it would do more than its client wanted. */
START_TEST(test_request_strange_conditions_are_refused)
{
	set_param("HTTP_IF_MATCH", strange_values[_i]);
	read_target("", "/a");
	ck_assert(req.path_is_bad);
	ck_assert_ptr_null(req.if_match);
	set_param("HTTP_IF_MATCH", "\"1\"");
	set_param("HTTP_IDEMPOTENCY_KEY", strange_values[_i]);
	read_target("", "/a");
	ck_assert(req.path_is_bad);
	ck_assert_ptr_null(req.idempotency_key);
}
END_TEST

START_TEST(test_request_headers_have_bounds)
{
	char *value = arena_alloc(task.arena, 8194);

	memset(value, 'a', 8192);
	set_param("HTTP_AUTHORIZATION", value);
	read_target("", "/a");
	ck_assert_str_eq(req.authorization, value);
	value[8192] = 'a';
	read_target("", "/a");
	ck_assert_ptr_null(req.authorization);
	ck_assert(!req.path_is_bad);
	set_param("HTTP_IDEMPOTENCY_KEY", value);
	read_target("", "/a");
	ck_assert(req.path_is_bad);
}
END_TEST

#define FORM	"application/x-www-form-urlencoded"
#define JSON	"application/json"

static const struct {
	const char	*type, *body;
	enum bodies	 taken;
	enum fault_code	 fault;
	const char	*text;		/* the fault's; NULL: any */
	const char	*a;	/* member "a", if no fault */
} bodies[] = {
	{ JSON, "{\"a\":\"x\"}", BODY_TYPED, FAULT_NONE, NULL, "x" },
	{ "application/ld+json", "{\"a\":\"x\"}", BODY_TYPED, FAULT_NONE, NULL, "x" },
	{ JSON, " \n{\"a\":\"x\"}\n", BODY_TYPED, FAULT_NONE, NULL, "x" },
	{ JSON, "{}",  BODY_TYPED, FAULT_NONE },
	{ "text/plain", "{\"a\":\"x\"}", BODY_ANYHOW, FAULT_NONE, NULL, "x" },
	{ FORM, "{\"a\":\"x\"}", BODY_ANYHOW, FAULT_NONE, NULL, "x" },
	{ "", "{\"a\":\"x\"}", BODY_ANYHOW, FAULT_NONE, NULL, "x" },
	{ FORM, "a=x", BODY_TYPED, FAULT_NONE, NULL, "x" },
	{ FORM, "", BODY_TYPED, FAULT_NONE },
	{ "", "", BODY_TYPED, FAULT_NONE },
	{ JSON, "", BODY_TYPED, FAULT_BAD_REQUEST, "the body is empty" },
	{ JSON, " \n", BODY_TYPED, FAULT_BAD_REQUEST, "the body is empty" },
	{ "", "", BODY_ANYHOW, FAULT_BAD_REQUEST, "the body is empty" },
	{ JSON, "[1]", BODY_TYPED, FAULT_BAD_REQUEST, "the body is not an object" },
	{ JSON, "\"a\"", BODY_TYPED, FAULT_BAD_REQUEST, "the body is not an object" },
	{ JSON, "null", BODY_TYPED, FAULT_BAD_REQUEST, "the body is not an object" },
	{ JSON, "-1",  BODY_TYPED, FAULT_BAD_REQUEST, "the body is not an object" },
	{ JSON, "{",   BODY_TYPED, FAULT_BAD_REQUEST },
	{ JSON, "a=x", BODY_TYPED, FAULT_BAD_REQUEST },
	{ "", "a=x", BODY_ANYHOW, FAULT_BAD_REQUEST },
	{ JSON, "{\"a\":\"x\"}", BODY_JSON, FAULT_NONE, NULL, "x" },
	{ "", "",     BODY_JSON, FAULT_NONE },
	{ FORM, "a=x", BODY_JSON, FAULT_MEDIA_TYPE },
	{ "", "a=x",  BODY_JSON, FAULT_MEDIA_TYPE },
	{ FORM, "a=%", BODY_TYPED, FAULT_BAD_REQUEST },
	{ "", "a=x", BODY_TYPED, FAULT_MEDIA_TYPE },
	{ "text/plain", "a=x", BODY_TYPED, FAULT_MEDIA_TYPE },
	{ "text/plain", "", BODY_TYPED, FAULT_MEDIA_TYPE },
	{ "text/json", "{}",  BODY_TYPED, FAULT_MEDIA_TYPE },
	{ "+json", "{}",  BODY_TYPED, FAULT_MEDIA_TYPE },
	{ "application/jsonp", "{}",  BODY_TYPED, FAULT_MEDIA_TYPE },
};

START_TEST(test_request_body_is_read_by_its_type)
{
	struct input input;

	set_param("CONTENT_TYPE", bodies[_i].type);
	read_target("", "/");
	req.body = bodies[_i].body;
	req.body_len = strlen(req.body);

	bool ok = request_input(&task, &req, bodies[_i].taken, &input);

	ck_assert_int_eq(ok, bodies[_i].fault == FAULT_NONE);
	ck_assert_int_eq(task.fault.code, bodies[_i].fault);
	if (bodies[_i].text != NULL)
		ck_assert_str_eq(task.fault.text, bodies[_i].text);
	if (ok)
		ck_assert_pstr_eq(input_text(&input, "a"), bodies[_i].a);
	else
		ck_assert_uint_eq(input.nfields, 0);
}
END_TEST

START_TEST(test_request_half_a_body_is_no_body)
{
	struct input input;

	set_param("CONTENT_TYPE", "application/json");
	read_target("", "/");
	req.body = "{\"a\":1}";
	req.body_len = strlen(req.body);
	req.body_is_cut = true;
	ck_assert(!request_input(&task, &req, BODY_ANYHOW, &input));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_REQUEST);
	fault_clear(&task);
	req.body_is_cut = false;
	req.body_too_large = true;
	ck_assert(!request_input(&task, &req, BODY_ANYHOW, &input));
	ck_assert_int_eq(task.fault.code, FAULT_TOO_LARGE);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc,
	    test_request_path_is_split_before_it_is_decoded, 0,
	    COUNT_OF(targets));
	tcase_add_test(tc, test_request_target_has_a_bound);
	tcase_add_test(tc, test_request_query_is_decoded);
	tcase_add_test(tc, test_request_without_parameters_is_safe);
	tcase_add_test(tc, test_request_remote_user_is_never_looked_at);
	tcase_add_loop_test(tc, test_request_methods_are_known_by_name, 0,
	    COUNT_OF(methods));
	tcase_add_loop_test(tc, test_request_other_methods_are_none, 0,
	    COUNT_OF(strange_methods));
	tcase_add_loop_test(tc, test_request_content_type_is_bare, 0,
	    COUNT_OF(types));
	tcase_add_test(tc, test_request_headers_are_copied);
	tcase_add_loop_test(tc, test_request_strange_headers_are_absent, 0,
	    COUNT_OF(strange_values));
	tcase_add_loop_test(tc, test_request_strange_conditions_are_refused,
	    0, COUNT_OF(strange_values));
	tcase_add_test(tc, test_request_headers_have_bounds);
	tcase_add_loop_test(tc, test_request_body_is_read_by_its_type, 0,
	    COUNT_OF(bodies));
	tcase_add_test(tc, test_request_half_a_body_is_no_body);
}

int
main(void)
{
	Suite *suite = suite_create("request");
	TCase *tc = tcase_create("request");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, setup, teardown);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
