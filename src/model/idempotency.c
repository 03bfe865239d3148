/* Idempotency keys: which row a request made or changed, for a day. */

#include "model/idempotency.h"

#include <string.h>

#include "base/task.h"
#include "crypto/digest.h"
#include "model/audit.h"
#include "model/item.h"
#include "model/resource.h"
#include "model/statement.h"
#include "store/row.h"

/* A key that is a day old is free again. */
static const struct statement claim_row = {
	"idempotency_claim",
	"INSERT INTO idempotency AS i (account_id, route, key, request_digest)"
	" VALUES (me(), $1::text, $2::text, $3::bytea)"
	" ON CONFLICT (account_id, route, key) DO UPDATE"
	" SET request_digest = excluded.request_digest, kind = NULL,"
	" row_id = NULL, created_at = instant()"
	" WHERE i.created_at < instant() - interval '24 hours'"
	" RETURNING i.id",
};

static const struct statement find_row = {
	"idempotency_find",
	"SELECT i.id, i.request_digest, i.kind, i.row_id FROM idempotency i"
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
	"UPDATE idempotency SET kind = $2::text, row_id = $3::bigint"
	" WHERE id = $1::bigint",
};

enum { COL_ID, COL_DIGEST, COL_KIND, COL_ROW };

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
	size_t			 len;
	const unsigned char	*kept = row_bytes(row, COL_DIGEST, &len);

	claim_r->id = row_int(row, COL_ID);
	claim_r->is_done = !is_ours;
	if (is_ours)
		return true;
	if (len != 32 || !digest_equal(kept, digest, 32))
		return fail(t, FAULT_MISMATCH, NULL);
	claim_r->resource = row_null(row, COL_KIND) ? NULL :
	    resource_named(row_text(row, COL_KIND));
	claim_r->row = row_int(row, COL_ROW);
	if (claim_r->resource == NULL)
		return fail(t, FAULT_INTERNAL, "a key's row is lost");
	return true;
}

bool
idempotency_claim(struct task *t, const char *key,
    const unsigned char digest[32], struct claim *claim_r)
{
	const struct result	*results[2];
	struct params		 claim = { 0 }, find = { 0 };

	memset(claim_r, 0, sizeof(*claim_r));
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
    const struct item *made)
{
	const struct result	*result;
	struct params		 p = { 0 };

	param_int(&p, t->arena, claim->id);
	param_text(&p, made->resource->name);
	param_int(&p, t->arena, item_number(made));
	return pg_do(t, &finish_row, &p, &result);
}

const struct statement *const idempotency_statements[] = {
	&claim_row, &find_row, &log_again, &finish_row, NULL
};
