/*
 * The door: enter() in PostgreSQL, the first statement of every transaction
 * on someone's behalf.  What it says is believed; what the token says only
 * leads to the session.
 */

#include "model/actor.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/task.h"
#include "crypto/token.h"
#include "model/crud.h"
#include "store/pg.h"
#include "store/row.h"

static const struct statement enter = {
	"enter",
	"SELECT outcome, account_id, account_uid, role, verified, zone, now"
	" FROM enter($1::uuid, $2::smallint, $3::text, $4::text, $5::boolean,"
	" $6::interval, $7::boolean)",
};

bool
actor_is(const struct actor *actor, const char *role)
{
	return actor != NULL && strcmp(actor->role, role) == 0;
}

bool
actor_queue(struct task *t, const struct access *access)
{
	struct params	 p = { 0 };
	bool		 reads = strcmp(access->action, "view") == 0;

	if (t->token == NULL)
		return fail(t, FAULT_NO_TOKEN, NULL);
	if (!pg_ready(t))
		return false;
	param_text(&p, t->token->sid);
	param_int(&p, t->arena, access->permission);
	param_text(&p, access->action);
	param_text(&p, access->zone != NULL ? access->zone :
	    t->settings->time_zone);
	param_bool(&p, access->own_zone);
	param_text(&p, arena_printf(t->arena, "%lld microseconds",
	    (long long)t->settings->idle_limit));
	param_bool(&p, reads && t->settings->audit_lazy);
	pg_queue(t, &enter, &p);
	return true;
}

static bool
refused(struct task *t, const char *outcome)
{
	if (strcmp(outcome, "denied") == 0)
		return fail(t, FAULT_FORBIDDEN, NULL);
	if (strcmp(outcome, "idle") == 0)
		return fail(t, FAULT_EXPIRED_TOKEN, NULL);
	return fail(t, FAULT_BAD_TOKEN, NULL);
}

/* The role as this program spells it: rows outlive a result's arena. */
static const char *
known_role(const char *role)
{
	for (size_t i = 0; role_names[i] != NULL; i++) {
		if (role != NULL && strcmp(role_names[i], role) == 0)
			return role_names[i];
	}
	return NULL;
}

bool
actor_take(struct task *t, const struct result *result)
{
	struct actor	*actor;
	struct row	 row = { result, 0 };

	assert(result_rows(result) == 1);
	t->now = row_time(&row, 6);
	if (strcmp(row_text(&row, 0), "ok") != 0)
		return refused(t, row_text(&row, 0));
	actor = arena_alloc(t->arena, sizeof(*actor));
	actor->account = row_int(&row, 1);
	memcpy(actor->uid, row_uuid(&row, 2), sizeof(actor->uid));
	actor->role = known_role(row_text(&row, 3));
	actor->verified = row_bool(&row, 4);
	actor->zone = row_text(&row, 5);
	if (actor->role == NULL)
		return fail(t, FAULT_INTERNAL, "the role is unknown");
	t->actor = actor;
	return true;
}

bool
actor_enter(struct task *t, const struct access *access)
{
	const struct result	*result;

	if (!actor_queue(t, access) || !pg_run(t, &result, 1))
		return false;
	return actor_take(t, result);
}

const struct statement *const actor_statements[] = { &enter, NULL };
