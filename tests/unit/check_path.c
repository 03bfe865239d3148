/* Route patterns against segments, and which of two that match wins. */

#include "http/path.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/request.h"

/* Splits "a|b|c" (decoded segments) into the request. */
static void
set_segments(struct request *req, char *text)
{
	*req = (struct request){ 0 };
	for (char *at = strtok(text, "|"); at != NULL; at = strtok(NULL, "|"))
		req->segments[req->nsegments++] = at;
}

static const struct {
	const char	*pattern, *segments;
	const char	*captures;	/* "name=value ", NULL: no match */
} matches[] = {
	{ "/",                     "",                "" },
	{ "",                      "",                "" },
	{ "/",                     "a",               NULL },
	{ "/vital",                "",                NULL },
	{ "/vital",                "vital",           "" },
	{ "/vital/",               "vital",           "" },
	{ "vital",                 "vital",           "" },
	{ "/vital",                "Vital",           NULL },
	{ "/vital",                "vitals",          NULL },
	{ "/vitals",               "vital",           NULL },
	{ "/vital",                "vital|7",         NULL },
	{ "/vital/{id}",           "vital",           NULL },
	{ "/vital/{id}",           "vital|7",         "id=7 " },
	{ "/vital/{id}/",          "vital|7",         "id=7 " },
	{ "/vital/{id}",           "vital|7|8",       NULL },
	{ "/vital/{id}",           "vital|a/b",       "id=a/b " },
	{ "/vital/{id}",           "vital|{id}",      "id={id} " },
	{ "/p/{patient}/v/{id}",   "p|1|v|2",         "patient=1 id=2 " },
	{ "/p/{patient}/v/{id}",   "p|1|w|2",         NULL },
	{ "/{a}/{b}/{c}/{d}",      "1|2|3|4",         "a=1 b=2 c=3 d=4 " },
	{ "/records/doctor/{id}/", "records|doctor|9", "id=9 " },
	{ "/{}",                   "x",               "=x " },
};

START_TEST(test_path_matches_as_a_whole)
{
	char text[64], seen[128] = "";
	struct request req;
	struct captures captures;

	strcpy(text, matches[_i].segments);
	set_segments(&req, text);
	ck_assert_int_eq(path_match(matches[_i].pattern, &req, &captures),
	    matches[_i].captures != NULL);
	if (matches[_i].captures == NULL)
		return;
	for (size_t i = 0; i < captures.n; i++)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen),
		    "%.*s=%s ", (int)captures.name_len[i], captures.names[i],
		    captures.values[i]);
	ck_assert_str_eq(seen, matches[_i].captures);
}
END_TEST

/* The left pattern beats the right one; both match. */
static const struct {
	const char	*better, *worse, *segments;
} contests[] = {
	{ "/reminders/due",  "/reminders/{id}", "reminders|due" },
	{ "/reminders/due",  "/{kind}/due",     "reminders|due" },
	{ "/reminders/{id}", "/{kind}/due",     "reminders|due" },
	{ "/reminders/{id}", "/{kind}/{id}",    "reminders|due" },
	{ "/a/{x}/c/{y}",    "/a/{x}/{y}/d",    "a|b|c|d" },
	{ "/a/b/{x}/{y}",    "/a/{x}/c/d",      "a|b|c|d" },
};

START_TEST(test_path_literals_win_from_the_left)
{
	char text[64];
	struct request req;
	struct captures better, worse;

	strcpy(text, contests[_i].segments);
	set_segments(&req, text);
	ck_assert(path_match(contests[_i].better, &req, &better));
	ck_assert(path_match(contests[_i].worse, &req, &worse));
	ck_assert(path_beats(&better, &worse, req.nsegments));
	ck_assert(!path_beats(&worse, &better, req.nsegments));
	ck_assert(!path_beats(&better, &better, req.nsegments));
}
END_TEST

START_TEST(test_path_captures_are_found_by_whole_name)
{
	char text[] = "p|1|v|2";
	struct request req;
	struct captures captures;

	set_segments(&req, text);
	ck_assert(path_match("/p/{patient}/v/{id}", &req, &captures));
	ck_assert_str_eq(capture(&captures, "patient"), "1");
	ck_assert_str_eq(capture(&captures, "id"), "2");
	ck_assert_ptr_null(capture(&captures, "pat"));
	ck_assert_ptr_null(capture(&captures, "patients"));
	ck_assert_ptr_null(capture(&captures, "i"));
	ck_assert_ptr_null(capture(&captures, ""));
}
END_TEST

START_TEST(test_path_has_room_for_all_segments)
{
	char text[] = "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16";
	struct request req;
	struct captures captures;

	set_segments(&req, text);
	ck_assert_uint_eq(req.nsegments, SEGMENTS_MAX);
	ck_assert(path_match("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/{last}",
	    &req, &captures));
	ck_assert_uint_eq(captures.literals, 0x7fff);
	ck_assert(!path_match("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
	    &req, &captures));
}
END_TEST

/* The pattern is ours: a fifth name is a mistake in a table. */
START_TEST(test_path_too_many_captures_is_a_bug)
{
	char text[] = "1|2|3|4|5";
	struct request req;
	struct captures captures;

	set_segments(&req, text);
	path_match("/{a}/{b}/{c}/{d}/{e}", &req, &captures);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("path");
	TCase *tc = tcase_create("path");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(tc, test_path_matches_as_a_whole, 0,
	    COUNT_OF(matches));
	tcase_add_loop_test(tc, test_path_literals_win_from_the_left, 0,
	    COUNT_OF(contests));
	tcase_add_test(tc, test_path_captures_are_found_by_whole_name);
	tcase_add_test(tc, test_path_has_room_for_all_segments);
	tcase_add_test_raise_signal(tc, test_path_too_many_captures_is_a_bug,
	    SIGABRT);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
