/*
 * The rows that derived statements give, in the order in which struct item
 * looks for them: a resource's columns, its number, its owner's wrapped key,
 * then the same of what its EXPANDED columns point at.
 */

#include "model/derive_row.h"

#include "base/buf.h"
#include "model/derive.h"
#include "model/key.h"
#include "model/resource.h"

const char *
derive_row_ids(const struct resource *r)
{
	return r->ids != NULL ? r->ids : r->name;
}

const char *
derive_row_owner(const struct resource *r)
{
	int	 at = column_with(r, OWNER);

	return at < 0 ? NULL : r->columns[at].name;
}

/* A column as a result shows it, of the row with this alias. */
static void
add_shown(struct buf *b, const char *alias, const struct column *c,
    enum naming naming)
{
	if (c->kind == TIME)
		buf_printf(b, "%s.%s::timestamp", alias, c->name);
	else if (naming == BY_UID && c->kind == ID)
		buf_printf(b, "%s.uid", alias);
	else if (naming == BY_UID && c->kind == REF &&
	    derive_has_uid(c->target))
		buf_printf(b, "(SELECT r.uid FROM %s r WHERE r.id = %s.%s)",
		    derive_row_ids(c->target), alias, c->name);
	else
		buf_printf(b, "%s.%s", alias, c->name);
}

void
derive_row_columns(struct buf *b, const struct resource *r, enum naming naming)
{
	for (size_t i = 0; i < r->ncolumns; i++) {
		add_shown(b, "x", &r->columns[i], naming);
		buf_printf(b, " AS %s, ", r->columns[i].name);
	}
	buf_text(b, "x.id AS row_id");
}

void
derive_row_nested(struct buf *b, const struct resource *r, enum naming naming,
    int *n)
{
	for (size_t i = 0; i < r->ncolumns; i++) {
		const struct resource	*target = r->columns[i].target;
		const char		*alias;
		int			 mine;

		if (!(r->columns[i].flags & EXPANDED))
			continue;
		mine = ++*n;
		alias = arena_printf(b->arena, "n%d", mine);
		for (size_t k = 0; k < target->ncolumns; k++) {
			buf_text(b, ", ");
			add_shown(b, alias, &target->columns[k], naming);
		}
		buf_printf(b, ", %s.id", alias);
		if (resource_is_sealed(target))
			key_columns(b, arena_printf(b->arena, "k%d", mine));
		derive_row_nested(b, target, naming, n);
	}
}

void
derive_row_joins(struct buf *b, const struct resource *r, const char *from,
    bool by_uid, int *n)
{
	for (size_t i = 0; i < r->ncolumns; i++) {
		const struct column	*c = &r->columns[i];
		const char		*alias;
		int			 mine;

		if (!(c->flags & EXPANDED))
			continue;
		mine = ++*n;
		alias = arena_printf(b->arena, "n%d", mine);
		buf_printf(b, " LEFT JOIN %s %s ON %s.%s = %s.%s",
		    c->target->name, alias, alias, by_uid &&
		    derive_has_uid(c->target) ? "uid" : "id", from, c->name);
		if (resource_is_sealed(c->target))
			buf_printf(b, " LEFT JOIN data_key k%d"
			    " ON k%d.account_id = %s.%s", mine, mine, alias,
			    derive_row_owner(c->target));
		derive_row_joins(b, c->target, alias, false, n);
	}
}

void
derive_row_names(struct buf *b, const struct resource *r, const char *from,
    enum naming naming)
{
	int	 n = 0;

	for (size_t i = 0; i < r->ncolumns; i++)
		buf_printf(b, "%s.%s, ", from, r->columns[i].name);
	buf_printf(b, "%s.row_id", from);
	if (resource_is_sealed(r))
		key_columns(b, "k");
	derive_row_nested(b, r, naming, &n);
}

void
derive_row_from(struct buf *b, const struct resource *r, const char *from,
    enum naming naming)
{
	int	 n = 0;

	buf_printf(b, " FROM %s", from);
	if (resource_is_sealed(r))
		buf_printf(b, " JOIN data_key k ON k.account_id ="
		    " %s.row_owner", from);
	derive_row_joins(b, r, from, naming == BY_UID, &n);
}

void
derive_row_tell_owner(struct buf *b, const struct resource *r)
{
	if (derive_row_owner(r) != NULL)
		buf_printf(b, ", x.%s AS row_owner", derive_row_owner(r));
	if (r->about_patient != NULL)
		buf_printf(b, ", %s AS about_patient", r->about_patient);
}

/* The sealed bytes of a row; false when it has none. */
static bool
add_bytes(struct buf *b, const struct resource *r, const char *alias)
{
	bool	 any = false;

	for (size_t i = 0; i < r->ncolumns; i++) {
		if (!(r->columns[i].flags & SEALED))
			continue;
		buf_printf(b, " + coalesce(octet_length(%s.%s), 0)", alias,
		    r->columns[i].name);
		any = true;
	}
	return any;
}

/* Those of what it points at. */
static bool
add_nested_bytes(struct buf *b, const struct resource *r)
{
	bool	 any = false;

	for (size_t i = 0; i < r->ncolumns; i++) {
		const struct column	*c = &r->columns[i];

		if (!(c->flags & EXPANDED) || !resource_is_sealed(c->target))
			continue;
		buf_text(b, " + coalesce((SELECT 0");
		any = add_bytes(b, c->target, "w");
		buf_printf(b, " FROM %s w WHERE w.id = x.%s), 0)",
		    c->target->name, c->name);
	}
	return any;
}

bool
derive_row_weight(struct buf *b, const struct resource *r)
{
	size_t	 start = b->len;
	bool	 own, nested;

	buf_text(b, ", sum(0");
	own = add_bytes(b, r, "x");
	nested = add_nested_bytes(b, r);
	buf_text(b, ") OVER (ORDER BY p.place ROWS BETWEEN UNBOUNDED"
	    " PRECEDING AND 1 PRECEDING) AS weight");
	if (!own && !nested)
		buf_cut(b, start);
	return own || nested;
}
