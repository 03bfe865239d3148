/*
 * The key's row is claimed in the transaction of the work, so that of two
 * workers with the same key the second waits for the first and then gives
 * the first's answer.  Round trips: claim, work, answer and commit.
 */

#include "api/idempotent.h"

#include <string.h>

#include "base/task.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"
#include "model/idempotency.h"

#define KEY_MOST	200

/* Keyed: a bare digest in a dump would confirm a guess of a short text. */
static void
request_digest(const struct call *call, unsigned char digest_r[32])
{
	struct buf	 b;

	buf_init(&b, call->task->arena, call->request->body_len + 256);
	buf_text(&b, call->request->target);
	buf_char(&b, '\0');
	buf_add(&b, call->request->body, call->request->body_len);
	digest_hmac(keyring_index(call->task->keyring), KEYRING_BYTES, b.data,
	    b.len, digest_r);
}

/*
 * The row as it is now, to who still sees it: what relations opened, they
 * close, and what is kept of an answer cannot be read.
 */
static bool
replay(struct call *call, const struct access *access,
    const struct claim *claim, const struct making *making)
{
	struct task	*t = call->task;
	struct access	 by_number = *access;
	struct item	 row;

	by_number.by_uid = false;
	if (!crud_lock(t, &by_number, claim->resource, arena_printf(t->arena,
	    "%lld", (long long)claim->row), &row) ||
	    !making->write(call, &row, making->ctx))
		return false;
	response_header(call->response, "Idempotency-Replayed", "true");
	return idempotency_again(t) && crud_commit(t);
}

static bool
claimed(struct call *call, const struct access *access,
    const struct making *making, struct item *made_r)
{
	struct task	*t = call->task;
	struct claim	 claim;
	unsigned char	 digest[32];

	request_digest(call, digest);
	if (!crud_begin(t, access))
		return false;
	t->kept = true;
	if (!idempotency_claim(t, call->request->idempotency_key, digest,
	    &claim))
		return false;
	if (claim.is_done)
		return replay(call, access, &claim, making);
	return making->make(call, access, making->ctx, made_r) &&
	    making->write(call, made_r, making->ctx) &&
	    idempotency_finish(t, &claim, made_r) && crud_commit(t);
}

bool
idempotent(struct call *call, const struct access *access,
    const struct making *making, struct item *made_r)
{
	const char	*key = call->request->idempotency_key;

	made_r->resource = NULL;
	if (key == NULL)
		return making->make(call, access, making->ctx, made_r) &&
		    making->write(call, made_r, making->ctx);
	if (key[0] == '\0' || strlen(key) > KEY_MOST || !text_is_utf8(key,
	    strlen(key)))
		return fail(call->task, FAULT_BAD_REQUEST,
		    "the Idempotency-Key is empty or too long");
	return claimed(call, access, making, made_r);
}
