/* Providers, and who belongs to them. */

#include <stdio.h>
#include <string.h>

#include "crypto/random.h"
#include "main/command.h"

static const struct statement add_provider = {
	"command_provider_add",
	"WITH made AS (INSERT INTO provider (uid, name, address, contact)"
	" VALUES ($3::uuid, $4::text, $5::text, $6::text) RETURNING id),"
	" logged AS (INSERT INTO audit (role, route, action, outcome,"
	" request_id) SELECT 'system', $1::text, 'add', 'ok', $2::uuid"
	" FROM made) SELECT 'ok'::text, id FROM made",
};

static const struct statement list_providers = {
	"command_provider_list",
	"SELECT p.id::text, p.name, p.address, p.contact,"
	" (SELECT count(*)::text FROM membership m WHERE m.provider_id = p.id"
	" AND m.kind = 'staff' AND m.archived_at IS NULL),"
	" (SELECT count(*)::text FROM membership m WHERE m.provider_id = p.id"
	" AND m.kind = 'patient' AND m.archived_at IS NULL) FROM provider p"
	" WHERE p.archived_at IS NULL ORDER BY p.id",
};

#define LOGGED(action)							\
	", logged AS (INSERT INTO audit (role, route, action, outcome,"	\
	" patients, request_id) SELECT 'system', $1::text, " action	\
	", outcome, ARRAY[$3::bigint], $2::uuid FROM done)"		\
	" SELECT outcome FROM done"

/* Who belongs already goes on belonging. */
static const struct statement add_member = {
	"command_member_add",
	"WITH made AS (INSERT INTO membership (provider_id, account_id, kind)"
	" SELECT p.id, $3::bigint, $5::text FROM provider p"
	" WHERE p.id = $4::bigint AND p.archived_at IS NULL AND NOT EXISTS"
	" (SELECT FROM membership m WHERE m.provider_id = p.id"
	" AND m.account_id = $3::bigint AND m.kind = $5::text"
	" AND m.archived_at IS NULL)),"
	" done AS (SELECT CASE WHEN EXISTS (SELECT FROM provider p"
	" WHERE p.id = $4::bigint AND p.archived_at IS NULL)"
	" THEN 'ok' ELSE 'missing' END AS outcome)" LOGGED("'add member'"),
};

static const struct statement remove_member = {
	"command_member_remove",
	"WITH gone AS (UPDATE membership SET archived_at = instant()"
	" WHERE provider_id = $4::bigint AND account_id = $3::bigint"
	" AND ($5::text IS NULL OR kind = $5::text) AND archived_at IS NULL"
	" RETURNING id),"
	" done AS (SELECT CASE WHEN EXISTS (SELECT FROM gone)"
	" THEN 'ok' ELSE 'missing' END AS outcome)" LOGGED("'remove member'"),
};

const struct statement *const member_statements[] = {
	&add_provider, &list_providers, &add_member, &remove_member, NULL
};

static int
provider_add(struct command_call *call)
{
	const char	*address = option(&call->options, "--address");
	unsigned char	 uid[16];
	struct params	 p;
	struct row	 row;

	random_uuid(uid);
	command_params(call, &p);
	param_uuid(&p, uid);
	param_text(&p, call->words[0]);
	param_text(&p, address != NULL ? address : "");
	param_text(&p, option(&call->options, "--contact"));
	if (!outcome_is_ok(call, &add_provider, &p, &row))
		return failed(call);
	printf("provider %lld\n", (long long)row_int(&row, 1));
	return DONE;
}

static int
provider_list(struct command_call *call)
{
	static const char *const heads[] = {
		"id", "name", "address", "contact", "staff", "patients"
	};
	const struct result	*result;

	if (!pg_do(call->task, &list_providers, NULL, &result))
		return failed(call);
	print_rows(result, ROWS(heads));
	return DONE;
}

static int
change_membership(struct command_call *call,
    const struct statement *statement, const char *kind, const char *done)
{
	int64_t		 provider, account;
	struct params	 p;
	struct row	 row;

	if (!text_to_int(call->words[0], &provider))
		return misused("%s is no provider's number", call->words[0]);
	if (kind != NULL && strcmp(kind, "staff") != 0 &&
	    strcmp(kind, "patient") != 0)
		return misused("--kind is staff or patient");
	if (!account_named(call, call->words[1], &account))
		return failed(call);
	command_params(call, &p);
	param_int(&p, call->task->arena, account);
	param_int(&p, call->task->arena, provider);
	param_text(&p, kind);
	if (!outcome_is_ok(call, statement, &p, &row))
		return failed(call);
	printf("%s: %s provider %lld\n", call->words[1], done,
	    (long long)provider);
	return DONE;
}

static int
member_add(struct command_call *call)
{
	const char	*kind = option(&call->options, "--kind");

	return change_membership(call, &add_member,
	    kind != NULL ? kind : "staff", "belongs to");
}

static int
member_remove(struct command_call *call)
{
	return change_membership(call, &remove_member,
	    option(&call->options, "--kind"), "does not belong any more to");
}

static const struct option_row provider_options[] = {
	{ "--address", "ADDRESS", "where it is" },
	{ "--contact", "CONTACT", "telephone number or e-mail address" },
};
static const struct option_row add_options[] = {
	{ "--kind", "KIND", "staff or patient (staff)" },
};
static const struct option_row remove_options[] = {
	{ "--kind", "KIND", "only as staff or patient (both)" },
};

#define NEEDS	NEEDS_SETTINGS | NEEDS_DATABASE

const struct command member_commands[] = {
	{ "provider add", "NAME", 1, 1, provider_add, NEEDS,
	    "enters a hospital, practice or other organisation", ROWS(provider_options) },
	{ "provider list", "", 0, 0, provider_list, NEEDS,
	    "lists the providers" },
	{ "member add", "PROVIDER WHO", 2, 2, member_add, NEEDS,
	    "puts an account into a provider", ROWS(add_options) },
	{ "member remove", "PROVIDER WHO", 2, 2, member_remove, NEEDS,
	    "takes it out again", ROWS(remove_options) },
	{ NULL }
};
