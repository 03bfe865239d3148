/*
 * One batch: BEGIN, a lock, where the chain ends and which rows are next, in
 * one round trip; digests; the batch and COMMIT in another; then the head is
 * told.  Who dies before the commit has done nothing; a head that was not told
 * is covered by the next one's.
 *
 * The commit waits for the disk, also for rows whose own transactions did not
 * (audit_reads = lazy): their commits come before it in the log of
 * PostgreSQL.  So no seal outlives a row of its batch.
 */

#include "job/chain.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/point.h"
#include "base/settings.h"
#include "base/task.h"
#include "base/text.h"
#include "model/batch.h"
#include "store/pg.h"
#include "store/redis.h"
#include "store/row.h"

#define RETRY		(2 * SECOND)
#define MANY_ROWS	1000		/* then there is more to seal */

static const struct statement begin = { "chain_begin", "BEGIN" };
static const struct statement commit = { "chain_commit", "COMMIT" };
static const struct statement lock = {
	"chain_lock",
	"SELECT pg_try_advisory_xact_lock(hashtext('chartkeep audit seal'))",
};
static const struct statement find_end = {
	"chain_end",
	"SELECT number, last_xact, last_id, mac, stale, rows, first_at,"
	" last_at, digest, before FROM job_audit_end()",
};
static const struct statement find_next = {
	"chain_next",
	"SELECT id, at, xact, account_id, role, route, action, outcome,"
	" patients, request_id, peer FROM job_audit_next($1::integer)",
};
static const struct statement seal = {
	"chain_seal",
	"SELECT FROM job_audit_seal($1::bigint, $2::bigint, $3::bigint,"
	" $4::integer, $5::bigint, $6::bigint, $7::bytea, $8::bytea,"
	" $9::bytea)",
};
static const struct statement find_mac = {
	"chain_mac", "SELECT job_audit_mac($1::bigint)"
};
const struct statement *const chain_statements[] = {
	&begin, &commit, &lock, &find_end, &find_next, &seal, &find_mac, NULL
};

/* The rows of the next batch, in a transaction that holds the lock; NULL
 * when there is nothing to do.  False: the database's trouble. */
static bool
take_rows(struct task *t, struct row *end_r, const struct result **rows_r)
{
	const struct result	*results[4];
	struct params		 p = { .n = 0 };
	struct row		 locked;

	param_int(&p, t->arena, BATCH_ROWS);
	pg_queue(t, &begin, NULL);
	pg_queue(t, &lock, NULL);
	pg_queue(t, &find_end, NULL);
	pg_queue(t, &find_next, &p);
	if (!pg_run(t, results, 4))
		return false;
	locked = (struct row){ results[1], 0 };
	*end_r = (struct row){ results[2], 0 };
	*rows_r = results[3];
	if (!row_bool(&locked, 0) || result_rows(*rows_r) == 0)
		*rows_r = NULL;
	if (row_bool(end_r, 4))
		return fail(t, FAULT_INTERNAL, "the audit is not sealed: the"
		    " numbers of transactions began anew (chartkeep audit"
		    " rebase)");
	return true;
}

static const unsigned char *
digest_in(const struct row *row, int column)
{
	static const unsigned char	 none[DIGEST_SIZE];
	const unsigned char		*bytes;
	size_t				 len;

	bytes = row_bytes(row, column, &len);
	return len == DIGEST_SIZE ? bytes : none;
}

/* Behind a seal that is not of this keyring none of ours would be verified. */
static bool
end_is_ours(struct task *t, const unsigned char key[DIGEST_SIZE],
    const struct row *end)
{
	struct batch	 b = {
		.number = row_int(end, 0), .last_xact = row_int(end, 1),
		.last_id = row_int(end, 2), .rows = row_int(end, 5),
		.first_at = row_time(end, 6), .last_at = row_time(end, 7),
	};

	memcpy(b.mac, digest_in(end, 3), DIGEST_SIZE);
	memcpy(b.digest, digest_in(end, 8), DIGEST_SIZE);
	if (b.number == 0 ||
	    batch_mac_is_genuine(key, digest_in(end, 9), &b))
		return true;
	return fail(t, FAULT_INTERNAL, "the audit is not sealed: batch %lld"
	    " does not bear a seal of this keyring", (long long)b.number);
}

static bool
write_batch(struct task *t, const struct batch *b)
{
	const struct result	*results[2];
	struct params		 p = { .n = 0 };

	param_int(&p, t->arena, b->number);
	param_int(&p, t->arena, b->last_xact);
	param_int(&p, t->arena, b->last_id);
	param_int(&p, t->arena, b->rows);
	param_int(&p, t->arena, b->first_at);
	param_int(&p, t->arena, b->last_at);
	param_bytes(&p, b->entries, (size_t)b->rows * ENTRY_SIZE);
	param_bytes(&p, b->digest, DIGEST_SIZE);
	param_bytes(&p, b->mac, DIGEST_SIZE);
	POINT("chain.digested");
	if (!pg_do(t, &seal, &p, NULL))
		return false;
	POINT("chain.sealed");
	pg_queue(t, &commit, NULL);
	return pg_run(t, results, 1);
}

/*
 * Redis keeps a head that is not an ancestor of ours: it tells whoever
 * verifies that the chain lost its end or had it written anew.
 */
static bool
has_grown_from(struct task *t, int64_t number, const char *mac, bool *has_r)
{
	unsigned char		 bytes[DIGEST_SIZE];
	const unsigned char	*ours;
	const struct result	*result;
	struct params		 p = { .n = 0 };
	size_t			 len;

	*has_r = false;
	param_int(&p, t->arena, number);
	if (!hex_decode(mac, strlen(mac), bytes, sizeof(bytes), &len))
		return true;
	if (!pg_do(t, &find_mac, &p, &result))
		return false;
	ours = row_bytes(&(struct row){ result, 0 }, 0, &len);
	*has_r = len == DIGEST_SIZE && digest_equal(ours, bytes, len);
	return true;
}

static void
tell_head(struct task *t, const struct batch *b)
{
	char	 mac[HEX_SIZE(DIGEST_SIZE)], kept[HEX_SIZE(DIGEST_SIZE)];
	int64_t	 number;
	bool	 has_grown = true;

	hex_encode(b->mac, DIGEST_SIZE, mac);
	log_event(LOG_INFO, "audit_head", "number", log_int(b->number),
	    "rows", log_int(b->rows), "mac", mac, NULL);
	POINT("chain.logged");
	if (redis_head(t->redis, &number, kept) &&
	    !has_grown_from(t, number, kept, &has_grown))
		return;
	if (has_grown)
		redis_head_set(t->redis, b->number, mac);
	else
		log_event(LOG_ERROR, "audit_head_lost", "number",
		    log_int(number), "mac", kept, NULL);
}

int64_t
chain_work(struct task *t)
{
	unsigned char		 key[DIGEST_SIZE];
	const struct result	*rows;
	struct batch		 batch;
	struct row		 end;
	bool			 sealed;

	if (t->settings->audit_seal == 0)
		return HOUR;
	if (!take_rows(t, &end, &rows))
		return t->fault.code == FAULT_INTERNAL ? MINUTE : RETRY;
	if (rows == NULL)
		return t->settings->audit_seal;
	POINT("chain.read");
	batch.number = row_int(&end, 0) + 1;
	batch_key(t->keyring, key);
	sealed = end_is_ours(t, key, &end);
	if (sealed)
		batch_seal(key, digest_in(&end, 3), rows, t->arena, &batch);
	wipe(key, sizeof(key));
	if (!sealed)
		return MINUTE;
	if (!write_batch(t, &batch))
		return RETRY;
	POINT("chain.committed");
	tell_head(t, &batch);
	return batch.rows < MANY_ROWS ? t->settings->audit_seal : 0;
}
