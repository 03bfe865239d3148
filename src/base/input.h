#ifndef CK_BASE_INPUT_H
#define CK_BASE_INPUT_H

/*
 * What a client sent, whatever its spelling (JSON, form, query): named
 * values, flat.  Everything lives in the task's arena.  All text is
 * well-formed UTF-8 without NUL: the readers refuse what is not.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

struct task;

enum input_type {
	INPUT_NULL,
	INPUT_TEXT,
	INPUT_NUMBER,		/* text is the number as it was spelled */
	INPUT_BOOL,		/* text is "true" or "false" */
	INPUT_LIST,		/* text is its JSON */
	INPUT_OBJECT		/* text is its JSON */
};

struct input_value {
	enum input_type	 type;
	const char	*text;		/* "" for null */
};

struct input_field {
	const char		*name;
	struct input_value	 value;
};

struct input {
	const struct input_field	*fields;
	size_t				 nfields;
	bool				 typed;	/* JSON: types mean something */
};

/* NULL when absent; of several with one name the last. */
const struct input_value	*input_find(const struct input *, const char *);
/* The text of a non-empty text (or, untyped, any) value, else NULL. */
const char	*input_text(const struct input *, const char *name);

#endif
