/* Entity tags: "VERSION-DIGEST". */

#include "api/etag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/task.h"
#include "crypto/digest.h"

#define DIGEST_BYTES	12

/* Is the tag one of the list, or the list "*"?  W/ does not matter here. */
static bool
names_tag(const char *list, const char *tag)
{
	size_t	 len = strlen(tag);

	for (const char *at = list; at != NULL; at = strchr(at, ',')) {
		at += strspn(at, ", \t");
		if (strncmp(at, "W/", 2) == 0)
			at += 2;
		if (at[0] == '*' || strncmp(at, tag, len) == 0)
			return true;
	}
	return false;
}

void
etag_answer(struct call *call, int64_t version)
{
	struct response	*response = call->response;
	const char	*wanted = call->request->if_none_match;
	unsigned char	 digest[32];
	char		 hex[HEX_SIZE(DIGEST_BYTES)];
	char		*tag;

	digest_sha256(response->body.data, response->body.len, digest);
	hex_encode(digest, DIGEST_BYTES, hex);
	tag = arena_printf(call->task->arena, "\"%lld-%s\"",
	    (long long)version, hex);
	response_header(response, "ETag", tag);
	response->cacheable = true;
	if (wanted != NULL && names_tag(wanted, tag)) {
		response->status = 304;
		response->content_type = NULL;
		buf_cut(&response->body, 0);
	}
}

bool
etag_precondition(struct call *call, int64_t version)
{
	const char	*wanted = call->request->if_match;
	char		 start[24];
	int		 len;

	if (wanted == NULL || version == 0)
		return true;
	len = snprintf(start, sizeof(start), "\"%lld-", (long long)version);
	for (const char *at = wanted; at != NULL; at = strchr(at, ',')) {
		at += strspn(at, ", \t");
		if (at[0] == '*' || strncmp(at, start, (size_t)len) == 0)
			return true;
	}
	return fail(call->task, FAULT_PRECONDITION, NULL);
}
