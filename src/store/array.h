#ifndef CK_STORE_ARRAY_H
#define CK_STORE_ARRAY_H

/*
 * An array as one binary parameter, for statements that write many rows:
 * INSERT … SELECT … FROM unnest($1::bigint[], $2::bytea[]).
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct params;

/* PostgreSQL's numbers of the element types (pg_type.dat). */
enum array_type {
	ARRAY_BYTES	= 17,
	ARRAY_INT	= 20,
	ARRAY_TEXT	= 25,
	ARRAY_UUID	= 2950
};

struct array {
	struct buf		 buf;
	enum array_type		 type;
	uint32_t		 n;
};

void	 array_init(struct array *, struct arena *, enum array_type,
	    size_t expected);
void	 array_null(struct array *);
void	 array_int(struct array *, int64_t);
void	 array_text(struct array *, const char *);	/* NULL: null */
void	 array_bytes(struct array *, const void *, size_t);
void	 array_uuid(struct array *, const unsigned char uuid[16]);
/* Room for an element of `size` bytes, which the caller writes. */
unsigned char	*array_room(struct array *, size_t size);
/* Finishes it. */
void	 array_param(struct array *, struct params *);

#endif
