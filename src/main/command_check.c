/*
 * `chartkeep check`: everything that a server needs, one line each, with a
 * remedy for what fails.
 */

#include <stdio.h>
#include <string.h>

#include "api/openapi.h"
#include "job/transport.h"
#include "main/command.h"
#include "main/settings.h"
#include "model/key.h"
#include "model/schema.h"
#include "model/service.h"
#include "model/statement.h"
#include "store/redis.h"

/* What nobody can tell while the database is away. */
static const char	 unknown[] = "cannot be asked";

/* NULL when it is well, else why not. */
struct check {
	const char	*name;
	const char	*(*why_not)(struct command_call *);
	const char	*remedy;
};

static const char *
tables_why(struct command_call *call)
{
	struct buf	 b;

	buf_init(&b, call->task->arena, 0);
	return tables_lint(&b) == 0 ? NULL : b.data;
}

static const char *
keyring_why(struct command_call *call)
{
	char	*why = arena_alloc(call->task->arena, 512);

	return keyring_load(call->keyring, call->settings->keyring, why,
	    512) ? NULL : why;
}

static const char *
fault_why(struct command_call *call)
{
	const char	*text = call->task->fault.text;

	fault_clear(call->task);
	if (!pg_is_up(call->task->pg))
		return pg_why(call->task->pg);
	return text != NULL ? text : "it cannot be asked";
}

static const char *
owner_why(struct command_call *call)
{
	call->task->pg = command_connection(call,
	    call->settings->admin_database);
	return pg_ready(call->task) ? NULL : fault_why(call);
}

static const struct statement	 ask_zone = {
	"check_zone", "SELECT is_zone($1::text)"
};
/* One data key for each key that wrapped some. */
static const struct statement	 ask_keys = {
	"check_data_keys",
	"SELECT DISTINCT ON (k.kek) k.id, k.uid, k.kek, k.wrapped,"
	" k.account_uid FROM data_key k ORDER BY k.kek, k.id DESC",
};
static const struct statement	 ask_chain = {
	"check_chain", "SELECT stale FROM job_audit_end()"
};
static const struct statement	*const owner_statements[] = {
	&ask_zone, &ask_keys, &ask_chain
};

/* On the owner's connection, anew: the first one has no statements. */
static bool
owner_ask(struct command_call *call, const struct statement *st,
    const struct params *p, const struct result **result_r)
{
	pg_free(call->task->pg);
	call->task->pg = pg_new(call->settings->admin_database, NULL, NULL,
	    ROWS(owner_statements));
	return pg_ready(call->task) && pg_do(call->task, st, p, result_r);
}

static const char *
zone_why(struct command_call *call)
{
	const struct result	*result;
	struct params		 p = { 0 };

	if (!pg_is_up(call->task->pg))
		return unknown;
	param_text(&p, call->settings->time_zone);
	if (!owner_ask(call, &ask_zone, &p, &result))
		return fault_why(call);
	return row_bool(&(struct row){ result, 0 }, 0) ? NULL :
	    "PostgreSQL does not know it";
}

static const char *
data_keys_why(struct command_call *call)
{
	const struct result	*result;
	const struct data_key	*key;

	if (!pg_is_up(call->task->pg))
		return unknown;
	if (!owner_ask(call, &ask_keys, NULL, &result))
		return fault_why(call);
	call->task->keyring = call->keyring;
	for (int i = 0; i < result_rows(result); i++) {
		struct row	 row = { result, i };

		if (!key_of_row(call->task, &row, 0, &key))
			return arena_printf(call->task->arena, "what was"
			    " wrapped with kek %s does not open",
			    row_text(&row, KEY_KEK));
	}
	return NULL;
}

static const char *
chain_why(struct command_call *call)
{
	const struct result	*result;

	if (!pg_is_up(call->task->pg))
		return unknown;
	if (!owner_ask(call, &ask_chain, NULL, &result))
		return fault_why(call);
	return !row_bool(&(struct row){ result, 0 }, 0) ? NULL :
	    "the numbers of transactions began anew: nothing is sealed";
}

/* As the workers do it: with all of their statements. */
static const char *
worker_why(struct command_call *call)
{
	const struct statement *const	*statements;
	size_t				 n;

	statements = statements_all(&n);
	if (call->task->pg != NULL)
		pg_free(call->task->pg);
	call->task->pg = pg_new(call->settings->database, NULL, NULL,
	    statements, n);
	return pg_ready(call->task) ? NULL : fault_why(call);
}

static const char *
schema_why(struct command_call *call)
{
	struct buf	 b;

	if (!pg_is_up(call->task->pg))
		return unknown;
	buf_init(&b, call->task->arena, 0);
	if (!schema_compare(call->task, &b))
		return fault_why(call);
	if (b.len == 0)
		return NULL;
	buf_cut(&b, b.len - 1);
	return b.data;
}

static const char *
dispatcher_why(struct command_call *call)
{
	struct service	 s;

	if (!pg_is_up(call->task->pg))
		return unknown;
	if (!service_ask(call->task, &s))
		return fault_why(call);
	return service_dispatches(&s) ? NULL : "none was seen in the last"
	    " minute: no reminder is announced, no mail is sent";
}

static const char *
redis_why(struct command_call *call)
{
	struct redis	*redis;
	bool		 up;

	if (call->settings->redis[0] == '\0')
		return NULL;
	redis = redis_new(call->settings->redis,
	    call->settings->redis_prefix);
	up = redis_is_up(redis);
	redis_free(redis);
	return up ? NULL : "it does not answer";
}

static const char *
mail_why(struct command_call *call)
{
	struct transport	*transport = transport_new(call->settings);
	const char		*why = transport_broken(transport);

	if (why != NULL)
		why = arena_text(call->task->arena, why);
	transport_free(transport);
	return why;
}

static const struct check checks[] = {
	{ "tables", tables_why,
	    "this is a bug of the program: report it" },
	{ "keyring", keyring_why,
	    "make one with chartkeep key new, or bring back the copy; its"
	    " owner is the server's user, its mode 0600" },
	{ "database (owner)", owner_why,
	    "start PostgreSQL, look at admin_database, or run chartkeep"
	    " migrate" },
	{ "time zone", zone_why,
	    "set time_zone to a name like Europe/Berlin" },
	{ "data keys", data_keys_why,
	    "bring back the keyring that this database was filled with" },
	{ "audit", chain_why,
	    "run chartkeep audit rebase, if the database was restored" },
	{ "database (workers)", worker_why,
	    "look at the setting database and the role chartkeep, or run"
	    " chartkeep migrate" },
	{ "schema", schema_why,
	    "run chartkeep migrate with the newest package" },
	{ "dispatcher", dispatcher_why,
	    "start chartkeepd (systemctl start chartkeep), or chartkeepd"
	    " --dispatcher" },
	{ "redis", redis_why,
	    "start Redis, or look at the setting redis; the server goes on"
	    " without it" },
	{ "mail", mail_why,
	    "look at the settings mail, mail_from and mail_password_file" },
};

static int
run_check(struct command_call *call)
{
	int	 bad = 0;

	printf("ok    configuration %s\n", call->path);
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		const char	*why = checks[i].why_not(call);

		fault_clear(call->task);
		if (why == NULL) {
			printf("ok    %s\n", checks[i].name);
			continue;
		}
		bad++;
		printf("FAIL  %s: %s\n", checks[i].name, why);
		if (why != unknown)
			printf("      -> %s\n", checks[i].remedy);
	}
	return bad > 0 ? FAILED : DONE;
}

static int
run_settings(struct command_call *call)
{
	struct buf	 b;

	buf_init(&b, call->task->arena, 0);
	settings_print(&b);
	fputs(b.data, stdout);
	return DONE;
}

const struct command check_commands[] = {
	{ "check", "", 0, 0, run_check, NEEDS_SETTINGS,
	    "looks whether everything that the server needs is well" },
	{ "settings", "", 0, 0, run_settings, NEEDS_SETTINGS,
	    "prints every setting as it is in effect" },
	{ NULL }
};
