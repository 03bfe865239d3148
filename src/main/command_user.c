/* Accounts: making and listing them.  Changing them: command_account.c. */

#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "main/command.h"
#include "main/prompt.h"
#include "model/key.h"
#include "model/resource.h"

static const struct statement add_account = {
	"command_user_add",
	"SELECT outcome, account_id FROM account_register($3::text, $4::text,"
	" $5::text, $6::text, $7::text, $8::text, $9::text, $10::uuid,"
	" $11::uuid, $12::uuid, $13::text, $14::bytea, $15::boolean,"
	" $16::text, $1::text, $2::uuid, NULL)",
};

static const struct statement list_accounts = {
	"command_user_list",
	"SELECT a.id::text, a.role, CASE WHEN a.verified THEN 'yes' ELSE 'no'"
	" END, a.email, a.username, concat_ws(' ', nullif(p.given, ''),"
	" nullif(p.family, '')) FROM account a"
	" LEFT JOIN person p ON p.account_id = a.id"
	" WHERE a.archived_at IS NULL AND a.id > $1::bigint"
	" AND ($2::text IS NULL OR a.role = $2::text)"
	" ORDER BY a.id LIMIT $3::integer",
};

static const struct statement show_account = {
	"command_user_show",
	"SELECT a.id::text, a.uid::text, a.role, a.verified::text, a.email,"
	" a.username, a.time_zone, p.given, p.family, p.phone,"
	" a.created_at::text, c.changed_at::text,"
	" (SELECT string_agg(m.provider_id || ' ' || m.kind, ', '"
	" ORDER BY m.id) FROM membership m WHERE m.account_id = a.id"
	" AND m.archived_at IS NULL),"
	" (SELECT count(*)::text FROM session s WHERE s.account_id = a.id"
	" AND s.ended_at IS NULL AND s.expires_at > instant()) FROM account a"
	" LEFT JOIN person p ON p.account_id = a.id"
	" LEFT JOIN credential c ON c.account_id = a.id"
	" WHERE a.id = $1::bigint",
};

static const struct statement know_zone = {
	"command_zone", "SELECT is_zone($1::text)",
};

const struct statement *const user_statements[] = {
	&add_account, &list_accounts, &show_account, &know_zone, NULL
};

static bool
role_is_known(const char *role)
{
	for (size_t i = 0; role_names[i] != NULL; i++) {
		if (strcmp(role_names[i], role) == 0)
			return true;
	}
	return false;
}

static bool
zone_is_known(struct command_call *call, const char *zone)
{
	const struct result	*result;
	struct params		 p = { 0 };

	if (zone == NULL)
		return true;
	param_text(&p, zone);
	if (!pg_do(call->task, &know_zone, &p, &result))
		return false;
	if (row_bool(&(struct row){ result, 0 }, 0))
		return true;
	return fail(call->task, FAULT_INVALID,
	    "there is no time zone \"%s\"", zone);
}

struct names {
	const char	*email, *username;
};

/* The word is one of both; an option may add the other. */
static bool
read_names(struct command_call *call, struct names *names_r)
{
	struct arena	*a = call->task->arena;
	const char	*word = text_normal(a, call->words[0]);
	const char	*email = option(&call->options, "--email");
	const char	*username = option(&call->options, "--username");

	names_r->email = email != NULL ? text_normal(a, email) : NULL;
	names_r->username = username != NULL ? text_normal(a, username) : NULL;
	if (strchr(word, '@') != NULL)
		names_r->email = word;
	else
		names_r->username = word;
	if (names_r->email != NULL && strchr(names_r->email, '@') == NULL)
		return fail(call->task, FAULT_INVALID,
		    "an e-mail address has an @");
	if (names_r->username != NULL && strchr(names_r->username, '@') != NULL)
		return fail(call->task, FAULT_INVALID,
		    "a username has no @");
	return true;
}

/* NULL with --no-password: nobody logs in before `user passwd`. */
static bool
read_hash(struct command_call *call, const char **hash_r)
{
	char	 password[PASSWORD_MAX + 1], why[128];
	char	*hash = arena_alloc(call->task->arena, PASSWORD_HASH_SIZE);
	bool	 good;

	*hash_r = NULL;
	if (option(&call->options, "--no-password") != NULL)
		return true;
	if (!prompt_password(password, why, sizeof(why)))
		return fail(call->task, FAULT_INVALID, "%s", why);
	good = password_hash(password, hash);
	wipe(password, sizeof(password));
	*hash_r = hash;
	return good || fail(call->task, FAULT_INVALID,
	    "the password cannot be used");
}

/* Parameters 10 to 14. */
static void
put_uids_and_key(struct command_call *call, struct params *p)
{
	unsigned char	*uids = arena_alloc(call->task->arena, 32);
	struct new_key	*key = arena_alloc(call->task->arena, sizeof(*key));

	random_uuid(uids);
	random_uuid(uids + 16);
	key_make(call->task, uids, key);
	param_uuid(p, uids);
	param_uuid(p, uids + 16);
	param_uuid(p, key->uid);
	param_text(p, key->kek);
	param_bytes(p, key->wrapped, sizeof(key->wrapped));
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static int
user_add(struct command_call *call)
{
	const struct options	*o = &call->options;
	const char		*role = option(o, "--role");
	const char		*zone = option(o, "--time-zone"), *hash;
	struct names		 names;
	struct params		 p;
	struct row		 row;

	if (role == NULL)
		role = "patient";
	if (!role_is_known(role))
		return misused("there is no role %s", role);
	if (!read_names(call, &names) || !zone_is_known(call, zone) ||
	    !read_hash(call, &hash))
		return failed(call);
	command_params(call, &p);
	param_text(&p, names.email);
	param_text(&p, names.username);
	param_text(&p, role);
	param_text(&p, or_empty(option(o, "--given")));
	param_text(&p, or_empty(option(o, "--family")));
	param_text(&p, option(o, "--phone"));
	param_text(&p, hash);
	put_uids_and_key(call, &p);
	param_bool(&p, option(o, "--verified") != NULL);
	param_text(&p, zone);
	if (!outcome_is_ok(call, &add_account, &p, &row))
		return failed(call);
	printf("account %lld\n", (long long)row_int(&row, 1));
	return DONE;
}

static bool
read_number(struct command_call *call, const char *name, int64_t preset,
    int64_t most, int64_t *value_r)
{
	const char	*text = option(&call->options, name);

	*value_r = preset;
	if (text == NULL || (text_to_int(text, value_r) && *value_r >= 0 &&
	    *value_r <= most))
		return true;
	misused("%s is no number from 0 to %lld", name, (long long)most);
	return false;
}

static int
user_list(struct command_call *call)
{
	static const char *const heads[] = {
		"id", "role", "verified", "e-mail", "username", "name"
	};
	const struct result	*result;
	struct params		 p = { 0 };
	int64_t			 after, limit;

	if (!read_number(call, "--after", 0, INT64_MAX, &after) ||
	    !read_number(call, "--limit", 1000, 1000000, &limit))
		return USAGE;
	param_int(&p, call->task->arena, after);
	param_text(&p, option(&call->options, "--role"));
	param_int(&p, call->task->arena, limit);
	if (!pg_do(call->task, &list_accounts, &p, &result))
		return failed(call);
	print_rows(result, ROWS(heads));
	return DONE;
}

static int
user_show(struct command_call *call)
{
	static const char *const heads[] = {
		"id", "uid", "role", "verified", "e-mail", "username",
		"time zone", "given", "family", "phone", "made",
		"password set", "memberships", "sessions"
	};
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;
	int64_t			 account;

	if (!account_named(call, call->words[0], &account))
		return failed(call);
	param_int(&p, call->task->arena, account);
	if (!pg_do(call->task, &show_account, &p, &result))
		return failed(call);
	row = (struct row){ result, 0 };
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		const char	*text = row_text(&row, (int)i);

		printf("%-13s %s\n", heads[i], text != NULL ? text : "-");
	}
	return DONE;
}

static const struct option_row add_options[] = {
	{ "--role",        "ROLE",  "admin, doctor, nurse, pharmacist or patient (patient)" },
	{ "--email",       "EMAIL", "beside a username" },
	{ "--username",    "NAME",  "beside an e-mail address" },
	{ "--given",       "NAMES", "given names" },
	{ "--family",      "NAME",  "family name" },
	{ "--phone",       "PHONE", "telephone number" },
	{ "--time-zone",   "ZONE",  "IANA name; else the setting time_zone" },
	{ "--verified",    NULL,    "the profession is known to be true" },
	{ "--no-password", NULL,    "none is read; nobody logs in before user passwd" },
};

static const struct option_row list_options[] = {
	{ "--role",  "ROLE", "only these" },
	{ "--after", "ID",   "from the account behind this one" },
	{ "--limit", "N",    "at most so many (1000)" },
};

const struct command user_commands[] = {
	{ "user add", "NAME", 1, 1, user_add, NEEDS_SETTINGS | NEEDS_KEYRING | NEEDS_DATABASE,
	    "makes an account; NAME is its e-mail address or username", ROWS(add_options) },
	{ "user list", "", 0, 0, user_list, NEEDS_SETTINGS | NEEDS_DATABASE,
	    "lists the live accounts", ROWS(list_options) },
	{ "user show", "WHO", 1, 1, user_show, NEEDS_SETTINGS | NEEDS_DATABASE,
	    "shows one account; WHO is a number, e-mail address or username" },
	{ NULL }
};
