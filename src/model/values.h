#ifndef CK_MODEL_VALUES_H
#define CK_MODEL_VALUES_H

/*
 * What a client wants a row to hold, by the resource's columns: already
 * validated, in PostgreSQL's text format (sealed columns still plain).
 */

#include <stdbool.h>
#include <stddef.h>

#include "model/resource.h"

#define COLUMNS_MAX	32

struct value {
	bool		 given;
	const char	*text;		/* NULL: null */
};

struct values {
	const struct resource	*resource;
	struct value		 at[COLUMNS_MAX];	/* as the columns */
};

void	 values_init(struct values *, const struct resource *);
/* Asserts that there is such a column. */
void	 values_set(struct values *, const char *column, const char *text);
const char	*values_text(const struct values *, const char *column);

/*
 * Parses and checks one input for a column: kind, bounds, choices, check().
 * `field` is the surface's spelling, for faults.  Sets values or a field
 * fault.
 */
bool	 validate(struct task *, struct values *, int column,
	    const char *field, const struct input_value *);

#endif
