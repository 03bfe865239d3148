#ifndef CK_MODEL_MIGRATE_H
#define CK_MODEL_MIGRATE_H

/*
 * The schema's history.  Migrations are sql/NNNN-name.sql, applied in order
 * as the owner, each in a transaction of its own under one advisory lock,
 * and noted in the table `migration` with their SHA-256.  The first line of
 * each, "-- floor: X.Y.Z", names the oldest program that the schema serves
 * after it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

struct task;

/* Told of every step, for progress. */
typedef void	 migrate_fn(void *ctx, const char *name, bool applied);

/*
 * Applies what is missing in `directory`; the task's connection is the
 * owner's.  A file that differs from what was applied is refused.
 */
bool	 migrate(struct task *, const char *directory, migrate_fn *, void *ctx)
	    MUST_USE;

/*
 * Does this database serve this program?  Compares the floor with our
 * version and the columns of the resources with information_schema; says
 * what disagrees.  Used at start and by `chartkeep check`.
 */
bool	 schema_agrees(struct task *, char *why, size_t size) MUST_USE;

#endif
