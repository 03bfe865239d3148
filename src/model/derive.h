#ifndef CK_MODEL_DERIVE_H
#define CK_MODEL_DERIVE_H

/*
 * The texts of the statements that model/statement.h describes, each appended
 * to a buffer.  Used once, before the workers are forked.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "model/statement.h"

/* Can rows be named by uid? */
bool	 derive_has_uid(const struct resource *);
void	 derive_find(struct buf *, const struct resource *, enum naming);
void	 derive_lock(struct buf *, const struct resource *, enum naming);
/* `page`: the SQL function that gives the ids, in order. */
void	 derive_list(struct buf *, const struct resource *, const char *page,
	    enum naming);
void	 derive_create(struct buf *, const struct resource *, enum naming);
void	 derive_change(struct buf *, const struct resource *, enum naming);
void	 derive_archive(struct buf *, const struct resource *);

#endif
