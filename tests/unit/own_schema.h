#ifndef CK_TESTS_OWN_SCHEMA_H
#define CK_TESTS_OWN_SCHEMA_H

/* The schema of sql/, in the test's own database. */

#include "model/migrate.h"
#include "own_database.h"

static inline void
own_migrated(void *ctx, const char *name, bool applied)
{
	(void)ctx, (void)name, (void)applied;
}

static inline void
own_schema_make(void)
{
	char sql[512];
	struct task t;

	snprintf(sql, sizeof(sql), "%s/sql", getenv("CK_SRC"));
	own_task(&t, NULL);
	t.pg = migrate_connection(own_conninfo, MIGRATE_SCHEMA);
	ck_assert_msg(migrate(&t, sql, MIGRATE_SCHEMA, own_migrated, NULL),
	    "%s", t.fault.text);
	own_task_free(&t);
}

#endif
