#ifndef CK_STORE_LIMIT_H
#define CK_STORE_LIMIT_H

/*
 * Rate limits: counted in Redis, for all workers and hosts; without Redis in
 * this worker's own bounded table (then they hold per worker).  Keys are
 * digests or addresses, never names in the clear.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/settings.h"
#include "base/table.h"

struct task;

/*
 * Takes one from `what:key`.  Beyond the rate: FAULT_LIMITED with
 * retry_after.  A rate allows `count` at once and then one each
 * period / count; refused attempts take nothing.  Its count is at least 1.
 */
bool	 limit_take(struct task *, const char *what, const char *key,
	    const struct rate *) MUST_USE;
/* The address (as address_peer() spells it) as limits count it: IPv6 by /64. */
const char	*limit_peer(struct task *, const char *address);

#endif
