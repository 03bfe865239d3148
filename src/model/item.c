/*
 * Stored rows.  Ids are numbers or uids, as the surface asked: what is
 * compared with the actor is told apart by its length.
 */

#include "model/item.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/task.h"
#include "crypto/seal.h"
#include "model/actor.h"
#include "model/key.h"

struct item
items_at(const struct items *items, size_t i)
{
	assert(i < items->n);
	return (struct item){ items->resource, { items->result, (int)i }, 0 };
}

/* Its columns, its number, its key; then what it points at. */
static int
width(const struct resource *r)
{
	int	 n = (int)r->ncolumns + 1 +
		    (resource_is_sealed(r) ? KEY_COLUMNS : 0);

	for (size_t i = 0; i < r->ncolumns; i++) {
		if (r->columns[i].flags & EXPANDED)
			n += width(r->columns[i].target);
	}
	return n;
}

bool
item_nested(const struct item *item, int column, struct item *nested_r)
{
	const struct resource	*r = item->resource;

	assert(r->columns[column].flags & EXPANDED);
	*nested_r = (struct item){ r->columns[column].target, item->row,
	    item->first + (int)r->ncolumns + 1 +
	    (resource_is_sealed(r) ? KEY_COLUMNS : 0) };
	for (int i = 0; i < column; i++) {
		if (r->columns[i].flags & EXPANDED)
			nested_r->first += width(r->columns[i].target);
	}
	return !row_null(&item->row, nested_r->first +
	    (int)nested_r->resource->ncolumns);
}

int64_t
item_number(const struct item *item)
{
	return item_int(item, (int)item->resource->ncolumns);
}

bool
item_null(const struct item *item, int column)
{
	return row_null(&item->row, item->first + column);
}

int64_t
item_int(const struct item *item, int column)
{
	return row_int(&item->row, item->first + column);
}

bool
item_bool(const struct item *item, int column)
{
	return row_bool(&item->row, item->first + column);
}

double
item_real(const struct item *item, int column)
{
	return row_real(&item->row, item->first + column);
}

int64_t
item_time(const struct item *item, int column)
{
	return row_time(&item->row, item->first + column);
}

int64_t
item_date(const struct item *item, int column)
{
	return row_date(&item->row, item->first + column);
}

const unsigned char *
item_bytes(const struct item *item, int column, size_t *len_r)
{
	return row_bytes(&item->row, item->first + column, len_r);
}

int64_t
item_int_of(const struct item *item, const char *column)
{
	int	 at = column_at(item->resource, column);

	assert(at >= 0);
	return item_int(item, at);
}

bool
item_key(struct task *t, const struct item *item,
    const struct data_key **key_r)
{
	return key_of_row(t, &item->row,
	    item->first + (int)item->resource->ncolumns + 1, key_r);
}

/* The resource's own uid column binds its sealed values to their row. */
static const unsigned char *
item_uid(const struct item *item)
{
	int	 at = column_at(item->resource, "uid");

	assert(at >= 0);
	return row_uuid(&item->row, item->first + at);
}

static bool
open_sealed(struct task *t, const struct item *item, int column,
    const char **text_r)
{
	const struct resource	*resource = item->resource;
	const struct data_key	*key;
	const unsigned char	*sealed;
	unsigned char		*plain;
	char			 aad[SEAL_AAD_SIZE];
	size_t			 size, len;

	if (!item_key(t, item, &key))
		return false;
	sealed = item_bytes(item, column, &size);
	seal_aad(aad, sizeof(aad), resource->name,
	    resource->columns[column].name, item_uid(item));
	plain = arena_alloc(t->arena, size + 1);
	if (!seal_open(key, aad, sealed, size, plain, &len)) {
		log_event(LOG_ERROR, "sealed_value_damaged",
		    "table", resource->name,
		    "column", resource->columns[column].name,
		    "request", t->request_id, NULL);
		return fail(t, FAULT_INTERNAL, "a sealed value does not open");
	}
	*text_r = (const char *)plain;
	return true;
}

bool
item_text(struct task *t, const struct item *item, int column,
    const char **text_r)
{
	assert(item->resource->columns[column].kind == TEXT);
	*text_r = NULL;
	if (item_null(item, column))
		return true;
	if (item->resource->columns[column].flags & SEALED)
		return open_sealed(t, item, column, text_r);
	*text_r = row_text(&item->row, item->first + column);
	return true;
}

bool
item_text_of(struct task *t, const struct item *item, const char *column,
    const char **text_r)
{
	int	 at = column_at(item->resource, column);

	assert(at >= 0);
	return item_text(t, item, at, text_r);
}

bool
item_names(const struct item *item, int column, const struct actor *actor)
{
	const unsigned char	*bytes;
	size_t			 len;

	if (column < 0 || actor == NULL || item_null(item, column))
		return false;
	bytes = item_bytes(item, column, &len);
	if (len == sizeof(actor->uid))
		return memcmp(bytes, actor->uid, len) == 0;
	return item_int(item, column) == actor->account;
}

bool
item_is_owned_by(const struct item *item, const struct actor *actor)
{
	return item_names(item, column_with(item->resource, OWNER), actor);
}

bool
item_is_written_by(const struct item *item, const struct actor *actor)
{
	return item_names(item, column_with(item->resource, AUTHOR), actor);
}

int64_t
item_version(const struct item *item)
{
	int	 at = column_with(item->resource, VERSION);

	return at < 0 ? 0 : item_int(item, at);
}
