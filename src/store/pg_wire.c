/*
 * The traffic of a PostgreSQL connection and the meaning of its errors.  The
 * connection is in libpq's non-blocking mode: a pipeline larger than the
 * socket's buffers would otherwise wait for a server that waits for us.  The
 * common run costs one send, one poll and one receive.
 */

#include "store/pg_inside.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static const struct sql_error sql_errors[] = {
	{ "23505", FAULT_CONFLICT,    LOG_DEBUG, 0, false, "it exists already" },
	{ "CK",    FAULT_CONFLICT,    LOG_DEBUG, 0, false, NULL },
	{ "42501", FAULT_FORBIDDEN,   LOG_WARN,  0, false, "it is not allowed" },
	{ "40001", FAULT_UNAVAILABLE, LOG_WARN,  1, false, "two changes met" },
	{ "40P01", FAULT_UNAVAILABLE, LOG_WARN,  1, false, "two changes met" },
	{ "55P03", FAULT_UNAVAILABLE, LOG_WARN,  1, false, "the row is in use" },
	{ "57014", FAULT_UNAVAILABLE, LOG_WARN,  2, false, "the database is slow" },
	{ "57P",   FAULT_UNAVAILABLE, LOG_WARN,  2, true,  "the database shuts down" },
	{ "25P03", FAULT_UNAVAILABLE, LOG_WARN,  1, true,  "the request took too long" },
	{ "25006", FAULT_UNAVAILABLE, LOG_ERROR, 2, true,  "the database is read-only" },
	{ "53",    FAULT_UNAVAILABLE, LOG_ERROR, 2, false, "the database is full" },
	{ "08",    FAULT_UNAVAILABLE, LOG_WARN,  2, true,  "the connection broke" },
	/* Plans outlived by a migration, or forgotten: prepare them again. */
	{ "0A000", FAULT_UNAVAILABLE, LOG_WARN,  2, true,  "the database changed" },
	{ "26000", FAULT_INTERNAL,    LOG_ERROR, 0, true,  "a statement is not prepared" },
};
static const struct sql_error any_error = {
	"", FAULT_INTERNAL, LOG_ERROR, 0, false, "a statement failed"
};

const struct sql_error *
sql_error_of(const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	for (size_t i = 0; state != NULL && i < COUNT_OF(sql_errors); i++) {
		const char *known = sql_errors[i].state;

		if (strncmp(state, known, strlen(known)) == 0)
			return &sql_errors[i];
	}
	return &any_error;
}

const char *
sql_message(const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (state != NULL && strncmp(state, "22", 2) == 0)
		return "(quotes its input)";
	return text != NULL ? text : "";
}

void
wire_message(const PGconn *conn, char *out, size_t size)
{
	const char *text = PQerrorMessage(conn);

	if (text[0] == '\0')
		text = "no answer in time";
	snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
}

void
wire_notice(void *unused, const PGresult *res)
{
	(void)unused;
	log_event(LOG_DEBUG, "pg_notice",
	    "state", PQresultErrorField(res, PG_DIAG_SQLSTATE),
	    "message", sql_message(res), NULL);
}

/* Waits for `events`; those that came, 0 when patience or socket ends. */
static short
wait_for(const struct pg *pg, short events)
{
	struct pollfd pfd = { PQsocket(pg->conn), events, 0 };
	int n;

	do {
		n = poll(&pfd, 1, pg->patience);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? pfd.revents : 0;
}

bool
wire_flush(struct pg *pg)
{
	int left;

	while ((left = PQflush(pg->conn)) > 0) {
		short came = wait_for(pg, POLLIN | POLLOUT);

		if (came == 0)
			return false;
		if ((came & POLLIN) != 0 && !PQconsumeInput(pg->conn))
			return false;
	}
	return left == 0;
}

bool
wire_next(struct pg *pg, PGresult **res_r)
{
	*res_r = NULL;
	/* What TLS holds and poll() can't see, libpq reads to its end. */
	while (PQisBusy(pg->conn)) {
		if (wait_for(pg, POLLIN) == 0)
			return false;
		/* What fails here is told by the result that follows. */
		if (!PQconsumeInput(pg->conn))
			break;
	}
	*res_r = PQgetResult(pg->conn);
	return *res_r != NULL || PQstatus(pg->conn) == CONNECTION_OK;
}

bool
wire_finish(struct pg *pg)
{
	bool good = true;
	PGresult *res;

	for (;;) {
		if (!wire_next(pg, &res))
			return false;
		if (res == NULL)
			continue;
		ExecStatusType status = PQresultStatus(res);
		PQclear(res);
		if (status == PGRES_PIPELINE_SYNC)
			return good;
		good = good && status != PGRES_FATAL_ERROR &&
		    status != PGRES_PIPELINE_ABORTED;
	}
}

bool
wire_died(struct pg *pg)
{
	struct pollfd pfd = { PQsocket(pg->conn), POLLIN, 0 };

	/* The server's last words come before its end of file. */
	while (poll(&pfd, 1, 0) == 1) {
		if (!PQconsumeInput(pg->conn))
			return true;
		(void)PQisBusy(pg->conn);
		if (PQstatus(pg->conn) != CONNECTION_OK)
			return true;
	}
	return false;
}
