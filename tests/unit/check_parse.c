/* What clients may write for each kind, and what PostgreSQL then gets. */

#include <check.h>
#undef fail

#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "base/task.h"
#include "model/resource.h"

static struct task	 task;

static void
setup(void)
{
	memset(&task, 0, sizeof(task));
	task.arena = arena_new(0);
}

static void
teardown(void)
{
	arena_free(task.arena);
}

static const struct trial {
	enum kind	 kind;
	enum input_type	 type;
	const char	*in;
	const char	*out;		/* NULL: refused */
} trials[] = {
	{ ID,    INPUT_NUMBER, "7",                    "7" },
	{ ID,    INPUT_TEXT,   "7",                    "7" },
	{ ID,    INPUT_TEXT,   "9223372036854775807",  "9223372036854775807" },
	{ ID,    INPUT_NUMBER, "9223372036854775808",  NULL },
	{ ID,    INPUT_NUMBER, "0",                    NULL },
	{ ID,    INPUT_NUMBER, "-1",                   NULL },
	{ ID,    INPUT_NUMBER, "1.0",                  NULL },
	{ ID,    INPUT_TEXT,   "1; DROP TABLE record", NULL },
	{ ID,    INPUT_BOOL,   "true",                 NULL },
	{ UID,   INPUT_TEXT,   "0A0B0C0D-0001-4002-8003-000000000004",
	    "0a0b0c0d-0001-4002-8003-000000000004" },
	{ UID,   INPUT_TEXT,   "0a0b0c0d",             NULL },
	{ TEXT,  INPUT_TEXT,   "' OR 1=1-",            "' OR 1=1-" },
	{ TEXT,  INPUT_TEXT,   "12345678901",          NULL },
	{ TEXT,  INPUT_TEXT,   "äöüäöüäöüä",           "äöüäöüäöüä" },
	{ TEXT,  INPUT_NUMBER, "1",                    NULL },
	{ TEXT,  INPUT_LIST,   "[]",                   NULL },
	{ COUNT, INPUT_NUMBER, "10",                   "10" },
	{ COUNT, INPUT_TEXT,   "10",                   "10" },
	{ COUNT, INPUT_NUMBER, "11",                   NULL },
	{ COUNT, INPUT_NUMBER, "-1",                   NULL },
	{ COUNT, INPUT_TEXT,   "",                     NULL },
	{ REAL,  INPUT_NUMBER, "2.5",                  "2.5" },
	{ REAL,  INPUT_TEXT,   "1e1",                  "10" },
	{ REAL,  INPUT_TEXT,   "NaN",                  NULL },
	{ REAL,  INPUT_TEXT,   "1e999",                NULL },
	{ REAL,  INPUT_TEXT,   "0x1p3",                NULL },
	{ REAL,  INPUT_NUMBER, "10.1",                 NULL },
	{ BOOL,  INPUT_BOOL,   "true",                 "true" },
	{ BOOL,  INPUT_NUMBER, "0",                    "false" },
	{ BOOL,  INPUT_TEXT,   "yes",                  NULL },
	{ DATE,  INPUT_TEXT,   "2024-02-29",           "2024-02-29" },
	{ DATE,  INPUT_TEXT,   "2023-02-29",           NULL },
	{ DATE,  INPUT_TEXT,   "2023-02-30",           NULL },
	{ DATE,  INPUT_TEXT,   "1900-02-29",           NULL },
	{ DATE,  INPUT_TEXT,   "2000-02-29",           "2000-02-29" },
	{ DATE,  INPUT_TEXT,   "2023-13-01",           NULL },
	{ DATE,  INPUT_TEXT,   "0000-01-01",           NULL },
	{ DATE,  INPUT_TEXT,   "20230101",             NULL },
	{ DATE,  INPUT_TEXT,   "now",                  NULL },
	{ TIME,  INPUT_TEXT,   "2024-01-05",           "2024-01-05 00:00:00" },
	{ TIME,  INPUT_TEXT,   "2024-01-05 10:00:00",  "2024-01-05 10:00:00" },
	{ TIME,  INPUT_TEXT,   "2024-01-05T10:00",     "2024-01-05T10:00" },
	{ TIME,  INPUT_TEXT,   "2024-01-05T10:00:00.123Z",
	    "2024-01-05T10:00:00.123Z" },
	{ TIME,  INPUT_TEXT,   "2024-01-05T10:00:00+15:59",
	    "2024-01-05T10:00:00+15:59" },
	{ TIME,  INPUT_TEXT,   "2024-01-05T10:00:00+16:00", NULL },
	{ TIME,  INPUT_TEXT,   "9999-12-31T23:59:59-15:59", NULL },
	{ TIME,  INPUT_TEXT,   "0001-01-01T00:00:00+15:59", NULL },
	{ TIME,  INPUT_TEXT,   "9999-12-31T23:59:59",  "9999-12-31T23:59:59" },
	{ TIME,  INPUT_TEXT,   "2024-01-05T24:00:00",  NULL },
	{ TIME,  INPUT_TEXT,   "2024-01-05T10:60:00",  NULL },
	{ TIME,  INPUT_TEXT,   "2024-01-05T10:00:60",  NULL },
	{ TIME,  INPUT_TEXT,   "2024-01-05T10:00:00.", NULL },
	{ TIME,  INPUT_TEXT,   "2024-01-05T10:00:00.1234567", NULL },
	{ TIME,  INPUT_TEXT,   "2024-01-05 10:00:00 Europe/Berlin", NULL },
	{ TIME,  INPUT_TEXT,   "2024-01-05 ",          NULL },
	{ TIME,  INPUT_TEXT,   "infinity",             NULL },
	{ TIME,  INPUT_NUMBER, "1704448800",           NULL },
};

START_TEST(test_parse_takes_and_refuses)
{
	const struct trial	*t = &trials[_i];
	struct column		 c = { "c", t->kind, .min = 0, .max = 10 };
	struct input_value	 value = { t->type, t->in };
	const char		*out = NULL;
	bool			 taken;

	taken = kinds[t->kind].parse(&task, &c, "f", &value, &out);
	ck_assert_msg(taken == (t->out != NULL), "%s", t->in);
	if (taken)
		ck_assert_str_eq(out, t->out);
	else
		ck_assert_str_eq(task.fault.fields->field, "f");
}
END_TEST

START_TEST(test_parse_choices_are_closed)
{
	static const char *const	 choices[] = { "a", "b", NULL };
	struct column			 c = { "c", TEXT, .max = 9,
					    .choices = choices };
	const char			*out;

	ck_assert(kinds[TEXT].parse(&task, &c, "f",
	    &(struct input_value){ INPUT_TEXT, "b" }, &out));
	ck_assert(!kinds[TEXT].parse(&task, &c, "f",
	    &(struct input_value){ INPUT_TEXT, "c" }, &out));
	ck_assert_int_eq(task.fault.fields->reason, FIELD_CHOICE);
}
END_TEST

START_TEST(test_parse_every_kind_has_a_reader)
{
	for (int k = NO_KIND + 1; k < KINDS; k++) {
		ck_assert_ptr_nonnull(kinds[k].name);
		ck_assert_ptr_nonnull(kinds[k].sql_type);
		ck_assert(kinds[k].parse != NULL);
	}
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("parse");
	TCase	*tcase = tcase_create("parse");
	SRunner	*runner;
	int	 failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_parse_takes_and_refuses, 0,
	    (int)COUNT_OF(trials));
	tcase_add_test(tcase, test_parse_choices_are_closed);
	tcase_add_test(tcase, test_parse_every_kind_has_a_reader);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
