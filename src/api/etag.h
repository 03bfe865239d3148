#ifndef CK_API_ETAG_H
#define CK_API_ETAG_H

/*
 * Entity tags and conditional requests (RFC 9110 sections 8.8.3 and 13): a
 * row's version and a digest of the body as this caller gets it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "api/surface.h"

/*
 * Tags a complete 200 answer to a GET; becomes 304 without a body when the
 * request's If-None-Match names the tag.
 */
void	 etag_answer(struct call *, int64_t version);
/* If-Match names another version: FAULT_PRECONDITION. */
bool	 etag_precondition(struct call *, int64_t version) MUST_USE;

#endif
