/*
 * Each file in a transaction of its own: take the lock, look whether another
 * migrator was faster, run the file, note it.  So several may run at once,
 * and one that is killed leaves whole steps.
 */

#include "model/migrate.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/task.h"
#include "crypto/digest.h"
#include "store/pg.h"
#include "store/row.h"

#define FILES_MAX	1000
#define FILE_LIMIT	(4 << 20)

static const char	 make_table[] =
    "DO $$ BEGIN"
    " PERFORM pg_advisory_xact_lock(hashtext('chartkeep migrate'));"
    " CREATE SCHEMA IF NOT EXISTS chartkeep;"
    " CREATE TABLE IF NOT EXISTS chartkeep.migration ("
    "number integer PRIMARY KEY, name text NOT NULL, digest bytea NOT NULL,"
    " floor text NOT NULL, program text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now());"
    " END $$";
static const char	 options[] = "-c statement_timeout=0 -c lock_timeout=0"
    " -c idle_in_transaction_session_timeout=0";

/* How sql/ writes the schema's name, where it means the schema. */
static const char *const spellings[] = {
	"CREATE SCHEMA IF NOT EXISTS chartkeep", "ON SCHEMA chartkeep",
	"search_path = chartkeep", "chartkeep."
};

static const struct statement begin = { "migrate_begin", "BEGIN" };
static const struct statement commit = { "migrate_commit", "COMMIT" };
static const struct statement take_lock = {
	"migrate_lock",
	"SELECT pg_advisory_xact_lock(hashtext('chartkeep migrate'))",
};
static const struct statement find = {
	"migrate_find",
	"SELECT name, digest, (SELECT coalesce(max(number), 0) FROM migration)"
	" FROM (VALUES (1)) one LEFT JOIN migration ON number = $1::integer",
};
static const struct statement note = {
	"migrate_note",
	"INSERT INTO migration (number, name, digest, floor, program)"
	" VALUES ($1::integer, $2::text, $3::bytea, $4::text, $5::text)",
};
static const struct statement *const statements[] = {
	&begin, &commit, &take_lock, &find, &note
};

struct file {
	int64_t		 number;
	const char	*name;		/* "0001-schema.sql" */
	struct buf	 text;
	const char	*floor;
	unsigned char	 digest[DIGEST_SIZE];
};

struct pg *
migrate_connection(const char *conninfo, const char *schema)
{
	struct arena	*arena = arena_new(0);
	const char	*path = arena_printf(arena,
			    "%s -c search_path=%s,pg_temp", options, schema);
	struct pg	*pg = pg_new(conninfo, path,
			    migrate_renamed(arena, make_table, schema),
			    ROWS(statements));

	arena_free(arena);
	return pg;
}

static bool
is_in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The length of a spelling of the schema that begins here; 0: none. */
static size_t
spelled_at(const char *sql, const char *at)
{
	/* 'chartkeep.role' is a setting, not a table. */
	if (at > sql && (at[-1] == '\'' || is_in_word(at[-1])))
		return 0;
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		size_t	 len = strlen(spellings[i]);

		if (text_starts(at, spellings[i]) &&
		    (at[len - 1] == '.' || !is_in_word(at[len])))
			return len;
	}
	return 0;
}

const char *
migrate_renamed(struct arena *arena, const char *sql, const char *schema)
{
	struct buf	 b;

	if (strcmp(schema, MIGRATE_SCHEMA) == 0)
		return sql;
	buf_init(&b, arena, strlen(sql) + 1024);
	for (const char *at = sql; *at != '\0'; ) {
		size_t	 len = spelled_at(sql, at);
		size_t	 dot = len > 0 && at[len - 1] == '.';

		if (len == 0) {
			buf_char(&b, *at++);
			continue;
		}
		buf_add(&b, at, len - dot - strlen(MIGRATE_SCHEMA));
		buf_text(&b, schema);
		at += len - dot;
	}
	return b.data;
}

int
version_compare(const char *a, const char *b)
{
	unsigned	 x[3] = { 0 }, y[3] = { 0 };

	(void)!sscanf(a, "%u.%u.%u", &x[0], &x[1], &x[2]);
	(void)!sscanf(b, "%u.%u.%u", &y[0], &y[1], &y[2]);
	for (int i = 0; i < 3; i++) {
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	}
	return 0;
}

/* NNNN-name.sql; 0: another file, which is none of our business. */
static int64_t
number_of(const char *name)
{
	size_t	 len = strlen(name);

	if (len < 10 || strspn(name, "0123456789") != 4 || name[4] != '-' ||
	    strcmp(name + len - 4, ".sql") != 0)
		return 0;
	return strtol(name, NULL, 10);
}

static int
by_number(const void *a, const void *b)
{
	const struct file	*x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void
close_directory(void *dir)
{
	closedir(dir);
}

static bool
list_files(struct task *t, const char *directory, struct file *files,
    size_t *n_r)
{
	DIR		*dir = opendir(directory);
	struct dirent	*entry;
	size_t		 n = 0;

	if (dir == NULL)
		return fail(t, FAULT_INTERNAL, "%s: %s", directory,
		    strerror(errno));
	arena_defer(t->arena, close_directory, dir);
	while (n < FILES_MAX && (entry = readdir(dir)) != NULL) {
		files[n].number = number_of(entry->d_name);
		files[n].name = arena_text(t->arena, entry->d_name);
		n += files[n].number > 0;
	}
	if (n == 0)
		return fail(t, FAULT_INTERNAL, "%s: holds no migrations",
		    directory);
	qsort(files, n, sizeof(*files), by_number);
	for (size_t i = 1; i < n; i++) {
		if (files[i].number == files[i - 1].number)
			return fail(t, FAULT_INTERNAL, "%s and %s: have the"
			    " same number", files[i - 1].name, files[i].name);
	}
	*n_r = n;
	return true;
}

static bool
read_floor(struct task *t, struct file *f)
{
	static const char	 mark[] = "-- floor: ";
	const char		*line = f->text.data;
	size_t			 len;

	if (!text_starts(line, mark))
		return fail(t, FAULT_INTERNAL, "%s: the first line is not"
		    " \"-- floor: X.Y.Z\"", f->name);
	line += strlen(mark);
	len = strspn(line, "0123456789.");
	if (len == 0 || line[len] != '\n')
		return fail(t, FAULT_INTERNAL, "%s: the floor is no version",
		    f->name);
	f->floor = arena_copy(t->arena, line, len);
	return true;
}

static bool
read_migration(struct task *t, const char *directory, struct file *f)
{
	char	 why[512];

	buf_init(&f->text, t->arena, 0);
	if (!file_read(arena_printf(t->arena, "%s/%s", directory, f->name),
	    FILE_LIMIT, &f->text, why, sizeof(why)))
		return fail(t, FAULT_INTERNAL, "%s", why);
	if (strlen(f->text.data) != f->text.len)
		return fail(t, FAULT_INTERNAL, "%s: holds a NUL", f->name);
	digest_sha256(f->text.data, f->text.len, f->digest);
	return read_floor(t, f);
}

/* What the table says of the file: done, to be done, or a refusal. */
static bool
look(struct task *t, const struct file *f, bool *done_r)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;
	const unsigned char	*digest;
	size_t			 len;

	param_int(&p, t->arena, f->number);
	if (!pg_do(t, &find, &p, &result))
		return false;
	row = (struct row){ result, 0 };
	*done_r = !row_null(&row, 0);
	if (!*done_r) {
		if (f->number > row_int(&row, 2))
			return true;
		return fail(t, FAULT_INTERNAL, "%s: was left out, and a later"
		    " one is applied", f->name);
	}
	digest = row_bytes(&row, 1, &len);
	if (len == DIGEST_SIZE && memcmp(digest, f->digest, len) == 0)
		return true;
	return fail(t, FAULT_INTERNAL, "%s: differs from what was applied",
	    f->name);
}

static bool
note_down(struct task *t, const struct file *f)
{
	struct params	 p = { 0 };

	param_int(&p, t->arena, f->number);
	param_text(&p, f->name);
	param_bytes(&p, f->digest, sizeof(f->digest));
	param_text(&p, f->floor);
	param_text(&p, CK_VERSION);
	return pg_do(t, &note, &p, NULL);
}

static bool
apply(struct task *t, const struct file *f, const char *schema,
    bool *applied_r)
{
	bool	 done;

	if (!pg_do(t, &begin, NULL, NULL) || !pg_do(t, &take_lock, NULL, NULL))
		return false;
	if (!look(t, f, &done))
		return false;
	*applied_r = !done;
	if (done)
		return pg_do(t, &commit, NULL, NULL);
	if (!pg_script(t, migrate_renamed(t->arena, f->text.data, schema))) {
		t->fault.text = arena_printf(t->arena, "%s: %s", f->name,
		    t->fault.text);
		return false;
	}
	return note_down(t, f) && pg_do(t, &commit, NULL, NULL);
}

bool
migrate(struct task *t, const char *directory, const char *schema,
    migrate_fn *told, void *ctx)
{
	struct file	*files = arena_alloc(t->arena,
			    FILES_MAX * sizeof(*files));
	size_t		 n = 0;
	bool		 applied;

	if (!list_files(t, directory, files, &n) || !pg_ready(t))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!read_migration(t, directory, &files[i]))
			return false;
		if (!apply(t, &files[i], schema, &applied)) {
			pg_settle(t->pg);
			return false;
		}
		told(ctx, files[i].name, applied);
	}
	return true;
}
