/*
 * Answers as CGI responses.  The fixed headers are a table; a handler that
 * needs another value (a document's policy) sets the header itself.
 */

#include "http/response.h"

#include <assert.h>

#include "base/text.h"

static const struct status_row {
	int		 status;
	const char	*line;
} statuses[] = {
	{ 200, "200 OK" },
	{ 201, "201 Created" },
	{ 202, "202 Accepted" },
	{ 204, "204 No Content" },
	{ 206, "206 Partial Content" },
	{ 301, "301 Moved Permanently" },
	{ 302, "302 Found" },
	{ 303, "303 See Other" },
	{ 304, "304 Not Modified" },
	{ 307, "307 Temporary Redirect" },
	{ 308, "308 Permanent Redirect" },
	{ 400, "400 Bad Request" },
	{ 401, "401 Unauthorized" },
	{ 403, "403 Forbidden" },
	{ 404, "404 Not Found" },
	{ 405, "405 Method Not Allowed" },
	{ 406, "406 Not Acceptable" },
	{ 408, "408 Request Timeout" },
	{ 409, "409 Conflict" },
	{ 410, "410 Gone" },
	{ 411, "411 Length Required" },
	{ 412, "412 Precondition Failed" },
	{ 413, "413 Content Too Large" },
	{ 414, "414 URI Too Long" },
	{ 415, "415 Unsupported Media Type" },
	{ 416, "416 Range Not Satisfiable" },
	{ 422, "422 Unprocessable Content" },
	{ 428, "428 Precondition Required" },
	{ 429, "429 Too Many Requests" },
	{ 500, "500 Internal Server Error" },
	{ 501, "501 Not Implemented" },
	{ 502, "502 Bad Gateway" },
	{ 503, "503 Service Unavailable" },
	{ 504, "504 Gateway Timeout" },
};

static const struct header fixed_headers[] = {
	{ "X-Content-Type-Options",  "nosniff" },
	{ "Referrer-Policy",         "no-referrer" },
	{ "X-Frame-Options",         "DENY" },
	{ "Content-Security-Policy", "default-src 'none'" },
};

/* What says whose answer it is, not what it holds. */
static const char *const sticky[] = {
	"Access-Control-Allow-Credentials",
	"Access-Control-Allow-Origin",
	"Access-Control-Expose-Headers",
	"Vary",
	"X-Request-Id",
};

const char *
status_line(int status)
{
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].line;
	assert(!"a status of the table");
	return "500 Internal Server Error";
}

void
response_init(struct response *res, struct arena *arena)
{
	*res = (struct response){ .status = 200 };
	buf_init(&res->body, arena, 0);
}

static bool
is_sticky(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(sticky); i++)
		if (text_equal_nocase(sticky[i], name))
			return true;
	return false;
}

void
response_clear(struct response *res)
{
	size_t kept = 0;

	for (size_t i = 0; i < res->nheaders; i++)
		if (is_sticky(res->headers[i].name))
			res->headers[kept++] = res->headers[i];
	res->nheaders = kept;
	res->status = 200;
	res->content_type = NULL;
	res->cacheable = false;
	buf_cut(&res->body, 0);
}

static bool
holds_control(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return true;
	return false;
}

void
response_header(struct response *res, const char *name, const char *value)
{
	size_t i = 0;

	while (i < res->nheaders &&
	    !text_equal_nocase(res->headers[i].name, name))
		i++;
	if (value == NULL || holds_control(value)) {
		if (i < res->nheaders)
			res->headers[i] = res->headers[--res->nheaders];
		return;
	}
	assert(i < HEADERS_MAX);
	res->headers[i] = (struct header){ name, value };
	if (i == res->nheaders)
		res->nheaders++;
}

const char *
response_find(const struct response *res, const char *name)
{
	for (size_t i = 0; i < res->nheaders; i++)
		if (text_equal_nocase(res->headers[i].name, name))
			return res->headers[i].value;
	return NULL;
}

bool
response_has_body(const struct response *res)
{
	return res->content_type != NULL && res->status != 204 &&
	    res->status != 304;
}

static void
add_header(struct buf *out, const char *name, const char *value)
{
	buf_text(out, name);
	buf_add(out, ": ", 2);
	buf_text(out, value);
	buf_add(out, "\r\n", 2);
}

/* Unless the handler has set its own. */
static void
add_default(const struct response *res, struct buf *out, const char *name,
    const char *value)
{
	if (response_find(res, name) == NULL)
		add_header(out, name, value);
}

void
response_head(const struct response *res, struct buf *out)
{
	bool has_body = response_has_body(res);

	add_header(out, "Status", status_line(res->status));
	if (has_body)
		add_header(out, "Content-Type", res->content_type);
	if (res->status != 204 && res->status != 304)
		buf_printf(out, "Content-Length: %zu\r\n",
		    has_body ? res->body.len : 0);
	add_default(res, out, "Cache-Control",
	    res->cacheable ? "private, no-cache" : "no-store");
	for (size_t i = 0; i < COUNT_OF(fixed_headers); i++)
		add_default(res, out, fixed_headers[i].name,
		    fixed_headers[i].value);
	for (size_t i = 0; i < res->nheaders; i++)
		add_header(out, res->headers[i].name, res->headers[i].value);
	buf_add(out, "\r\n", 2);
}
