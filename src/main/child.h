#ifndef CK_MAIN_CHILD_H
#define CK_MAIN_CHILD_H

/*
 * The supervisor's processes.  A seat is one worker's, or the dispatcher's:
 * who sits there, who is leaving it, and when a new one may come.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "api/status.h"

struct child {
	pid_t	 pid;		/* 0: none */
	size_t	 slot;		/* api/status.h */
	int64_t	 began;
	int64_t	 killed;	/* SIGABRT was sent; 0: not */
	unsigned generation;	/* of the configuration */
	int64_t	 asked;		/* to end; 0: not */
	bool	 stuck;
};

struct seat {
	struct child	 here;
	struct child	 leaving;	/* drains; its successor is here */
	int64_t		 not_before;	/* back-off */
	int64_t		 backoff;
};

/*
 * Starts a process that ends with `run(ctx)`'s value, and gets SIGTERM when
 * this one dies.  False when there is no process to be had.
 */
bool	 child_start(struct child *, int (*run)(void *ctx), void *ctx);
/* SIGTERM: end when idle. */
void	 child_ask(struct child *);
/* SIGABRT, and SIGKILL a second later. */
void	 child_kill(struct child *);

/* After a crash: 0, then 0.1 s, 0.2 s ... 10 s; back to 0 after a good life. */
void	 seat_crashed(struct seat *);

#endif
