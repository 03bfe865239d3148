#ifndef CK_JOB_DISPATCHER_H
#define CK_JOB_DISPATCHER_H

/*
 * The process that does what is not an answer to anybody: it announces what
 * is due, sends mails, and sweeps.  Several may run, on several hosts.
 */

#include <stdint.h>

#include "base/table.h"

struct keyring;
struct settings;

/*
 * Runs until SIGTERM or SIGINT; returns the process' exit status.  SIGUSR1
 * makes it look at once for what is due and what is to be sent, instead of
 * within two seconds.  Connects by itself, and waits for servers that are
 * away.  It is the life of a process of its own: signals, their mask and
 * log_set_name() are set for good.  `moves`, if any, is told the monotonic
 * time before each chore, at least every few seconds.
 */
int	 dispatcher_run(const struct settings *, const struct keyring *,
	    void (*moves)(int64_t now)) MUST_USE;

#endif
