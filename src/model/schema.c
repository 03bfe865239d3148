#include "model/schema.h"

#include <string.h>

#include "base/task.h"
#include "model/migrate.h"
#include "model/resource.h"
#include "store/pg.h"
#include "store/row.h"

static const struct statement floors = {
	"schema_floors", "SELECT name, floor FROM migration ORDER BY number",
};

/* A domain counts as what it is made of. */
static const struct statement columns = {
	"schema_columns",
	"SELECT c.relname::text, a.attname::text,"
	" format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL),"
	" a.attnotnull, a.atthasdef OR a.attidentity <> '', c.relkind = 'v'"
	" FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
	" JOIN pg_type t ON t.oid = a.atttypid"
	" WHERE c.relnamespace = to_regnamespace(current_schema())"
	" AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0"
	" AND NOT a.attisdropped",
};

enum { TABLE, COLUMN, TYPE, NOT_NULL, HAS_DEFAULT, IS_VIEW };

static bool
find_column(const struct result *result, const char *table,
    const char *column, struct row *row_r)
{
	for (int i = 0; i < result_rows(result); i++) {
		*row_r = (struct row){ result, i };
		if (strcmp(row_text(row_r, COLUMN), column) == 0 &&
		    strcmp(row_text(row_r, TABLE), table) == 0)
			return true;
	}
	return false;
}

static bool
type_fits(const struct column *c, const char *type)
{
	if (c->flags & SEALED)
		return strcmp(type, "bytea") == 0;
	if (c->kind == COUNT && (strcmp(type, "integer") == 0 ||
	    strcmp(type, "smallint") == 0))
		return true;
	return strcmp(type, kinds[c->kind].schema_type) == 0;
}

/* Does the program always have a value for it, when it makes a row? */
static bool
is_supplied(const struct column *c)
{
	return c->flags & (REQUIRED | SERVER | OWNER | NOW) ||
	    c->choices != NULL || c->kind == BOOL;
}

static void
compare_column(const struct result *result, const struct resource *r,
    const struct column *c, struct buf *out)
{
	struct row	 row;

	if (!find_column(result, r->name, c->name, &row)) {
		buf_printf(out, "%s.%s: is not there\n", r->name, c->name);
		return;
	}
	if (!type_fits(c, row_text(&row, TYPE)))
		buf_printf(out, "%s.%s: is %s, not %s\n", r->name, c->name,
		    row_text(&row, TYPE), c->flags & SEALED ? "bytea" :
		    kinds[c->kind].schema_type);
	if (row_bool(&row, IS_VIEW))
		return;
	if (c->flags & REQUIRED && !row_bool(&row, NOT_NULL))
		buf_printf(out, "%s.%s: is required and may be null\n",
		    r->name, c->name);
	if (row_bool(&row, NOT_NULL) && !row_bool(&row, HAS_DEFAULT) &&
	    !is_supplied(c))
		buf_printf(out, "%s.%s: may be absent and not null\n",
		    r->name, c->name);
}

static void
compare_floors(const struct result *result, struct buf *out)
{
	if (result_rows(result) == 0)
		buf_text(out, "no migration is applied\n");
	for (int i = 0; i < result_rows(result); i++) {
		struct row	 row = { result, i };

		if (version_compare(row_text(&row, 1), CK_VERSION) > 0)
			buf_printf(out, "%s: needs a program of version %s;"
			    " this is " CK_VERSION "\n", row_text(&row, 0),
			    row_text(&row, 1));
	}
}

bool
schema_compare(struct task *t, struct buf *out)
{
	const struct result	*results[2];

	if (!pg_ready(t))
		return false;
	pg_queue(t, &floors, NULL);
	pg_queue(t, &columns, NULL);
	if (!pg_run(t, results, 2))
		return false;
	compare_floors(results[0], out);
	for (size_t i = 0; resources[i] != NULL; i++) {
		for (size_t k = 0; k < resources[i]->ncolumns; k++)
			compare_column(results[1], resources[i],
			    &resources[i]->columns[k], out);
	}
	return true;
}

bool
schema_agrees(struct task *t)
{
	struct buf	 b;

	buf_init(&b, t->arena, 256);
	if (!schema_compare(t, &b))
		return false;
	if (b.len == 0)
		return true;
	buf_cut(&b, strcspn(b.data, "\n"));
	fail(t, FAULT_UNAVAILABLE, "%s", b.data);
	t->fault.retry_after = 5;
	return false;
}

const struct statement *const schema_statements[] = {
	&floors, &columns, NULL
};
