/* Idempotency keys; the answers are sealed with the account's key. */

#include "model/idempotency.h"

#include <string.h>

#include "base/task.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "model/actor.h"
#include "model/audit.h"
#include "model/item.h"
#include "model/key.h"
#include "model/resource.h"
#include "model/statement.h"
#include "store/row.h"

/* A key that is a day old is free again. */
static const struct statement claim_row = {
	"idempotency_claim",
	"INSERT INTO idempotency AS i"
	" (uid, account_id, route, key, request_digest)"
	" VALUES ($1::uuid, me(), $2::text, $3::text, $4::bytea)"
	" ON CONFLICT (account_id, route, key) DO UPDATE"
	" SET request_digest = excluded.request_digest, status = NULL,"
	" answer = NULL, created_at = instant()"
	" WHERE i.created_at < instant() - interval '24 hours'"
	" RETURNING i.id",
};

static const struct statement find_row = {
	"idempotency_find",
	"SELECT i.id, i.uid, i.request_digest, i.status, i.answer,"
	" i.kind, i.row_id,"
	" k.id, k.uid, k.kek, k.wrapped, k.account_uid"
	" FROM idempotency i JOIN data_key k ON k.account_id = i.account_id"
	" WHERE i.account_id = me() AND i.route = $1::text"
	" AND i.key = $2::text",
};

static const struct statement log_again = {
	"idempotency_again",
	"INSERT INTO audit (route, request_id, peer, action, outcome,"
	" account_id, role, patients) SELECT $1::text, $2::uuid, $3::inet,"
	" 'view', 'again', me(), my_role(), CASE WHEN $4::bigint IS NOT NULL"
	" THEN ARRAY[$4::bigint] END WHERE me() IS NOT NULL",
};

static const struct statement finish_row = {
	"idempotency_finish",
	"UPDATE idempotency SET status = $2::integer, answer = $3::bytea,"
	" kind = $4::text, row_id = $5::bigint WHERE id = $1::bigint",
};

enum { COL_ID, COL_UID, COL_DIGEST, COL_STATUS, COL_ANSWER, COL_KIND,
	COL_ROW, COL_KEY };

static bool
open_answer(struct task *t, const struct row *row, struct claim *claim_r)
{
	const struct data_key	*key;
	const unsigned char	*sealed;
	unsigned char		*plain;
	char			 aad[SEAL_AAD_SIZE];
	size_t			 size;

	if (!key_of_row(t, row, COL_KEY, &key))
		return false;
	sealed = row_bytes(row, COL_ANSWER, &size);
	plain = arena_alloc(t->arena, size + 1);
	seal_aad(aad, sizeof(aad), "idempotency", "answer", claim_r->uid);
	if (!seal_open(key, aad, sealed, size, plain, &claim_r->answer_len))
		return fail(t, FAULT_INTERNAL, "a kept answer does not open");
	claim_r->answer = (const char *)plain;
	return true;
}

bool
idempotency_again(struct task *t)
{
	const struct result	*result;
	struct params		 p = { 0 };

	audit_params(t, &p);
	if (t->subject > 0)
		param_int(&p, t->arena, t->subject);
	else
		param_text(&p, NULL);
	return pg_do(t, &log_again, &p, &result);
}

static bool
take_found(struct task *t, const struct row *row, bool is_ours,
    const unsigned char digest[32], struct claim *claim_r)
{
	const struct data_key	*key;
	size_t			 len;
	const unsigned char	*kept = row_bytes(row, COL_DIGEST, &len);

	claim_r->id = row_int(row, COL_ID);
	memcpy(claim_r->uid, row_uuid(row, COL_UID), 16);
	claim_r->status = (int)row_int(row, COL_STATUS);
	if (is_ours) {
		if (!key_of_row(t, row, COL_KEY, &key))
			return false;
		key_learn_account(t->actor->account,
		    row_uuid(row, COL_KEY + KEY_UID));
		return true;
	}
	if (len != 32 || !digest_equal(kept, digest, 32))
		return fail(t, FAULT_MISMATCH, NULL);
	claim_r->is_done = true;
	claim_r->resource = resource_named(row_text(row, COL_KIND));
	claim_r->row = row_int(row, COL_ROW);
	if (claim_r->resource == NULL)
		return fail(t, FAULT_INTERNAL, "a kept answer's row is lost");
	return open_answer(t, row, claim_r);
}

bool
idempotency_claim(struct task *t, const char *key,
    const unsigned char digest[32], struct claim *claim_r)
{
	const struct result	*results[2];
	struct params		 claim = { 0 }, find = { 0 };
	unsigned char		 uid[16];

	memset(claim_r, 0, sizeof(*claim_r));
	random_uuid(uid);
	param_uuid(&claim, uid);
	param_text(&claim, t->route_name);
	param_text(&claim, key);
	param_bytes(&claim, digest, 32);
	param_text(&find, t->route_name);
	param_text(&find, key);
	pg_queue(t, &claim_row, &claim);
	pg_queue(t, &find_row, &find);
	if (!pg_run(t, results, 2))
		return false;
	if (result_rows(results[1]) != 1)
		return fail(t, FAULT_INTERNAL, "an idempotency key is lost");
	return take_found(t, &(struct row){ results[1], 0 },
	    result_rows(results[0]) == 1, digest, claim_r);
}

bool
idempotency_finish(struct task *t, const struct claim *claim,
    const struct item *made, int status, const char *answer, size_t len)
{
	const struct data_key	*key;
	const struct result	*result;
	struct params		 p = { 0 };
	unsigned char		*sealed;
	char			 aad[SEAL_AAD_SIZE];
	unsigned char		 uid[16];

	key = key_of_account(t->actor->account, uid);
	if (key == NULL)
		return fail(t, FAULT_INTERNAL, "the actor's key is lost");
	sealed = arena_alloc(t->arena, seal_size(len));
	seal_aad(aad, sizeof(aad), "idempotency", "answer", claim->uid);
	seal_close(key, aad, answer, len, sealed);
	param_int(&p, t->arena, claim->id);
	param_int(&p, t->arena, status);
	param_bytes(&p, sealed, seal_size(len));
	param_text(&p, made->resource->name);
	param_int(&p, t->arena, item_number(made));
	return pg_do(t, &finish_row, &p, &result);
}

const struct statement *const idempotency_statements[] = {
	&claim_row, &find_row, &log_again, &finish_row, NULL
};
