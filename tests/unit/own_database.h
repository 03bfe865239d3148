#ifndef CK_TESTS_OWN_DATABASE_H
#define CK_TESTS_OWN_DATABASE_H

/*
 * A database of the test's own, made and dropped as the cluster's superuser;
 * and single queries on it.
 */

#include <string.h>

#include "base/task.h"
#include "servers.h"
#include "store/pg.h"
#include "store/row.h"

static char own_database[40];
static char own_conninfo[80];		/* as its owner */

static inline void
own_task(struct task *t, const char *conninfo)
{
	*t = (struct task){ .arena = arena_new(0), .route_name = "none" };
	if (conninfo != NULL)
		t->pg = pg_new(conninfo, NULL, NULL, NULL, 0);
}

static inline void
own_task_free(struct task *t)
{
	if (t->pg != NULL)
		pg_free(t->pg);
	arena_free(t->arena);
}

static inline void
own_script(const char *conninfo, const char *sql)
{
	struct task t;

	own_task(&t, conninfo);
	ck_assert_msg(pg_ready(&t), "%s", pg_why(t.pg));
	ck_assert_msg(pg_script(&t, sql), "%s", t.fault.text);
	own_task_free(&t);
}

static inline void
own_database_make(void)
{
	char sql[200];

	snprintf(own_database, sizeof(own_database), "check_%ld",
	    (long)getpid());
	snprintf(own_conninfo, sizeof(own_conninfo),
	    "user=chartkeep_admin dbname=%s", own_database);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s OWNER chartkeep_admin"
	    " ENCODING UTF8 LOCALE 'C.UTF-8' TEMPLATE template0",
	    own_database);
	own_script("user=postgres dbname=postgres", sql);
}

static inline void
own_database_drop(void)
{
	char sql[200];

	snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)",
	    own_database);
	own_script("user=postgres dbname=postgres", sql);
}

/* The first column of the first row, which is text; "" for null. */
static inline const char *
own_ask(const char *sql)
{
	static char answer[1000];
	const struct statement ask = { "ask", sql };
	const struct statement *const list[] = { &ask };
	const struct result *result;
	struct row row;
	struct task t;

	own_task(&t, NULL);
	t.pg = pg_new(own_conninfo, NULL, NULL, list, 1);
	ck_assert_msg(pg_ready(&t), "%s", pg_why(t.pg));
	ck_assert_msg(pg_do(&t, &ask, NULL, &result), "%s", t.fault.text);
	ck_assert_int_gt(result_rows(result), 0);
	row = (struct row){ result, 0 };
	snprintf(answer, sizeof(answer), "%s", row_null(&row, 0) ? "" :
	    row_text(&row, 0));
	own_task_free(&t);
	return answer;
}

#endif
