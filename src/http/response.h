#ifndef CK_HTTP_RESPONSE_H
#define CK_HTTP_RESPONSE_H

/*
 * An answer under construction: status, headers, body.  Nothing is sent
 * before it is complete, so a late fault can still replace it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/table.h"

#define HEADERS_MAX	24

struct header {
	const char	*name, *value;
};

struct response {
	int		 status;
	const char	*content_type;	/* NULL: no body */
	struct buf	 body;
	struct header	 headers[HEADERS_MAX];
	size_t		 nheaders;
	bool		 cacheable;	/* false: Cache-Control: no-store */
};

void	 response_init(struct response *, struct arena *);
/*
 * Drops status (200 then), body and all headers but those that do not depend
 * on them: Vary, X-Request-Id, Access-Control-Allow-Origin,
 * -Allow-Credentials and -Expose-Headers.
 */
void	 response_clear(struct response *);
/*
 * Replaces one of the same name; NULL takes it away.  The value outlives the
 * response; one that holds control characters is dropped (no header
 * splitting), together with the one it was to replace.
 */
void	 response_header(struct response *, const char *name,
	    const char *value);
const char	*response_find(const struct response *, const char *name);
/* "404 Not Found".  Statuses are ours: an unknown one is a bug. */
const char	*status_line(int status);
/* False for 204, 304 and without a content type: no body is sent. */
bool	 response_has_body(const struct response *);

/*
 * Head as a CGI response (RFC 3875 section 6) in `out`.  Content-Length,
 * Cache-Control and the security headers (nosniff, no referrer, no framing,
 * a content policy that allows nothing) are added here; a header that was
 * set by hand goes before its default.  204 and 304 say no Content-Length.
 */
void	 response_head(const struct response *, struct buf *out);

#endif
