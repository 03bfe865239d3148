/* Accounts: changing them. */

#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"
#include "main/command.h"
#include "main/prompt.h"

/* What follows WITH done AS (…): its outcome, in the trail. */
#define LOGGED(action)							\
	", logged AS (INSERT INTO audit (role, route, action, outcome,"	\
	" patients, request_id) SELECT 'system', $1::text, " action ","	\
	" outcome, ARRAY[$3::bigint], $2::uuid FROM done)"		\
	" SELECT outcome FROM done"

static const struct statement verify = {
	"command_user_verify",
	"WITH done AS (SELECT account_set_verified($3::bigint, $4::boolean)"
	" AS outcome)" LOGGED("'verify'"),
};

static const struct statement set_role = {
	"command_user_role",
	"WITH done AS (SELECT account_set_role($3::bigint, $4::text)"
	" AS outcome)" LOGGED("'role'"),
};

static const struct statement set_password = {
	"command_user_passwd",
	"WITH done AS (SELECT CASE WHEN password_change($3::bigint, $4::text,"
	" NULL, 'password') THEN 'ok' ELSE 'missing' END AS outcome)"
	LOGGED("'password'"),
};

static const struct statement archive_account = {
	"command_user_archive",
	"WITH done AS (SELECT account_archive($3::bigint) AS outcome)"
	LOGGED("'archive'"),
};

/* Absent leaves as it is, empty takes away. */
#define GIVEN(column, n)						\
	column " = CASE WHEN $" n "::text IS NULL THEN x." column	\
	" ELSE nullif($" n "::text, '') END"
#define NAMED(column, n)						\
	column " = coalesce($" n "::text, x." column ")"

static const struct statement set_account = {
	"command_user_set",
	"WITH changed AS (UPDATE account x SET " GIVEN("email", "4") ", "
	GIVEN("username", "5") ", " GIVEN("time_zone", "6")
	", changed_at = instant(), version = x.version + 1"
	" WHERE x.id = $3::bigint AND x.archived_at IS NULL RETURNING x.id),"
	" named AS (UPDATE person x SET " NAMED("given", "7") ", "
	NAMED("family", "8") ", " GIVEN("phone", "9")
	", changed_at = instant(), version = x.version + 1"
	" WHERE x.account_id IN (SELECT id FROM changed)),"
	" done AS (SELECT 'ok'::text AS outcome FROM changed)"
	LOGGED("'edit'"),
};

const struct statement *const administered_statements[] = {
	&verify, &set_role, &set_password, &archive_account, &set_account, NULL
};

/* Route, request and the account that the first word names: $1 to $3. */
static bool
begin(struct command_call *call, struct params *p)
{
	int64_t	 account;

	if (!account_named(call, call->words[0], &account))
		return false;
	command_params(call, p);
	param_int(p, call->task->arena, account);
	return true;
}

static int
finish(struct command_call *call, const struct statement *statement,
    const struct params *p, const char *done)
{
	struct row	 row;

	if (!outcome_is_ok(call, statement, p, &row))
		return failed(call);
	printf("%s: %s\n", call->words[0], done);
	return DONE;
}

static int
user_verify(struct command_call *call)
{
	bool		 withdrawn = option(&call->options, "--withdraw") !=
			    NULL;
	struct params	 p;

	if (!begin(call, &p))
		return failed(call);
	param_bool(&p, !withdrawn);
	return finish(call, &verify, &p,
	    withdrawn ? "not verified any more" : "verified");
}

static int
user_role(struct command_call *call)
{
	static const char	 roles[] =
	    " admin doctor nurse pharmacist patient ";
	struct params		 p;

	if (strstr(roles, arena_printf(call->task->arena, " %s ",
	    call->words[1])) == NULL)
		return misused("there is no role %s", call->words[1]);
	if (!begin(call, &p))
		return failed(call);
	param_text(&p, call->words[1]);
	return finish(call, &set_role, &p,
	    "has the role, is not verified, must log in anew");
}

static int
user_passwd(struct command_call *call)
{
	char		 password[PASSWORD_MAX + 1], why[128];
	char		 hash[PASSWORD_HASH_SIZE];
	struct params	 p;
	bool		 good;

	if (!begin(call, &p))
		return failed(call);
	if (!prompt_password(password, why, sizeof(why)))
		return refused("%s", why);
	good = password_hash(password, hash);
	wipe(password, sizeof(password));
	if (!good)
		return refused("the password cannot be used");
	param_text(&p, hash);
	return finish(call, &set_password, &p,
	    "has a new password, its sessions have ended");
}

static int
user_archive(struct command_call *call)
{
	struct params	 p;

	if (!begin(call, &p))
		return failed(call);
	return finish(call, &archive_account, &p,
	    "is archived, its sessions have ended");
}

static const struct option_row set_options[] = {
	{ "--email",     "EMAIL", "its e-mail address; '' takes it away" },
	{ "--username",  "NAME",  "its username; '' takes it away" },
	{ "--time-zone", "ZONE",  "IANA name; '': the setting time_zone" },
	{ "--given",     "NAMES", "given names" },
	{ "--family",    "NAME",  "family name" },
	{ "--phone",     "PHONE", "telephone number; '' takes it away" },
};

static int
user_set(struct command_call *call)
{
	struct arena	*a = call->task->arena;
	struct params	 p;
	bool		 any = false;

	if (!begin(call, &p))
		return failed(call);
	for (size_t i = 0; i < COUNT_OF(set_options); i++) {
		const char	*value = option(&call->options,
				    set_options[i].name);

		/* The first two are logged in with. */
		if (value != NULL && i < 2)
			value = text_normal(a, value);
		any = any || value != NULL;
		param_text(&p, value);
	}
	if (!any)
		return misused("nothing to set; see chartkeep user set"
		    " --help");
	return finish(call, &set_account, &p, "is changed");
}

static const struct option_row verify_options[] = {
	{ "--withdraw", NULL, "takes the verification away" },
};

#define NEEDS	NEEDS_SETTINGS | NEEDS_DATABASE

const struct command account_commands[] = {
	{ "user verify", "WHO", 1, 1, user_verify, NEEDS,
	    "vouches for a clinician's profession", ROWS(verify_options) },
	{ "user role", "WHO ROLE", 2, 2, user_role, NEEDS,
	    "gives another role; its sessions end" },
	{ "user passwd", "WHO", 1, 1, user_passwd, NEEDS,
	    "sets a password, read from standard input; its sessions end" },
	{ "user archive", "WHO", 1, 1, user_archive, NEEDS,
	    "hides an account and all its rows; its sessions end" },
	{ "user set", "WHO", 1, 1, user_set, NEEDS,
	    "changes names, e-mail address and time zone", ROWS(set_options) },
	{ NULL }
};
