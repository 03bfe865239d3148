/*
 * SQL derived from the resources' columns.  All of it is made of our own
 * const rows before the first request; nothing of a client ever gets here.
 * `chartkeep statements` prints the result, and a golden file keeps it under
 * review.
 *
 * The shape of a read: what row-level security shows (seen), one audit row
 * about it (logged), the rows with their owners' wrapped keys.  Without an
 * actor nothing is seen and nothing logged.
 */

#include "model/derive.h"

#include <string.h>

#include "model/derive_row.h"
#include "model/key.h"
#include "model/resource.h"

#define LIST_BYTES	"2097152"

bool
is_created(const struct column *c)
{
	return c->kind != ID && !(c->flags & (VERSION | AUTHOR)) &&
	    (c->kind == UID || !(c->flags & SERVER));
}

bool
is_changed(const struct column *c)
{
	return !(c->flags & (SERVER | FIXED));
}

bool
derive_has_uid(const struct resource *r)
{
	return r != NULL && column_at(r, "uid") >= 0;
}

/* One audit row about the rows of `from`. */
static void
add_logged(struct buf *b, const struct resource *r, const char *from,
    const char *action, const char *outcome)
{
	buf_printf(b, ", logged AS (INSERT INTO audit (route, request_id,"
	    " peer, action, outcome, account_id, role, patients)"
	    " SELECT $1::text, $2::uuid, $3::inet, '%s', %s, me(), my_role(),"
	    " %s FROM %s HAVING me() IS NOT NULL) ", action, outcome,
	    derive_row_owner(r) == NULL ? "NULL::bigint[]" :
	    r->about_patient == NULL || strcmp(action, "view") != 0 ?
	    "array_agg(DISTINCT row_owner)"
	    " FILTER (WHERE row_owner IS NOT NULL)" :
	    "array_agg(DISTINCT row_owner) FILTER (WHERE about_patient)",
	    from);
}

static const char	 ok_or_missing[] =
    "CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END";

static void
add_where_id(struct buf *b, enum naming naming, int param)
{
	if (naming == BY_UID)
		buf_printf(b, " WHERE x.uid = $%d::uuid", param);
	else
		buf_printf(b, " WHERE x.id = $%d::bigint", param);
}

void
derive_find(struct buf *b, const struct resource *r, enum naming naming)
{
	buf_text(b, "WITH seen AS (SELECT ");
	derive_row_columns(b, r, naming);
	derive_row_tell_owner(b, r);
	buf_printf(b, " FROM %s x", r->name);
	add_where_id(b, naming, 4);
	buf_text(b, ")");
	add_logged(b, r, "seen", "view", ok_or_missing);
	buf_text(b, "SELECT ");
	derive_row_names(b, r, "seen", naming);
	derive_row_from(b, r, "seen", naming);
}

void
derive_lock(struct buf *b, const struct resource *r, enum naming naming)
{
	int	 n = 0, joined = 0;

	buf_text(b, "SELECT ");
	derive_row_columns(b, r, naming);
	if (resource_is_sealed(r))
		key_columns(b, "k");
	derive_row_nested(b, r, naming, &n);
	derive_row_tell_owner(b, r);
	buf_printf(b, " FROM %s x", r->name);
	if (resource_is_sealed(r))
		buf_printf(b, " JOIN data_key k ON k.account_id = x.%s",
		    derive_row_owner(r));
	derive_row_joins(b, r, "x", false, &joined);
	add_where_id(b, naming, 1);
	buf_text(b, " FOR UPDATE OF x");
}

/* $5 is one more than is given: the last row only tells that there is more. */
void
derive_list(struct buf *b, const struct resource *r, const char *page,
    enum naming naming)
{
	const char	*given = "seen WHERE seen.place < $5::integer";

	buf_text(b, "WITH seen AS (SELECT ");
	derive_row_columns(b, r, naming);
	derive_row_tell_owner(b, r);
	buf_text(b, ", p.place");
	if (derive_row_weight(b, r))
		given = "seen WHERE seen.place < $5::integer"
		    " AND coalesce(seen.weight, 0) < " LIST_BYTES;
	buf_printf(b, " FROM %s($4::bigint, $5::integer,"
	    " $6::boolean) WITH ORDINALITY AS p (id, place)"
	    " JOIN %s x ON x.id = p.id)", page, r->name);
	add_logged(b, r, given, "view", "'ok'");
	buf_text(b, "SELECT ");
	derive_row_names(b, r, "seen", naming);
	buf_text(b, ", (SELECT count(*) FROM seen) AS row_total");
	derive_row_from(b, r, "seen", naming);
	buf_printf(b, "%s ORDER BY seen.place", strchr(given, ' '));
}

/* A created column's value; $n is its parameter. */
static void
add_value(struct buf *b, const struct column *c, int n)
{
	if (c->kind == REF)
		buf_printf(b, "v.%s", c->name);
	else if (c->flags & SEALED)
		buf_printf(b, "$%d::bytea", n);
	else if (c->flags & NOW)
		buf_printf(b, "coalesce($%d::timestamptz, instant())", n);
	else if (c->choices != NULL)
		buf_printf(b, "coalesce($%d::text, '%s')", n, c->choices[0]);
	else
		buf_printf(b, "$%d::%s", n, kinds[c->kind].sql_type);
}

/* Who will own a new row: whom it names, or its author. */
static const char *
new_owner_of(struct arena *arena, const struct resource *r)
{
	const struct column	*c = &r->columns[column_with(r, OWNER)];

	return c->flags & AUTHOR ? "me()" : arena_printf(arena, "v.%s",
	    c->name);
}

/* What a client points at is looked up under row-level security. */
static void
add_reference(struct buf *b, const struct column *c, int n,
    enum naming naming)
{
	const char	*absent = c->flags & OWNER ? "me()" : "NULL";

	bool		 by_uid = naming == BY_UID && derive_has_uid(c->target);

	buf_printf(b, "CASE WHEN $%d::text IS NULL THEN %s ELSE"
	    " (SELECT r.id FROM %s r WHERE r.%s = $%d::text::%s) END AS %s",
	    n, absent, derive_row_ids(c->target), by_uid ? "uid" : "id", n,
	    by_uid ? "uuid" : "bigint", c->name);
}

static void
add_references(struct buf *b, const struct resource *r, enum naming naming)
{
	int	 n = 5;
	bool	 any = false;

	buf_text(b, " FROM (SELECT ");
	for (size_t i = 0; i < r->ncolumns; i++) {
		if (!is_created(&r->columns[i]))
			continue;
		if (r->columns[i].kind == REF) {
			buf_text(b, any ? ", " : "");
			add_reference(b, &r->columns[i], n, naming);
			any = true;
		}
		n++;
	}
	buf_text(b, any ? ") v" : "1) v");
}

/* No row is made while a reference that was given is not found. */
static void
add_resolved(struct buf *b, const struct resource *r)
{
	int	 n = 5;

	buf_text(b, " WHERE me() IS NOT NULL");
	for (size_t i = 0; i < r->ncolumns; i++) {
		if (!is_created(&r->columns[i]))
			continue;
		if (r->columns[i].kind == REF)
			buf_printf(b, " AND ($%d::text IS NULL OR"
			    " v.%s IS NOT NULL)", n, r->columns[i].name);
		n++;
	}
}

static void
add_created_names(struct buf *b, const struct resource *r)
{
	int	 author = column_with(r, AUTHOR);

	for (size_t i = 0, n = 0; i < r->ncolumns; i++) {
		if (is_created(&r->columns[i]))
			buf_printf(b, "%s%s", n++ > 0 ? ", " : "",
			    r->columns[i].name);
	}
	if (author >= 0)
		buf_printf(b, ", %s", r->columns[author].name);
}

/*
 * $4 is the uid of the data key that sealed the values: it must still be the
 * owner's, or nothing is written.
 */
void
derive_create(struct buf *b, const struct resource *r, enum naming naming)
{
	int	 n = 5;

	buf_printf(b, "WITH made AS (INSERT INTO %s AS x (", r->name);
	add_created_names(b, r);
	buf_text(b, ") SELECT ");
	for (size_t i = 0; i < r->ncolumns; i++) {
		if (!is_created(&r->columns[i]))
			continue;
		buf_text(b, n > 5 ? ", " : "");
		add_value(b, &r->columns[i], n++);
	}
	if (column_with(r, AUTHOR) >= 0)
		buf_text(b, ", me()");
	add_references(b, r, naming);
	if (resource_is_sealed(r))
		buf_printf(b, " JOIN data_key k ON k.account_id = %s"
		    " AND k.uid = $4::uuid", new_owner_of(b->arena, r));
	add_resolved(b, r);
	if (!resource_is_sealed(r))
		buf_text(b, " AND $4::uuid IS NULL");
	buf_text(b, " RETURNING x.*), shown AS (SELECT ");
	derive_row_columns(b, r, naming);
	derive_row_tell_owner(b, r);
	buf_text(b, " FROM made x)");
	add_logged(b, r, "shown", "add", "'ok'");
	buf_text(b, "SELECT ");
	derive_row_names(b, r, "shown", naming);
	derive_row_from(b, r, "shown", naming);
}

static void
add_set(struct buf *b, const struct column *c, size_t bit, int n,
    enum naming naming)
{
	const char	*type = c->flags & SEALED ? "bytea" :
			    kinds[c->kind].sql_type;

	buf_printf(b, "%s = CASE WHEN $5::bigint & %llu <> 0 THEN ", c->name,
	    1ULL << bit);
	if (naming == BY_UID && c->kind == REF && derive_has_uid(c->target))
		buf_printf(b, "(SELECT r.id FROM %s r WHERE r.uid ="
		    " $%d::uuid)", derive_row_ids(c->target), n);
	else
		buf_printf(b, "$%d::%s", n, type);
	buf_printf(b, " ELSE x.%s END, ", c->name);
}

/* No row is changed while a reference that was given is not found. */
static void
add_seen(struct buf *b, const struct resource *r, enum naming naming)
{
	int	 n = 6;

	for (size_t i = 0; i < r->ncolumns; i++) {
		const struct column	*c = &r->columns[i];
		bool			 by_uid = naming == BY_UID &&
					    derive_has_uid(c->target);

		if (!is_changed(c))
			continue;
		if (c->kind == REF)
			buf_printf(b, " AND ($%d::%s IS NULL OR EXISTS"
			    " (SELECT FROM %s r WHERE r.%s = $%d))", n,
			    by_uid ? "uuid" : "bigint",
			    derive_row_ids(c->target),
			    by_uid ? "uid" : "id", n);
		n++;
	}
}

void
derive_change(struct buf *b, const struct resource *r, enum naming naming)
{
	int	 n = 6;

	buf_printf(b, "WITH changed AS (UPDATE %s x SET ", r->name);
	for (size_t i = 0; i < r->ncolumns; i++) {
		if (is_changed(&r->columns[i]))
			add_set(b, &r->columns[i], i, n++, naming);
	}
	buf_text(b, "version = x.version + 1, changed_at = instant()"
	    " WHERE x.id = $4::bigint");
	add_seen(b, r, naming);
	buf_text(b, " RETURNING x.*), shown AS (SELECT ");
	derive_row_columns(b, r, naming);
	derive_row_tell_owner(b, r);
	buf_text(b, " FROM changed x)");
	add_logged(b, r, "shown", "edit", ok_or_missing);
	buf_text(b, "SELECT ");
	derive_row_names(b, r, "shown", naming);
	derive_row_from(b, r, "shown", naming);
}

void
derive_archive(struct buf *b, const struct resource *r)
{
	buf_printf(b, "WITH gone AS (SELECT archive('%s', $4::bigint) AS done,"
	    " $5::bigint AS row_owner)", r->name);
	add_logged(b, r, "gone", "archive",
	    "CASE WHEN bool_and(done) THEN 'ok' ELSE 'missing' END");
	buf_text(b, "SELECT done FROM gone");
}
