#ifndef CK_API_IDEMPOTENT_H
#define CK_API_IDEMPOTENT_H

/*
 * Idempotency-Key on requests that make or decide something: a day long the
 * key remembers the row, and whoever repeats the request gets the answer
 * about it without the work being done twice; the same key with another
 * request is FAULT_MISMATCH.
 */

#include <stdbool.h>

#include "api/surface.h"

struct making {
	/* Does the work; finds the transaction open or not. */
	bool	(*make)(struct call *, const struct access *, void *ctx,
		    struct item *made_r);
	/* Writes the answer about the row, now or when it is repeated. */
	bool	(*write)(struct call *, const struct item *, void *ctx);
	void	*ctx;
};

/*
 * Without a key: just the work, in its one round trip.  *made_r has no
 * resource when an earlier answer was repeated.
 */
bool	 idempotent(struct call *, const struct access *,
	    const struct making *, struct item *made_r) MUST_USE;

#endif
