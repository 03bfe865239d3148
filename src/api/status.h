#ifndef CK_API_STATUS_H
#define CK_API_STATUS_H

/*
 * /api/health/ and /metrics.  Counters live in memory that all workers of a
 * supervisor share; each worker writes its own slot.  A worker that is rolled
 * out lives beside its successor for a moment, so each worker has two slots:
 * 2 * worker and 2 * worker + 1.  The dispatcher has one that only beats.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/surface.h"

#define DISPATCHER_SLOT	SIZE_MAX

struct shared;		/* the shared memory, one per supervisor */

enum restart {
	RESTART_CRASHED, RESTART_STUCK, RESTART_WORN, RESTART_RELOADED,
	RESTARTS
};

/* Mapped before the workers are forked: never NULL. */
struct shared	*status_map(size_t slots);

/* By the supervisor: an unused slot, for a process that is about to start. */
void	 status_clear(struct shared *, size_t slot);
/* The worker there waits for requests, or has done so. */
bool	 status_is_ready(const struct shared *, size_t slot);
/* When the request under way began or last moved (monotonic), 0 none. */
int64_t	 status_started(struct shared *, size_t slot);
void	 status_restarted(struct shared *, enum restart);

/* This process writes the slot from now on. */
void	 status_attach(struct shared *, size_t slot);
/* It waits for requests. */
void	 status_ready(void);
/*
 * At start and end of a request, and while it moves; 0 when idle.  The
 * dispatcher's is never 0: it wakes every few seconds.
 */
void	 status_beat(int64_t now);
/* One answered request; `route` may be route_count(): none. */
void	 status_count(size_t route, int status, int64_t total, int64_t pg,
	    int64_t redis);

/* Reading, for metrics. */
struct shared	*status_shared(void);	/* NULL: not attached */
size_t		 status_slots(const struct shared *);	/* ever used */
uint64_t	 status_requests(const struct shared *, size_t slot,
		    size_t route, size_t outcome);
/* The statuses that are counted apart; 0, the first, is any other. */
#define OUTCOMES	18
extern const int outcomes[OUTCOMES];
uint64_t	 status_restarts(const struct shared *, enum restart);

/* Upper bounds of the histogram in microseconds; the last is INT64_MAX. */
#define BUCKETS		14
extern const int64_t bucket_bounds[BUCKETS];
struct timing {
	uint64_t	 bucket[BUCKETS];	/* not cumulated */
	uint64_t	 count;
	int64_t		 total, pg, redis;	/* microseconds */
};
void	 status_timing(const struct shared *, struct timing *sum_r);

/* The handler of /metrics, in status_metrics.c. */
bool	 show_metrics(struct call *);
/* Of /api/access_log, in status_access.c, and its words for OpenAPI. */
bool	 show_access_log(struct call *);
extern const char		 access_log_answer[];
extern const char *const	 access_log_query[];

/* The program's own surface: /api/health/ and /metrics. */
extern const struct surface status_surface;

#endif
