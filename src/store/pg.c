/*
 * What a request does with PostgreSQL: queue executions, run them as one
 * pipeline, read the results.  A failed run leaves the connection as it was
 * before: sync consumed, no transaction open.
 */

#include "store/pg.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/task.h"
#include "store/pg_inside.h"

static void
param_add(struct params *p, const char *value, size_t len, int format)
{
	assert(p->n >= 0 && p->n < PARAMS_MAX && len <= INT32_MAX);
	p->values[p->n] = value;
	p->lengths[p->n] = (int)len;
	p->formats[p->n++] = format;
}

void
param_text(struct params *p, const char *text)
{
	param_add(p, text, 0, 0);
}

void
param_bytes(struct params *p, const void *bytes, size_t len)
{
	param_add(p, bytes, len, 1);
}

void
param_uuid(struct params *p, const unsigned char uuid[16])
{
	param_add(p, (const char *)uuid, 16, 1);
}

void
param_int(struct params *p, struct arena *arena, int64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)value);

	param_add(p, arena_copy(arena, text, (size_t)len), 0, 0);
}

void
param_bool(struct params *p, bool value)
{
	param_add(p, value ? "t" : "f", 0, 0);
}

void
pg_queue(struct task *t, const struct statement *st,
    const struct params *params)
{
	struct pg *pg = t->pg;

	assert(st->name != NULL && pg->nqueued < QUEUE_MAX);
	struct queued *q = &pg->queue[pg->nqueued++];

	q->statement = st;
	q->params.n = 0;
	if (params != NULL) {
		size_t n = (size_t)params->n;

		q->params.n = params->n;
		memcpy(q->params.values, params->values, n * sizeof(char *));
		memcpy(q->params.lengths, params->lengths, n * sizeof(int));
		memcpy(q->params.formats, params->formats, n * sizeof(int));
	}
}

static bool
unavailable(struct task *t, int retry_after, const char *text)
{
	fail(t, FAULT_UNAVAILABLE, "%s", text);
	if (t->fault.code == FAULT_UNAVAILABLE)
		t->fault.retry_after = retry_after;
	return false;
}

/* The connection is gone, with the outcome of what was sent. */
static bool
lost(struct task *t)
{
	char why[sizeof(t->pg->why)];

	if (t->pg->conn != NULL) {
		wire_message(t->pg->conn, why, sizeof(why));
		pg_lose(t->pg, why);
	}
	return unavailable(t, 2, "the connection to the database broke");
}

/* Turns an error result into the task's fault. */
static bool
refused(struct task *t, const PGresult *res, const char *name)
{
	const struct sql_error *error = sql_error_of(res);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *constraint = PQresultErrorField(res,
	    PG_DIAG_CONSTRAINT_NAME);
	const char *text = error->text;

	if (state == NULL)
		return lost(t);
	log_event(error->level, "pg_error", "statement", name,
	    "state", state, "message", sql_message(res),
	    "request", t->request_id[0] != '\0' ? t->request_id : NULL, NULL);
	snprintf(t->pg->constraint, sizeof(t->pg->constraint), "%s",
	    constraint != NULL ? constraint : "");
	if (error->code == FAULT_UNAVAILABLE)
		unavailable(t, error->retry_after, text);
	else
		fail(t, error->code, "%s",
		    text != NULL ? text : sql_message(res));
	if (error->reopen)
		pg_lose(t->pg, text);
	return false;
}

/* Rolls an open transaction back; the connection is closed if it can't. */
static void
roll_back(struct pg *pg)
{
	char why[sizeof(pg->why)];

	if (pg->conn == NULL ||
	    PQtransactionStatus(pg->conn) == PQTRANS_IDLE)
		return;
	if (PQsendQueryParams(pg->conn, "ROLLBACK", 0, NULL, NULL, NULL, NULL,
	    0) && PQpipelineSync(pg->conn) && wire_flush(pg) &&
	    wire_finish(pg))
		return;
	wire_message(pg->conn, why, sizeof(why));
	pg_lose(pg, why);
}

static bool
send_queue(struct pg *pg)
{
	for (size_t i = 0; i < pg->nqueued; i++) {
		const struct queued *q = &pg->queue[i];
		const struct params *p = &q->params;

		if (!PQsendQueryPrepared(pg->conn, q->statement->name, p->n,
		    p->values, p->lengths, p->formats, 1))
			return false;
	}
	return PQpipelineSync(pg->conn) && wire_flush(pg);
}

static void
clear_result(void *res)
{
	PQclear(res);
}

/* Reads up to the sync; `failed_r` is the first error's result or NULL. */
static bool
receive(struct task *t, const struct result **results, size_t n,
    PGresult **failed_r, size_t *failed_at_r)
{
	size_t at = 0;
	PGresult *res;

	for (;;) {
		if (!wire_next(t->pg, &res))
			return false;
		if (res == NULL) {
			at++;
			continue;
		}
		arena_defer(t->arena, clear_result, res);
		switch (PQresultStatus(res)) {
		case PGRES_PIPELINE_SYNC:
			return *failed_r != NULL || at == n;
		case PGRES_PIPELINE_ABORTED:
			break;
		case PGRES_TUPLES_OK:
		case PGRES_COMMAND_OK:
		case PGRES_EMPTY_QUERY:
			assert(at < n);
			results[at] = (const struct result *)res;
			break;
		default:
			if (*failed_r == NULL) {
				*failed_r = res;
				*failed_at_r = at;
			}
		}
	}
}

bool
pg_run(struct task *t, const struct result **results, size_t n)
{
	struct pg *pg = t->pg;
	PGresult *failed = NULL;
	size_t at = 0;

	assert(n > 0 && n == pg->nqueued);
	if (pg->conn == NULL) {
		pg->nqueued = 0;
		return unavailable(t, 2, "the database is not ready");
	}
	int64_t start = clock_monotonic();
	bool whole = send_queue(pg) &&
	    receive(t, results, n, &failed, &at);
	pg->used = clock_monotonic();
	pg->waited += pg->used - start;
	pg->nqueued = 0;
	if (whole && failed == NULL)
		return true;
	if (failed != NULL)
		refused(t, failed,
		    at < n ? pg->queue[at].statement->name : "commit");
	if (!whole)
		return lost(t);
	roll_back(pg);
	return false;
}

bool
pg_do(struct task *t, const struct statement *st, const struct params *params,
    const struct result **result_r)
{
	const struct result *unused;

	pg_queue(t, st, params);
	return pg_run(t, result_r != NULL ? result_r : &unused, 1);
}

/* The line of `sql` that holds the error's position, 0 if it has none. */
static int
line_of(const char *sql, const PGresult *res)
{
	const char *where = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
	long left = 0;
	int line = 1;

	for (; where != NULL && *where >= '0' && *where <= '9'; where++)
		left = left * 10 + (*where - '0');
	if (left == 0)
		return 0;
	/* Positions count characters, not bytes. */
	for (; *sql != '\0' && left > 1; sql++) {
		line += *sql == '\n';
		left -= (sql[1] & 0xc0) != 0x80;
	}
	return line;
}

static bool
script_refused(struct task *t, const char *sql, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	int line = line_of(sql, res);
	const char *place = line == 0 ? "" :
	    arena_printf(t->arena, " (line %d)", line);

	if (state == NULL)
		return lost(t);
	const char *text = arena_printf(t->arena, "%s: %s%s", state,
	    sql_message(res), place);
	log_event(LOG_ERROR, "pg_script", "error", text, NULL);
	return fail(t, FAULT_INTERNAL, "%s", text);
}

bool
pg_script(struct task *t, const char *sql)
{
	struct pg *pg = t->pg;

	assert(pg->nqueued == 0);
	if (pg->conn == NULL)
		return unavailable(t, 2, "the database is not ready");
	if (!PQexitPipelineMode(pg->conn))
		return lost(t);
	PGresult *res = PQexec(pg->conn, sql);
	arena_defer(t->arena, clear_result, res);
	pg->used = clock_monotonic();

	ExecStatusType status = PQresultStatus(res);
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	    status == PGRES_EMPTY_QUERY;
	if (!good)
		script_refused(t, sql, res);
	if (pg->conn == NULL)
		return false;
	if (!PQenterPipelineMode(pg->conn))
		return lost(t);
	if (!good)
		roll_back(pg);
	return good;
}

void
pg_settle(struct pg *pg)
{
	pg->nqueued = 0;
	roll_back(pg);
}

bool
pg_is_up(const struct pg *pg)
{
	return pg->conn != NULL;
}

const char *
pg_why(const struct pg *pg)
{
	return pg->why;
}

bool
pg_lacks(const struct pg *pg)
{
	return pg->conn == NULL && pg->lacking;
}

const char *
pg_constraint(const struct pg *pg)
{
	return pg->constraint;
}

int
pg_socket(const struct pg *pg)
{
	return pg->conn != NULL ? PQsocket(pg->conn) : -1;
}

int64_t
pg_time(struct pg *pg)
{
	int64_t waited = pg->waited;

	pg->waited = 0;
	return waited;
}
