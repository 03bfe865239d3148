#ifndef CK_STORE_PG_INSIDE_H
#define CK_STORE_PG_INSIDE_H

/*
 * What the three files of pg share: pg_open.c makes the connection, pg_wire.c
 * moves bytes and understands errors, pg.c is what the other layers call.
 * Nobody else includes this but row.c, for the result.
 */

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/log.h"
#include "store/pg.h"

struct queued {
	const struct statement	*statement;
	struct params		 params;
};

struct pg {
	struct arena		*arena;		/* this struct's own */
	PGconn			*conn;		/* NULL: none */
	const char		*conninfo;
	const char		*options;
	const char		*setup;
	const struct statement	*const *statements;
	size_t			 nstatements;
	int64_t			 tried;		/* 0: never; monotonic */
	int64_t			 used;
	int64_t			 waited;
	int			 patience;	/* milliseconds, -1: for ever */
	bool			 lacking;	/* why a prepare failed */
	char			 why[256];
	char			 constraint[64];
	size_t			 nqueued;
	struct queued		 queue[QUEUE_MAX];
};

/* A result as libpq knows it; the two are one object with two names. */
static inline PGresult *
result_inside(const struct result *result)
{
	return (PGresult *)result;
}

/* What an SQLSTATE, or the beginning of one, means to us. */
struct sql_error {
	const char	*state;
	enum fault_code	 code;
	enum log_level	 level;
	int		 retry_after;
	bool		 reopen;	/* this connection is of no more use */
	const char	*text;		/* NULL: the server's own message */
};
const struct sql_error	*sql_error_of(const PGresult *);
/*
 * The primary message, or that it is not told because it quotes its input.
 * Never NULL.
 */
const char	*sql_message(const PGresult *);
/* Why a connection was lost, in one line. */
void	 wire_message(const PGconn *, char *out, size_t size);
/* Notices go to the log at debug. */
void	 wire_notice(void *, const PGresult *);

/* Pushes out what libpq holds, reading meanwhile.  False: lost. */
bool	 wire_flush(struct pg *) MUST_USE;
/*
 * The next result of the pipeline, NULL after each statement's last, with
 * the caller to PQclear() it.  False: lost.
 */
bool	 wire_next(struct pg *, PGresult **res_r) MUST_USE;
/* Reads over everything up to the sync.  False: lost, or an error came. */
bool	 wire_finish(struct pg *) MUST_USE;
/* Has the connection died while nobody looked? */
bool	 wire_died(struct pg *);

/* Closes; the reason is kept for pg_why() and logged when it is news. */
void	 pg_lose(struct pg *, const char *why);

#endif
