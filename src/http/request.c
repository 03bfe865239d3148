/*
 * CGI parameters as a request.  Nothing here refuses a request: what is
 * wrong with it is noted, and the surface answers in its own spelling.
 */

#include "http/request.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/task.h"
#include "http/address.h"
#include "http/form.h"

#define TARGET_MAX	8192
#define MEDIA_TYPE_MAX	255

static const struct method_row {
	enum method	 method;
	const char	*name;
} methods[] = {
	{ GET,     "GET" },
	{ HEAD,    "HEAD" },
	{ POST,    "POST" },
	{ PUT,     "PUT" },
	{ PATCH,   "PATCH" },
	{ DELETE,  "DELETE" },
	{ OPTIONS, "OPTIONS" },
};

/* Headers that are taken over as they are. */
static const struct header_row {
	const char	*param;
	size_t		 offset;
	size_t		 max;
	const char	*refusal;	/* NULL: absent when unusable */
} headers[] = {
	{ "HTTP_ACCEPT",          OFFSET_OF(struct request, accept, const char *),          4096 },
	{ "HTTP_AUTHORIZATION",   OFFSET_OF(struct request, authorization, const char *),   8192 },
	{ "HTTP_IDEMPOTENCY_KEY", OFFSET_OF(struct request, idempotency_key, const char *), 255,
	    "the header Idempotency-Key is malformed" },
	{ "HTTP_IF_MATCH",        OFFSET_OF(struct request, if_match, const char *),        1024,
	    "the header If-Match is malformed" },
	{ "HTTP_IF_NONE_MATCH",   OFFSET_OF(struct request, if_none_match, const char *),   1024 },
	{ "HTTP_ORIGIN",          OFFSET_OF(struct request, origin, const char *),          1024 },
};

const char *
method_name(enum method method)
{
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return "?";
}

enum method
method_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (text_equal(methods[i].name, name))
			return methods[i].method;
	return (enum method)0;
}

/* The first reason stays. */
static bool
bad(struct request *req, const char *why)
{
	req->path_is_bad = true;
	if (req->bad_why == NULL)
		req->bad_why = why;
	return false;
}

/* Web servers give absent parameters as empty ones, too. */
static const char *
param_or_empty(param_fn *param, void *ctx, const char *name)
{
	const char *value = param(ctx, name);

	return value != NULL ? value : "";
}

static bool
is_usable(const char *value, size_t max)
{
	size_t len = strnlen(value, max + 1);

	if (len > max || !text_is_utf8(value, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)value[i] < ' ' && value[i] != '\t') ||
		    value[i] == 0x7f)
			return false;
	return true;
}

static void
read_headers(struct task *t, param_fn *param, void *ctx, struct request *req)
{
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		const struct header_row *row = &headers[i];
		const char *value = param_or_empty(param, ctx, row->param);
		const char **slot =
		    (const char **)(void *)((char *)req + row->offset);

		if (value[0] == '\0')
			continue;
		if (is_usable(value, row->max))
			*slot = arena_text(t->arena, value);
		else if (row->refusal != NULL)
			bad(req, row->refusal);
	}
}

/* "Application/JSON; charset=utf-8" as "application/json". */
static const char *
media_type(struct task *t, const char *value)
{
	size_t len = strcspn(value, ";");

	if (len > MEDIA_TYPE_MAX || !is_usable(value, TARGET_MAX))
		return "";
	return text_normal(t->arena, arena_copy(t->arena, value, len));
}

static bool
add_segment(struct task *t, struct request *req, const char *text, size_t len)
{
	if (len == 0)
		return bad(req, "the path has an empty segment");
	if (req->nsegments == SEGMENTS_MAX)
		return bad(req, "the path has too many segments");

	const char *segment = form_segment(t, text, len);

	if (segment == NULL)
		return bad(req, "the path is malformed");
	if (text_equal(segment, ".") || text_equal(segment, ".."))
		return bad(req, "the path has a dot segment");
	req->segments[req->nsegments++] = segment;
	return true;
}

/* "/a/b/" as "a" and "b"; one slash at the end is no segment. */
static bool
read_path(struct task *t, const char *path, const char *end,
    struct request *req)
{
	while (path < end) {
		path++;

		const char *slash = memchr(path, '/', (size_t)(end - path));
		const char *stop = slash != NULL ? slash : end;

		if (path == end)
			return true;
		if (!add_segment(t, req, path, (size_t)(stop - path)))
			return false;
		path = stop;
	}
	return true;
}

/* Compared decoded: "/%63hartkeep/" begins with "/chartkeep", too. */
static void
drop_prefix(struct request *req, const char *prefix)
{
	size_t n = 0;

	while (*prefix != '\0') {
		size_t len = strcspn(prefix, "/");

		if (len > 0) {
			if (n == req->nsegments || strncmp(prefix,
			    req->segments[n], len) != 0 ||
			    req->segments[n][len] != '\0')
				return;
			n++;
		}
		prefix += len;
		prefix += *prefix == '/';
	}
	req->nsegments -= n;
	memmove(req->segments, req->segments + n,
	    req->nsegments * sizeof(req->segments[0]));
}

/* The path within "http://example.org/path", a proxy's form of target. */
static const char *
skip_authority(const char *target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		size_t len = strlen(schemes[i]);

		if (strncasecmp(target, schemes[i], len) == 0)
			return target + len + strcspn(target + len, "/?");
	}
	return target;
}

static bool
read_target(struct task *t, const char *prefix, struct request *req)
{
	const char *path = skip_authority(req->target);
	const char *end = path + strcspn(path, "?");

	if (path == req->target && path[0] != '/')
		return bad(req, "the target is not a path");
	if (!read_path(t, path, end, req))
		return false;
	drop_prefix(req, prefix);
	if (*end == '?' && !form_read(t, end + 1, strlen(end + 1),
	    &req->query)) {
		fault_clear(t);
		return bad(req, "the query is malformed");
	}
	return true;
}

void
request_read(struct task *t, const char *prefix, param_fn *param, void *ctx,
    struct request *request_r)
{
	struct request *req = request_r;
	const char *target = param_or_empty(param, ctx, "REQUEST_URI");
	size_t target_len = strnlen(target, TARGET_MAX + 1);

	*req = (struct request){ .body = "" };
	req->method = method_named(param(ctx, "REQUEST_METHOD"));
	req->peer = address_peer(t->arena,
	    param_or_empty(param, ctx, "REMOTE_ADDR"));
	req->host = address_host(t->arena,
	    param_or_empty(param, ctx, "HTTP_HOST"));
	req->content_type = media_type(t,
	    param_or_empty(param, ctx, "CONTENT_TYPE"));
	read_headers(t, param, ctx, req);
	req->target = arena_copy(t->arena, target,
	    target_len > TARGET_MAX ? TARGET_MAX : target_len);
	if (target_len > TARGET_MAX)
		bad(req, "the target is too long");
	else if (!read_target(t, prefix, req))
		req->nsegments = 0;
}

static bool
is_json(const char *type)
{
	size_t len = strlen(type);

	return text_equal(type, "application/json") ||
	    (len > 5 && text_equal(type + len - 5, "+json"));
}

static bool
read_json(struct task *t, const struct request *req, struct input *input_r)
{
	const char *start = req->body + strspn(req->body, " \t\r\n");

	if (start == req->body + req->body_len)
		return fail(t, FAULT_BAD_REQUEST, "the body is empty");
	/* How the other JSON values begin; the rest is not JSON at all. */
	if (*start != '\0' && strchr("[\"-0123456789tfn", *start) != NULL)
		return fail(t, FAULT_BAD_REQUEST, "the body is not an object");
	return json_read(t, req->body, req->body_len, input_r);
}

bool
request_input(struct task *t, const struct request *req, enum bodies bodies,
    struct input *input_r)
{
	*input_r = (struct input){ 0 };
	if (req->body_too_large)
		return fail(t, FAULT_TOO_LARGE, "the body is too large");
	if (req->body_is_cut)
		return fail(t, FAULT_BAD_REQUEST, "the body is incomplete");
	if (bodies == BODY_ANYHOW || is_json(req->content_type))
		return read_json(t, req, input_r);
	if (bodies == BODY_TYPED && text_equal(req->content_type,
	    "application/x-www-form-urlencoded"))
		return form_read(t, req->body, req->body_len, input_r);
	if (req->content_type[0] == '\0' && req->body_len == 0)
		return true;
	return fail(t, FAULT_MEDIA_TYPE, "the content type is not supported");
}
