/* Migrations and the comparison of the schema, on databases of their own. */

#include "model/migrate.h"

#include <sys/wait.h>

#include "base/log.h"
#include "model/schema.h"
#include "own_database.h"

static char directory[] = "/tmp/check_migrate.XXXXXX";
static struct task task;
static char told[400];		/* "name+ name " : applied or not */

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	own_database_make();
	own_task(&task, NULL);
	task.pg = migrate_connection(own_conninfo, MIGRATE_SCHEMA);
}

static void
teardown(void)
{
	char command[100];

	own_task_free(&task);
	own_database_drop();
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static void
put_file(const char *name, const char *text)
{
	char path[100];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void
note(void *ctx, const char *name, bool applied)
{
	size_t len = strlen(told);

	ck_assert_ptr_eq(ctx, told);
	snprintf(told + len, sizeof(told) - len, "%s%s ", name,
	    applied ? "+" : "");
}

static bool
run(const char *from)
{
	told[0] = '\0';
	fault_clear(&task);
	return migrate(&task, from, MIGRATE_SCHEMA, note, told);
}

#define FIRST	"-- floor: 0.1.0\nCREATE TABLE chartkeep.a (i int);\n"
#define SECOND	"-- floor: 0.1.0\nALTER TABLE chartkeep.a ADD j int;\n"	\
		"INSERT INTO chartkeep.a VALUES (1, 2);\n"

START_TEST(test_migrate_applies_in_order_and_once)
{
	put_file("0002-second.sql", SECOND);
	put_file("0001-first.sql", FIRST);
	put_file("README", "not a migration");
	ck_assert_msg(run(directory), "%s", task.fault.text);
	ck_assert_str_eq(told, "0001-first.sql+ 0002-second.sql+ ");
	ck_assert_msg(run(directory), "%s", task.fault.text);
	ck_assert_str_eq(told, "0001-first.sql 0002-second.sql ");
	ck_assert_str_eq(own_ask("SELECT count(*)::text FROM a"), "1");
	ck_assert_str_eq(own_ask("SELECT string_agg(number || name || floor ||"
	    " program, ' ' ORDER BY number) FROM migration"),
	    "10001-first.sql0.1.0" CK_VERSION " 20002-second.sql0.1.0"
	    CK_VERSION);
}
END_TEST

START_TEST(test_migrate_goes_on_where_it_was)
{
	put_file("0001-first.sql", FIRST);
	ck_assert_msg(run(directory), "%s", task.fault.text);
	put_file("0002-second.sql", SECOND);
	ck_assert_msg(run(directory), "%s", task.fault.text);
	ck_assert_str_eq(told, "0001-first.sql 0002-second.sql+ ");
}
END_TEST

START_TEST(test_migrate_refuses_a_changed_file)
{
	put_file("0001-first.sql", FIRST);
	ck_assert_msg(run(directory), "%s", task.fault.text);
	put_file("0001-first.sql", FIRST "-- one more line\n");
	ck_assert(!run(directory));
	ck_assert_str_eq(task.fault.text,
	    "0001-first.sql: differs from what was applied");
}
END_TEST

START_TEST(test_migrate_refuses_what_was_left_out)
{
	put_file("0002-second.sql", FIRST);
	ck_assert_msg(run(directory), "%s", task.fault.text);
	put_file("0001-first.sql", FIRST);
	ck_assert(!run(directory));
	ck_assert_str_eq(task.fault.text, "0001-first.sql: was left out,"
	    " and a later one is applied");
}
END_TEST

START_TEST(test_migrate_refuses_two_of_one_number)
{
	put_file("0001-first.sql", FIRST);
	put_file("0001-other.sql", FIRST);
	ck_assert(!run(directory));
	ck_assert_ptr_nonnull(strstr(task.fault.text, "same number"));
}
END_TEST

static const struct {
	const char *text, *reason;
} without_floor[] = {
	{ "CREATE TABLE chartkeep.a (i int);\n", "0001-a.sql: the first line" },
	{ "-- floor: new\n", "0001-a.sql: the floor is no version" },
	{ "-- floor: 0.1.0", "0001-a.sql: the floor is no version" },
};

START_TEST(test_migrate_wants_a_floor)
{
	put_file("0001-a.sql", without_floor[_i].text);
	ck_assert(!run(directory));
	ck_assert_msg(strncmp(task.fault.text, without_floor[_i].reason,
	    strlen(without_floor[_i].reason)) == 0, "%s", task.fault.text);
}
END_TEST

START_TEST(test_migrate_failing_file_leaves_nothing)
{
	int err = log_divert();

	put_file("0001-first.sql", FIRST);
	put_file("0002-second.sql", SECOND "SELECT nonsense;\n");
	ck_assert(!run(directory));
	log_taken(err);
	ck_assert_ptr_nonnull(strstr(task.fault.text, "0002-second.sql: "));
	ck_assert_ptr_nonnull(strstr(task.fault.text, "(line 4)"));
	ck_assert_str_eq(told, "0001-first.sql+ ");
	ck_assert_str_eq(own_ask("SELECT (SELECT count(*) FROM a) || ' ' ||"
	    " (SELECT count(*) FROM migration) || ' ' || (SELECT count(*)"
	    " FROM pg_attribute WHERE attrelid = 'a'::regclass"
	    " AND attname = 'j')"), "0 1 0");
	/* Mended, it goes on. */
	put_file("0002-second.sql", SECOND);
	ck_assert_msg(run(directory), "%s", task.fault.text);
}
END_TEST

START_TEST(test_migrate_two_at_once_apply_once)
{
	pid_t pids[3];
	int status;

	put_file("0001-first.sql", FIRST "SELECT pg_sleep(0.2);\n");
	put_file("0002-second.sql", SECOND);
	for (size_t i = 0; i < COUNT_OF(pids); i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		task.pg = migrate_connection(own_conninfo, MIGRATE_SCHEMA);
		_exit(run(directory) ? 0 : 1);
	}
	for (size_t i = 0; i < COUNT_OF(pids); i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_str_eq(own_ask("SELECT count(*)::text FROM a"), "1");
}
END_TEST

START_TEST(test_migrate_directory_that_is_not_there)
{
	ck_assert(!run("/nonexistent"));
	ck_assert_str_eq(task.fault.text,
	    "/nonexistent: No such file or directory");
	ck_assert(!run(directory));
	ck_assert_ptr_nonnull(strstr(task.fault.text, "no migrations"));
}
END_TEST

static const struct {
	const char *a, *b;
	int sign;
} versions[] = {
	{ "0.1.0", "0.1.0", 0 }, { "0.2.0", "0.1.9", 1 },
	{ "0.1.9", "0.1.10", -1 }, { "1.0.0", "0.99.99", 1 },
	{ "nonsense", "0.0.0", 0 }, { "1", "1.0.0", 0 },
};

START_TEST(test_migrate_versions_compare_by_number)
{
	ck_assert_int_eq(version_compare(versions[_i].a, versions[_i].b),
	    versions[_i].sign);
	ck_assert_int_eq(version_compare(versions[_i].b, versions[_i].a),
	    -versions[_i].sign);
}
END_TEST

/* What schema_compare() says of the database, after the script. */
static const char *
compared_after(const char *script)
{
	static char said[1000];
	struct buf b;
	struct task t;
	size_t n = 0;

	if (script != NULL)
		own_script(own_conninfo, script);
	while (schema_statements[n] != NULL)
		n++;
	own_task(&t, NULL);
	t.pg = pg_new(own_conninfo, NULL, NULL, schema_statements, n);
	buf_init(&b, t.arena, 0);
	ck_assert_msg(schema_compare(&t, &b), "%s %s", t.fault.text,
	    pg_why(t.pg));
	snprintf(said, sizeof(said), "%s", b.data);
	ck_assert(schema_agrees(&t) == (b.len == 0));
	if (b.len > 0)
		ck_assert_int_eq(t.fault.code, FAULT_UNAVAILABLE);
	own_task_free(&t);
	return said;
}

START_TEST(test_schema_of_ours_agrees)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "%s/sql", getenv("CK_SRC"));
	ck_assert_msg(run(sql), "%s", task.fault.text);
	ck_assert_str_eq(compared_after(NULL), "");
	ck_assert_str_eq(compared_after("ALTER TABLE record"
	    " ALTER recorded_at DROP NOT NULL"), "");
	ck_assert_str_eq(compared_after("ALTER TABLE record"
	    " RENAME diagnosis TO finding"),
	    "record.diagnosis: is not there\n");
	ck_assert_str_eq(compared_after("ALTER TABLE record"
	    " RENAME finding TO diagnosis;"
	    "ALTER TABLE reminder ALTER text DROP NOT NULL"),
	    "reminder.text: is required and may be null\n");
	ck_assert_str_eq(compared_after("ALTER TABLE reminder"
	    " ALTER text SET NOT NULL; ALTER TABLE record ALTER diagnosis"
	    " TYPE text USING ''"),
	    "record.diagnosis: is text, not bytea\n");
	ck_assert_str_eq(compared_after("ALTER TABLE record ALTER diagnosis"
	    " TYPE sealed USING NULL; ALTER TABLE provider ALTER contact"
	    " SET NOT NULL"), "provider.contact: may be absent and not null\n");
}
END_TEST

START_TEST(test_schema_with_a_floor_above_us_is_refused)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "%s/sql", getenv("CK_SRC"));
	ck_assert_msg(run(sql), "%s", task.fault.text);
	ck_assert_str_eq(compared_after("INSERT INTO migration (number, name,"
	    " digest, floor, program) VALUES (9999, '9999-later.sql', '',"
	    " '99.0.0', '99.0.0')"), "9999-later.sql: needs a program of"
	    " version 99.0.0; this is " CK_VERSION "\n");
}
END_TEST

static const struct {
	const char *given, *wanted;
} renamings[] = {
	{ "SET LOCAL search_path = chartkeep, pg_temp;",
	    "SET LOCAL search_path = beside, pg_temp;" },
	{ "SET search_path = chartkeep_x", "SET search_path = chartkeep_x" },
	{ "GRANT USAGE ON SCHEMA chartkeep TO chartkeep, chartkeep_job;",
	    "GRANT USAGE ON SCHEMA beside TO chartkeep, chartkeep_job;" },
	{ "CREATE SCHEMA IF NOT EXISTS chartkeep;",
	    "CREATE SCHEMA IF NOT EXISTS beside;" },
	{ "chartkeep.a, (chartkeep.b)", "beside.a, (beside.b)" },
	{ "current_setting('chartkeep.account')",
	    "current_setting('chartkeep.account')" },
	{ "hashtext('chartkeep migrate')", "hashtext('chartkeep migrate')" },
	{ "my_chartkeep.a", "my_chartkeep.a" },
	{ "CREATE POLICY a ON b TO chartkeep USING (true)",
	    "CREATE POLICY a ON b TO chartkeep USING (true)" },
};

START_TEST(test_migrate_renames_the_schema_alone)
{
	struct arena *arena = arena_new(0);

	ck_assert_str_eq(migrate_renamed(arena, renamings[_i].given,
	    "beside"), renamings[_i].wanted);
	ck_assert_str_eq(migrate_renamed(arena, renamings[_i].given,
	    MIGRATE_SCHEMA), renamings[_i].given);
	arena_free(arena);
}
END_TEST

/* How often any of our functions, views or policies speaks of the schema. */
#define MENTIONS(schema)						\
	"SELECT count(*)::text FROM (SELECT prosrc || array_to_string("	\
	"proconfig, ' ') FROM pg_proc WHERE pronamespace ="		\
	" 'beside'::regnamespace UNION ALL SELECT definition FROM"	\
	" pg_views WHERE schemaname = 'beside') AS t (text)"		\
	" WHERE text ~ '(^|[^''[:alnum:]_])" schema "[.,]'"

START_TEST(test_migrate_makes_a_schema_beside)
{
	char sql[512];
	char acl[2000];
	static const char ask_acl[] = "SELECT (SELECT datacl::text FROM"
	    " pg_database WHERE datname = current_database()) || (SELECT"
	    " nspacl::text FROM pg_namespace WHERE nspname = 'public')";

	snprintf(sql, sizeof(sql), "%s/sql", getenv("CK_SRC"));
	ck_assert_msg(run(sql), "%s", task.fault.text);
	/* What an administrator opened stays open. */
	own_script(own_conninfo, "GRANT USAGE ON SCHEMA public TO PUBLIC");
	snprintf(acl, sizeof(acl), "%s", own_ask(ask_acl));
	pg_free(task.pg);
	task.pg = migrate_connection(own_conninfo, "beside");
	ck_assert_msg(migrate(&task, sql, "beside", note, told), "%s",
	    task.fault.text);
	ck_assert_str_eq(own_ask(MENTIONS("chartkeep")), "0");
	ck_assert_str_ne(own_ask(MENTIONS("beside")), "0");
	ck_assert_str_eq(own_ask(ask_acl), acl);
	/* It has everything, and hangs on nothing of the real one. */
	own_script(own_conninfo, "DROP SCHEMA chartkeep CASCADE");
	ck_assert_str_eq(own_ask("SELECT count(*)::text FROM"
	    " beside.audit_partitions()"), "1");
	ck_assert_msg(migrate(&task, sql, "beside", note, told), "%s",
	    task.fault.text);
}
END_TEST

static void
add_tests(TCase *tests)
{
	tcase_add_test(tests, test_migrate_applies_in_order_and_once);
	tcase_add_test(tests, test_migrate_goes_on_where_it_was);
	tcase_add_test(tests, test_migrate_refuses_a_changed_file);
	tcase_add_test(tests, test_migrate_refuses_what_was_left_out);
	tcase_add_test(tests, test_migrate_refuses_two_of_one_number);
	tcase_add_loop_test(tests, test_migrate_wants_a_floor, 0,
	    COUNT_OF(without_floor));
	tcase_add_test(tests, test_migrate_failing_file_leaves_nothing);
	tcase_add_test(tests, test_migrate_two_at_once_apply_once);
	tcase_add_test(tests, test_migrate_directory_that_is_not_there);
	tcase_add_test(tests, test_migrate_makes_a_schema_beside);
	tcase_add_test(tests, test_schema_of_ours_agrees);
	tcase_add_test(tests, test_schema_with_a_floor_above_us_is_refused);
}

int
main(void)
{
	Suite *suite = suite_create("migrate");
	TCase *tests = tcase_create("migrate");
	TCase *pure = tcase_create("versions");
	SRunner *runner = srunner_create(suite);
	int failed;

	setenv("CK_SRC", ".", 0);
	log_set_level("error");
	servers_need();
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, pure);
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	add_tests(tests);
	tcase_add_loop_test(pure, test_migrate_versions_compare_by_number, 0,
	    COUNT_OF(versions));
	tcase_add_loop_test(pure, test_migrate_renames_the_schema_alone, 0,
	    COUNT_OF(renamings));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
