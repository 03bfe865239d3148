#ifndef CK_MODEL_SERVICE_H
#define CK_MODEL_SERVICE_H

/*
 * How the service does as a whole: its queues in PostgreSQL, and whether
 * somebody dispatches.  For /api/health/, /metrics and `chartkeep status`.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"

struct statement;
struct task;

/* A dispatcher that was not seen for so long counts as gone. */
#define DISPATCHER_SILENCE	60	/* seconds */

struct service {
	int64_t	 waiting;	/* occurrences to come */
	int64_t	 due;		/* of these, already due */
	int64_t	 mail;		/* mails to send */
	int64_t	 parked;	/* mails that wait for a human */
	int64_t	 silence;	/* seconds since a dispatcher beat; -1: never */
};

bool	 service_ask(struct task *, struct service *service_r) MUST_USE;
bool	 service_dispatches(const struct service *);
/* The supervisor's heartbeat, by a worker of its own. */
bool	 service_beat(struct task *, const char *host, int64_t supervisor)
	    MUST_USE;

extern const struct statement *const service_statements[];

#endif
