/* `chartkeep status`: processes, queues, versions. */

#include <stdio.h>
#include <string.h>

#include "main/command.h"
#include "model/service.h"
#include "store/redis.h"

static const struct statement processes = {
	"command_processes",
	"SELECT host, pid::text, kind, program, to_char(started_at,"
	" 'YYYY-MM-DD HH24:MI:SS'), extract(epoch FROM instant() - seen_at)"
	"::bigint::text || ' s ago' FROM process"
	" WHERE seen_at > instant() - interval '5 minutes'"
	" ORDER BY host, kind, pid",
};

static const struct statement versions = {
	"command_versions",
	"SELECT current_setting('server_version'), (SELECT name FROM migration"
	" ORDER BY number DESC LIMIT 1), (SELECT floor FROM migration"
	" ORDER BY number DESC LIMIT 1), (SELECT to_char(applied_at,"
	" 'YYYY-MM-DD HH24:MI') FROM migration ORDER BY number DESC LIMIT 1)",
};

static const struct statement parked = {
	"command_parked",
	"SELECT id::text, account_id::text, template, attempts::text,"
	" to_char(created_at, 'YYYY-MM-DD HH24:MI'), last_error FROM outbox"
	" WHERE state = 'parked' ORDER BY id DESC LIMIT 20",
};

static const struct statement sealed = {
	"command_sealed",
	"SELECT coalesce(to_char(made_at, 'YYYY-MM-DD HH24:MI:SS'), 'never'),"
	" waiting, stale FROM audit_state()",
};

const struct statement *const process_statements[] = {
	&processes, &versions, &parked, &sealed, NULL
};

static bool
print_versions(struct command_call *call)
{
	const struct result	*result;
	struct row		 row;
	const char		*texts[4];

	if (!pg_do(call->task, &versions, NULL, &result))
		return false;
	row = (struct row){ result, 0 };
	for (int i = 0; i < 4; i++) {
		texts[i] = row_text(&row, i);
		if (texts[i] == NULL)
			texts[i] = "-";
	}
	printf("program     %s\nPostgreSQL  %s\nschema      %s of %s UTC,"
	    " serves programs from %s on\n\n", CK_VERSION, texts[0], texts[1],
	    texts[3], texts[2]);
	return true;
}

static bool
print_processes(struct command_call *call)
{
	static const char *const heads[] = {
		"host", "pid", "kind", "program", "since (UTC)", "seen"
	};
	const struct result	*result;

	if (!pg_do(call->task, &processes, NULL, &result))
		return false;
	print_rows(result, ROWS(heads));
	return true;
}

static void
print_redis(struct command_call *call)
{
	struct redis	*redis;

	if (call->settings->redis[0] == '\0')
		return;
	redis = redis_new(call->settings->redis,
	    call->settings->redis_prefix);
	if (redis_is_up(redis))
		printf("in Redis              %lld due, %lld claimed\n",
		    (long long)redis_due_length(redis, false),
		    (long long)redis_due_length(redis, true));
	else
		printf("in Redis              away\n");
	redis_free(redis);
}

static bool
print_queues(struct command_call *call)
{
	struct service	 s;

	if (!service_ask(call->task, &s))
		return false;
	printf("\noccurrences to come   %lld\nof these due now      %lld\n"
	    "mails to send         %lld\nmails parked          %lld\n",
	    (long long)s.waiting, (long long)s.due, (long long)s.mail,
	    (long long)s.parked);
	print_redis(call);
	if (!service_dispatches(&s))
		printf("NOBODY DISPATCHES\n");
	return true;
}

static bool
print_sealed(struct command_call *call)
{
	const struct result	*result;
	struct row		 row;

	if (!pg_do(call->task, &sealed, NULL, &result))
		return false;
	row = (struct row){ result, 0 };
	printf("audit sealed          %s\naudit rows to seal    %lld\n",
	    row_text(&row, 0), (long long)row_int(&row, 1));
	if (row_bool(&row, 2))
		printf("NOTHING IS SEALED: chartkeep audit rebase\n");
	return true;
}

static bool
print_parked(struct command_call *call)
{
	static const char *const heads[] = {
		"parked mail", "account", "template", "attempts", "made",
		"last error"
	};
	const struct result	*result;

	if (!pg_do(call->task, &parked, NULL, &result))
		return false;
	if (result_rows(result) > 0) {
		putchar('\n');
		print_rows(result, ROWS(heads));
	}
	return true;
}

static int
run_status(struct command_call *call)
{
	return print_versions(call) && print_processes(call) &&
	    print_queues(call) && print_sealed(call) && print_parked(call) ?
	    DONE : failed(call);
}

const struct command status_commands[] = {
	{ "status", "", 0, 0, run_status, NEEDS_SETTINGS | NEEDS_DATABASE,
	    "shows versions, processes and queues" },
	{ NULL }
};
