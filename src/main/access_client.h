#ifndef CK_MAIN_ACCESS_CLIENT_H
#define CK_MAIN_ACCESS_CLIENT_H

/*
 * The web server's side of FastCGI, as much of it as chartkeep access-test
 * needs: one request on one connection, its answer read to the end.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/table.h"

struct asked {
	const char	*method, *target;
	const char	*peer;		/* the client's address */
	const char	*token;		/* or NULL */
	const char	*body;		/* JSON, or NULL */
};

struct answered {
	int		 status;
	struct buf	 text;		/* head and body */
};

/*
 * To the socket at `path`.  False, with the reason in `why`, without a whole
 * answer.
 */
bool	 access_ask(struct arena *, const char *path, const struct asked *,
	    struct answered *answered_r, char *why, size_t size) MUST_USE;

#endif
