#ifndef CK_API_IDEMPOTENT_H
#define CK_API_IDEMPOTENT_H

/*
 * Idempotency-Key on requests that make something: the first answer is kept
 * for a day, sealed, and given again to whoever repeats the request; the
 * same key with another request is FAULT_MISMATCH.
 */

#include <stdbool.h>

#include "api/surface.h"

/*
 * Does the work and writes the answer; finds the transaction open or not.
 * Gives the row that the answer is about: who no longer sees that does not
 * get the answer again.
 */
typedef bool	 make_fn(struct call *, const struct access *, void *ctx,
		    struct item *made_r);

/* Without a key: just the work, in its one round trip. */
bool	 idempotent(struct call *, const struct access *, make_fn *, void *ctx)
	    MUST_USE;

#endif
