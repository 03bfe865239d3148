#ifndef CK_HTTP_FORM_H
#define CK_HTTP_FORM_H

/*
 * application/x-www-form-urlencoded and query strings (WHATWG URL, section
 * 5): '+' is a blank, escapes are decoded, at most 1000 fields.  Malformed
 * escapes, NUL and bad UTF-8 are refused.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/input.h"
#include "base/table.h"

struct buf;

bool	 form_read(struct task *, const char *text, size_t len,
	    struct input *input_r) MUST_USE;
/* Percent-decodes a path segment; NULL when malformed. */
const char	*form_segment(struct task *, const char *text, size_t len);
/* Percent-encodes all but RFC 3986's unreserved characters. */
void	 form_escape(struct buf *, const char *text);

#endif
