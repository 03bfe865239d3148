#ifndef CK_API_HANDLERS_H
#define CK_API_HANDLERS_H

/*
 * The handlers that serve most routes, from the tables alone.
 */

#include <stdbool.h>

#include "api/surface.h"

bool	 list_rows(struct call *);	/* ?limit= &after= */
bool	 show_row(struct call *);
bool	 create_row(struct call *);
bool	 change_row(struct call *);
bool	 archive_row(struct call *);

/* Parts of them, for handlers of a surface's own. */

/* The list's rows, by the route's page and the query. */
bool	 list_find(struct call *, struct items *items_r) MUST_USE;
/* By another page function, one of the shape's `pages`. */
bool	 list_find_by(struct call *, const char *page, struct items *items_r)
	    MUST_USE;
/* All of a list in another view, the shape's `also`. */
bool	 list_view(struct call *, const struct view *);
/* Writes rows as an array with Link and ETag. */
bool	 list_write(struct call *, const struct items *) MUST_USE;
bool	 item_write(struct call *, const struct item *) MUST_USE;
/* change_row() of a row that the path names in another way than "{id}". */
bool	 change_row_at(struct call *, const char *id);
/* The body's members, by the dialect's rules. */
bool	 call_input(struct call *, struct input *input_r) MUST_USE;
/*
 * Reports the task's fault, which is known before the database was asked, at
 * its place in the order of checks: a bad session or (unless `session_only`)
 * a missing permission comes first.  Returns false.
 */
bool	 fail_in_order(struct call *, bool session_only);
/* The resource's after(), once the change is committed. */
void	 call_after(struct call *, const struct item *, enum event);
/* That of a row made, for struct making. */
bool	 write_made(struct call *, const struct item *, void *ctx) MUST_USE;
/* The success of a change, as the dialect writes it. */
bool	 call_done(struct call *, const struct item *, enum event) MUST_USE;

#endif
