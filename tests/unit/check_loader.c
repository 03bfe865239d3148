/* Imports into a database of the test's own. */

#include "model/loader.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/settings.h"
#include "crypto/keyring.h"
#include "crypto/seal.h"
#include "model/key.h"
#include "model/loader_inside.h"
#include "own_schema.h"

static char directory[] = "/tmp/check_loader.XXXXXX";
static struct keyring keyring;
static struct settings settings = { .time_zone = "UTC" };
static struct task task;
static struct load_count count;
static char reasons[4000];		/* "table place: why|" */

static void
note_refused(void *ctx, const char *table, int64_t place, const char *why)
{
	size_t len = strlen(reasons);

	ck_assert_ptr_eq(ctx, reasons);
	snprintf(reasons + len, sizeof(reasons) - len, "%s %lld: %s|", table,
	    (long long)place, why);
}

static void
note_progress(void *ctx, const char *table, const struct load_count *so_far)
{
	ck_assert_ptr_eq(ctx, reasons);
	ck_assert_ptr_nonnull(table);
	ck_assert_int_ge(so_far->accepted + so_far->refused, 0);
}

static const struct load_watch watch = {
	note_progress, note_refused, reasons
};

static void
setup(void)
{
	char path[100], why[300];

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/keyring", directory);
	ck_assert_msg(keyring_create(path, why, sizeof(why)), "%s", why);
	ck_assert_msg(keyring_load(&keyring, path, why, sizeof(why)), "%s",
	    why);
	unlink(path);
	rmdir(directory);
	own_database_make();
	own_schema_make();
	own_task(&task, NULL);
	task.pg = loader_connection(own_conninfo);
	task.keyring = &keyring;
	task.settings = &settings;
	strcpy(task.request_id, "00000000-0000-4000-8000-000000000001");
	reasons[0] = '\0';
}

static void
teardown(void)
{
	own_task_free(&task);
	own_database_drop();
	key_forget_all();
}

static bool
json(const char *text)
{
	fault_clear(&task);
	reasons[0] = '\0';
	return load_json(&task, text, strlen(text), &watch, &count);
}

static bool
csv(const char *table, const char *text)
{
	char *copy = arena_text(task.arena, text);
	FILE *file = fmemopen(copy, strlen(copy), "r");
	bool good;

	ck_assert_ptr_nonnull(file);
	fault_clear(&task);
	reasons[0] = '\0';
	good = load_csv(&task, file, table, &watch, &count);
	fclose(file);
	return good;
}

#define PEOPLE								\
	"{\"accounts\":[{\"id\":7,\"email\":\" Ann@Example.ORG \","	\
	"\"role\":\"patient\",\"given\":\"Ann\",\"hash\":\"$y$x\"},"	\
	"{\"id\":9,\"username\":\"Bert\",\"role\":\"doctor\","		\
	"\"verified\":true}]}"

START_TEST(test_loader_demo_is_complete)
{
	struct buf text;
	char why[300];

	buf_init(&text, task.arena, 0);
	ck_assert_msg(file_read(arena_printf(task.arena,
	    "%s/tests/demo/demo.json", getenv("CK_SRC")), 1 << 20, &text, why,
	    sizeof(why)), "%s", why);
	ck_assert_msg(json(text.data), "%s", task.fault.text);
	ck_assert_str_eq(reasons, "");
	ck_assert_int_eq(count.accepted, 21);
	ck_assert_str_eq(own_ask("SELECT string_agg(id || ' ' || patient_id ||"
	    " ' ' || recorded_at::date, ', ' ORDER BY id) FROM record"),
	    "1 1 2023-01-15, 2 1 2023-04-20, 3 1 2023-07-10, 4 2 2023-02-20,"
	    " 5 2 2023-05-05, 6 3 2023-03-10, 7 3 2023-06-25");
	ck_assert_str_eq(own_ask("SELECT string_agg(provider_id || ' ' ||"
	    " account_id, ', ' ORDER BY id) FROM membership"),
	    "1 1, 2 2, 3 3");
	ck_assert_str_eq(own_ask("SELECT string_agg(DISTINCT state, ' ')"
	    " FROM occurrence"), "past");
	ck_assert_str_eq(own_ask("SELECT count(*)::text FROM credential"
	    " WHERE hash LIKE '$y$%'"), "3");
}
END_TEST

START_TEST(test_loader_accounts_have_key_person_and_names)
{
	ck_assert_msg(json(PEOPLE), "%s", task.fault.text);
	ck_assert_int_eq(count.accepted, 2);
	ck_assert_str_eq(own_ask("SELECT string_agg(concat_ws(' ', a.id,"
	    " a.email, a.username, a.role, a.verified, p.given, k.kek IS NOT"
	    " NULL, k.account_uid = a.uid, c.hash), ', ' ORDER BY a.id)"
	    " FROM account a JOIN person p ON p.account_id = a.id"
	    " JOIN data_key k ON k.account_id = a.id"
	    " LEFT JOIN credential c ON c.account_id = a.id"),
	    "7 ann@example.org patient f Ann t t $y$x, 9 bert doctor t  t t");
	/* The next one that brings no id comes behind. */
	ck_assert_msg(csv("accounts", "username,role\nx,patient\n"), "%s",
	    task.fault.text);
	ck_assert_str_eq(own_ask("SELECT max(id)::text FROM account"), "10");
}
END_TEST

/* Opens a sealed value of the row as a worker would. */
static const struct statement find_sealed = {
	"find_sealed",
	"SELECT k.id, k.uid, k.kek, k.wrapped, k.account_uid, r.uid, r.text"
	" FROM record r JOIN data_key k ON k.account_id = r.patient_id"
	" WHERE r.id = $1::bigint",
};

static const char *
opened(int64_t id)
{
	static char plain[200];
	const struct statement *const list[] = { &find_sealed };
	const struct result *result;
	const struct data_key *key;
	const unsigned char *sealed;
	struct params p = { 0 };
	char aad[SEAL_AAD_SIZE];
	size_t sealed_len, len;
	struct task t;
	struct row row;

	own_task(&t, NULL);
	t.pg = pg_new(own_conninfo, NULL, NULL, list, 1);
	t.keyring = &keyring;
	param_int(&p, t.arena, id);
	ck_assert(pg_ready(&t) && pg_do(&t, &find_sealed, &p, &result));
	row = (struct row){ result, 0 };
	ck_assert(key_of_row(&t, &row, 0, &key));
	seal_aad(aad, sizeof(aad), "record", "text", row_uuid(&row,
	    KEY_COLUMNS));
	sealed = row_bytes(&row, KEY_COLUMNS + 1, &sealed_len);
	ck_assert_uint_lt(sealed_len, sizeof(plain));
	ck_assert(seal_open(key, aad, sealed, sealed_len,
	    (unsigned char *)plain, &len));
	plain[len] = '\0';
	own_task_free(&t);
	return plain;
}

START_TEST(test_loader_seals_what_is_clinical)
{
	ck_assert(json(PEOPLE));
	ck_assert_msg(csv("records", "id,patient,text,recorded_at\r\n"
	    "5,7,\"a \"\"quoted\"\", word\nin two lines\",2024-02-29\r\n"
	    "6,9,other,2024-02-29T10:00:00+02:00\r\n"), "%s",
	    task.fault.text);
	ck_assert_str_eq(reasons, "");
	ck_assert_str_eq(opened(5), "a \"quoted\", word\nin two lines");
	ck_assert_str_eq(opened(6), "other");
	ck_assert_str_eq(own_ask("SELECT recorded_at::text FROM record"
	    " WHERE id = 6"), "2024-02-29 08:00:00+00");
	ck_assert_str_eq(own_ask("SELECT count(*)::text FROM record WHERE"
	    " author_id = patient_id AND type = 'general' AND name IS NULL"),
	    "2");
}
END_TEST

START_TEST(test_loader_naive_times_are_in_the_setting_zone)
{
	settings.time_zone = "America/New_York";
	ck_assert(json(PEOPLE));
	ck_assert_msg(csv("records", "patient,recorded_at\n"
	    "7,2024-01-01 12:00\n"), "%s", task.fault.text);
	ck_assert_str_eq(own_ask("SELECT recorded_at::text FROM record"),
	    "2024-01-01 17:00:00+00");
	settings.time_zone = "UTC";
}
END_TEST

START_TEST(test_loader_refused_rows_do_not_hinder_the_others)
{
	int err = log_divert();

	ck_assert(json(PEOPLE));
	ck_assert(csv("records", "id,patient,author,type,recorded_at\n"
	    "1,7,,,\n1,7,,,\n2,12345,,,\n3,7,,nonsense,\n4,7,,,2023-02-30\n"
	    "0,7,,,\n5,,,,\n6,7,4711,,\n7,7\n8,9,7,imaging,2023-02-28\n"));
	log_taken(err);
	ck_assert_int_eq(count.accepted, 2);
	ck_assert_int_eq(count.refused, 8);
	ck_assert_ptr_nonnull(strstr(reasons, "records 2: record_pkey: "));
	ck_assert_ptr_nonnull(strstr(reasons,
	    "records 3: there is no such account|"));
	ck_assert_ptr_nonnull(strstr(reasons,
	    "records 4: type is none of: general "));
	ck_assert_ptr_nonnull(strstr(reasons,
	    "records 5: recorded_at is no time|"));
	ck_assert_ptr_nonnull(strstr(reasons, "records 6: id is no number"));
	ck_assert_ptr_nonnull(strstr(reasons, "records 7: patient is missing"));
	ck_assert_ptr_nonnull(strstr(reasons,
	    "records 8: record_author_id_fkey: "));
	ck_assert_ptr_nonnull(strstr(reasons, "records 9: the line has more"));
	ck_assert_str_eq(own_ask("SELECT string_agg(id::text, ' ' ORDER BY id)"
	    " FROM record"), "1 8");
}
END_TEST

START_TEST(test_loader_past_reminders_are_never_announced)
{
	ck_assert(json(PEOPLE));
	ck_assert_msg(json("{\"reminders\":[{\"patient\":7,\"text\":\"a\","
	    "\"due_at\":\"2001-01-01\"},{\"patient\":7,\"text\":\"b\","
	    "\"due_at\":\"2999-01-01 00:00:00\"}]}"), "%s", task.fault.text);
	ck_assert_str_eq(own_ask("SELECT string_agg(state, ' ' ORDER BY at)"
	    " FROM occurrence"), "past waiting");
	ck_assert_str_eq(own_ask("SELECT count(*)::text FROM notification"),
	    "0");
}
END_TEST

START_TEST(test_loader_batches_are_in_the_trail)
{
	ck_assert(json(PEOPLE));
	ck_assert(csv("records", "patient,text\n7,a\n7,b\n9,c\n"));
	ck_assert_str_eq(own_ask("SELECT string_agg(concat_ws(' ', role,"
	    " route, action, outcome, patients, request_id), ', ' ORDER BY"
	    " id) FROM audit"),
	    "system chartkeep import add ok {7,9}"
	    " 00000000-0000-4000-8000-000000000001,"
	    " system chartkeep import add ok {7,9}"
	    " 00000000-0000-4000-8000-000000000001");
}
END_TEST

START_TEST(test_loader_many_rows_come_in_batches)
{
	struct buf b;

	ck_assert(json(PEOPLE));
	buf_init(&b, task.arena, 100000);
	buf_text(&b, "patient,text\n");
	for (int i = 1; i <= 5000; i++)
		buf_printf(&b, "%d,row %d\n", i == 3333 ? 8 : 7, i);
	ck_assert_msg(csv("records", b.data), "%s", task.fault.text);
	ck_assert_int_eq(count.accepted, 4999);
	ck_assert_str_eq(reasons, "records 3333: there is no such account|");
	ck_assert_str_eq(own_ask("SELECT count(*)::text FROM audit"), "4");
}
END_TEST

static const struct {
	const char *text, *reason;
} documents[] = {
	{ "[]", NULL },
	{ "{\"accounts\":", NULL },
	{ "{\"people\":[]}", "there is no table \"people\"; there" },
	{ "{\"accounts\":{}}", "\"accounts\" is no array" },
};

START_TEST(test_loader_documents_that_are_none)
{
	ck_assert(!json(documents[_i].text));
	if (documents[_i].reason != NULL)
		ck_assert_ptr_eq(strstr(task.fault.text,
		    documents[_i].reason), task.fault.text);
	ck_assert_int_eq(count.accepted, 0);
}
END_TEST

START_TEST(test_loader_members_are_checked)
{
	ck_assert_msg(json("{\"accounts\":[5,{\"role\":\"patient\","
	    "\"nose\":1},{\"role\":[1]},{\"email\":\"a]b{\\\"@x\","
	    "\"role\":\"patient\"}]}"), "%s", task.fault.text);
	ck_assert_str_eq(reasons, "accounts 1: is no object|"
	    "accounts 2: there is no column nose|"
	    "accounts 3: role is no single value|");
	ck_assert_str_eq(own_ask("SELECT email FROM account"), "a]b{\"@x");
}
END_TEST

START_TEST(test_loader_csv_heads_are_checked)
{
	ck_assert(!csv("records", "patient,nose\n7,x\n"));
	ck_assert_str_eq(task.fault.text, "records has no column \"nose\"");
	ck_assert(!csv("noses", "patient\n"));
	ck_assert_str_eq(task.fault.text, "there is no table \"noses\";"
	    " there are accounts, providers, memberships, connections,"
	    " records, reminders");
	ck_assert(!csv("records", ""));
}
END_TEST

START_TEST(test_loader_csv_lines_are_checked)
{
	ck_assert(json(PEOPLE));
	ck_assert_msg(csv("records", "patient,text\n7,\"open\n"), "%s",
	    task.fault.text);
	ck_assert_str_eq(reasons, "records 1: the line is not well-formed|");
	ck_assert(csv("records", "patient,text\n7,a\"b\n7,\"a\"b\n7,\xff\n"));
	ck_assert_int_eq(count.refused, 3);
	/* A quoted nothing is a text, a bare one is absent. */
	ck_assert(csv("records", "patient,text,name\n7,\"\",\n"));
	ck_assert_str_eq(own_ask("SELECT (text IS NULL) || ' ' ||"
	    " (name IS NULL) FROM record"), "false true");
}
END_TEST

/* The paragraph of a table has all of its columns. */
START_TEST(test_loader_columns_are_in_the_manual)
{
	const struct load_table *table = &load_table_rows[_i];
	char why[300], *at, *end;
	struct buf page;

	buf_init(&page, task.arena, 0);
	ck_assert_msg(file_read(arena_printf(task.arena,
	    "%s/doc/man/chartkeep.8", getenv("CK_SRC")), 1 << 20, &page, why,
	    sizeof(why)), "%s", why);
	at = strstr(page.data, arena_printf(task.arena, "\n.It Li %s\n",
	    table->name));
	ck_assert_msg(at != NULL, "%s is not in the manual", table->name);
	end = strstr(at + 1, "\n.");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	for (size_t i = 0; i < table->ncolumns; i++)
		ck_assert_msg(strstr(at, table->columns[i].name) != NULL,
		    "%s.%s is not in the manual", table->name,
		    table->columns[i].name);
}
END_TEST

static void
add_tests(TCase *tests)
{
	tcase_add_test(tests, test_loader_demo_is_complete);
	tcase_add_test(tests, test_loader_accounts_have_key_person_and_names);
	tcase_add_test(tests, test_loader_seals_what_is_clinical);
	tcase_add_test(tests, test_loader_naive_times_are_in_the_setting_zone);
	tcase_add_test(tests,
	    test_loader_refused_rows_do_not_hinder_the_others);
	tcase_add_test(tests, test_loader_past_reminders_are_never_announced);
	tcase_add_test(tests, test_loader_batches_are_in_the_trail);
	tcase_add_test(tests, test_loader_many_rows_come_in_batches);
	tcase_add_loop_test(tests, test_loader_documents_that_are_none, 0,
	    COUNT_OF(documents));
	tcase_add_test(tests, test_loader_members_are_checked);
	tcase_add_test(tests, test_loader_csv_heads_are_checked);
	tcase_add_test(tests, test_loader_csv_lines_are_checked);
	tcase_add_loop_test(tests, test_loader_columns_are_in_the_manual, 0,
	    (int)load_table_count);
}

int
main(void)
{
	Suite *suite = suite_create("loader");
	TCase *tests = tcase_create("loader");
	SRunner *runner = srunner_create(suite);
	int failed;

	setenv("CK_SRC", ".", 0);
	log_set_level("error");
	servers_need();
	suite_add_tcase(suite, tests);
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	add_tests(tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
