#ifndef CK_API_CORS_H
#define CK_API_CORS_H

/*
 * Cross-origin requests (Fetch standard, section 3.2): for the configured
 * origins only, with credentials.  A preflight costs no database.
 */

#include <stdbool.h>

struct request;
struct response;
struct task;

/*
 * Adds the headers for a known origin.  True when the request was a
 * preflight, which is then answered; `methods` are those of the path.
 */
bool	 cors_answer(struct task *, const struct request *, unsigned methods,
	    struct response *);

#endif
