#ifndef CK_JOB_DELIVERY_H
#define CK_JOB_DELIVERY_H

/* Delivering one occurrence, exactly once. */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"

struct statement;
struct task;

/*
 * Announces the earliest due occurrence of the row, or marks it missed when
 * it is found later than reminder_grace.  True: nothing is left to do for it,
 * unless *later_r (an epoch) says that the row waits for that; 0: it does
 * not.  After a fault a transaction may be open: pg_settle().
 */
bool	 deliver(struct task *, const char *kind, int64_t row,
	    int64_t *later_r) MUST_USE;

extern const struct statement *const delivery_statements[];

#endif
