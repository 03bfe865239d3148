#ifndef CK_MODEL_CONNECTION_H
#define CK_MODEL_CONNECTION_H

/*
 * Connections of a patient and a clinician, and the group activities that a
 * clinician invites connected patients to.  Who is asked may be invisible to
 * who asks, so functions of the schema find the party and make the row.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"

struct access;
struct item;
struct task;

/* One of the two, or an admin: may end it. */
bool	 connection_party(struct task *, const struct item *) MUST_USE;
/*
 * May the actor answer with this status (NULL: none that there is)?  Only the
 * two may; who asked may withdraw, but not accept.  FAULT_FORBIDDEN.
 */
bool	 connection_may_become(struct task *, const struct item *,
	    const char *status) MUST_USE;
/*
 * The actor asks a clinician by number, or (`login` not NULL, normalised) a
 * patient by e-mail or username.  FAULT_NOT_FOUND: nobody of that role;
 * FAULT_CONFLICT: there is a connection of the two, whatever its status.
 */
bool	 connection_ask(struct task *, const struct access *,
	    int64_t clinician, const char *login, struct item *item_r)
	    MUST_USE;

/* Its patient: may answer an invitation, whatever the answer. */
bool	 invite_patient(struct task *, const struct item *) MUST_USE;

/*
 * The actor invites a connected patient to an own activity.  FAULT_NOT_FOUND:
 * no such activity, or (*has_activity_r) no such patient.  FAULT_CONFLICT:
 * invited already.
 */
bool	 activity_invite_make(struct task *, const struct access *,
	    int64_t activity, int64_t patient, bool *has_activity_r,
	    struct item *item_r) MUST_USE;

#endif
