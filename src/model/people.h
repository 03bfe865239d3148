#ifndef CK_MODEL_PEOPLE_H
#define CK_MODEL_PEOPLE_H

/* What can be done to accounts beyond reading and changing a person. */

#include <stdbool.h>

#include "base/table.h"

struct access;
struct task;

/*
 * Archives the account `id` (as text, from a path): its sessions end, its
 * rows are hidden, its names are free again.  FAULT_NOT_FOUND,
 * FAULT_FORBIDDEN; FAULT_CONFLICT for the last administrator.
 */
bool	 people_archive(struct task *, const struct access *, const char *id)
	    MUST_USE;

#endif
