/*
 * Looks for a bad row in every table, and must find none; then breaks rows on
 * purpose, so that the looking is known to see.
 */

#include <check.h>
#undef fail

#include <stdlib.h>
#include <string.h>

#include "api/openapi.h"
#include "base/task.h"
#include "model/statement.h"
#include "model/values.h"

static struct arena	*arena;

static void
setup(void)
{
	static bool	 made;

	if (made)
		return;
	arena = arena_new(0);
	tables_announce();
	statements_by_uid(resource_named("record"));
	statements_by_uid(resource_named("activity_invite"));
	statements_make(arena);
	made = true;
}

START_TEST(test_tables_hold_no_bad_row)
{
	struct buf	 b;

	buf_init(&b, arena, 256);
	ck_assert_msg(tables_lint(&b) == 0, "%s", b.data);
}
END_TEST

START_TEST(test_tables_statements_have_names_of_their_own)
{
	const struct statement *const	*all;
	size_t				 n;

	all = statements_all(&n);
	ck_assert_uint_gt(n, 30);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(all[i]->name, all[k]->name);
	}
}
END_TEST

START_TEST(test_tables_are_named_by_uid_where_that_is_announced)
{
	const struct derived	*d = derived_of(resource_named("record"));
	const char		*find = d->find[BY_UID].text;

	ck_assert_ptr_nonnull(strstr(find, "x.uid AS id,"));
	ck_assert_ptr_nonnull(strstr(find, "(SELECT r.uid FROM account r"
	    " WHERE r.id = x.patient_id) AS patient_id"));
	ck_assert_ptr_nonnull(strstr(find, "WHERE x.uid = $4::uuid"));
	d = derived_of(resource_named("activity_invite"));
	find = d->find[BY_UID].text;
	ck_assert_ptr_nonnull(strstr(find,
	    "LEFT JOIN activity n1 ON n1.uid = seen.activity_id"));
	ck_assert_ptr_nonnull(strstr(find,
	    "LEFT JOIN party n2 ON n2.id = n1.author_id"));
	d = derived_of(resource_named("people"));
	ck_assert_ptr_null(d->find[BY_UID].text);
}
END_TEST

START_TEST(test_tables_sealed_columns_leave_only_with_a_key)
{
	for (size_t i = 0; resources[i] != NULL; i++) {
		const struct derived	*d = derived_of(resources[i]);
		bool			 sealed = resource_is_sealed(
					    resources[i]);

		ck_assert_int_eq(strstr(d->find[BY_NUMBER].text,
		    "JOIN data_key k ON") != NULL, sealed);
		ck_assert_int_eq(strstr(d->list[BY_NUMBER].text,
		    "JOIN data_key k ON") != NULL, sealed);
	}
}
END_TEST

START_TEST(test_tables_every_statement_on_rows_is_audited)
{
	for (size_t i = 0; resources[i] != NULL; i++) {
		const struct derived	*d = derived_of(resources[i]);

		ck_assert_ptr_nonnull(strstr(d->find[BY_NUMBER].text,
		    "INSERT INTO audit"));
		ck_assert_ptr_nonnull(strstr(d->list[BY_NUMBER].text,
		    "INSERT INTO audit"));
		if (d->change[BY_NUMBER].text != NULL)
			ck_assert_ptr_nonnull(strstr(
			    d->change[BY_NUMBER].text, "INSERT INTO audit"));
		if (d->create[BY_NUMBER].text != NULL)
			ck_assert_ptr_nonnull(strstr(
			    d->create[BY_NUMBER].text, "INSERT INTO audit"));
	}
}
END_TEST

START_TEST(test_tables_server_columns_are_never_changed)
{
	for (size_t i = 0; resources[i] != NULL; i++) {
		for (size_t k = 0; k < resources[i]->ncolumns; k++) {
			const struct column	*c =
			    &resources[i]->columns[k];

			if (c->flags & (SERVER | FIXED))
				ck_assert(!is_changed(c));
		}
	}
}
END_TEST

START_TEST(test_tables_routes_admit_someone_and_are_numbered)
{
	size_t	 n = 0;

	for (size_t i = 0; surfaces[i] != NULL; i++) {
		for (size_t k = 0; k < surfaces[i]->nroutes; k++) {
			const struct route	*r = &surfaces[i]->routes[k];

			ck_assert_uint_ne(r->roles, NOBODY);
			ck_assert_uint_eq(route_number(surfaces[i], r), n++);
		}
	}
	ck_assert_uint_eq(route_count(), n);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("tables");
	TCase	*tcase = tcase_create("tables");
	SRunner	*runner;
	int	 failed;

	setup();
	tcase_add_test(tcase, test_tables_hold_no_bad_row);
	tcase_add_test(tcase,
	    test_tables_are_named_by_uid_where_that_is_announced);
	tcase_add_test(tcase, test_tables_statements_have_names_of_their_own);
	tcase_add_test(tcase,
	    test_tables_sealed_columns_leave_only_with_a_key);
	tcase_add_test(tcase, test_tables_every_statement_on_rows_is_audited);
	tcase_add_test(tcase, test_tables_server_columns_are_never_changed);
	tcase_add_test(tcase,
	    test_tables_routes_admit_someone_and_are_numbered);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	arena_free(arena);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
