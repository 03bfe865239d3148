/*
 * Any lines as a request's target, host, client and conditions: its segments
 * are clean, it is refused or routed, and of two routes one wins.
 */

#include "http/path.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/task.h"
#include "http/request.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The lines of the input, in this order. */
static const char *const names[] = {
	"REQUEST_URI", "HTTP_HOST", "REMOTE_ADDR", "CONTENT_TYPE",
	"HTTP_IF_MATCH", "HTTP_IDEMPOTENCY_KEY", "HTTP_AUTHORIZATION"
};

static const char *const patterns[] = {
	"/", "/{a}", "/vital", "/vital/{id}/", "/{kind}/due", "/vital/due",
	"/p/{patient}/v/{id}", "/p/{patient}/{list}", "/{a}/{b}/{c}/{d}"
};

struct lines {
	const char	*values[COUNT_OF(names)];
};

static const char *
param(void *ctx, const char *name)
{
	const struct lines *lines = ctx;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i], name) == 0)
			return lines->values[i];
	return NULL;
}

static void
check_segments(const struct request *req)
{
	assert(req->nsegments <= SEGMENTS_MAX);
	assert(!req->path_is_bad || req->bad_why != NULL);
	for (size_t i = 0; i < req->nsegments; i++) {
		const char *segment = req->segments[i];

		assert(segment[0] != '\0');
		assert(strcmp(segment, ".") != 0);
		assert(strcmp(segment, "..") != 0);
		assert(text_is_utf8(segment, strlen(segment)));
	}
}

static void
check_headers(const struct request *req)
{
	assert(req->peer[0] != '\0');
	assert(req->host == NULL || (req->host[0] != '\0' &&
	    strpbrk(req->host, "/@ \r\n") == NULL));
	assert(req->if_match == NULL ||
	    strpbrk(req->if_match, "\r\n") == NULL);
	assert(req->idempotency_key == NULL ||
	    strlen(req->idempotency_key) <= 255);
}

static void
check_routes(const struct request *req)
{
	struct captures found[COUNT_OF(patterns)];
	bool matches[COUNT_OF(patterns)];

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		matches[i] = path_match(patterns[i], req, &found[i]);
		for (size_t j = 0; matches[i] && j < found[i].n; j++)
			assert(found[i].values[j][0] != '\0');
		for (size_t j = 0; j < i; j++)
			assert(!matches[i] || !matches[j] ||
			    path_beats(&found[i], &found[j], req->nsegments)
			    != path_beats(&found[j], &found[i],
			    req->nsegments));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task task = { .arena = arena_new(0) };
	struct lines lines = { 0 };
	struct request req;
	char *text = arena_copy(task.arena, data, size);

	for (size_t i = 0; i < COUNT_OF(names); i++)
		lines.values[i] = strsep(&text, "\n");
	request_read(&task, "/ck", param, &lines, &req);
	assert(task.fault.code == FAULT_NONE);
	check_segments(&req);
	check_headers(&req);
	if (!req.path_is_bad)
		check_routes(&req);
	arena_free(task.arena);
	return 0;
}
