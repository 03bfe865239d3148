/*
 * A patient and a clinician: one asks, the other accepts, either ends it.
 * Accepted, it opens the patient's data; the view `care` says how.
 */

#include "model/connection.h"

#include <string.h>

#include "base/task.h"
#include "model/actor.h"
#include "model/crud.h"
#include "model/family.h"
#include "model/item.h"
#include "model/statement.h"

static const char *const statuses[] = {
	"pending", "accepted", "rejected", NULL
};

static const struct column connection_columns[] = {
	{ "id",           ID,    SERVER },
	{ "uid",          UID,   SERVER },
	{ "patient_id",   REF,   FIXED | OWNER | EXPANDED, .target = &party },
	{ "clinician_id", REF,   FIXED | REQUIRED | EXPANDED, .target = &party },
	{ "status",       TEXT,  0, .max = 20, .choices = statuses },
	{ "initiator_id", REF,   SERVER | AUTHOR, .target = &party, .doc = "who asked" },
	{ "asked",        TEXT,  SERVER, .max = 254, .doc = "the address that a clinician asked" },
	{ "created_at",   TIME,  SERVER | SORTABLE },
	{ "version",      COUNT, SERVER | VERSION },
};
const struct resource connection = {
	"connection", ROWS(connection_columns), CONNECTIONS, connection_party, "connection_page",
	.doc = "who lets which clinician in", .make = "connection_ask",
};

static bool
is_actor(const struct task *t, const struct item *item, const char *column)
{
	return item_names(item, column_at(item->resource, column), t->actor);
}

bool
connection_party(struct task *t, const struct item *item)
{
	if (is_actor(t, item, "patient_id") ||
	    is_actor(t, item, "clinician_id") || actor_is(t->actor, "admin"))
		return true;
	return fail(t, FAULT_FORBIDDEN, "only the two may change it");
}

bool
connection_may_become(struct task *t, const struct item *item,
    const char *status)
{
	bool	 accepts = status != NULL && strcmp(status, "accepted") == 0;

	if (!is_actor(t, item, "patient_id") &&
	    !is_actor(t, item, "clinician_id"))
		return fail(t, FAULT_FORBIDDEN, "only the two may answer");
	if (accepts && is_actor(t, item, "initiator_id"))
		return fail(t, FAULT_FORBIDDEN,
		    "who asked may not accept");
	return true;
}

static const struct statement ask = {
	"connection_ask",
	"SELECT outcome, id, patient FROM connection_ask($1::bigint, $2::text,"
	" $3::uuid, $4::text, $5::uuid, $6::inet)",
};

/* Until some of those who wait for the other's answer have it. */
static bool
fail_crowded(struct task *t)
{
	fail(t, FAULT_LIMITED, "too many requests wait for an answer");
	t->fault.retry_after = 3600;
	return false;
}

/* Why there is no new row: an invisible party, a pair that there is ... */
static bool
explain(struct task *t, const char *outcome)
{
	if (strcmp(outcome, "ok") == 0)
		return true;
	if (strcmp(outcome, "exists") == 0)
		return fail(t, FAULT_CONFLICT, NULL);
	if (strcmp(outcome, "many") == 0)
		return fail_crowded(t);
	return fail(t, FAULT_NOT_FOUND, NULL);
}

bool
connection_ask(struct task *t, const struct access *access,
    int64_t clinician, const char *login, struct item *item_r)
{
	struct params	 p = { 0 };
	const char	*outcome;

	if (login == NULL)
		param_int(&p, t->arena, clinician);
	else
		param_text(&p, NULL);
	param_text(&p, login);
	return crud_make(t, access, &connection, &ask, &p, &outcome, item_r) &&
	    explain(t, outcome);
}

const struct statement *const asking_statements[] = { &ask, NULL };
