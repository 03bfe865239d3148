/*
 * Verifying the trail; see verification.h.  A batch is compared only when its
 * seal is good, so that what is found is a row and not a forged seal.
 */

#include "main/verification.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "main/command.h"

#define TELL_EVERY	(SECOND / 5)

static const struct statement begin = {
	"verify_begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
};
/* Before the snapshot: while it is looked at nobody makes them otherwise. */
static const struct statement lock = {
	"verify_lock",
	"LOCK TABLE audit, audit_base, audit_batch, audit_checkpoint"
	" IN ACCESS SHARE MODE",
};
/* For plans that suit any batch, as in audit_rows() of sql/. */
static const struct statement prefer_index = {
	"verify_prefer_index",
	"SELECT set_config('enable_seqscan', 'off', true)",
};
static const struct statement commit = { "verify_commit", "COMMIT" };
static const struct statement find_checkpoints = {
	"verify_checkpoints",
	"SELECT month::timestamptz, (month + interval '1 month')::timestamptz,"
	" batch, rows, digest, mac FROM audit_checkpoint ORDER BY month",
};
static const struct statement find_batch = {
	"verify_batch",
	"SELECT number, last_xact, last_id, rows, first_at, last_at, entries,"
	" digest, mac FROM audit_batch WHERE number > $1::bigint"
	" ORDER BY number LIMIT 1",
};
#define SELECT_ROWS \
	"SELECT id, at, xact, account_id, role, route, action, outcome," \
	" patients, request_id, peer FROM audit WHERE"
/* Nothing comes before the first batch, so it begins at no row. */
static const struct statement find_first_rows = {
	"verify_first_rows",
	SELECT_ROWS " xact <= $1::bigint AND (xact, id) <="
	" ($1::bigint, $2::bigint) ORDER BY xact, id LIMIT $3::integer",
};
static const struct statement find_rows = {
	"verify_rows",
	SELECT_ROWS " xact >= $1::bigint"
	" AND xact <= $3::bigint AND (xact, id) > ($1::bigint, $2::bigint)"
	" AND (xact, id) <= ($3::bigint, $4::bigint)"
	" ORDER BY xact, id LIMIT $5::integer",
};
/* The first and the last batch that may have a row of that time. */
static const struct statement find_range = {
	"verify_range",
	"SELECT coalesce(min(number), 1), coalesce(max(number), 0)"
	" FROM audit_batch WHERE first_at < 'epoch'::timestamptz +"
	" $2::bigint * interval '1 us' AND last_at >= 'epoch'::timestamptz +"
	" $1::bigint * interval '1 us'",
};
static const struct statement find_end = {
	"verify_end",
	"SELECT last_xact, last_id, mac FROM audit_batch"
	" WHERE number = $1::bigint",
};
/* Is there still such a row; was it sealed anywhere? */
static const struct statement find_elsewhere = {
	"verify_elsewhere",
	"SELECT EXISTS (SELECT FROM audit WHERE id = $1::bigint),"
	" EXISTS (SELECT FROM audit_batch WHERE 'epoch'::timestamptz +"
	" $2::bigint * interval '1 us' BETWEEN first_at AND last_at"
	" AND position($3::bytea IN entries) > 0)",
};
const struct statement *const verification_statements[] = {
	&begin, &lock, &prefer_index, &commit, &find_checkpoints, &find_batch,
	&find_first_rows, &find_rows, &find_range, &find_end, &find_elsewhere, NULL
};

const char *
verification_time(struct verification *v, int64_t at)
{
	int64_t	 of_day = (at % DAY + DAY) % DAY;
	char	 date[DATE_TEXT];

	date_print((at - of_day) / DAY, date);
	return arena_printf(v->call->task->arena,
	    "%sT%02d:%02d:%02d.%06dZ", date, (int)(of_day / HOUR),
	    (int)(of_day / MINUTE % 60), (int)(of_day / SECOND % 60),
	    (int)(of_day % SECOND));
}

static void
tell_progress(struct verification *v)
{
	int64_t	 now = clock_monotonic();

	if (v->told == 0 || now - v->told < TELL_EVERY)
		return;
	v->told = now;
	fprintf(stderr, "\r%lld batches, %lld rows ", (long long)v->number,
	    (long long)v->rows);
}

/* Ends the line of the progress. */
static void
tell_wrong(struct verification *v)
{
	if (v->told > 1)
		fputc('\n', stderr);
	v->wrong = true;
}

/* ----------------------------------------------------------- checkpoints */

static void
copy_digest(const struct row *row, int column,
    unsigned char digest_r[DIGEST_SIZE])
{
	const unsigned char	*bytes;
	size_t			 len;

	bytes = row_bytes(row, column, &len);
	memset(digest_r, 0, DIGEST_SIZE);
	memcpy(digest_r, bytes, len < DIGEST_SIZE ? len : DIGEST_SIZE);
}

static void
take_checkpoint(struct verification *v, size_t i, const struct row *row)
{
	struct checkpoint	*c = &v->signed_ones[i];

	c->from = row_time(row, 0);
	c->upto = row_time(row, 1);
	c->batch = row_int(row, 2);
	c->rows = row_int(row, 3);
	copy_digest(row, 4, c->digest);
	copy_digest(row, 5, c->mac);
	v->counted[i] = (struct checkpoint){
		.from = c->from, .upto = c->upto, .batch = c->batch
	};
	if (!v->wrong && !checkpoint_is_genuine(v->key, c)) {
		tell_wrong(v);
		printf("forged: the checkpoint of %.7s does not bear a seal of"
		    " this keyring\n", verification_time(v, c->from));
	}
}

bool
verification_begin(struct verification *v, struct command_call *call)
{
	struct task		*t = call->task;
	const struct result	*results[3], *result;
	size_t			 n;

	*v = (struct verification){
		.call = call, .last = INT64_MAX,
		.last_xact = -1, .last_id = 0,	/* as job_audit_end() */
		.told = isatty(STDERR_FILENO) ? 1 : 0
	};
	batch_key(call->keyring, v->key);
	pg_queue(t, &begin, NULL);
	pg_queue(t, &lock, NULL);
	pg_queue(t, &prefer_index, NULL);
	if (!pg_run(t, results, 3) || !verification_tables(v))
		return false;
	if (v->wrong)
		return true;
	if (!pg_do(t, &find_checkpoints, NULL, &result))
		return false;
	n = (size_t)result_rows(result);
	v->signed_ones = arena_alloc(t->arena, n * sizeof(*v->signed_ones));
	v->counted = arena_alloc(t->arena, n * sizeof(*v->counted));
	v->ncheckpoints = n;
	for (size_t i = 0; i < n; i++)
		take_checkpoint(v, i, &(struct row){ result, (int)i });
	return true;
}

bool
verification_end(struct verification *v)
{
	const struct checkpoint	*c, *is;

	for (size_t i = 0; i < v->ncheckpoints; i++) {
		if (v->wrong || v->in_part)
			break;
		c = &v->signed_ones[i];
		is = &v->counted[i];
		if (is->rows == c->rows &&
		    digest_equal(is->digest, c->digest, DIGEST_SIZE))
			continue;
		tell_wrong(v);
		printf("forged: the checkpoint of %.7s speaks of %lld rows,"
		    " and the batches of %lld or of others\n",
		    verification_time(v, c->from), (long long)c->rows,
		    (long long)is->rows);
	}
	wipe(v->key, sizeof(v->key));
	if (!v->wrong && !v->in_part && !verification_count(v))
		return false;
	return pg_do(v->call->task, &commit, NULL, NULL);
}

/* ---------------------------------------------------------------- batches */

bool
verification_limit(struct verification *v, struct checkpoint *dropping)
{
	struct task		*t = v->call->task;
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	v->dropping = dropping;
	v->in_part = true;
	param_int(&p, t->arena, dropping->from);
	param_int(&p, t->arena, dropping->upto);
	if (!pg_do(t, &find_range, &p, &result))
		return false;
	row = (struct row){ result, 0 };
	v->number = row_int(&row, 0) - 1;
	v->last = row_int(&row, 1);
	p = (struct params){ 0 };
	param_int(&p, t->arena, v->number);
	if (!pg_do(t, &find_end, &p, &result))
		return false;
	if (result_rows(result) == 0)
		return true;
	row = (struct row){ result, 0 };
	v->last_xact = row_int(&row, 0);
	v->last_id = row_int(&row, 1);
	copy_digest(&row, 2, v->mac);
	return true;
}

/* The one behind those that were seen; found_r: is there one? */
static bool
next_batch(struct verification *v, struct batch *batch_r, bool *found_r)
{
	struct task		*t = v->call->task;
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;
	size_t			 len;

	param_int(&p, t->arena, v->number);
	if (!pg_do(t, &find_batch, &p, &result))
		return false;
	*found_r = result_rows(result) > 0;
	if (!*found_r)
		return true;
	row = (struct row){ result, 0 };
	batch_r->number = row_int(&row, 0);
	batch_r->last_xact = row_int(&row, 1);
	batch_r->last_id = row_int(&row, 2);
	batch_r->rows = row_int(&row, 3);
	batch_r->first_at = row_time(&row, 4);
	batch_r->last_at = row_time(&row, 5);
	batch_r->entries = row_bytes(&row, 6, &len);
	if (len != (size_t)batch_r->rows * ENTRY_SIZE)
		batch_r->rows = 0;
	copy_digest(&row, 7, batch_r->digest);
	copy_digest(&row, 8, batch_r->mac);
	return true;
}

/* Is the batch the next one, and sealed with our key? */
static void
check_seal(struct verification *v, const struct batch *b)
{
	if (b->number == v->number + 1 && batch_is_genuine(v->key, v->mac, b))
		return;
	tell_wrong(v);
	if (b->number != v->number + 1)
		printf("removed: batch %lld\n", (long long)v->number + 1);
	else
		printf("forged: batch %lld, of %s to %s, does not bear a seal"
		    " of this keyring\n", (long long)b->number,
		    verification_time(v, b->first_at),
		    verification_time(v, b->last_at));
}

/*
 * A row that is missing here may be elsewhere, one that is too many may have
 * been sealed elsewhere: then it was moved.
 */
static bool
look_elsewhere(struct verification *v, const struct batch *b,
    const struct result *rows, struct finding *f)
{
	struct task		*t = v->call->task;
	const struct result	*result;
	struct params		 p = { 0 };
	unsigned char		 entry[ENTRY_SIZE];

	if (f->what != ROW_REMOVED && f->what != ROW_INSERTED)
		return true;
	if (f->what == ROW_INSERTED)
		entry_make(v->key, &(struct row){ rows, f->row }, t->arena,
		    entry);
	else
		memcpy(entry, b->entries + f->entry * ENTRY_SIZE, ENTRY_SIZE);
	param_int(&p, t->arena, f->id);
	param_int(&p, t->arena, f->at);
	param_bytes(&p, entry, ENTRY_KEY);
	if (!pg_do(t, &find_elsewhere, &p, &result))
		return false;
	if (row_bool(&(struct row){ result, 0 }, f->what == ROW_INSERTED))
		f->what = ROW_REORDERED;
	return true;
}

static bool
tell_finding(struct verification *v, const struct batch *b,
    const struct result *rows, struct finding *f)
{
	static const char *const names[] = {
		[ROW_CHANGED]   = "changed",
		[ROW_REMOVED]   = "removed",
		[ROW_INSERTED]  = "inserted",
		[ROW_REORDERED] = "reordered",
	};

	if (!look_elsewhere(v, b, rows, f))
		return false;
	tell_wrong(v);
	printf("%s: row %lld of %s, in batch %lld\n", names[f->what],
	    (long long)f->id, verification_time(v, f->at),
	    (long long)b->number);
	return true;
}

static bool
compare_rows(struct verification *v, const struct batch *b)
{
	struct task		*t = v->call->task;
	const struct result	*rows;
	struct params		 p = { 0 };
	struct finding		 finding;

	if (b->number > 1) {
		param_int(&p, t->arena, v->last_xact);
		param_int(&p, t->arena, v->last_id);
	}
	param_int(&p, t->arena, b->last_xact);
	param_int(&p, t->arena, b->last_id);
	param_int(&p, t->arena, b->rows + 1);
	if (!pg_do(t, b->number > 1 ? &find_rows : &find_first_rows, &p, &rows))
		return false;
	batch_compare(v->key, b, rows, v->signed_ones, v->ncheckpoints,
	    t->arena, &finding);
	v->rows += result_rows(rows);
	return finding.what == ROW_SAME || tell_finding(v, b, rows, &finding);
}

/* One batch; more_r: was there one? */
static bool
verify_next(struct verification *v, bool *more_r)
{
	struct batch	 b;

	if (!next_batch(v, &b, more_r))
		return false;
	if (!*more_r)
		return true;
	check_seal(v, &b);
	if (v->wrong)
		return true;
	if (!compare_rows(v, &b))
		return false;
	for (size_t i = 0; i < v->ncheckpoints; i++)
		checkpoint_add(&v->counted[i], &b);
	if (v->dropping != NULL)
		checkpoint_add(v->dropping, &b);
	v->number = b.number;
	v->last_xact = b.last_xact;
	v->last_id = b.last_id;
	if (v->last_at < b.last_at)
		v->last_at = b.last_at;
	memcpy(v->mac, b.mac, DIGEST_SIZE);
	tell_progress(v);
	return true;
}

bool
verification_run(struct verification *v)
{
	struct task	*t = v->call->task;
	struct arena	*kept = t->arena;
	bool		 more = true;

	t->arena = arena_new(1 << 20);
	while (more && !v->wrong && v->number < v->last) {
		/* What a fault says lies in the arena: it stays then. */
		if (!verify_next(v, &more))
			return false;
		arena_reset(t->arena);
	}
	arena_free(t->arena);
	t->arena = kept;
	if (v->told > 1 && !v->wrong)
		fputc('\n', stderr);
	return true;
}
