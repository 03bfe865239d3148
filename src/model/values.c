/* What a row is to hold, and the one door by which it comes in. */

#include "model/values.h"

#include <assert.h>
#include <string.h>

#include "base/fault.h"
#include "base/input.h"

void
values_init(struct values *values, const struct resource *resource)
{
	assert(resource->ncolumns <= COLUMNS_MAX);
	memset(values, 0, sizeof(*values));
	values->resource = resource;
}

static struct value *
value_of(struct values *values, const char *column)
{
	int	 at = column_at(values->resource, column);

	assert(at >= 0);
	return &values->at[at];
}

void
values_set(struct values *values, const char *column, const char *text)
{
	struct value	*value = value_of(values, column);

	value->given = true;
	value->text = text;
}

const char *
values_text(const struct values *values, const char *column)
{
	int	 at = column_at(values->resource, column);

	assert(at >= 0);
	return values->at[at].text;
}

bool
validate(struct task *t, struct values *values, int column,
    const char *field, const struct input_value *input)
{
	const struct column	*c = &values->resource->columns[column];
	struct value		*value = &values->at[column];

	if (input->type == INPUT_NULL) {
		if (c->flags & REQUIRED)
			return fail_field(t, field, FIELD_NULL, 0, NULL);
		value->given = true;
		value->text = NULL;
		return true;
	}
	if (!kinds[c->kind].parse(t, c, field, input, &value->text))
		return false;
	if (c->check != NULL && !c->check(t, field, value->text))
		return false;
	value->given = true;
	return true;
}
