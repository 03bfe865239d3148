#ifndef CK_HTTP_REQUEST_H
#define CK_HTTP_REQUEST_H

/*
 * A request as it came through FastCGI: method, path, headers, body.  The
 * path is derived from REQUEST_URI less the configured prefix (PATH_INFO
 * differs between web servers), split at '/' before it is decoded.
 * REMOTE_USER is never looked at.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/input.h"
#include "base/table.h"

struct task;

/* One bit each, so that a row may name several. */
enum method {
	GET	= 1,
	HEAD	= 2,
	POST	= 4,
	PUT	= 8,
	PATCH	= 16,
	DELETE	= 32,
	OPTIONS	= 64
};

#define SEGMENTS_MAX	16

struct request {
	enum method	 method;	/* 0: another one */
	const char	*target;	/* REQUEST_URI as sent */
	/* Decoded segments, without empty ones at either end. */
	const char	*segments[SEGMENTS_MAX];
	size_t		 nsegments;
	bool		 path_is_bad;	/* to be refused; see bad_why */
	const char	*bad_why;	/* "the path is malformed"; or NULL */
	struct input	 query;		/* decoded; untyped */
	const char	*peer;		/* IP address, see http/address.h */
	const char	*host;		/* lower case, without port; or NULL */
	const char	*origin;	/* or NULL */
	const char	*authorization;	/* or NULL */
	const char	*content_type;	/* lower case, no parameters; or "" */
	const char	*if_match, *if_none_match, *idempotency_key;
	const char	*accept;
	const char	*body;
	size_t		 body_len;
	bool		 body_too_large;
	bool		 body_is_cut;	/* the client went away */
};

const char	*method_name(enum method);	/* "GET"; "?" for 0 */
enum method	 method_named(const char *);	/* 0: none */

/*
 * Bad is a target that is over 8 KiB or holds malformed escapes, NUL, bad
 * UTF-8, ".", "..", "//" or over SEGMENTS_MAX segments, and a header that
 * may not be ignored (If-Match, Idempotency-Key) but cannot be read.  Other
 * headers that are too long or hold control characters count as absent.
 * The prefix is dropped where the path begins with it.
 *
 * Reads the parameters given by `param(ctx, "REQUEST_METHOD")` (NULL when
 * absent) into the request, copied; the body is read by http/fcgi.
 */
typedef const char *param_fn(void *ctx, const char *name);
void	 request_read(struct task *, const char *prefix, param_fn *,
	    void *ctx, struct request *request_r);

/*
 * The body's members, where no body without a type has none.  Faults:
 * FAULT_BAD_REQUEST (also for a body that is cut), FAULT_MEDIA_TYPE,
 * FAULT_TOO_LARGE.
 */
enum bodies {
	BODY_TYPED,	/* application/json, any +json, or a form */
	BODY_ANYHOW,	/* JSON, whatever the header says */
	BODY_JSON	/* application/json or any +json */
};
bool	 request_input(struct task *, const struct request *, enum bodies,
	    struct input *input_r) MUST_USE;

#endif
