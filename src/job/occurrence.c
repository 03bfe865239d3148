/*
 * The queue of what waits; see occurrence.h.  The order of things is: claim
 * in Redis, deliver in PostgreSQL, tell Redis.  Whatever is left out by a
 * crash is done again from an earlier step and finds the occurrence no longer
 * waiting.
 *
 * Whether Redis is the one that was filled is told by a mark: the present
 * time in steps of ten seconds, which every dispatcher keeps writing.  One
 * that was emptied has none, one that came back with an old dump an old one.
 */

#include "job/occurrence.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/point.h"
#include "base/task.h"
#include "job/delivery.h"
#include "store/pg.h"
#include "store/redis.h"
#include "store/row.h"

#define BATCH		100
#define WIDEST		100000
#define LEASE		60		/* seconds, of a claim in Redis */
#define PAGE		"1000"		/* occurrences put into Redis at once */
#define PAGE_ROWS	1000
#define PAUSE		(2 * SECOND)	/* for what is written meanwhile */
#define BREATH		(SECOND / 5)	/* after a round without progress */
#define LOOK		MINUTE		/* between looks into PostgreSQL */
#define AHEAD		(2 * LOOK)	/* what a look puts into Redis */
#define TROUBLE		(10 * SECOND)	/* after a row that failed */
#define MARK_STEP	(10 * SECOND)

static const struct statement instant = {
	"job_instant", "SELECT instant()"
};
static const struct statement due = {
	"job_due",
	"SELECT kind, row_id, epoch FROM job_due($1::integer) ORDER BY epoch",
};
static const struct statement waiting = {
	"job_waiting",
	"SELECT kind, row_id, epoch, occurrence_id"
	" FROM job_waiting($1::bigint, " PAGE ") ORDER BY occurrence_id",
};
const struct statement *const occurrence_statements[] = {
	&instant, &due, &waiting, NULL
};
enum { DUE_KIND, DUE_ROW, DUE_EPOCH, DUE_ID };

/*
 * A delivery's own trouble (a text that does not open) must not hold up the
 * others; it is tried again when its claim ends.  False: the database's.
 */
static bool
only_this_one(struct task *t, const struct redis_due *it)
{
	pg_settle(t->pg);
	if (t->fault.code == FAULT_UNAVAILABLE)
		return false;
	log_event(LOG_ERROR, "not_announced", "kind", it->kind, "row",
	    log_int(it->row), "why", t->fault.text, NULL);
	fault_clear(t);
	return true;
}

/* Delivers and forgets what Redis handed out; the number of those done. */
static int
deliver_claimed(struct task *t, const struct redis_due *claimed, int n)
{
	int64_t later_at;
	int done = 0, i;

	for (i = 0; i < n; i++) {
		if (!deliver(t, claimed[i].kind, claimed[i].row, &later_at)) {
			if (!only_this_one(t, &claimed[i]))
				break;
			continue;
		}
		if (later_at != 0)
			redis_due_add(t->redis, claimed[i].kind,
			    claimed[i].row, later_at);
		redis_due_done(t->redis, &claimed[i]);
		POINT("delivery.done");
		done++;
	}
	/* Given back, so that they need not wait until their claim ends. */
	for (; i < n; i++) {
		redis_due_add(t->redis, claimed[i].kind, claimed[i].row,
		    t->now / SECOND);
		redis_due_done(t->redis, &claimed[i]);
	}
	return done;
}

/* Due, and left over in PostgreSQL; *done_r counts.  False: it has trouble. */
static bool
deliver_left(struct task *t, const struct row *row, int *done_r)
{
	struct redis_due it = { .row = row_int(row, DUE_ROW) };
	int64_t later_at;

	snprintf(it.kind, sizeof(it.kind), "%s", row_text(row, DUE_KIND));
	if (deliver(t, it.kind, it.row, &later_at)) {
		++*done_r;
		return true;
	}
	return only_this_one(t, &it);
}

/* The rows from `at` on, as far as they come soon: Redis may lack some. */
static void
feed(struct task *t, const struct result *rows, int at)
{
	for (struct row row = { rows, at }; row.at < result_rows(rows);
	    row.at++) {
		int64_t epoch = row_int(&row, DUE_EPOCH);

		if (epoch * SECOND > t->now + AHEAD || !redis_due_add(t->redis,
		    row_text(&row, DUE_KIND), row_int(&row, DUE_ROW), epoch))
			return;
	}
}

/*
 * Looks into PostgreSQL for what is due and whatever Redis lacks, and sets
 * when to look again.  Rows that always fail must not hide the others: then
 * the look becomes wider.
 */
static void
look(struct task *t, struct occurrences *o)
{
	struct params p = { .n = 0 };
	const struct result *rows;
	int64_t pause = o->state == QUEUE_WHOLE ? LOOK : PAUSE;
	int done = 0;

	o->look_at = t->now + PAUSE;
	if (o->width < PAGE_ROWS)
		o->width = PAGE_ROWS;
	param_int(&p, t->arena, o->width);
	if (!pg_do(t, &due, &p, &rows))
		return;
	struct row row = { rows, 0 };
	for (; row.at < result_rows(rows) && done < BATCH; row.at++) {
		int64_t early = row_int(&row, DUE_EPOCH) * SECOND - t->now;

		if (early > 0) {
			pause = early < pause ? early : pause;
			break;
		}
		if (!deliver_left(t, &row, &done))
			return;
	}
	bool in_vain = done == 0 && row.at == o->width;
	o->width = !in_vain ? 0 : o->width < WIDEST ? 2 * o->width : WIDEST;
	if (o->state != QUEUE_AWAY)
		feed(t, rows, row.at);
	if (done < row.at && pause < TROUBLE)
		pause = TROUBLE;
	o->look_at = t->now + (done == BATCH ? 0 : pause);
}

static bool
mark_is(struct task *t, int64_t mark)
{
	return redis_mark_matches(t->redis, arena_printf(t->arena, "%lld",
	    (long long)mark));
}

static bool
set_mark(struct task *t, struct occurrences *o, int64_t mark)
{
	o->marked = mark;
	return redis_mark_set(t->redis, arena_printf(t->arena, "%lld",
	    (long long)mark));
}

static void
start_filling(struct task *t, struct occurrences *o)
{
	log_event(LOG_INFO, "queue_filling", NULL);
	o->state = QUEUE_FILLING;
	o->filled = 0;
	o->count = 0;
	o->look_at = t->now;
}

/* Is Redis there, and is it the one that was filled? */
static void
check_queue(struct task *t, struct occurrences *o)
{
	int64_t mark = t->now / MARK_STEP;

	if (!redis_is_up(t->redis)) {
		if (o->state == QUEUE_WHOLE)
			o->look_at = t->now;
		o->state = QUEUE_AWAY;
	} else if (o->state == QUEUE_AWAY) {
		start_filling(t, o);
	} else if (o->state != QUEUE_FILLING) {
		if (!mark_is(t, mark) && !mark_is(t, mark - 1))
			start_filling(t, o);
		else if (o->marked != mark)
			set_mark(t, o, mark);
		if (o->state == QUEUE_UNKNOWN)
			o->state = QUEUE_WHOLE;
	}
}

/* One page more of what waits.  What is there already stays. */
static void
fill(struct task *t, struct occurrences *o)
{
	struct params p = { .n = 0 };
	const struct result *rows;

	param_int(&p, t->arena, o->filled);
	if (!pg_do(t, &waiting, &p, &rows))
		return;
	int n = result_rows(rows);
	for (struct row row = { rows, 0 }; row.at < n; row.at++) {
		if (!redis_due_add(t->redis, row_text(&row, DUE_KIND),
		    row_int(&row, DUE_ROW), row_int(&row, DUE_EPOCH)))
			return;
		o->filled = row_int(&row, DUE_ID);
	}
	o->count += n;
	POINT("rebuild.page");
	if (n == PAGE_ROWS)
		return;
	POINT("rebuild.done");
	if (set_mark(t, o, t->now / MARK_STEP)) {
		o->state = QUEUE_WHOLE;
		o->look_at = t->now;
		log_event(LOG_INFO, "queue_filled", "occurrences",
		    log_int(o->count), NULL);
	}
}

/* Delivers what Redis says; the pause until it says more. */
static int64_t
serve(struct task *t, int64_t started)
{
	struct redis_due claimed[BATCH];
	int n = redis_due_claim(t->redis, t->now / SECOND, LEASE, claimed,
	    BATCH);
	int done = 0;

	if (n > 0) {
		POINT("dispatcher.claimed");
		done = deliver_claimed(t, claimed, n);
	}
	if (t->fault.code != FAULT_NONE)
		return PAUSE;
	int64_t next = redis_due_next(t->redis);
	if (n < 0 || next <= 0)
		return PAUSE;
	int64_t passed = clock_monotonic() - started;
	int64_t pause = next * SECOND - t->now - passed;
	if (pause <= 0)
		return done > 0 ? 0 : BREATH;
	return pause < PAUSE ? pause : PAUSE;
}

int64_t
occurrences_work(struct task *t, struct occurrences *o)
{
	int64_t started = clock_monotonic();
	const struct result *result;
	int64_t pause;

	if (!pg_do(t, &instant, NULL, &result))
		return PAUSE;
	struct row row = { result, 0 };
	t->now = row_time(&row, 0);
	check_queue(t, o);
	/* Also when the clock was set back. */
	if (t->now >= o->look_at || t->now + LOOK < o->look_at)
		look(t, o);
	if (t->fault.code != FAULT_NONE)
		return PAUSE;
	if (o->state == QUEUE_FILLING) {
		fill(t, o);
		return t->fault.code != FAULT_NONE ? PAUSE : 0;
	}
	pause = o->look_at - t->now;
	if (o->state == QUEUE_WHOLE) {
		int64_t asked = serve(t, started);

		pause = asked < pause ? asked : pause;
	}
	return pause;
}
