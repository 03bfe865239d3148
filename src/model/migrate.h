#ifndef CK_MODEL_MIGRATE_H
#define CK_MODEL_MIGRATE_H

/*
 * The schema's history.  Migrations are sql/NNNN-name.sql, applied in order
 * as the owner, each in a transaction of its own under one advisory lock,
 * and noted in the table `migration` with their SHA-256.  The first line of
 * each, "-- floor: X.Y.Z", names the oldest program that the schema serves
 * after it.
 *
 * The schema is called as sql/ calls it, but for who wants to try things out
 * beside the real one: then each mention of it is replaced.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

struct arena;
struct pg;
struct task;

#define MIGRATE_SCHEMA	"chartkeep"

/* Told of every file, for progress; `applied`: now, not before. */
typedef void	 migrate_fn(void *ctx, const char *name, bool applied);

/*
 * The owner's connection for migrate(): it makes the table `migration` when
 * it is opened, and waits for locks as long as it takes.
 */
struct pg	*migrate_connection(const char *conninfo,
		    const char *schema);

/*
 * Applies what is missing in `directory`; the task's connection is one of
 * migrate_connection() to the same schema.  Refused are a file that differs
 * from what was applied, a missing one between applied ones, and one whose
 * first line names no floor.
 */
bool	 migrate(struct task *, const char *directory, const char *schema,
	    migrate_fn *, void *ctx) MUST_USE;

/*
 * A script of sql/ with another schema in the place of MIGRATE_SCHEMA: where
 * it stands before a dot, and in the three statements that name it alone.
 * Roles, settings ('chartkeep.account') and locks ('chartkeep migrate') stay.
 */
const char	*migrate_renamed(struct arena *, const char *sql,
		    const char *schema);

/* "1.2.10" against "1.2.9": positive.  What is no version is 0. */
int	 version_compare(const char *, const char *);

#endif
