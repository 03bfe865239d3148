/*
 * Opening a PostgreSQL connection: limits and defaults that every connection
 * has, and all statements prepared in one pipeline, so that a request finds
 * either everything ready or a reason why not.
 */

#include "store/pg.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/task.h"
#include "base/text.h"
#include "store/pg_inside.h"

#define RETRY		(2 * SECOND)
/* A connection unused for so long is looked at before it is trusted. */
#define REST		(SECOND / 10)
/* The server's own limit ends a statement first; then we stop waiting. */
#define MARGIN_MS	5000
/* SQLSTATE class: undefined tables and columns, missing rights. */
#define LACKING		"42"

static const char every_option[] =
    "-c search_path=chartkeep,pg_temp"
    " -c TimeZone=UTC"
    " -c DateStyle=ISO"
    " -c jit=off"
    " -c max_parallel_workers_per_gather=0"
    " -c plan_cache_mode=force_generic_plan"
    " -c statement_timeout=10s"
    " -c lock_timeout=5s"
    " -c idle_in_transaction_session_timeout=20s";

/* libpq's settings unless the administrator's string says otherwise. */
static const struct {
	const char *name;
	const char *value;
} defaults[] = {
	{ "connect_timeout",     "3" },
	{ "keepalives_idle",     "10" },
	{ "keepalives_interval", "5" },
	{ "keepalives_count",    "3" },
	{ "tcp_user_timeout",    "15000" },
	/* Every answer writes its audit row: a standby is no use to us. */
	{ "target_session_attrs", "read-write" },
	{ "client_encoding",     "UTF8" },
	{ "fallback_application_name", "chartkeep" },
};

/* The `options` that a connection string holds, copied; "" for none. */
static const char *
options_within(struct arena *arena, const char *conninfo)
{
	PQconninfoOption *all = PQconninfoParse(conninfo, NULL);
	const char *found = "";

	for (PQconninfoOption *o = all; o != NULL && o->keyword != NULL; o++) {
		if (text_equal(o->keyword, "options") && o->val != NULL)
			found = arena_text(arena, o->val);
	}
	PQconninfoFree(all);
	return found;
}

static void
add_pair(struct buf *b, const char *keyword, const char *value)
{
	buf_printf(b, "%s%s='", b->len > 0 ? " " : "", keyword);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			buf_char(b, '\\');
		buf_char(b, *value);
	}
	buf_char(b, '\'');
}

const char *
pg_conninfo(struct arena *arena, const char *conninfo, const char *name,
    const char *options)
{
	PQconninfoOption *all = PQconninfoParse(conninfo, NULL);
	struct buf b;

	buf_init(&b, arena, 256);
	for (PQconninfoOption *o = all; o != NULL && o->keyword != NULL; o++) {
		if (o->val != NULL && !text_equal(o->keyword, "options") &&
		    !text_equal(o->keyword, "application_name"))
			add_pair(&b, o->keyword, o->val);
	}
	PQconninfoFree(all);
	add_pair(&b, "application_name", name);
	add_pair(&b, "options", arena_printf(arena, "%s %s",
	    options_within(arena, conninfo), options));
	return b.data;
}

struct pg *
pg_new(const char *conninfo, const char *options, const char *setup,
    const struct statement *const *statements, size_t n)
{
	struct arena *arena = arena_new(sizeof(struct pg) + 4096);
	struct pg *pg = arena_alloc(arena, sizeof(*pg));

	pg->arena = arena;
	pg->conninfo = arena_text(arena, conninfo);
	pg->options = arena_printf(arena, "%s %s %s", every_option,
	    options != NULL ? options : "", options_within(arena, conninfo));
	pg->setup = arena_text(arena, setup);
	pg->statements = statements;
	pg->nstatements = n;
	snprintf(pg->why, sizeof(pg->why), "not connected yet");
	return pg;
}

void
pg_free(struct pg *pg)
{
	PQfinish(pg->conn);
	arena_free(pg->arena);
}

void
pg_lose(struct pg *pg, const char *why)
{
	/* `why` may lie in the connection. */
	char reason[sizeof(pg->why)];

	snprintf(reason, sizeof(reason), "%s", why);
	PQfinish(pg->conn);
	pg->conn = NULL;
	if (strcmp(reason, pg->why) != 0)
		log_event(LOG_WARN, "pg_away", "why", reason, NULL);
	memcpy(pg->why, reason, sizeof(reason));
}

static PGconn *
dial(const struct pg *pg)
{
	const char *names[COUNT_OF(defaults) + 3] = { NULL };
	const char *values[COUNT_OF(defaults) + 3] = { NULL };
	size_t n;

	for (n = 0; n < COUNT_OF(defaults); n++) {
		names[n] = defaults[n].name;
		values[n] = defaults[n].value;
	}
	/* What comes later wins. */
	names[n] = "dbname";
	values[n++] = pg->conninfo;
	names[n] = "options";
	values[n] = pg->options;
	return PQconnectdbParams(names, values, 1);
}

/* How long to wait for an answer: a little more than the server allows. */
static const char ask_limit[] =
    "SELECT (extract(epoch FROM"
    " current_setting('statement_timeout')::interval) * 1000)::text";

static bool
send_all(struct pg *pg)
{
	PGconn *conn = pg->conn;

	if (!PQsendQueryParams(conn, ask_limit, 0, NULL, NULL, NULL, NULL, 0))
		return false;
	if (pg->setup != NULL && !PQsendQueryParams(conn, pg->setup, 0, NULL,
	    NULL, NULL, NULL, 0))
		return false;
	for (size_t i = 0; i < pg->nstatements; i++) {
		const struct statement *st = pg->statements[i];

		if (!PQsendPrepare(conn, st->name, st->text, 0, NULL))
			return false;
	}
	return PQpipelineSync(conn) && wire_flush(pg);
}

/* Which part of send_all() the result number `at` belongs to. */
static const char *
part_name(const struct pg *pg, size_t at)
{
	size_t before = pg->setup != NULL ? 2 : 1;

	if (at < before)
		return at == 0 ? "limit" : "setup";
	return at - before < pg->nstatements ?
	    pg->statements[at - before]->name : "commit";
}

static void
learn_patience(struct pg *pg, const PGresult *res)
{
	int64_t limit = 0;
	char whole[24];
	const char *text = PQgetvalue(res, 0, 0);

	snprintf(whole, sizeof(whole), "%.*s", (int)strcspn(text, "."), text);
	if (text_to_int(whole, &limit) && limit > 0 && limit < DAY / 1000)
		pg->patience = (int)limit + MARGIN_MS;
	else
		pg->patience = -1;
}

/* Only our own text can be quoted here: the message is told whole. */
static void
explain(struct pg *pg, const PGresult *res, size_t at, char *why,
    size_t size)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	pg->lacking = state != NULL && strncmp(state, LACKING, 2) == 0;
	if (text != NULL)
		snprintf(why, size, "%s: %s", part_name(pg, at), text);
	else
		wire_message(pg->conn, why, size);
}

/* Prepares everything; false with the reason in `why`. */
static bool
prepare(struct pg *pg, char *why, size_t size)
{
	size_t at = 0;
	PGresult *res;

	why[0] = '\0';
	if (!send_all(pg)) {
		wire_message(pg->conn, why, size);
		return false;
	}
	for (;;) {
		if (!wire_next(pg, &res)) {
			if (why[0] == '\0')
				wire_message(pg->conn, why, size);
			return false;
		}
		ExecStatusType status = PQresultStatus(res);
		if (res == NULL)
			at++;
		else if (status == PGRES_FATAL_ERROR && why[0] == '\0')
			explain(pg, res, at, why, size);
		else if (status == PGRES_TUPLES_OK && at == 0)
			learn_patience(pg, res);
		PQclear(res);
		if (status == PGRES_PIPELINE_SYNC)
			return why[0] == '\0';
	}
}

static bool
open_connection(struct pg *pg)
{
	char why[sizeof(pg->why)];

	pg->conn = dial(pg);
	pg->lacking = false;
	pg->patience = 10 * 1000;
	if (PQstatus(pg->conn) != CONNECTION_OK) {
		wire_message(pg->conn, why, sizeof(why));
		pg_lose(pg, why);
		return false;
	}
	PQsetErrorVerbosity(pg->conn, PQERRORS_TERSE);
	PQsetNoticeReceiver(pg->conn, wire_notice, NULL);
	if (!PQenterPipelineMode(pg->conn) ||
	    PQsetnonblocking(pg->conn, 1) != 0) {
		pg_lose(pg, "no pipeline mode");
		return false;
	}
	if (!prepare(pg, why, sizeof(why))) {
		pg_lose(pg, why);
		return false;
	}
	log_event(LOG_INFO, "pg_ready", NULL);
	pg->why[0] = '\0';
	return true;
}

bool
pg_ready(struct task *t)
{
	struct pg *pg = t->pg;
	int64_t now = clock_monotonic();

	if (pg->conn != NULL && now - pg->used > REST && wire_died(pg))
		pg_lose(pg, "the connection ended while idle");
	if (pg->conn != NULL)
		return true;
	if (pg->tried == 0 || now - pg->tried >= RETRY) {
		pg->tried = now;
		bool opened = open_connection(pg);
		pg->used = clock_monotonic();
		pg->waited += pg->used - now;
		if (opened)
			return true;
	}
	fail(t, FAULT_UNAVAILABLE, "the database is not ready");
	if (t->fault.code == FAULT_UNAVAILABLE)
		t->fault.retry_after = (int)(RETRY / SECOND);
	return false;
}
