#ifndef CK_MODEL_ACTOR_H
#define CK_MODEL_ACTOR_H

/*
 * Who acts, as PostgreSQL says: enter() checks session, account, role and
 * permission matrix in the database and is the first statement of every
 * transaction on someone's behalf.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "model/resource.h"

struct params;
struct result;
struct task;

struct actor {
	int64_t		 account;
	unsigned char	 uid[16];
	const char	*role;		/* one of role_names */
	bool		 verified;
	const char	*zone;		/* the session's TimeZone */
};

bool	 actor_is(const struct actor *, const char *role);

struct access;
/*
 * Queues enter() for the task's token.  FAULT_NO_TOKEN without one.  Reads
 * ("view") may commit lazily (setting audit_reads).
 */
bool	 actor_queue(struct task *, const struct access *) MUST_USE;
/* Takes its result: sets task->actor and task->now, or the fault. */
bool	 actor_take(struct task *, const struct result *) MUST_USE;
/* Both, in a round trip of their own. */
bool	 actor_enter(struct task *, const struct access *) MUST_USE;

#endif
