#ifndef CK_JOB_LETTER_H
#define CK_JOB_LETTER_H

/*
 * The templates: what a row of the outbox says when it is sent.  A mail
 * tells that there is something and where to sign in.  What it is about
 * stands there only with the setting mail_reminder_text.
 */

#include <stdbool.h>

#include "base/table.h"
#include "job/sealed.h"
#include "job/transport.h"

struct arena;
struct row;
struct statement;
struct task;

/* What it is made of, first in a row. */
#define LETTER_SELECT	SEALED_SELECT ", uid, template, email, given,"	\
	" family, zone, notification_uid, at::text"
enum {
	LETTER_UID = SEALED_COLUMNS, LETTER_TEMPLATE, LETTER_EMAIL,
	LETTER_GIVEN, LETTER_FAMILY, LETTER_ZONE, LETTER_NOTIFICATION,
	LETTER_AT, LETTER_COLUMNS
};
/* Used by letter_make(), to be prepared. */
extern const struct statement letter_when;

/*
 * Renders a claimed row into `arena`.  False: it can never be sent, and the
 * constant why_r says why.
 */
bool	 letter_make(struct task *, const struct row *, struct arena *,
	    const char *eol, struct letter *letter_r, const char **why_r)
	    MUST_USE;

#endif
