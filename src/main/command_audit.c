/* The trail: who did what to whose data. */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "main/command.h"
#include "model/parse.h"

/* The newest come first; each filter may be absent. */
static const struct statement list_trail = {
	"command_audit_list",
	"SELECT to_char(at AT TIME ZONE 'UTC',"
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
	" account_id::text, role, route, action, outcome,"
	" array_to_string(patients[1:5], ',') || CASE WHEN"
	" cardinality(patients) > 5 THEN ' of ' || cardinality(patients)"
	" ELSE '' END, request_id::text, host(peer)"
	" FROM audit WHERE ($1::bigint IS NULL OR account_id = $1::bigint)"
	" AND ($2::bigint IS NULL OR patients @> ARRAY[$2::bigint])"
	" AND ($3::timestamptz IS NULL OR at >= $3::timestamptz)"
	" AND ($4::timestamptz IS NULL OR at < $4::timestamptz)"
	" ORDER BY at DESC, id DESC LIMIT $5::integer",
};

const struct statement *const trail_statements[] = { &list_trail, NULL };

/* An account, live or not: the trail outlives it. */
static bool
put_account(struct command_call *call, const char *name, struct params *p)
{
	const char	*who = option(&call->options, name);
	int64_t		 account;

	if (who == NULL) {
		param_text(p, NULL);
		return true;
	}
	if (!text_to_int(who, &account) &&
	    !account_named(call, who, &account))
		return false;
	param_int(p, call->task->arena, account);
	return true;
}

static bool
put_time(struct command_call *call, const char *name, struct params *p)
{
	const struct column	 column = { .kind = TIME };
	const char		*when = option(&call->options, name);
	const char		*text = NULL;
	struct input_value	 input = { INPUT_TEXT, when };

	if (when != NULL && !parse_time(call->task, &column, name, &input,
	    &text)) {
		call->task->fault.text = arena_printf(call->task->arena,
		    "%s: not spelled like 2026-01-31 or 2026-01-31T12:00",
		    name);
		return false;
	}
	param_text(p, text);
	return true;
}

static int
audit_list(struct command_call *call)
{
	static const char *const heads[] = {
		"at", "account", "role", "route", "action", "outcome",
		"patients", "request", "peer"
	};
	const char		*limit = option(&call->options, "--limit");
	const struct result	*result;
	struct params		 p = { 0 };
	int64_t			 n = 100;

	if (limit != NULL && (!text_to_int(limit, &n) || n < 1 || n > 1000000))
		return misused("--limit is no number from 1 to 1000000");
	if (!put_account(call, "--account", &p) ||
	    !put_account(call, "--patient", &p) ||
	    !put_time(call, "--since", &p) || !put_time(call, "--until", &p))
		return failed(call);
	param_int(&p, call->task->arena, n);
	if (!pg_do(call->task, &list_trail, &p, &result))
		return failed(call);
	print_rows(result, ROWS(heads));
	return DONE;
}

static const struct option_row list_options[] = {
	{ "--account", "WHO",  "only what this account did" },
	{ "--patient", "WHO",  "only what was done to this one's data" },
	{ "--since",   "TIME", "not before; UTC unless it says a zone" },
	{ "--until",   "TIME", "before; UTC unless it says a zone" },
	{ "--limit",   "N",    "at most so many, the newest (100)" },
};

const struct command audit_commands[] = {
	{ "audit list", "", 0, 0, audit_list, NEEDS_SETTINGS | NEEDS_DATABASE,
	    "lists the trail, the newest first", ROWS(list_options) },
	{ NULL }
};
