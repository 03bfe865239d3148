#ifndef CK_MODEL_POLICY_H
#define CK_MODEL_POLICY_H

/*
 * Row rules: who may change a row that they see, beyond role and permission
 * matrix.  Named in the resources (may_change) and, tightening, as guards of
 * routes; each fails with its own reason.
 */

#include <stdbool.h>

#include "base/table.h"

struct item;
struct task;

/* Its author, or an admin. */
bool	 author_or_admin(struct task *, const struct item *) MUST_USE;
/* Only admins. */
bool	 admin_only(struct task *, const struct item *) MUST_USE;
/* Everyone whom the matrix allows (shared reference data). */
bool	 anyone_permitted(struct task *, const struct item *) MUST_USE;
/* The person, who is the row's owner, or an admin. */
bool	 self_or_admin(struct task *, const struct item *) MUST_USE;

/* What a rule says, for documents: "its author or an admin". */
const char	*policy_words(bool (*rule)(struct task *,
		    const struct item *));

#endif
