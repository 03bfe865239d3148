#ifndef CK_JOB_CHAIN_H
#define CK_JOB_CHAIN_H

/*
 * Seals the trail (model/batch.h): every audit_seal one batch of what came
 * since, more at once while many rows wait.  What is sealed is told to the
 * log, from where it goes to syslog or the journal, and to Redis: the head of
 * the chain, at places which the database's owner cannot write.
 */

#include <stdint.h>

struct statement;
struct task;

/* One batch; after how long (microseconds) it wants to be called again. */
int64_t	 chain_work(struct task *);

extern const struct statement *const chain_statements[];

#endif
