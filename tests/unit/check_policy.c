/* Who may change a row that they see. */

#include <check.h>
#undef fail

#include "made_row.h"

#include "base/task.h"
#include "model/actor.h"
#include "model/family.h"
#include "model/policy.h"

static struct task	 task;
static struct actor	 actor;
static struct item	 entry;

/* A record of account 3 that account 2 wrote. */
static const char *const cells[] = {
	"7", "0a0b0c0d-0001-4002-8003-000000000004", "3", "2", "", "general",
	"1000000", "", "", "", "1000000", "5"
};

static void
setup(void)
{
	memset(&task, 0, sizeof(task));
	memset(&actor, 0, sizeof(actor));
	task.arena = arena_new(0);
	task.actor = &actor;
	actor.role = "doctor";
	entry = made_row(&record, cells);
}

static void
teardown(void)
{
	PQclear((PGresult *)entry.row.result);
	arena_free(task.arena);
}

START_TEST(test_policy_author_changes)
{
	actor.account = 2;
	ck_assert(author_or_admin(&task, &entry));
}
END_TEST

START_TEST(test_policy_owner_who_did_not_write_changes_nothing)
{
	actor.account = 3;
	actor.role = "patient";
	ck_assert(!author_or_admin(&task, &entry));
	ck_assert_int_eq(task.fault.code, FAULT_FORBIDDEN);
}
END_TEST

START_TEST(test_policy_admin_changes)
{
	actor.account = 1;
	actor.role = "admin";
	ck_assert(author_or_admin(&task, &entry));
	ck_assert(admin_only(&task, &entry));
	ck_assert(self_or_admin(&task, &entry));
}
END_TEST

START_TEST(test_policy_other_clinicians_change_nothing)
{
	actor.account = 4;
	ck_assert(!author_or_admin(&task, &entry));
	fault_clear(&task);
	ck_assert(!admin_only(&task, &entry));
	fault_clear(&task);
	ck_assert(!self_or_admin(&task, &entry));
}
END_TEST

START_TEST(test_policy_nobody_is_nobody)
{
	task.actor = NULL;
	ck_assert(!author_or_admin(&task, &entry));
	fault_clear(&task);
	ck_assert(!admin_only(&task, &entry));
}
END_TEST

START_TEST(test_policy_uids_are_compared_as_uids)
{
	static const char *const	 people_cells[] = {
		"3", "0a0b0c0d-0001-4002-8003-000000000004", "a@b", "",
		"patient", "f", "", "A", "B", "1", "1", "1"
	};
	struct item	 self = made_row(&person, people_cells);

	actor.account = 3;
	ck_assert(item_is_owned_by(&self, &actor));
	actor.account = 4;
	ck_assert(!item_is_owned_by(&self, &actor));
	PQclear((PGresult *)self.row.result);
}
END_TEST

START_TEST(test_policy_every_rule_has_words)
{
	for (size_t i = 0; resources[i] != NULL; i++)
		ck_assert_str_ne(policy_words(resources[i]->may_change),
		    "a rule of its own");
}
END_TEST

START_TEST(test_policy_item_reads_its_columns)
{
	const char	*type;

	ck_assert_int_eq(item_number(&entry), 7);
	ck_assert_int_eq(item_version(&entry), 5);
	ck_assert_int_eq(item_int_of(&entry, "patient_id"), 3);
	ck_assert(item_null(&entry, column_at(&record, "doctor_id")));
	ck_assert(item_text(&task, &entry, column_at(&record, "type"),
	    &type));
	ck_assert_str_eq(type, "general");
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("policy");
	TCase	*tcase = tcase_create("policy");
	SRunner	*runner;
	int	 failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_policy_author_changes);
	tcase_add_test(tcase,
	    test_policy_owner_who_did_not_write_changes_nothing);
	tcase_add_test(tcase, test_policy_admin_changes);
	tcase_add_test(tcase, test_policy_other_clinicians_change_nothing);
	tcase_add_test(tcase, test_policy_nobody_is_nobody);
	tcase_add_test(tcase, test_policy_uids_are_compared_as_uids);
	tcase_add_test(tcase, test_policy_every_rule_has_words);
	tcase_add_test(tcase, test_policy_item_reads_its_columns);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
