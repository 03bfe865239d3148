/*
 * The scratch schema.  Its name is locked for as long as the command runs, by
 * a session's lock, which PostgreSQL gives back when the session ends,
 * however it ends.
 */

#include "main/access_place.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/settings.h"
#include "base/task.h"
#include "base/text.h"
#include "crypto/random.h"
#include "main/access_stage.h"
#include "model/migrate.h"
#include "store/pg.h"
#include "store/row.h"

#define SCRIPT_LIMIT	((size_t)1 << 20)

/* Nothing here has to survive a crash. */
static const char	 in_passing[] = "-c synchronous_commit=off";

static const struct statement hold = {
	"access_hold", "SELECT pg_advisory_lock(hashtext($1::text))",
};
static const struct statement leftovers = {
	"access_leftovers",
	"SELECT nspname::text FROM pg_namespace"
	" WHERE nspname ~ '^" PLACE_NAME "[0-9a-f]{12}$'"
	" AND pg_try_advisory_lock(hashtext(nspname::text))",
};
/* Whoever may do what the owner may would prove nothing. */
static const struct statement served_as = {
	"access_served_as",
	"SELECT usename::text, pg_has_role(usename, 'chartkeep_admin',"
	" 'MEMBER') OR pg_has_role(usename, current_user, 'MEMBER')"
	" FROM pg_stat_activity WHERE application_name = $1::text LIMIT 1",
};
static const struct statement is_migrated = {
	"access_migrated",
	"SELECT to_regclass('" MIGRATE_SCHEMA ".permission') IS NOT NULL",
};
static const struct statement *const holder_statements[] = {
	&hold, &leftovers, &served_as, &is_migrated
};

static volatile sig_atomic_t	 ending;

static void
end(int unused)
{
	(void)unused;
	ending = 1;
}

bool
place_is_ending(void)
{
	return ending;
}

static void
take_signals(void)
{
	static const int	 asked[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction	 sa = {
		.sa_handler = end, .sa_flags = SA_RESTART
	};

	for (size_t i = 0; i < COUNT_OF(asked); i++)
		sigaction(asked[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * PostgreSQL's peer authentication looks at the user of the moment at which
 * one connects.
 */
static bool
open_as_owner(struct access_place *p, struct pg *pg)
{
	const struct passwd	*pw = p->owner != NULL ? getpwnam(p->owner) :
				    NULL;
	bool			 ready;

	p->task->pg = pg;
	if (p->owner != NULL && (pw == NULL || seteuid(pw->pw_uid) != 0))
		return fail(p->task, FAULT_INTERNAL,
		    "cannot become the user %s", p->owner);
	ready = pg_ready(p->task);
	if (pw != NULL && seteuid(0) != 0)
		return fail(p->task, FAULT_INTERNAL, "cannot be root again");
	if (ready)
		return true;
	fault_clear(p->task);
	return fail(p->task, FAULT_INTERNAL,
	    "the owner's database is not ready: %s", pg_why(pg));
}

static bool
drop_schema(struct access_place *p, const char *name)
{
	p->task->pg = p->holder;
	return pg_script(p->task, arena_printf(p->task->arena,
	    "DROP SCHEMA IF EXISTS %s CASCADE", name));
}

static bool
sweep(struct access_place *p)
{
	const struct result	*result;

	if (!pg_do(p->task, &leftovers, NULL, &result))
		return false;
	for (int i = 0; i < result_rows(result); i++) {
		struct row	 row = { result, i };

		if (!drop_schema(p, row_text(&row, 0)))
			return false;
	}
	return true;
}

static bool
hold_name(struct access_place *p)
{
	const struct result	*result;
	struct params		 params = { 0 };
	unsigned char		 bytes[6];
	char			 hex[HEX_SIZE(6)];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	p->schema = arena_printf(p->task->arena, PLACE_NAME "%s", hex);
	p->holder = pg_new(p->settings->admin_database,
	    "-c statement_timeout=0 -c lock_timeout=30s"
	    " -c client_min_messages=warning", NULL, ROWS(holder_statements));
	if (!open_as_owner(p, p->holder))
		return false;
	param_text(&params, p->schema);
	if (!pg_do(p->task, &hold, &params, NULL) || !sweep(p) ||
	    !pg_do(p->task, &is_migrated, NULL, &result))
		return false;
	return row_bool(&(struct row){ result, 0 }, 0) || fail(p->task,
	    FAULT_CONFLICT, "the database has no schema yet: run chartkeep"
	    " migrate first");
}

static void
say_nothing(void *ctx, const char *name, bool applied)
{
	(void)ctx;
	(void)name;
	(void)applied;
}

static bool
run_stage(struct access_place *p)
{
	struct arena	*arena = p->task->arena;
	struct buf	 script;
	char		 why[512];

	buf_init(&script, arena, 0);
	if (!file_read(arena_printf(arena, "%s/access/stage.sql",
	    p->settings->sql_directory), SCRIPT_LIMIT, &script, why,
	    sizeof(why)))
		return fail(p->task, FAULT_INTERNAL, "%s", why);
	return pg_script(p->task, migrate_renamed(arena, script.data,
	    p->schema));
}

/* The migrations and the stage, on a connection for scripts. */
static bool
make_schema(struct access_place *p)
{
	struct pg	*pg = migrate_connection(pg_conninfo(p->task->arena,
			    p->settings->admin_database, p->schema,
			    in_passing), p->schema);
	bool		 made;

	p->has_schema = true;
	made = open_as_owner(p, pg) && migrate(p->task,
	    p->settings->sql_directory, p->schema, say_nothing, NULL) &&
	    run_stage(p);
	pg_free(pg);
	return made;
}

static bool
open_stage(struct access_place *p)
{
	struct arena	*arena = p->task->arena;

	p->stage = pg_new(p->settings->admin_database, arena_printf(arena,
	    "-c search_path=%s,pg_temp %s", p->schema, in_passing), NULL,
	    access_statements, naccess_statements);
	return open_as_owner(p, p->stage);
}

/* The server's session, if it has one: who it is in PostgreSQL. */
static bool
server_is_no_owner(struct access_place *p)
{
	const struct result	*result;
	struct params		 params = { 0 };
	struct row		 row;
	bool			 done;

	param_text(&params, p->schema);
	p->task->pg = p->holder;
	done = pg_do(p->task, &served_as, &params, &result);
	p->task->pg = p->stage;
	if (!done)
		return false;
	row = (struct row){ result, 0 };
	if (result_rows(result) == 0)
		return fail(p->task, FAULT_INTERNAL,
		    "the server has no session in PostgreSQL");
	if (row_bool(&row, 1))
		return fail(p->task, FAULT_CONFLICT, "the setting database"
		    " logs in as %s, which may do all that the owner may",
		    row_text(&row, 0));
	return true;
}

bool
place_make(struct access_place *p)
{
	p->place = p->listener = p->log = -1;
	take_signals();
	if (!hold_name(p) || !place_directory(p) || !make_schema(p) ||
	    !open_stage(p))
		return false;
	p->task->keyring = &p->keyring;
	return place_serve(p) && server_is_no_owner(p);
}

bool
place_drop(struct access_place *p)
{
	bool	 good = place_stop(p);

	if (p->stage != NULL)
		pg_free(p->stage);
	place_remove_directory(p);
	if (p->has_schema && !drop_schema(p, p->schema))
		good = false;
	if (p->holder != NULL)
		pg_free(p->holder);
	p->task->pg = NULL;
	keyring_wipe(&p->keyring);
	return good;
}
