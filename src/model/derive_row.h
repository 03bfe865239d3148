#ifndef CK_MODEL_DERIVE_ROW_H
#define CK_MODEL_DERIVE_ROW_H

/*
 * Parts of derived statements: what a row holds when it comes out, and where
 * that comes from.  All append to the buffer.
 */

#include <stdbool.h>

#include "model/statement.h"

struct buf;
struct resource;

/*
 * The relation in which another row's id or uid is looked up.  A view in its
 * place would put all it joins, with the policies of that, into plans of
 * which they are most of the time, even where no row is pointed at.
 */
const char	*derive_row_ids(const struct resource *);
/* The column of the owner, or NULL. */
const char	*derive_row_owner(const struct resource *);

/* The SELECT list of the row named x, without its key. */
void	 derive_row_columns(struct buf *, const struct resource *,
	    enum naming);
/* ", x.patient_id AS row_owner" where there is an owner; about_patient. */
void	 derive_row_tell_owner(struct buf *, const struct resource *);
/*
 * The SELECT list of a finished row out of the common table expression
 * `from`, and the FROM that goes with it.
 */
void	 derive_row_names(struct buf *, const struct resource *,
	    const char *from, enum naming);
void	 derive_row_from(struct buf *, const struct resource *,
	    const char *from, enum naming);
/*
 * What EXPANDED columns point at, as n1, n2 ..., and the joins that bring
 * it.  Row-level security of the target decides whether there is something.
 * `n` counts from 0.
 */
void	 derive_row_nested(struct buf *, const struct resource *, enum naming,
	    int *n);
void	 derive_row_joins(struct buf *, const struct resource *,
	    const char *from, bool by_uid, int *n);
/*
 * ", ... AS weight": the sealed bytes of the rows before this one, nested
 * ones too.  A page ends where they are enough, so that a list's memory is
 * bounded however long its texts are.  False, and nothing appended, where no
 * text is sealed.
 */
bool	 derive_row_weight(struct buf *, const struct resource *);

#endif
