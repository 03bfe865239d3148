#ifndef CK_API_STATUS_H
#define CK_API_STATUS_H

/*
 * /api/health/ and /metrics.  Counters live in memory that all workers of a
 * supervisor share; each worker writes its own slot.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/surface.h"

struct shared;		/* the shared memory, one per supervisor */

/* Mapped before the workers are forked: never NULL. */
struct shared	*status_map(size_t workers);
/* This process writes slot `worker` from now on. */
void	 status_attach(struct shared *, size_t worker);
/* One answered request. */
void	 status_count(size_t route, int status, int64_t total, int64_t pg,
	    int64_t redis);
/* Called by the worker at start and end of a request; 0 when idle. */
void	 status_beat(int64_t started);
/* For the supervisor: when the request under way began, 0 none. */
int64_t	 status_started(const struct shared *, size_t worker);
void	 status_restarted(struct shared *, size_t worker);

/* The program's own surface: /api/health/ and /metrics. */
extern const struct surface status_surface;

#endif
