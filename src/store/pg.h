#ifndef CK_STORE_PG_H
#define CK_STORE_PG_H

/*
 * One PostgreSQL connection in pipeline mode (libpq, "Pipeline Mode").
 * Statements are prepared once per connection, all of them, when it opens;
 * requests queue executions and send them with one sync.  What is queued
 * between two syncs without BEGIN is one transaction of the server's.
 *
 * Results and parameters: results come in binary format.  Parameters are
 * text unless said otherwise.
 *
 * A connection that breaks is reported as FAULT_UNAVAILABLE (the caller
 * can't know whether a commit happened, so nothing is ever retried here)
 * and is opened anew, at most once in two seconds, by pg_ready().
 *
 * Neither faults nor log lines quote a value: of the server's messages only
 * the primary one is used, and not even that where it repeats its input
 * (SQLSTATE class 22).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"

struct arena;
struct task;

struct statement {
	const char	*name;
	const char	*text;
};

#define PARAMS_MAX	32
#define QUEUE_MAX	64	/* executions between two pg_run() */

/*
 * Parameters of one execution; what they point at outlives pg_run().  The
 * struct itself is copied by pg_queue() and may be used again.
 */
struct params {
	const char	*values[PARAMS_MAX];
	int		 lengths[PARAMS_MAX];
	int		 formats[PARAMS_MAX];	/* 0 text, 1 binary */
	int		 n;
};

void	 param_text(struct params *, const char *);	/* NULL: SQL's null */
/* bytea; NULL: SQL's null */
void	 param_bytes(struct params *, const void *, size_t);
void	 param_uuid(struct params *, const unsigned char uuid[16]); /* same */
void	 param_int(struct params *, struct arena *, int64_t);
void	 param_bool(struct params *, bool);

/* One statement's rows; lives in the arena of the task that ran it. */
struct result;

struct pg;

/*
 * For the life of the process.  `statements` is an array of `n` pointers
 * which stays.  `options` (may be NULL) is put behind the options that every
 * connection has (search_path, jit off, generic plans, TimeZone UTC, time
 * limits: statement_timeout 10 s, lock_timeout 5 s); the options of
 * `conninfo` come last.  `setup` (may be NULL) is one statement run on each
 * new connection ("SET ROLE chartkeep_job").  Connects lazily.
 */
struct pg	*pg_new(const char *conninfo, const char *options,
		    const char *setup,
		    const struct statement *const *statements, size_t n);
void		 pg_free(struct pg *);
/*
 * The connection string, whichever of its two forms it has, with another
 * application_name and with more options behind its own.
 */
const char	*pg_conninfo(struct arena *, const char *conninfo,
		    const char *name, const char *options);

/*
 * Connected, for reading and writing, and prepared?  Opens when it is not,
 * waits at most a few seconds and tries at most every two.  Else
 * FAULT_UNAVAILABLE with retry_after.  A statement that can't be prepared (a
 * table or function is missing) counts as not ready.
 */
bool	 pg_ready(struct task *) MUST_USE;

/*
 * Puts one execution in the pipeline; nothing is sent yet.  `params` may be
 * NULL.  pg_settle() drops what was queued and never run.
 */
void	 pg_queue(struct task *, const struct statement *,
	    const struct params *);
/*
 * Sends what is queued (`n` executions) with a sync, waits, gives one result
 * a statement in order.  On an error the rest was not executed, an open
 * transaction is rolled back, and the results are not to be used; the fault
 * tells: connection FAULT_UNAVAILABLE; unique violation (23505)
 * FAULT_CONFLICT; our SQL's own refusals (class CK) FAULT_CONFLICT with their
 * text; row-level security (42501) FAULT_FORBIDDEN; deadlock, serialization,
 * lock or statement time-outs, shutdown FAULT_UNAVAILABLE; anything else
 * FAULT_INTERNAL, with the server's message in the log (never its DETAIL,
 * which quotes values).
 */
bool	 pg_run(struct task *, const struct result **results, size_t n)
	    MUST_USE;
/* pg_queue() and pg_run() of one. */
bool	 pg_do(struct task *, const struct statement *, const struct params *,
	    const struct result **result_r) MUST_USE;
/*
 * Runs outside of the prepared ones: the migrator's files (may hold many
 * statements).  Not for requests.  The reason of a failure, with its line in
 * `sql`, is logged and is the fault's text; a transaction that was open is
 * rolled back.
 */
bool	 pg_script(struct task *, const char *sql) MUST_USE;

/*
 * The transaction that a request left open is rolled back, the queue is
 * dropped.  To be called at each request's end; free of charge when there
 * is nothing to do.
 */
void	 pg_settle(struct pg *);
/* Was the connection ready the last time it was used? */
bool	 pg_is_up(const struct pg *);
/* Why it is not up: one line for the administrator; "" when it is. */
const char	*pg_why(const struct pg *);
/*
 * Not up because the database lacks something that a statement names, or
 * this role may not use it?  Then pg_why() is that statement's name and what
 * it misses, which anybody may read.
 */
bool	 pg_lacks(const struct pg *);
/* The constraint that the last FAULT_CONFLICT broke, "" when it had none. */
const char	*pg_constraint(const struct pg *);
/* The connection's socket, or -1, and time spent waiting since the last ask. */
int	 pg_socket(const struct pg *);
int64_t	 pg_time(struct pg *);

#endif
