#ifndef CK_BASE_JSON_H
#define CK_BASE_JSON_H

/*
 * JSON (RFC 8259), written straight into a buf; base/json_read.h reads it.
 * Commas are put where they belong: a value or key that follows another
 * gets one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json_read.h"

struct json {
	struct buf	*buf;
	bool		 more;		/* something stands before */
};

void	 json_start(struct json *, struct buf *);
void	 json_object(struct json *);		/* { */
void	 json_end_object(struct json *);	/* } */
void	 json_array(struct json *);		/* [ */
void	 json_end_array(struct json *);		/* ] */
/* Keys are our own constants and must not need escaping. */
void	 json_key(struct json *, const char *);
void	 json_text(struct json *, const char *);	/* NULL: null */
void	 json_text_n(struct json *, const char *, size_t);
void	 json_int(struct json *, int64_t);
void	 json_real(struct json *, double);	/* shortest that reads back */
void	 json_bool(struct json *, bool);
void	 json_null(struct json *);
/* Key and text in one. */
void	 json_pair(struct json *, const char *key, const char *text);

#endif
