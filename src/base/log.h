#ifndef CK_BASE_LOG_H
#define CK_BASE_LOG_H

/*
 * Lines of key=value to standard error (journald takes them from there).
 * Values are quoted when they hold blanks, quotes or control characters, so
 * that nobody can forge a line.  Never log what a patient wrote.
 *
 *	log_event(LOG_WARN, "redis_away", "address", addr, "error", why, NULL);
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Names come as in the setting log_level; false when unknown. */
bool	 log_set_level(const char *name);
/* "worker-3", put in every line; copied. */
void	 log_set_name(const char *);
/* Pairs of key and value (strings; a NULL value is left out), then NULL. */
void	 log_event(enum log_level, const char *event, ...)
	    __attribute__((sentinel));
/* A number as a value: valid until the eighth following call. */
const char *log_int(int64_t);

#endif
