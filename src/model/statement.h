#ifndef CK_MODEL_STATEMENT_H
#define CK_MODEL_STATEMENT_H

/*
 * Every statement of the program: those derived from the resources' columns
 * and those written beside their use.  Made once, before the workers are
 * forked; each connection prepares them all.
 */

#include <stdbool.h>
#include <stddef.h>

#include "store/pg.h"

struct arena;
struct column;
struct resource;

/* How a derived statement names rows: by number or by uid. */
enum naming { BY_NUMBER, BY_UID, NAMINGS };

/*
 * Audited ones begin with $1 route, $2 request id, $3 peer; the columns of
 * the result are the resource's, in order, then the row's number, then those
 * of model/key.h when the resource has sealed columns.  Rows are made and
 * archived here only where they have an author; accounts and the policy's
 * rows have ways of their own.
 */
struct derived {
	struct statement	 find[NAMINGS];		/* $4 id */
	struct statement	 lock[NAMINGS];		/* $1 id */
	struct statement	 list[NAMINGS];		/* $4 after n newest */
	struct statement	 create[NAMINGS];	/* $4 key's uid, ... */
	struct statement	 change[NAMINGS];	/* $4 id $5 mask, ... */
	struct statement	 archive;		/* $4 id $5 owner */
};

/* Builds all texts, which live in `arena`. */
void	 statements_make(struct arena *);
const struct derived	*derived_of(const struct resource *);
/*
 * The list through a page function: the resource's own (NULL) or another
 * that was announced with statements_page() before statements_make().
 */
const struct statement	*list_by(const struct resource *, const char *page,
			    enum naming);
void	 statements_page(const struct resource *, const char *page);
/*
 * Announces that rows of it are also named by uid: what nobody uses is not
 * made, for every connection prepares all statements.
 */
void	 statements_by_uid(const struct resource *);

/*
 * Which columns create and change take parameters for, in order.  A change's
 * mask has bit i for column i.
 */
bool	 is_created(const struct column *);
bool	 is_changed(const struct column *);

/* The workers' list. */
const struct statement *const	*statements_all(size_t *n_r);

/* Written statements, by module; each list ends with NULL. */
extern const struct statement *const actor_statements[];
extern const struct statement *const audit_statements[];
extern const struct statement *const key_statements[];
extern const struct statement *const session_statements[];
extern const struct statement *const idempotency_statements[];
extern const struct statement *const archive_statements[];
extern const struct statement *const asking_statements[];
extern const struct statement *const inviting_statements[];
extern const struct statement *const transaction_statements[];
extern const struct statement *const schema_statements[];
extern const struct statement *const service_statements[];
extern const struct statement *const access_log_statements[];

#endif
