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
	return (struct item){ items->resource, { items->result, (int)i } };
}

int64_t
item_number(const struct item *item)
{
	return row_int(&item->row, (int)item->resource->ncolumns);
}

bool
item_null(const struct item *item, int column)
{
	return row_null(&item->row, column);
}

int64_t
item_int(const struct item *item, int column)
{
	return row_int(&item->row, column);
}

int64_t
item_int_of(const struct item *item, const char *column)
{
	int	 at = column_at(item->resource, column);

	assert(at >= 0);
	return row_int(&item->row, at);
}

/* The resource's own uid column binds its sealed values to their row. */
static const unsigned char *
item_uid(const struct item *item)
{
	int	 at = column_at(item->resource, "uid");

	assert(at >= 0);
	return row_uuid(&item->row, at);
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

	if (!key_of_row(t, &item->row, (int)resource->ncolumns + 1, &key))
		return false;
	sealed = row_bytes(&item->row, column, &size);
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
	if (row_null(&item->row, column))
		return true;
	if (item->resource->columns[column].flags & SEALED)
		return open_sealed(t, item, column, text_r);
	*text_r = row_text(&item->row, column);
	return true;
}

static bool
is_actor(const struct item *item, unsigned flag, const struct actor *actor)
{
	const unsigned char	*bytes;
	size_t			 len;
	int			 at;

	at = column_with(item->resource, flag);
	if (at < 0 || actor == NULL || row_null(&item->row, at))
		return false;
	bytes = row_bytes(&item->row, at, &len);
	if (len == sizeof(actor->uid))
		return memcmp(bytes, actor->uid, len) == 0;
	return row_int(&item->row, at) == actor->account;
}

bool
item_is_owned_by(const struct item *item, const struct actor *actor)
{
	return is_actor(item, OWNER, actor);
}

bool
item_is_written_by(const struct item *item, const struct actor *actor)
{
	return is_actor(item, AUTHOR, actor);
}

int64_t
item_version(const struct item *item)
{
	int	 at = column_with(item->resource, VERSION);

	return at < 0 ? 0 : row_int(&item->row, at);
}
