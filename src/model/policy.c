/*
 * Row rules: who may change a row that they see, beyond the role that its
 * route asks for and the permission matrix.
 */

#include "model/policy.h"

#include "base/task.h"
#include "model/actor.h"
#include "model/connection.h"
#include "model/item.h"

bool
author_or_admin(struct task *t, const struct item *item)
{
	if (item_is_written_by(item, t->actor) || actor_is(t->actor, "admin"))
		return true;
	return fail(t, FAULT_FORBIDDEN, "only its author may change it");
}

bool
admin_only(struct task *t, const struct item *item)
{
	(void)item;
	if (actor_is(t->actor, "admin"))
		return true;
	return fail(t, FAULT_FORBIDDEN, "only an administrator may change it");
}

bool
anyone_permitted(struct task *t, const struct item *item)
{
	(void)t;
	(void)item;
	return true;
}

bool
self_or_admin(struct task *t, const struct item *item)
{
	if (item_is_owned_by(item, t->actor) || actor_is(t->actor, "admin"))
		return true;
	return fail(t, FAULT_FORBIDDEN, "only the person may change it");
}

static const struct {
	bool		(*rule)(struct task *, const struct item *);
	const char	*words;
} rules[] = {
	{ author_or_admin,  "its author or an admin" },
	{ admin_only,       "an admin" },
	{ anyone_permitted, "whoever the permission matrix allows" },
	{ self_or_admin,    "the person or an admin" },
	{ connection_party, "one of the two or an admin" },
	{ invite_patient,   "who is invited" },
};

const char *
policy_words(bool (*rule)(struct task *, const struct item *))
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		if (rules[i].rule == rule)
			return rules[i].words;
	}
	return rule == NULL ? "nobody" : "a rule of its own";
}
