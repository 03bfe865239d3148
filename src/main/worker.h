#ifndef CK_MAIN_WORKER_H
#define CK_MAIN_WORKER_H

/*
 * A worker: accept, answer, forget; one request at a time, with one
 * connection to PostgreSQL and one to Redis.
 */

#include <stdbool.h>
#include <stddef.h>

struct keyring;
struct settings;

struct worker_place {
	int	 listen_fd;
	int	 ready_fd;	/* gets a byte when it waits for requests; -1 */
	size_t	 number;	/* for the log */
	bool	 first;		/* beats for the supervisor */
};

/*
 * Serves until it is told to end (SIGTERM, SIGINT; these must be blocked) or
 * has answered requests_per_worker.  The process is attached to its slot
 * (api/status.h).  The exit status: 0 ended, WORKER_WORN worn out.
 */
#define WORKER_WORN	3
int	 worker_run(const struct settings *, const struct keyring *,
	    const struct worker_place *);

#endif
