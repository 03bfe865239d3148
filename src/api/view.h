#ifndef CK_API_VIEW_H
#define CK_API_VIEW_H

/*
 * How one surface spells a resource: keys for columns, in the surface's
 * order.  A member whose column is SERVER is only read; one that is FIXED is
 * only taken when a row is made; what is not a member is ignored.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/input.h"
#include "base/json.h"
#include "model/item.h"
#include "model/values.h"

struct member;

/* A spelling of its own: both ways, and what OpenAPI says of it. */
struct format {
	/* Writes the value (not the key). */
	bool		(*print)(struct task *, struct json *,
			    const struct item *, int column);
	/* Sets one or several values, or field faults; NULL: read only. */
	bool		(*parse)(struct task *, const struct member *,
			    const struct input_value *, struct values *);
	const char	*json_type;	/* "string", "integer" ... */
	const char	*json_format;
	const char	*example;
};

struct member {
	const char		*key;		/* as this surface spells it */
	const char		*column;	/* as the resource spells it */
	const struct format	*format;	/* NULL: the kind's own */
	unsigned		 flags;		/* MEMBER_..., may be 0 */
	/* Of an EXPANDED column: an object of what it points at. */
	const struct view	*view;
};

enum member_flags {
	MEMBER_REQUIRED	= 1,	/* this surface demands it, also in changes */
	MEMBER_ABSENT	= 4,	/* its format reads absence too (NULL) */
	MEMBER_HIDDEN	= 2,	/* taken, never shown */
	MEMBER_SHOWN	= 8	/* shown, never taken on this surface */
};

struct view {
	const char		*noun;		/* words errors and successes */
	const struct resource	*resource;
	const struct member	*members;
	size_t			 nmembers;
};

const struct member	*member_named(const struct view *, const char *key);
/* Writes the object of one row. */
bool	 view_print(struct task *, const struct view *, struct json *,
	    const struct item *) MUST_USE;
/*
 * Takes the input's members.  `making`: a new row, so REQUIRED columns must
 * be there.  Collects all field faults; false if there is any.
 */
bool	 view_parse(struct task *, const struct view *, const struct input *,
	    bool making, struct values *values_r) MUST_USE;

#endif
