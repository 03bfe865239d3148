/* The schema, and what comes into it in bulk. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "main/command.h"
#include "model/loader.h"
#include "model/migrate.h"

#define JSON_LIMIT	((size_t)1 << 30)
#define TELL_EVERY	(SECOND / 5)
#define REASONS_MAX	100

static void
tell_migration(void *ctx, const char *name, bool applied)
{
	int	*n = ctx;

	if (!applied)
		return;
	printf("applied %s\n", name);
	(*n)++;
}

static int
run_migrate(struct command_call *call)
{
	int	 n = 0;

	call->task->pg = migrate_connection(call->settings->admin_database,
	    MIGRATE_SCHEMA);
	if (!migrate(call->task, call->settings->sql_directory,
	    MIGRATE_SCHEMA, tell_migration, &n))
		return failed(call);
	if (n == 0)
		printf("the database is up to date\n");
	return DONE;
}

struct telling {
	int64_t	 started, told;
	int64_t	 reasons;
	bool	 live;		/* somebody watches */
};

static void
tell_progress(void *ctx, const char *table, const struct load_count *count)
{
	struct telling	*telling = ctx;
	int64_t		 now = clock_monotonic();
	double		 seconds = (double)(now - telling->started) / SECOND;

	if (!telling->live || now - telling->told < TELL_EVERY)
		return;
	telling->told = now;
	fprintf(stderr, "\r%s: %lld rows, %.0f/s ", table,
	    (long long)count->accepted,
	    seconds > 0 ? (double)count->accepted / seconds : 0);
}

static void
tell_refused(void *ctx, const char *table, int64_t place, const char *why)
{
	struct telling	*telling = ctx;

	if (++telling->reasons <= REASONS_MAX)
		fprintf(stderr, "%s%s %lld: %s\n", telling->live ? "\r" : "",
		    table, (long long)place, why);
	else if (telling->reasons == REASONS_MAX + 1)
		fprintf(stderr, "further reasons are left out\n");
}

static bool
import_json(struct command_call *call, const struct load_watch *watch,
    struct load_count *count_r)
{
	struct buf	 text;
	char		 why[512];

	buf_init(&text, call->task->arena, 0);
	if (!file_read(call->words[0], JSON_LIMIT, &text, why, sizeof(why)))
		return fail(call->task, FAULT_BAD_REQUEST, "%s", why);
	return load_json(call->task, text.data, text.len, watch, count_r);
}

static bool
import_csv(struct command_call *call, const char *table,
    const struct load_watch *watch, struct load_count *count_r)
{
	bool	 piped = strcmp(call->words[0], "-") == 0;
	FILE	*file = piped ? stdin : fopen(call->words[0], "re");
	bool	 good;

	if (file == NULL)
		return fail(call->task, FAULT_BAD_REQUEST, "%s: %s",
		    call->words[0], strerror(errno));
	good = load_csv(call->task, file, table, watch, count_r);
	if (!piped)
		fclose(file);
	return good;
}

static int
run_import(struct command_call *call)
{
	const char		*table = option(&call->options, "--table");
	struct telling		 telling = {
		.started = clock_monotonic(), .live = isatty(STDERR_FILENO)
	};
	const struct load_watch	 watch = {
		tell_progress, tell_refused, &telling
	};
	struct load_count	 count = { .accepted = 0 };
	bool			 good;

	call->task->pg = loader_connection(call->settings->admin_database);
	good = table == NULL ? import_json(call, &watch, &count) :
	    import_csv(call, table, &watch, &count);
	printf("%s%lld rows imported, %lld refused\n",
	    telling.live ? "\n" : "", (long long)count.accepted,
	    (long long)count.refused);
	if (!good)
		return failed(call);
	return count.refused > 0 ? FAILED : DONE;
}

static const struct option_row import_options[] = {
	{ "--table", "TABLE", "FILE is CSV (-: standard input) of this table" },
};

const struct command load_commands[] = {
	{ "migrate", "", 0, 0, run_migrate, NEEDS_SETTINGS,
	    "brings the database's schema up to date" },
	{ "import", "FILE", 1, 1, run_import, NEEDS_SETTINGS | NEEDS_KEYRING,
	    "loads rows from JSON, or CSV with --table, sealing them", ROWS(import_options) },
	{ NULL }
};
