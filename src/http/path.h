#ifndef CK_HTTP_PATH_H
#define CK_HTTP_PATH_H

/*
 * Matching a request's segments against a route's path: "/vital/{id}".
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

struct request;

#define CAPTURES_MAX	4

struct captures {
	const char	*names[CAPTURES_MAX];	/* into `pattern`, see len */
	size_t		 name_len[CAPTURES_MAX];
	const char	*values[CAPTURES_MAX];
	size_t		 n;
	unsigned	 literals;	/* bit i: segment i matched literally */
};

/* Segments matched, names bound.  Of two that match, the one whose literals
 * compare greater from the left wins: see path_beats(). */
bool	 path_match(const char *pattern, const struct request *,
	    struct captures *captures_r);
bool	 path_beats(const struct captures *, const struct captures *than,
	    size_t nsegments);
/* The value bound to the name, or NULL. */
const char	*capture(const struct captures *, const char *name);

#endif
