#ifndef CK_MODEL_SCHEMA_H
#define CK_MODEL_SCHEMA_H

/*
 * Does this database serve this program?  Two truths are compared: sql/ and
 * the resources' columns.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/table.h"

struct statement;
struct task;

/*
 * Compares the floor that the last migrations left with our version, and the
 * columns of the resources with the tables'.  False with the task's fault:
 * FAULT_UNAVAILABLE and the first disagreement as its text.
 */
bool	 schema_agrees(struct task *) MUST_USE;

/* All disagreements, one a line; false when the database can't be asked. */
bool	 schema_compare(struct task *, struct buf *) MUST_USE;

extern const struct statement *const schema_statements[];

#endif
