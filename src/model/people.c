/*
 * Accounts with their persons, the organisations and the institution's
 * policy.
 */

#include "model/people.h"

#include <string.h>

#include "base/task.h"
#include "model/actor.h"
#include "model/audit.h"
#include "model/crud.h"
#include "model/family.h"
#include "model/policy.h"
#include "model/statement.h"
#include "store/row.h"

/* The view `people`: an account and its person as one row. */
static const struct column person_columns[] = {
	{ "id",        ID,    SERVER | OWNER },
	{ "uid",       UID,   SERVER },
	{ "email",     TEXT,  SERVER, .max = 254 },
	{ "username",  TEXT,  SERVER, .max = 60 },
	{ "role",      TEXT,  SERVER, .max = 20, .choices = role_names },
	{ "verified",  BOOL,  SERVER, .doc = "an administrator vouches for the profession" },
	{ "time_zone", TEXT,  SERVER, .max = 64, .doc = "IANA name" },
	{ "given",     TEXT,  0, .max = 255, .doc = "given names" },
	{ "family",    TEXT,  0, .max = 255, .doc = "family name" },
	{ "phone",     TEXT,  0, .max = 32 },
	{ "created_at", TIME, SERVER | SORTABLE },
	{ "version",   COUNT, SERVER | VERSION },
};
const struct resource person = {
	"people", ROWS(person_columns), USERS, self_or_admin, "account_page",
	.doc = "accounts and the people they belong to", .ids = "account",
	.about_patient = "x.role = 'patient'",
};

/*
 * The view `party`: whoever stands in a row that one sees, also when it is no
 * longer there.
 */
static const struct column party_columns[] = {
	{ "id",     ID,   SERVER },
	{ "uid",    UID,  SERVER },
	{ "given",  TEXT, SERVER, .max = 255 },
	{ "family", TEXT, SERVER, .max = 255 },
	{ "email",  TEXT, SERVER, .max = 254 },
	{ "role",   TEXT, SERVER, .max = 20, .choices = role_names },
};
const struct resource party = {
	"party", ROWS(party_columns), USERS, .doc = "whom a row names",
	.ids = "account",
};

static const struct column provider_columns[] = {
	{ "id",         ID,    SERVER },
	{ "uid",        UID,   SERVER },
	{ "name",       TEXT,  REQUIRED, .max = 100 },
	{ "address",    TEXT,  REQUIRED, .max = 255 },
	{ "contact",    TEXT,  0, .max = 255 },
	{ "author_id",  REF,   SERVER | AUTHOR, .target = &person },
	{ "created_at", TIME,  SERVER | SORTABLE },
	{ "version",    COUNT, SERVER | VERSION },
};
const struct resource provider = {
	"provider", ROWS(provider_columns), PROVIDERS, author_or_admin, "provider_page",
	.doc = "hospitals, practices and other organisations",
};

/* The id is ten times the resource and the role's place. */
static const struct column permission_columns[] = {
	{ "id",       ID,    SERVER },
	{ "resource", COUNT, SERVER, .min = 1, .max = 19 },
	{ "role",     TEXT,  SERVER, .max = 20, .choices = role_names },
	{ "can_add",  BOOL },
	{ "can_view", BOOL },
	{ "can_edit", BOOL },
	{ "version",  COUNT, SERVER | VERSION },
};
const struct resource permission = {
	"permission", ROWS(permission_columns), PERMISSIONS, admin_only, "permission_page",
	.doc = "the institution's policy: what a role may do",
};

static const struct statement archive_account = {
	"account_archive",
	"WITH gone AS (SELECT account_archive($4::bigint) AS outcome),"
	" logged AS (INSERT INTO audit (route, request_id, peer, action,"
	" outcome, account_id, role, patients) SELECT $1::text, $2::uuid,"
	" $3::inet, 'archive', outcome, me(), my_role(), ARRAY[$4::bigint]"
	" FROM gone WHERE me() IS NOT NULL) SELECT outcome FROM gone",
};

bool
people_archive(struct task *t, const struct access *access, const char *id)
{
	const struct result	*results[2];
	struct params		 p = { 0 };
	int64_t			 account;
	const char		*outcome;

	if (!text_to_int(id, &account) || account < 1)
		return actor_enter(t, access) &&
		    fail(t, FAULT_NOT_FOUND, NULL);
	if (!actor_queue(t, access))
		return false;
	audit_params(t, &p);
	param_text(&p, id);
	pg_queue(t, &archive_account, &p);
	if (!pg_run(t, results, 2) || !actor_take(t, results[0]))
		return false;
	outcome = row_text(&(struct row){ results[1], 0 }, 0);
	t->audited = true;
	if (strcmp(outcome, "ok") == 0)
		return true;
	if (strcmp(outcome, "missing") == 0)
		return fail(t, FAULT_NOT_FOUND, NULL);
	if (strcmp(outcome, "last admin") == 0)
		return fail(t, FAULT_CONFLICT,
		    "the last administrator stays");
	return fail(t, FAULT_FORBIDDEN, NULL);
}

const struct statement *const archive_statements[] = { &archive_account, NULL };
