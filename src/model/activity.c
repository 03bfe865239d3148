/*
 * Group activities of a clinician, and the connected patients whom it
 * invites.  What an activity is about is sealed with its author's key.
 */

#include <string.h>

#include "base/task.h"
#include "model/actor.h"
#include "model/connection.h"
#include "model/crud.h"
#include "model/family.h"
#include "model/item.h"
#include "model/policy.h"
#include "model/statement.h"

static const struct column activity_columns[] = {
	{ "id",          ID,    SERVER },
	{ "uid",         UID,   SERVER },
	{ "author_id",   REF,   SERVER | AUTHOR | OWNER | EXPANDED, .target = &party },
	{ "title",       TEXT,  REQUIRED, .max = 100 },
	{ "description", TEXT,  SEALED, .max = 16384 },
	{ "created_at",  TIME,  SERVER | SORTABLE },
	{ "version",     COUNT, SERVER | VERSION },
};
const struct resource activity = {
	"activity", ROWS(activity_columns), ACTIVITIES, author_or_admin, "activity_page",
	.doc = "group activities of a clinician",
};

static const char *const statuses[] = {
	"pending", "accepted", "declined", NULL
};

static const struct column invite_columns[] = {
	{ "id",          ID,    SERVER },
	{ "uid",         UID,   SERVER },
	{ "activity_id", REF,   FIXED | REQUIRED | EXPANDED, .target = &activity },
	{ "patient_id",  REF,   FIXED | OWNER | EXPANDED, .target = &party },
	{ "status",      TEXT,  0, .max = 20, .choices = statuses },
	{ "created_at",  TIME,  SERVER | SORTABLE },
	{ "version",     COUNT, SERVER | VERSION },
};
const struct resource activity_invite = {
	"activity_invite", ROWS(invite_columns), ACTIVITIES, invite_patient, "invite_page",
	.doc = "who is invited to an activity", .make = "activity_invite_make",
};

bool
invite_patient(struct task *t, const struct item *item)
{
	if (item_is_owned_by(item, t->actor))
		return true;
	return fail(t, FAULT_FORBIDDEN, "only who is invited may answer");
}

static const struct statement invite = {
	"activity_invite_make",
	"SELECT outcome, id, invited FROM activity_invite_make($1::bigint, $2::bigint,"
	" $3::uuid, $4::text, $5::uuid, $6::inet)",
};

bool
activity_invite_make(struct task *t, const struct access *access,
    int64_t activity_id, int64_t patient, bool *has_activity_r,
    struct item *item_r)
{
	struct params	 p = { 0 };
	const char	*outcome;

	param_int(&p, t->arena, activity_id);
	param_int(&p, t->arena, patient);
	if (!crud_make(t, access, &activity_invite, &invite, &p, &outcome,
	    item_r))
		return false;
	*has_activity_r = strcmp(outcome, "activity") != 0;
	if (strcmp(outcome, "ok") == 0)
		return true;
	return fail(t, strcmp(outcome, "exists") == 0 ? FAULT_CONFLICT :
	    FAULT_NOT_FOUND, NULL);
}

const struct statement *const inviting_statements[] = { &invite, NULL };
