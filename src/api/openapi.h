#ifndef CK_API_OPENAPI_H
#define CK_API_OPENAPI_H

/*
 * What the tables say, printed: OpenAPI 3.1, the list of routes, and what a
 * single request goes through.
 */

#include <stdbool.h>

#include "api/surface.h"
#include "base/buf.h"

/* Of the derived statements' pages; before statements_make(). */
void	 tables_announce(void);

void	 openapi_print(struct task *, const struct surface *, struct buf *);
/* One line a route: surface method path roles permission action handler. */
void	 routes_print(struct buf *);
/* The row, its gates and its SQL, in words.  False: no such route. */
bool	 explain_print(struct task *, const struct request *,
	    const char *role, struct buf *);
/* Every prepared statement with its name, for the golden file. */
void	 statements_print(struct buf *);
/* Bad rows of the tables, a line each with its reason; how many. */
size_t	 tables_lint(struct buf *);

#endif
