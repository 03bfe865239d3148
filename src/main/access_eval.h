#ifndef CK_MAIN_ACCESS_EVAL_H
#define CK_MAIN_ACCESS_EVAL_H

/*
 * What is expected of every route: the reader of tests/access.eval.  A block
 * is a route with names of made rows in braces, then lines of who, in which
 * relation to the row's subject, gets what:
 *
 *	PUT /health_records/{record}
 *		body {"record_text": "changed"}
 *		admin,nurse  own        ok
 *		*            connected  refused
 *
 * The first line that fits decides; where none does, it is `denied`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/table.h"

/* Who acts: the places in access_roles. */
enum access_role {
	AS_ADMIN, AS_DOCTOR, AS_NURSE, AS_PHARMACIST, AS_PATIENT,
	AS_UNVERIFIED, AS_NOBODY, ACCESS_ROLES
};
extern const char *const access_roles[ACCESS_ROLES];
/* As the account's row has it: an unverified one is a doctor. */
const char	*access_role_stored(enum access_role);

/* How the actor is related to the subject: access_relations. */
enum access_relation {
	OWN_ROWS,	/* is the subject */
	CONNECTED,	/* a connection that was accepted */
	PENDING,	/* one that the subject asked for */
	ASKING,		/* one that the actor asked for */
	REJECTED,
	FORMER,		/* was accepted, and has ended */
	PROVIDER,	/* staff where the subject is a patient */
	LEFT,		/* was staff there */
	MOVED,		/* is staff where the subject was a patient */
	ASSIGNED,	/* the record names the actor as its doctor */
	STRANGER,
	ACCESS_RELATIONS
};
extern const char *const access_relations[ACCESS_RELATIONS];

/* What may be written behind a rule. */
struct expectation {
	const char	*name;
	int		 least, most;	/* status */
	enum { ANY, SHOWN, HIDDEN } mark; /* the subject's word */
	bool		 writes;	/* else nothing is written */
};
const struct expectation	*expectation_named(const char *);

struct rule {
	unsigned			 roles, relations;	/* bits */
	const struct expectation	*expected;
	int				 line;
	int				 decided;	/* how many cases */
};

#define RULES_MAX	40

struct block {
	struct block	*next;
	const char	*method, *path;	/* path: "/users/{user}?limit=1" */
	const char	*body;		/* or NULL */
	const char	*mark;		/* what the subject's row shows */
	const char	*peer;		/* the client's address */
	int		 line;
	struct rule	 rules[RULES_MAX];
	size_t		 nrules;
};

struct eval {
	const char	*path;		/* of the file, for messages */
	struct block	*blocks;	/* in the file's order */
	size_t		 nblocks;
};

/*
 * From text, in the arena.  False with "PATH:LINE: reason" in `why`: a word
 * that is not known, a rule outside of a block or that cannot be reached.
 */
bool	 eval_read(struct eval *eval_r, struct arena *, const char *path,
	    const char *text, char *why, size_t size) MUST_USE;

/* The rule that decides, NULL: none, which denies. */
struct rule	*eval_decide(struct block *, enum access_role,
		    enum access_relation);
const struct expectation	*eval_denied(enum access_role);

/* Are "GET", "/users/{user}?x=1" and "GET /users/{id}" the same route? */
bool	 block_is_route(const struct block *, const char *label);

/*
 * The text with each "{name}" replaced by value(ctx, name).  False, with the
 * name in *unknown_r, when that gives NULL; what is no name in braces (JSON)
 * stays.
 */
typedef const char	*eval_value_fn(void *ctx, const char *name);
bool	 eval_fill(struct arena *, const char *text, eval_value_fn *value,
	    void *ctx, const char **filled_r, const char **unknown_r)
	    MUST_USE;

#endif
