#ifndef CK_MODEL_ITEM_H
#define CK_MODEL_ITEM_H

/*
 * A stored row of a resource: the columns of a result in the order of the
 * resource's columns, sealed ones opened on demand.  What an EXPANDED column
 * points at follows in the same row, and is an item of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/resource.h"
#include "store/row.h"

struct actor;
struct data_key;

struct item {
	const struct resource	*resource;
	struct row		 row;
	int			 first;		/* its place in the row */
};

struct items {
	const struct resource	*resource;
	const struct result	*result;
	size_t			 n;
	int64_t			 limit;		/* as it was asked for */
	bool			 more;		/* the list was cut at n */
};

struct item	 items_at(const struct items *, size_t);

/* The row's number, whatever its id is shown as. */
int64_t	 item_number(const struct item *);
/* What the EXPANDED column points at; false when it is null or gone. */
bool	 item_nested(const struct item *, int column,
	    struct item *nested_r);
bool	 item_null(const struct item *, int column);
/* As in store/row.h. */
int64_t	 item_int(const struct item *, int column);
bool	 item_bool(const struct item *, int column);
double	 item_real(const struct item *, int column);
int64_t	 item_time(const struct item *, int column);
int64_t	 item_date(const struct item *, int column);
const unsigned char	*item_bytes(const struct item *, int column,
			    size_t *len_r);
/*
 * TEXT, opened when SEALED; NULL for null.  False: the sealed value does
 * not open (FAULT_INTERNAL, logged).
 */
bool	 item_text(struct task *, const struct item *, int column,
	    const char **text_r) MUST_USE;
/* By name; asserts that there is such a column. */
int64_t	 item_int_of(const struct item *, const char *column);
bool	 item_text_of(struct task *, const struct item *, const char *column,
	    const char **text_r) MUST_USE;
/* The key of its sealed values. */
bool	 item_key(struct task *, const struct item *,
	    const struct data_key **key_r) MUST_USE;

/* Does a column that refers to an account name the actor? */
bool	 item_names(const struct item *, int column, const struct actor *);
bool	 item_is_owned_by(const struct item *, const struct actor *);
bool	 item_is_written_by(const struct item *, const struct actor *);
/* 0 when the resource has no version. */
int64_t	 item_version(const struct item *);

#endif
