/* Sessions and accounts, by the owner's functions. */

#include "model/session.h"

#include <string.h>

#include "base/settings.h"
#include "base/task.h"
#include "crypto/random.h"
#include "crypto/token.h"
#include "model/actor.h"
#include "model/audit.h"
#include "model/crud.h"
#include "model/key.h"
#include "model/statement.h"
#include "store/row.h"

/* How long the client that lost an answer may repeat a refresh. */
#define GRACE	"20 seconds"

static const struct statement login_find = {
	"login_find",
	"SELECT account_id, account_uid, role, hash, verified, given, family,"
	" email, username, password_at::text,"
	" created_at AT TIME ZONE 'UTC'"
	" FROM login_find($1::text)",
};

static const struct statement login_refused = {
	"login_refused",
	"SELECT login_refused($4::bigint, $1::text, $2::uuid, $3::inet)",
};

static const struct statement open_session = {
	"session_open",
	"SELECT outcome, role FROM session_open($1::bigint, $2::uuid,"
	" $3::bytea, $4::interval, $5::text, $6::text, $7::uuid, $8::inet,"
	" $9::timestamptz)",
};

static const struct statement renew = {
	"session_renew",
	"SELECT outcome, session, account_id, account_uid, role"
	" FROM session_renew($1::bytea, $2::bytea, interval '" GRACE "',"
	" $3::text, $4::uuid, $5::inet, $6::interval)",
};

static const struct statement end_session = {
	"session_end",
	"WITH gone AS (SELECT session_end($4::uuid, 'logout') AS done),"
	" logged AS (INSERT INTO audit (route, request_id, peer, action,"
	" outcome, account_id, role) SELECT $1::text, $2::uuid, $3::inet,"
	" 'logout', 'ok', me(), my_role() FROM gone WHERE me() IS NOT NULL)"
	" SELECT done FROM gone",
};

static const struct statement register_account = {
	"account_register",
	"SELECT outcome, account_id, created_at AT TIME ZONE 'UTC'"
	" FROM account_register($1::text, $2::text, $3::text, $4::text,"
	" $5::text, $6::text, $7::text, $8::uuid, $9::uuid, $10::uuid,"
	" $11::text, $12::bytea, $13::boolean, $14::text, $15::text,"
	" $16::uuid, $17::inet)",
};

static const struct statement own_hash = {
	"password_hash_of_me", "SELECT password_hash_of_me()",
};

static const struct statement change_password = {
	"password_change",
	"WITH done AS (SELECT password_change(me(), $4::text, $5::uuid,"
	" 'password') AS done), logged AS (INSERT INTO audit (route,"
	" request_id, peer, action, outcome, account_id, role) SELECT"
	" $1::text, $2::uuid, $3::inet, 'password', 'ok', me(), my_role()"
	" FROM done WHERE me() IS NOT NULL) SELECT done FROM done",
};

static void
param_span(struct task *t, struct params *p, int64_t span)
{
	param_text(p, arena_printf(t->arena, "%lld microseconds",
	    (long long)span));
}

bool
session_find_login(struct task *t, const char *login,
    struct found_login *found_r)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	memset(found_r, 0, sizeof(*found_r));
	param_text(&p, login);
	if (!pg_ready(t) || !pg_do(t, &login_find, &p, &result))
		return false;
	if (result_rows(result) != 1)
		return true;
	row = (struct row){ result, 0 };
	found_r->account = row_int(&row, 0);
	memcpy(found_r->uid, row_uuid(&row, 1), sizeof(found_r->uid));
	found_r->role = row_text(&row, 2);
	found_r->hash = row_text(&row, 3);
	found_r->verified = row_bool(&row, 4);
	found_r->given = row_text(&row, 5);
	found_r->family = row_text(&row, 6);
	found_r->email = row_text(&row, 7);
	found_r->username = row_text(&row, 8);
	found_r->password_at = row_text(&row, 9);
	found_r->created = row_time(&row, 10);
	return true;
}

bool
session_login_refused(struct task *t, const struct found_login *found)
{
	const struct result	*result;
	struct params		 p = { 0 };

	audit_params(t, &p);
	if (found->account != 0)
		param_int(&p, t->arena, found->account);
	else
		param_text(&p, NULL);
	return pg_do(t, &login_refused, &p, &result);
}

bool
session_open(struct task *t, const struct found_login *found,
    const char sid[UUID_TEXT], const unsigned char refresh[32],
    const char *rehash, const char **role_r)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	param_int(&p, t->arena, found->account);
	param_text(&p, sid);
	param_bytes(&p, refresh, 32);
	param_span(t, &p, t->settings->refresh_lifetime);
	param_text(&p, rehash);
	audit_params(t, &p);
	param_text(&p, found->password_at);
	if (!pg_do(t, &open_session, &p, &result))
		return false;
	row = (struct row){ result, 0 };
	if (strcmp(row_text(&row, 0), "ok") != 0)
		return fail(t, FAULT_BAD_LOGIN, NULL);
	*role_r = row_text(&row, 1);
	return true;
}

bool
session_renew(struct task *t, const unsigned char refresh[32],
    const unsigned char fresh[32], struct renewed *renewed_r)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	param_bytes(&p, refresh, 32);
	param_bytes(&p, fresh, 32);
	audit_params(t, &p);
	param_span(t, &p, t->settings->refresh_lifetime);
	if (!pg_ready(t) || !pg_do(t, &renew, &p, &result))
		return false;
	row = (struct row){ result, 0 };
	if (strcmp(row_text(&row, 0), "ok") != 0 &&
	    strcmp(row_text(&row, 0), "grace") != 0)
		return fail(t, FAULT_BAD_TOKEN, NULL);
	uuid_print(row_uuid(&row, 1), renewed_r->sid);
	renewed_r->account = row_int(&row, 2);
	memcpy(renewed_r->uid, row_uuid(&row, 3), sizeof(renewed_r->uid));
	renewed_r->role = row_text(&row, 4);
	return true;
}

bool
session_end(struct task *t)
{
	static const struct access	 own = { NO_PERMISSION, "edit" };
	const struct result		*results[2];
	struct params			 p = { 0 };

	if (!actor_queue(t, &own))
		return false;
	audit_params(t, &p);
	param_text(&p, t->token->sid);
	pg_queue(t, &end_session, &p);
	return pg_run(t, results, 2) && actor_take(t, results[0]);
}

static void
register_params(struct task *t, const struct new_account *wanted,
    const unsigned char uid[16], struct params *p)
{
	struct new_key	*key = arena_alloc(t->arena, sizeof(*key));
	unsigned char	*person_uid = arena_alloc(t->arena, 16);

	random_uuid(person_uid);
	key_make(t, uid, key);
	param_text(p, wanted->email);
	param_text(p, wanted->username);
	param_text(p, wanted->role);
	param_text(p, wanted->given);
	param_text(p, wanted->family);
	param_text(p, wanted->phone);
	param_text(p, wanted->hash);
	param_uuid(p, uid);
	param_uuid(p, person_uid);
	param_uuid(p, key->uid);
	param_text(p, key->kek);
	param_bytes(p, key->wrapped, sizeof(key->wrapped));
	param_bool(p, wanted->verified);
	param_text(p, wanted->time_zone);
	audit_params(t, p);
}

bool
session_register(struct task *t, const struct access *access,
    const struct new_account *wanted, struct found_login *made_r)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	/*
	 * A round trip of its own for enter(): everybody may register, so an
	 * actor who was refused would not hold the function back.
	 */
	if (access != NULL ? !crud_begin(t, access) : !pg_ready(t))
		return false;
	random_uuid(made_r->uid);
	register_params(t, wanted, made_r->uid, &p);
	if (!pg_do(t, &register_account, &p, &result))
		return false;
	row = (struct row){ result, 0 };
	if (strcmp(row_text(&row, 0), "exists") == 0)
		return fail(t, FAULT_TAKEN, NULL);
	if (strcmp(row_text(&row, 0), "ok") != 0)
		return fail(t, FAULT_FORBIDDEN, NULL);
	made_r->account = row_int(&row, 1);
	made_r->created = row_time(&row, 2);
	return access == NULL || crud_commit(t);
}

bool
session_own_hash(struct task *t, const char **hash_r)
{
	static const struct access	 own = { NO_PERMISSION, "edit" };
	const struct result		*result;
	struct row			 row;

	if (!crud_begin(t, &own) || !pg_do(t, &own_hash, NULL, &result))
		return false;
	row = (struct row){ result, 0 };
	*hash_r = row_text(&row, 0);
	return true;
}

bool
session_change_password(struct task *t, const char *hash)
{
	const struct result	*result;
	struct params		 p = { 0 };

	audit_params(t, &p);
	param_text(&p, hash);
	param_text(&p, t->token->sid);
	return pg_do(t, &change_password, &p, &result) && crud_commit(t);
}

const struct statement *const session_statements[] = {
	&login_find, &login_refused, &open_session, &renew, &end_session, &register_account,
	&own_hash, &change_password, NULL
};
