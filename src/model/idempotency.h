#ifndef CK_MODEL_IDEMPOTENCY_H
#define CK_MODEL_IDEMPOTENCY_H

/*
 * Idempotency keys of an account's requests, with the row that each made or
 * changed.  All calls belong in the open transaction of the work.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"

struct item;
struct resource;
struct task;

struct claim {
	int64_t			 id;
	bool			 is_done;	/* the rest is its row */
	const struct resource	*resource;
	int64_t			 row;
};

/*
 * FAULT_MISMATCH when the key served another request within a day.  Waits
 * for a transaction that holds the same key.
 */
bool	 idempotency_claim(struct task *, const char *key,
	    const unsigned char digest[32], struct claim *claim_r) MUST_USE;
/* The trail's row for an answer that is given again, about the subject. */
bool	 idempotency_again(struct task *) MUST_USE;
/* `made`: the row that the answer is about. */
bool	 idempotency_finish(struct task *, const struct claim *,
	    const struct item *made) MUST_USE;

#endif
