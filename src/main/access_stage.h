#ifndef CK_MAIN_ACCESS_STAGE_H
#define CK_MAIN_ACCESS_STAGE_H

/*
 * The people and rows of one case, made by the owner in the scratch schema:
 * fresh ones each time, so that no case disturbs another.
 */

#include <stdbool.h>
#include <stdint.h>

#include "crypto/token.h"
#include "main/access_eval.h"
#include "store/row.h"

struct pg;
struct statement;
struct task;

struct access_stage {
	struct task		*task;
	enum access_role	 role;
	enum access_relation	 relation;
	struct row		 row;		/* of access_stage() */
	const char		*token;		/* NULL: nobody's */
	bool			 absent;
};

/* What the places of all cases hold together; one in a run. */
extern const struct statement *const access_statements[];
extern const size_t	 naccess_statements;

/*
 * Makes the case in the task's database, sealed with its keyring.  Now and
 * then it empties the tables before.
 */
bool	 access_stage_make(struct access_stage *, struct task *,
	    enum access_role, enum access_relation) MUST_USE;

/*
 * A name in braces: a column of access_stage(), or the password.  NULL for
 * none, and where the schema does not allow the row, which is `absent` then.
 */
const char	*access_stage_value(void *stage, const char *name);

/*
 * What was written since: names of tables, or NULL; rows that are gone; has
 * the actor left a row of the audit?
 */
struct access_writes {
	const char	*tables;
	int64_t		 gone;
	bool		 evidence;
};
bool	 access_stage_writes(struct access_stage *,
	    struct access_writes *writes_r) MUST_USE;

/* Takes the installation's matrix; how many rows are not the initial ones. */
bool	 access_take_matrix(struct task *, int64_t *differing_r) MUST_USE;
/* Does the matrix say otherwise here than the one of the migrations? */
bool	 access_matrix_differs(struct task *, int64_t permission,
	    enum access_role, const char *action, bool *closed_r,
	    bool *opened_r) MUST_USE;

#endif
