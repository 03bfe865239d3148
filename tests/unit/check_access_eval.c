/* What tests/access.eval may say, and which line decides. */

#include "main/access_eval.h"

#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static struct arena *arena;
static struct eval eval;
static char why[256];

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

static bool
read_text(const char *text)
{
	return eval_read(&eval, arena, "a.eval", text, why, sizeof(why));
}

/* What the first block expects; "-": no line decides. */
static const char *
decided(enum access_role role, enum access_relation relation)
{
	const struct rule *rule = eval_decide(eval.blocks, role, relation);

	return rule != NULL ? rule->expected->name : "-";
}

START_TEST(test_access_eval_first_line_decides)
{
	ck_assert_msg(read_text("# a comment\n\nGET /a/{id}\n"
	    "\tadmin           *              sees\n"
	    "\tdoctor,nurse    own,connected  ok\n"
	    "\t*               own            refused\n"
	    "\tdoctor          *              hidden\n"), "%s", why);
	ck_assert_uint_eq(eval.nblocks, 1);
	ck_assert_str_eq(decided(AS_ADMIN, STRANGER), "sees");
	ck_assert_str_eq(decided(AS_NURSE, OWN_ROWS), "ok");
	ck_assert_str_eq(decided(AS_PATIENT, OWN_ROWS), "refused");
	ck_assert_str_eq(decided(AS_DOCTOR, CONNECTED), "ok");
	ck_assert_str_eq(decided(AS_DOCTOR, FORMER), "hidden");
	ck_assert_str_eq(decided(AS_UNVERIFIED, FORMER), "-");
	ck_assert_str_eq(eval_denied(AS_UNVERIFIED)->name, "denied");
	ck_assert_str_eq(eval_denied(AS_NOBODY)->name, "anonymous");
}
END_TEST

START_TEST(test_access_eval_blocks_say_how_they_are_sent)
{
	ck_assert_msg(read_text("PUT /a/{id}\n\tbody {\"a\": \"b c\"}\n"
	    "\t* * ok\n\nGET /b\n  mark {name}\n  peer 192.0.2.1\n"
	    "  * * denied"), "%s", why);
	ck_assert_uint_eq(eval.nblocks, 2);
	ck_assert_str_eq(eval.blocks->body, "{\"a\": \"b c\"}");
	ck_assert_str_eq(eval.blocks->mark, "{secret}");
	ck_assert_str_eq(eval.blocks->peer, "127.0.0.1");
	ck_assert_ptr_null(eval.blocks->next->body);
	ck_assert_str_eq(eval.blocks->next->mark, "{name}");
	ck_assert_str_eq(eval.blocks->next->peer, "192.0.2.1");
	ck_assert_int_eq(eval.blocks->next->rules[0].line, 8);
}
END_TEST

static const struct {
	const char *text, *reason;
} malformed[] = {
	{ "GET\n", "a.eval:1: one path follows GET" },
	{ "GET /a /b\n", "a.eval:1: one path follows GET" },
	{ "get /a\n", "a.eval:1: this is no method: get" },
	{ "\t* * ok\n", "a.eval:1: no route stands above *" },
	{ "GET /a\n", "a.eval:1: no rule follows /a" },
	{ "GET /a\nGET /b\n\t* * ok\n", "a.eval:1: no rule follows /a" },
	{ "GET /a\n\t* ok\n", "a.eval:2: a rule has three words: *" },
	{ "GET /a\n\t* * ok ok\n", "a.eval:2: a rule has three words: *" },
	{ "GET /a\n\tdentist * ok\n",
	    "a.eval:2: there is no role or relation dentist" },
	{ "GET /a\n\tadmin, nurse ok\n",
	    "a.eval:2: there is no role or relation " },
	{ "GET /a\n\t* friend ok\n",
	    "a.eval:2: there is no role or relation friend" },
	{ "GET /a\n\t* * maybe\n",
	    "a.eval:2: there is no expectation maybe" },
	{ "GET /a\n\tbody\n\t* * ok\n", "a.eval:2: nothing follows body" },
	{ "GET /a\n\t* * ok\n\tadmin own ok\n",
	    "a.eval:3: the lines above decide all of admin" },
	{ "GET /a\n\tnobody stranger ok\n\tnobody * ok\n",
	    "a.eval:3: the lines above decide all of nobody" },
};

START_TEST(test_access_eval_refuses_with_a_place)
{
	ck_assert(!read_text(malformed[_i].text));
	ck_assert_str_eq(why, malformed[_i].reason);
}
END_TEST

static const struct {
	const char *path, *label;
	bool same;
} routes[] = {
	{ "/users", "GET /users", true },
	{ "/users", "PUT /users", false },
	{ "/users", "GET /user", false },
	{ "/user", "GET /users", false },
	{ "/users/{subject}", "GET /users/{id}", true },
	{ "/users?limit=1", "GET /users", true },
	{ "/users/{a}?patient={b}", "GET /users/{id}", true },
	{ "/users/{a}/b", "GET /users/{id}", false },
	{ "/users", "GET /users/{id}", false },
	{ "/users/7", "GET /users/{id}", true },
	{ "/users/me", "GET /users/{id}", false },
	{ "/users/{a}", "GET /users/me", false },
	{ "/p/4/{role}", "GET /p/{resource}/{role}", true },
};

START_TEST(test_access_eval_knows_its_route)
{
	struct block b = { .method = "GET", .path = routes[_i].path };

	ck_assert(block_is_route(&b, routes[_i].label) == routes[_i].same);
}
END_TEST

static const char *
value(void *ctx, const char *name)
{
	return strcmp(name, "id") == 0 ? ctx : NULL;
}

START_TEST(test_access_eval_fills_names_and_leaves_json)
{
	static char seven[] = "7";
	const char *text, *unknown;

	ck_assert(eval_fill(arena, "{\"a\": {id}, \"b\": {}, \"{id}\"}",
	    value, seven, &text, &unknown));
	ck_assert_str_eq(text, "{\"a\": 7, \"b\": {}, \"7\"}");
	ck_assert(!eval_fill(arena, "/a/{no}", value, seven, &text,
	    &unknown));
	ck_assert_str_eq(unknown, "no");
}
END_TEST

/* The one that is installed; what it says of which route is played. */
START_TEST(test_access_eval_reads_its_own_file)
{
	char path[512];
	struct buf text;

	snprintf(path, sizeof(path), "%s/tests/access.eval",
	    getenv("CK_SRC"));
	buf_init(&text, arena, 0);
	ck_assert_msg(file_read(path, 1 << 20, &text, why, sizeof(why)),
	    "%s", why);
	ck_assert_msg(read_text(text.data), "%s", why);
	ck_assert_uint_gt(eval.nblocks, 40);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("access_eval");
	TCase *tests = tcase_create("access_eval");
	SRunner *runner = srunner_create(suite);
	int failed;

	setenv("CK_SRC", ".", 0);
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_access_eval_first_line_decides);
	tcase_add_test(tests, test_access_eval_blocks_say_how_they_are_sent);
	tcase_add_loop_test(tests, test_access_eval_refuses_with_a_place, 0,
	    sizeof(malformed) / sizeof(malformed[0]));
	tcase_add_loop_test(tests, test_access_eval_knows_its_route, 0,
	    sizeof(routes) / sizeof(routes[0]));
	tcase_add_test(tests, test_access_eval_fills_names_and_leaves_json);
	tcase_add_test(tests, test_access_eval_reads_its_own_file);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
