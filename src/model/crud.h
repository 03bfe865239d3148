#ifndef CK_MODEL_CRUD_H
#define CK_MODEL_CRUD_H

/*
 * Reading and writing rows of any resource, as the task's token: every call
 * begins with enter(), which admits the actor for (permission, action) and
 * sets row-level security.  Reads and creates take one round trip, changes
 * two in one transaction.  Each writes its audit row in that transaction.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/item.h"
#include "model/values.h"

struct params;
struct statement;

/* On whose behalf and how a call is made; from the route. */
struct access {
	enum permission	 permission;	/* NO_PERMISSION: one's own */
	const char	*action;	/* "view", "add", "edit" */
	const char	*zone;		/* of naive times; NULL: the setting */
	bool		 own_zone;	/* the account's, where it has one */
	bool		 by_uid;	/* rows are named by uid, not number */
};

/* Which rows of a list. */
struct selection {
	const char	*page;		/* NULL: the resource's own */
	int64_t		 after;		/* 0: from the start */
	int64_t		 limit;
	bool		 newest;	/* newest first */
};

/* FAULT_NOT_FOUND without text when there is no such row for the actor. */
bool	 crud_find(struct task *, const struct access *,
	    const struct resource *, const char *id, struct item *item_r)
	    MUST_USE;
bool	 crud_list(struct task *, const struct access *,
	    const struct resource *, const struct selection *,
	    struct items *items_r) MUST_USE;
/* The owner is the actor unless the values name another. */
bool	 crud_create(struct task *, const struct access *,
	    const struct values *, struct item *item_r) MUST_USE;
/*
 * A function of the schema makes the row, where what it points at may be
 * invisible to the actor.  `make` takes `own` parameters, then the new row's
 * uid and the three of its audit row, and gives an outcome, the row's number
 * and whose it is (null: nobody's that the trail should name).  True also
 * when *outcome_r is not "ok"; then there is no item.
 */
bool	 crud_make(struct task *, const struct access *,
	    const struct resource *, const struct statement *make,
	    struct params *own, const char **outcome_r, struct item *item_r)
	    MUST_USE;
/* Opens the transaction, locks the row; rules come next, then one of: */
bool	 crud_lock(struct task *, const struct access *,
	    const struct resource *, const char *id, struct item *item_r)
	    MUST_USE;
/* Only the given values change. */
bool	 crud_change(struct task *, const struct access *,
	    const struct item *, const struct values *, struct item *item_r)
	    MUST_USE;
bool	 crud_archive(struct task *, const struct item *) MUST_USE;

/* For what spans several calls: they then find the transaction open. */
bool	 crud_begin(struct task *, const struct access *) MUST_USE;
bool	 crud_commit(struct task *) MUST_USE;

#endif
