/*
 * The engine's way to PostgreSQL.  One pipeline with one sync is one
 * transaction: enter() first, so that what follows runs as the actor, or as
 * nobody, to whom row-level security shows nothing.
 */

#include "model/crud.h"

#include <assert.h>
#include <string.h>

#include "base/task.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "crypto/token.h"
#include "model/actor.h"
#include "model/audit.h"
#include "model/key.h"
#include "model/statement.h"

static const struct statement begin = { "begin", "BEGIN" };
static const struct statement commit = { "commit", "COMMIT" };

const struct statement *const transaction_statements[] = {
	&begin, &commit, NULL
};

static enum naming
naming_of(const struct access *access)
{
	return access->by_uid ? BY_UID : BY_NUMBER;
}

/* Is this an id at all?  What is none names no row. */
static bool
id_param(struct task *t, const struct access *access, struct params *p,
    const char *id)
{
	unsigned char	 uuid[16];
	int64_t		 number;

	if (access->by_uid ? !uuid_parse(id, uuid) :
	    !text_to_int(id, &number) || number < 1)
		return false;
	param_text(p, arena_text(t->arena, id));
	return true;
}

/* Runs `s` as the actor, in a transaction of its own or in the open one. */
static bool
run_entered(struct task *t, const struct access *access,
    const struct statement *s, const struct params *p,
    const struct result **result_r)
{
	const struct result	*results[2];

	if (t->open)
		return pg_do(t, s, p, result_r);
	if (!actor_queue(t, access))
		return false;
	pg_queue(t, s, p);
	if (!pg_run(t, results, 2) || !actor_take(t, results[0]))
		return false;
	*result_r = results[1];
	return true;
}

bool
crud_find(struct task *t, const struct access *access,
    const struct resource *resource, const char *id, struct item *item_r)
{
	const struct statement	*find;
	const struct result	*result;
	struct params		 p = { 0 };

	find = &derived_of(resource)->find[naming_of(access)];
	audit_params(t, &p);
	if (!id_param(t, access, &p, id)) {
		if (!t->open && !actor_enter(t, access))
			return false;
		return fail(t, FAULT_NOT_FOUND, NULL);
	}
	if (!run_entered(t, access, find, &p, &result))
		return false;
	if (result_rows(result) != 1) {
		t->audited = true;
		return fail(t, FAULT_NOT_FOUND, NULL);
	}
	*item_r = (struct item){ resource, { result, 0 }, 0 };
	return true;
}

bool
crud_list(struct task *t, const struct access *access,
    const struct resource *resource, const struct selection *selection,
    struct items *items_r)
{
	const struct statement	*list;
	const struct result	*result;
	struct params		 p = { 0 };
	size_t			 n;

	list = list_by(resource, selection->page, naming_of(access));
	assert(list != NULL);
	audit_params(t, &p);
	if (selection->after > 0)
		param_int(&p, t->arena, selection->after);
	else
		param_text(&p, NULL);
	/* One more than wanted tells whether the list goes on. */
	param_int(&p, t->arena, selection->limit + 1);
	param_bool(&p, selection->newest);
	if (!run_entered(t, access, list, &p, &result))
		return false;
	n = (size_t)result_rows(result);
	items_r->resource = resource;
	items_r->result = result;
	items_r->n = n;
	items_r->limit = selection->limit;
	items_r->more = n > 0 && row_int(&(struct row){ result, 0 },
	    result_column(result, "row_total")) > (int64_t)n;
	return true;
}

static void
param_sealed(struct task *t, struct params *p, const struct resource *r,
    const struct column *c, const struct data_key *key,
    const unsigned char uid[16], const char *plain)
{
	unsigned char	*sealed;
	char		 aad[SEAL_AAD_SIZE];
	size_t		 len;

	if (plain == NULL) {
		param_text(p, NULL);
		return;
	}
	len = strlen(plain);
	sealed = arena_alloc(t->arena, seal_size(len));
	seal_aad(aad, sizeof(aad), r->name, c->name, uid);
	seal_close(key, aad, plain, len, sealed);
	param_bytes(p, sealed, seal_size(len));
}

/*
 * The key to seal a new row with.  Known to this process after the owner's
 * first row; before that it takes a round trip more, since the values must
 * be sealed before they are sent.
 */
static bool
owner_key(struct task *t, const struct access *access, int64_t owner,
    unsigned char uid_r[16], const struct data_key **key_r)
{
	const struct result	*results[2];

	*key_r = key_of_account(owner, uid_r);
	if (*key_r != NULL)
		return true;
	if (t->open) {
		key_queue(t, owner);
		return pg_run(t, &results[1], 1) &&
		    key_take(t, owner, results[1], uid_r, key_r);
	}
	if (!actor_queue(t, access))
		return false;
	key_queue(t, owner);
	return pg_run(t, results, 2) && actor_take(t, results[0]) &&
	    key_take(t, owner, results[1], uid_r, key_r);
}

/* Whose row it will be: the one named, else the token's own account. */
static int64_t
new_owner(struct task *t, const struct values *values)
{
	int		 at = column_with(values->resource, OWNER);
	int64_t		 owner;

	if (at >= 0 && values->at[at].text != NULL &&
	    text_to_int(values->at[at].text, &owner))
		return owner;
	return t->token->account;
}

static void
create_params(struct task *t, struct params *p, const struct values *values,
    const struct data_key *key)
{
	const struct resource	*r = values->resource;
	unsigned char		*uid = arena_alloc(t->arena, 16);

	random_uuid(uid);
	for (size_t i = 0; i < r->ncolumns; i++) {
		const struct column	*c = &r->columns[i];

		if (!is_created(c))
			continue;
		if (c->kind == UID)
			param_uuid(p, uid);
		else if (c->flags & SEALED)
			param_sealed(t, p, r, c, key, uid, values->at[i].text);
		else
			param_text(p, values->at[i].text);
	}
}

bool
crud_create(struct task *t, const struct access *access,
    const struct values *values, struct item *item_r)
{
	const struct resource	*r = values->resource;
	const struct data_key	*key = NULL;
	const struct result	*result;
	struct params		 p = { 0 };
	unsigned char		*key_uid = arena_alloc(t->arena, 16);

	if (t->token == NULL)
		return fail(t, FAULT_NO_TOKEN, NULL);
	audit_params(t, &p);
	if (!resource_is_sealed(r))
		param_text(&p, NULL);
	else if (owner_key(t, access, new_owner(t, values), key_uid, &key))
		param_uuid(&p, key_uid);
	else
		return false;
	create_params(t, &p, values, key);
	if (!run_entered(t, access, &derived_of(r)->create[naming_of(access)],
	    &p, &result))
		return false;
	/* The owner, a reference or the key is not what it was said to be. */
	if (result_rows(result) != 1) {
		key_learn_account(new_owner(t, values), NULL);
		return fail(t, FAULT_NOT_FOUND, NULL);
	}
	*item_r = (struct item){ r, { result, 0 }, 0 };
	return true;
}

bool
crud_begin(struct task *t, const struct access *access)
{
	const struct result	*results[2];

	assert(!t->open);
	if (!pg_ready(t))
		return false;
	pg_queue(t, &begin, NULL);
	if (!actor_queue(t, access) || !pg_run(t, results, 2))
		return false;
	t->open = true;
	return actor_take(t, results[1]);
}

bool
crud_commit(struct task *t)
{
	const struct result	*result;

	assert(t->open);
	t->open = false;
	t->kept = false;
	return pg_do(t, &commit, NULL, &result);
}

/* Runs a change as the transaction's last statement, unless it is kept. */
static bool
run_last(struct task *t, const struct statement *s, const struct params *p,
    const struct result **result_r)
{
	const struct result	*results[2];

	assert(t->open);
	if (t->kept)
		return pg_do(t, s, p, result_r);
	pg_queue(t, s, p);
	pg_queue(t, &commit, NULL);
	t->open = false;
	if (!pg_run(t, results, 2))
		return false;
	*result_r = results[0];
	return true;
}

/* The new row as the surface shows it. */
static bool
take_made(struct task *t, const struct access *access,
    const struct resource *resource, const unsigned char uid[16],
    int64_t number, struct item *item_r)
{
	const struct statement	*lock;
	const struct result	*result;
	struct params		 p = { 0 };
	char			 text[UUID_TEXT];

	uuid_print(uid, text);
	param_text(&p, access->by_uid ? arena_text(t->arena, text) :
	    arena_printf(t->arena, "%lld", (long long)number));
	lock = &derived_of(resource)->lock[naming_of(access)];
	if (!run_last(t, lock, &p, &result))
		return false;
	if (result_rows(result) != 1)
		return fail(t, FAULT_INTERNAL, "a new row is not visible");
	*item_r = (struct item){ resource, { result, 0 }, 0 };
	return true;
}

/*
 * Three round trips: the actor, the function, the row, because the
 * function's row is not to be seen in the statement that calls it.
 */
bool
crud_make(struct task *t, const struct access *access,
    const struct resource *resource, const struct statement *make,
    struct params *own, const char **outcome_r, struct item *item_r)
{
	const struct result	*result;
	struct row		 row;
	unsigned char		*uid = arena_alloc(t->arena, 16);

	if (!t->open && !crud_begin(t, access))
		return false;
	random_uuid(uid);
	param_uuid(own, uid);
	audit_params(t, own);
	if (!pg_do(t, make, own, &result))
		return false;
	row = (struct row){ result, 0 };
	*outcome_r = row_text(&row, 0);
	t->subject = row_int(&row, 2);
	if (strcmp(*outcome_r, "ok") == 0)
		return take_made(t, access, resource, uid, row_int(&row, 1),
		    item_r);
	/* Its audit row says so; what is rolled back is noted later. */
	t->audited = !t->kept;
	return t->kept || crud_commit(t);
}

bool
crud_lock(struct task *t, const struct access *access,
    const struct resource *resource, const char *id, struct item *item_r)
{
	const struct statement	*lock;
	const struct result	*results[3];
	struct params		 p = { 0 };
	size_t			 first = t->open ? 0 : 2;

	lock = &derived_of(resource)->lock[naming_of(access)];
	if (!id_param(t, access, &p, id))
		return (t->open || actor_enter(t, access)) &&
		    fail(t, FAULT_NOT_FOUND, NULL);
	if (!pg_ready(t))
		return false;
	if (!t->open) {
		pg_queue(t, &begin, NULL);
		if (!actor_queue(t, access))
			return false;
	}
	pg_queue(t, lock, &p);
	if (!pg_run(t, results, first + 1))
		return false;
	t->open = true;
	if (first > 0 && !actor_take(t, results[1]))
		return false;
	if (result_rows(results[first]) != 1)
		return fail(t, FAULT_NOT_FOUND, NULL);
	*item_r = (struct item){ resource, { results[first], 0 }, 0 };
	if (column_with(resource, OWNER) >= 0)
		t->subject = row_int(&item_r->row,
		    result_column(results[first], "row_owner"));
	return true;
}

static bool
change_params(struct task *t, struct params *p, const struct item *item,
    const struct values *values)
{
	const struct resource	*r = item->resource;
	const struct data_key	*key = NULL;
	int			 uid = column_at(r, "uid");
	int64_t			 mask = 0;

	for (size_t i = 0; i < r->ncolumns; i++) {
		if (is_changed(&r->columns[i]) && values->at[i].given)
			mask |= INT64_C(1) << i;
	}
	param_int(p, t->arena, mask);
	if (resource_is_sealed(r) && !item_key(t, item, &key))
		return false;
	for (size_t i = 0; i < r->ncolumns; i++) {
		const struct column	*c = &r->columns[i];

		if (!is_changed(c))
			continue;
		if (c->flags & SEALED)
			param_sealed(t, p, r, c, key,
			    row_uuid(&item->row, uid), values->at[i].text);
		else
			param_text(p, values->at[i].text);
	}
	return true;
}

bool
crud_change(struct task *t, const struct access *access,
    const struct item *item, const struct values *values,
    struct item *item_r)
{
	const struct resource	*r = item->resource;
	const struct result	*result;
	struct params		 p = { 0 };

	audit_params(t, &p);
	param_int(&p, t->arena, item_number(item));
	if (!change_params(t, &p, item, values) || !run_last(t,
	    &derived_of(r)->change[naming_of(access)], &p, &result))
		return false;
	/* Locked, yet not changed: a policy, or what it points at. */
	if (result_rows(result) != 1)
		return fail(t, FAULT_FORBIDDEN, NULL);
	*item_r = (struct item){ r, { result, 0 }, 0 };
	return true;
}

bool
crud_archive(struct task *t, const struct item *item)
{
	const struct resource	*r = item->resource;
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	audit_params(t, &p);
	param_int(&p, t->arena, item_number(item));
	if (t->subject > 0)
		param_int(&p, t->arena, t->subject);
	else
		param_text(&p, NULL);
	if (!run_last(t, &derived_of(r)->archive, &p, &result))
		return false;
	row = (struct row){ result, 0 };
	if (!row_bool(&row, 0))
		return fail(t, FAULT_FORBIDDEN, NULL);
	return true;
}
