#ifndef CK_BASE_FAULT_H
#define CK_BASE_FAULT_H

/*
 * Why a task failed.  One list for all surfaces; each surface's dialect
 * spells it (api/dialect.h).  The place that knows the reason says it once
 * with fail(); callers pass false on.  Texts are lower case, without a full
 * stop, and quote no patient's words.
 */

#include <stdbool.h>

#include "base/table.h"

struct task;

enum fault_code {
	FAULT_NONE,
	FAULT_BAD_REQUEST,	/* not to be understood at all */
	FAULT_NO_TOKEN,		/* the header is missing */
	FAULT_BAD_TOKEN,	/* malformed, forged, or its session ended */
	FAULT_EXPIRED_TOKEN,	/* past its time, or idle too long */
	FAULT_WRONG_TOKEN,	/* good, but of another type */
	FAULT_BAD_LOGIN,	/* wrong name or password */
	FAULT_FORBIDDEN,
	FAULT_NOT_FOUND,	/* there is no such row, or not for the actor */
	FAULT_NO_ROUTE,		/* there is no such path */
	FAULT_METHOD,		/* the path is there, the method is not */
	FAULT_CONFLICT,
	FAULT_TAKEN,		/* an account has this e-mail or username */
	FAULT_PRECONDITION,	/* If-Match names another version */
	FAULT_TOO_LARGE,
	FAULT_MEDIA_TYPE,
	FAULT_INVALID,		/* see fields */
	FAULT_MISMATCH,		/* same Idempotency-Key, other request */
	FAULT_LIMITED,		/* too many; see retry_after */
	FAULT_INTERNAL,
	FAULT_UNAVAILABLE,	/* a server behind us is away */
	FAULT_CODES
};

/* A code's row: its HTTP status and what it means, for OpenAPI and docs. */
struct fault_kind {
	const char	*name;
	int		 status;
	const char	*doc;
};
extern const struct fault_kind fault_kinds[FAULT_CODES];

/* Why one field of the input was refused. */
enum field_reason {
	FIELD_REQUIRED,
	FIELD_BLANK,
	FIELD_NULL,
	FIELD_TYPE,		/* bound unused: not what the kind reads */
	FIELD_TOO_LONG,		/* bound: most characters */
	FIELD_TOO_SHORT,	/* bound: least characters */
	FIELD_TOO_SMALL,	/* bound: least value */
	FIELD_TOO_LARGE,	/* bound: greatest value */
	FIELD_CHOICE,
	FIELD_FORMAT,		/* a date, an e-mail address, a UUID ... */
	FIELD_UNKNOWN,		/* refers to nothing that the actor sees */
	FIELD_TAKEN,		/* must be unique and is not */
	FIELD_REASONS
};

struct field_fault {
	struct field_fault	*next;
	const char		*field;		/* the surface's spelling */
	enum field_reason	 reason;
	double			 bound;
	const char		*value;		/* what was sent, or NULL */
};

struct fault {
	enum fault_code		 code;
	const char		*text;		/* may be NULL */
	int			 retry_after;	/* seconds, 0: none */
	struct field_fault	*fields;	/* in the order of failing */
};

/* Both always return false.  The first fail() of a task stays. */
bool	 fail(struct task *, enum fault_code, const char *, ...)
	    PRINTF_LIKE(3, 4);
/* Collects; the task has failed (FAULT_INVALID) but goes on validating. */
bool	 fail_field(struct task *, const char *field, enum field_reason,
	    double bound, const char *value);
/* Forgets the fault, for the one who has handled it. */
void	 fault_clear(struct task *);

#endif
