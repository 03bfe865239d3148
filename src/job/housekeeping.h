#ifndef CK_JOB_HOUSEKEEPING_H
#define CK_JOB_HOUSEKEEPING_H

/*
 * The dispatcher's signs of life and its sweeping: both are functions of the
 * database (sql/), called in time.  Each says after how long (microseconds)
 * it wants to be called again.
 */

#include <stdint.h>

struct statement;
struct task;

/* The heartbeat row of this process. */
int64_t	 beat(struct task *);
/* Once an hour: what has no further use goes, partitions are made. */
int64_t	 housekeeping(struct task *);

extern const struct statement *const housekeeping_statements[];

#endif
