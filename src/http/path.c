/*
 * Route patterns against paths.  Both are runs of segments; a slash at the
 * pattern's end means nothing, as at the path's.
 */

#include "http/path.h"

#include <assert.h>
#include <string.h>

#include "http/request.h"

static void
bind_name(struct captures *captures, const char *name, size_t len,
    const char *value)
{
	assert(captures->n < CAPTURES_MAX);
	captures->names[captures->n] = name;
	captures->name_len[captures->n] = len;
	captures->values[captures->n++] = value;
}

/* One segment of the pattern, not empty, against the request's i-th. */
static bool
match_segment(const char *pattern, size_t len, const struct request *req,
    size_t i, struct captures *captures)
{
	const char *value = req->segments[i];

	if (pattern[0] == '{' && pattern[len - 1] == '}') {
		bind_name(captures, pattern + 1, len - 2, value);
		return true;
	}
	if (strncmp(pattern, value, len) != 0 || value[len] != '\0')
		return false;
	captures->literals |= 1u << i;
	return true;
}

bool
path_match(const char *pattern, const struct request *req,
    struct captures *captures_r)
{
	size_t i = 0;

	*captures_r = (struct captures){ 0 };
	while (*pattern != '\0') {
		size_t len = strcspn(pattern, "/");

		if (len > 0) {
			if (i == req->nsegments || !match_segment(pattern,
			    len, req, i, captures_r))
				return false;
			i++;
		}
		pattern += len;
		pattern += *pattern == '/';
	}
	return i == req->nsegments;
}

bool
path_beats(const struct captures *captures, const struct captures *than,
    size_t nsegments)
{
	for (size_t i = 0; i < nsegments; i++) {
		unsigned bit = 1u << i;

		if ((captures->literals ^ than->literals) & bit)
			return captures->literals & bit;
	}
	return false;
}

const char *
capture(const struct captures *captures, const char *name)
{
	for (size_t i = 0; i < captures->n; i++)
		if (strncmp(captures->names[i], name,
		    captures->name_len[i]) == 0
		    && name[captures->name_len[i]] == '\0')
			return captures->values[i];
	return NULL;
}
