/* Rows in a surface's spelling, and its input as values of the resource. */

#include "api/view.h"

#include <assert.h>
#include <string.h>

#include "api/dialect.h"
#include "api/surface.h"
#include "base/clock.h"
#include "base/task.h"

const struct member *
member_named(const struct view *view, const char *key)
{
	for (size_t i = 0; i < view->nmembers; i++) {
		if (strcmp(view->members[i].key, key) == 0)
			return &view->members[i];
	}
	return NULL;
}

/* Ids are numbers or uids, as the statement's naming gave them. */
static bool
print_id(struct task *t, struct json *j, const struct item *item, int column)
{
	const unsigned char	*bytes;
	char			 text[UUID_TEXT];
	size_t			 len;

	(void)t;
	bytes = item_bytes(item, column, &len);
	if (len == 16) {
		uuid_print(bytes, text);
		json_text(j, text);
	} else {
		json_int(j, item_int(item, column));
	}
	return true;
}

static bool
print_text(struct task *t, struct json *j, const struct item *item,
    int column)
{
	const char	*text;

	if (!item_text(t, item, column, &text))
		return false;
	json_text(j, text);
	return true;
}

static bool
print_count(struct task *t, struct json *j, const struct item *item,
    int column)
{
	(void)t;
	json_int(j, item_int(item, column));
	return true;
}

static bool
print_real(struct task *t, struct json *j, const struct item *item,
    int column)
{
	(void)t;
	json_real(j, item_real(item, column));
	return true;
}

static bool
print_bool(struct task *t, struct json *j, const struct item *item,
    int column)
{
	(void)t;
	json_bool(j, item_bool(item, column));
	return true;
}

static bool
print_date(struct task *t, struct json *j, const struct item *item,
    int column)
{
	char	 text[DATE_TEXT];

	(void)t;
	date_print(item_date(item, column), text);
	json_text(j, text);
	return true;
}

static bool
print_time(struct task *t, struct json *j, const struct item *item,
    int column)
{
	t->surface->dialect->time(j, item_time(item, column));
	return true;
}

/* How the kinds are written unless a member has a format. */
static bool (*const printers[KINDS])(struct task *, struct json *,
    const struct item *, int) = {
	[ID]	= print_id,
	[UID]	= print_id,
	[REF]	= print_id,
	[TEXT]	= print_text,
	[COUNT]	= print_count,
	[REAL]	= print_real,
	[BOOL]	= print_bool,
	[DATE]	= print_date,
	[TIME]	= print_time,
};

/* What the column points at, as an object; null when it is gone. */
static bool
nested_print(struct task *t, struct json *j, const struct view *view,
    const struct item *item, int column)
{
	struct item	 nested;

	if (item_nested(item, column, &nested))
		return view_print(t, view, j, &nested);
	json_null(j);
	return true;
}

static bool
member_print(struct task *t, struct json *j, const struct member *member,
    const struct item *item)
{
	int		 at = column_at(item->resource, member->column);

	assert(at >= 0);
	if (member->flags & MEMBER_HIDDEN)
		return true;
	if (member->format != NULL) {
		json_key(j, member->key);
		return member->format->print(t, j, item, at);
	}
	if (item_null(item, at) && t->surface->dialect->omit_nulls)
		return true;
	json_key(j, member->key);
	if (item_null(item, at)) {
		json_null(j);
		return true;
	}
	if (member->view != NULL)
		return nested_print(t, j, member->view, item, at);
	return printers[item->resource->columns[at].kind](t, j, item, at);
}

bool
view_print(struct task *t, const struct view *view, struct json *j,
    const struct item *item)
{
	json_object(j);
	for (size_t i = 0; i < view->nmembers; i++) {
		if (!member_print(t, j, &view->members[i], item))
			return false;
	}
	json_end_object(j);
	return true;
}

static bool
is_taken(const struct member *member, const struct column *column,
    bool making)
{
	return !(member->flags & MEMBER_SHOWN) &&
	    !(column->flags & SERVER) &&
	    (making || !(column->flags & FIXED));
}

/* Failures are collected in the task. */
static void
member_parse(struct task *t, const struct member *member,
    const struct input *input, bool making, struct values *values)
{
	int				 at;
	const struct column		*column;
	const struct input_value	*value;
	bool				 required;

	at = column_at(values->resource, member->column);
	assert(at >= 0);
	column = &values->resource->columns[at];
	if (!is_taken(member, column, making))
		return;
	value = input_find(input, member->key);
	required = (member->flags & MEMBER_REQUIRED) ||
	    (making && (column->flags & REQUIRED));
	if (value == NULL && required)
		fail_field(t, member->key, FIELD_REQUIRED, 0, NULL);
	else if (required && value->text[0] == '\0')
		fail_field(t, member->key, value->type == INPUT_NULL ?
		    FIELD_NULL : FIELD_BLANK, 0, NULL);
	else if (value == NULL && !(member->flags & MEMBER_ABSENT))
		return;
	else if (member->format != NULL && member->format->parse != NULL)
		(void)member->format->parse(t, member, value, values);
	else if (value != NULL)
		(void)validate(t, values, at, member->key, value);
}

bool
view_parse(struct task *t, const struct view *view,
    const struct input *input, bool making, struct values *values_r)
{
	values_init(values_r, view->resource);
	for (size_t i = 0; i < view->nmembers; i++)
		member_parse(t, &view->members[i], input, making, values_r);
	return t->fault.code == FAULT_NONE;
}
