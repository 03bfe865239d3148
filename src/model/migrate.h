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

struct pg;
struct task;

/* Told of every file, for progress; `applied`: now, not before. */
typedef void	 migrate_fn(void *ctx, const char *name, bool applied);

/*
 * The owner's connection for migrate(): it makes the table `migration` when
 * it is opened, and waits for locks as long as it takes.
 */
struct pg	*migrate_connection(const char *conninfo);

/*
 * Applies what is missing in `directory`; the task's connection is one of
 * migrate_connection().  Refused are a file that differs from what was
 * applied, a missing one between applied ones, and one whose first line
 * names no floor.
 */
bool	 migrate(struct task *, const char *directory, migrate_fn *, void *ctx)
	    MUST_USE;

/* "1.2.10" against "1.2.9": positive.  What is no version is 0. */
int	 version_compare(const char *, const char *);

#endif
