#ifndef CK_MODEL_ACCESS_LOG_H
#define CK_MODEL_ACCESS_LOG_H

/*
 * Who saw and changed a patient's data: the audit's rows about one patient,
 * for the patient and for admins.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"

struct access;
struct result;
struct task;

struct access_log {
	int64_t		 patient;	/* 0: the actor */
	int64_t		 after_at;	/* microseconds since 1970; 0: none */
	int64_t		 skip;		/* so many rows of that moment */
	int64_t		 limit;
	bool		 own;		/* with what the patient did */
};

/* Columns of its rows; that of a log with nothing in it has no time. */
enum {
	ACCESS_AT, ACCESS_ACCOUNT, ACCESS_GIVEN, ACCESS_FAMILY,
	ACCESS_ROLE, ACCESS_ACTION, ACCESS_ROUTE, ACCESS_OUTCOME
};

/*
 * Newest first, with one row more than `limit` if there are more.  Only an
 * admin may name a patient: else FAULT_FORBIDDEN.  FAULT_NOT_FOUND: there is
 * no such account.  Reading it is an access, too.
 */
bool	 access_log_find(struct task *, const struct access *,
	    const struct access_log *, const struct result **result_r)
	    MUST_USE;

#endif
