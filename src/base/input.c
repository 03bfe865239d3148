#include "base/input.h"

#include <string.h>

const struct input_value *
input_find(const struct input *in, const char *name)
{
	for (size_t i = in->nfields; i > 0; i--) {
		if (strcmp(in->fields[i - 1].name, name) == 0)
			return &in->fields[i - 1].value;
	}
	return NULL;
}

const char *
input_text(const struct input *in, const char *name)
{
	const struct input_value *value = input_find(in, name);

	if (value == NULL || value->text[0] == '\0')
		return NULL;
	if (in->typed && value->type != INPUT_TEXT)
		return NULL;
	return value->text;
}
