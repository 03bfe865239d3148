#ifndef CK_TESTS_PG_THINGS_H
#define CK_TESTS_PG_THINGS_H

/*
 * Statements, and tasks that run them, for the tests of pg and its opening.
 */

#include <string.h>

#include "base/task.h"
#include "servers.h"
#include "store/pg.h"
#include "store/row.h"

/* Everything is temporary: nothing of it stays in the database. */
static const char make_things[] =
    "DO $$ BEGIN\n"
    "CREATE TEMP TABLE thing (id bigint CONSTRAINT thing_key PRIMARY KEY,"
    " data bytea);\n"
    "CREATE TEMP TABLE late (id bigint CONSTRAINT late_key UNIQUE"
    " DEFERRABLE INITIALLY DEFERRED);\n"
    "CREATE TEMP TABLE closed (id bigint);\n"
    "ALTER TABLE closed ENABLE ROW LEVEL SECURITY;\n"
    "ALTER TABLE closed FORCE ROW LEVEL SECURITY;\n"
    "CREATE FUNCTION pg_temp.refuse() RETURNS int LANGUAGE plpgsql AS $f$\n"
    "BEGIN RAISE EXCEPTION 'the last admin stays' USING ERRCODE = 'CK002',"
    " DETAIL = 'a secret'; END $f$;\n"
    "CREATE FUNCTION pg_temp.babble() RETURNS int LANGUAGE plpgsql AS $f$\n"
    "BEGIN RAISE WARNING 'beware'; RETURN 1; END $f$;\n"
    "END $$";

static const struct statement number = { "number", "SELECT $1::int8" };
static const struct statement insert = {
	"insert", "INSERT INTO thing (id, data) VALUES ($1, $2)",
};
static const struct statement count = { "count", "SELECT count(*) FROM thing" };
static const struct statement whole = { "whole", "SELECT * FROM thing" };
static const struct statement late = {
	"late", "INSERT INTO late VALUES ($1)",
};
static const struct statement closed = {
	"closed", "INSERT INTO closed VALUES (1)",
};
static const struct statement refuse = { "refuse", "SELECT pg_temp.refuse()" };
static const struct statement babble = { "babble", "SELECT pg_temp.babble()" };
static const struct statement begin = { "begin", "BEGIN" };
static const struct statement commit = { "commit", "COMMIT" };
static const struct statement parse = { "parse", "SELECT $1::text::int8" };
static const struct statement echo = { "echo", "SELECT $1::bytea" };
static const struct statement types = {
	"types", "SELECT $1::uuid, $2::bytea, $3::int8, $4::boolean, $5::text,"
	" $6::bytea, $7::uuid",
};
static const struct statement sleep_for = {
	"sleep_for", "SELECT pg_sleep($1::int8)",
};
static const struct statement lock = {
	"lock", "SELECT pg_advisory_lock(4711)",
};
static const struct statement my_pid = { "my_pid", "SELECT pg_backend_pid()" };
static const struct statement kill_pid = {
	"kill_pid", "SELECT pg_terminate_backend($1::int4)",
};
static const struct statement settings = {
	"settings", "SELECT current_setting('search_path'),"
	" current_setting('TimeZone'), current_setting('statement_timeout'),"
	" current_setting('lock_timeout'), current_setting('jit'),"
	" current_setting('application_name')",
};
static const struct statement *const statements[] = {
	&number, &insert, &count, &whole, &late, &closed, &refuse, &babble,
	&begin, &commit, &parse, &echo, &types, &sleep_for, &lock, &my_pid, &kill_pid,
	&settings,
};
static struct task task;

static inline void
open_task(struct task *t, const char *options)
{
	memset(t, 0, sizeof(*t));
	t->arena = arena_new(0);
	t->pg = pg_new("", options, make_things, ROWS(statements));
	ck_assert_msg(pg_ready(t), "%s", pg_why(t->pg));
}

static inline void
close_task(struct task *t)
{
	arena_free(t->arena);
	pg_free(t->pg);
}

static inline void
setup(void)
{
	open_task(&task, NULL);
}

static inline void
teardown(void)
{
	close_task(&task);
}

static inline void
queue_int(struct task *t, const struct statement *st, int64_t value)
{
	struct params params = { .n = 0 };

	param_int(&params, t->arena, value);
	if (st == &insert)
		param_bytes(&params, NULL, 0);
	pg_queue(t, st, &params);
}

static inline bool
run_int(struct task *t, const struct statement *st, int64_t value)
{
	const struct result *result;

	queue_int(t, st, value);
	return pg_run(t, &result, 1);
}

/* The one number that a statement without parameters answers. */
static inline int64_t
ask_int(struct task *t, const struct statement *st)
{
	const struct result *result;

	ck_assert(pg_do(t, st, NULL, &result));
	return row_int(&(struct row){ result, 0 }, 0);
}

/* The connection does its work as before. */
static inline void
check_usable(struct task *t)
{
	fault_clear(t);
	ck_assert(pg_ready(t));
	ck_assert(pg_is_up(t->pg));
	ck_assert_str_eq(pg_why(t->pg), "");
	ck_assert_int_ge(ask_int(t, &my_pid), 1);
}

static inline void
check_fault(enum fault_code code, const char *text)
{
	ck_assert_int_eq(task.fault.code, code);
	ck_assert_str_eq(task.fault.text, text);
	if (code == FAULT_UNAVAILABLE)
		ck_assert_int_gt(task.fault.retry_after, 0);
}

#endif
