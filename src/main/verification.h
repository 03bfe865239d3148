#ifndef CK_MAIN_VERIFICATION_H
#define CK_MAIN_VERIFICATION_H

/*
 * Goes through the batches of the trail and their rows, in the memory of one
 * batch and in one snapshot, and says on standard output what is wrong: the
 * first row that is not as it was sealed or is in no batch, or the batch or
 * checkpoint that does not bear a seal of this keyring, or the table that is
 * not as it was made and so could show one thing here and another elsewhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/batch.h"

struct command_call;
struct statement;

struct verification {
	struct command_call	*call;
	unsigned char		 key[DIGEST_SIZE];
	struct checkpoint	*signed_ones;	/* as the database has them */
	struct checkpoint	*counted;	/* as the batches have them */
	size_t			 ncheckpoints;
	struct checkpoint	*dropping;	/* one more to count, or NULL */
	bool			 in_part;	/* batches were skipped */
	int64_t			 last;		/* batch to look at */
	int64_t			 number;	/* the last one seen, ... */
	int64_t			 last_xact, last_id;
	unsigned char		 mac[DIGEST_SIZE];
	int64_t			 last_at;	/* the latest that was seen */
	int64_t			 rows;		/* all that were seen */
	int64_t			 waiting;	/* rows without a seal */
	bool			 stale;		/* no seal can come next */
	int64_t			 told;		/* progress; 0: to nobody */
	bool			 wrong;		/* it was said */
};

/*
 * Opens the snapshot, before the first batch, with the checkpoints that are
 * there.  All return false with the task's fault when the database is in
 * trouble; what is wrong with the trail is only `wrong`.
 */
bool	 verification_begin(struct verification *, struct command_call *);
/* Only from the first batch to the last that has a row of `dropping`. */
bool	 verification_limit(struct verification *,
	    struct checkpoint *dropping);
/* Batch by batch, as far as nothing is wrong. */
bool	 verification_run(struct verification *);
/*
 * Do the checkpoints fit what was seen, and is every row in a batch or in wait
 * for one?  Only then are `waiting` and `stale` known.  Closes the snapshot.
 */
bool	 verification_end(struct verification *);

/* "2026-01-31T12:00:00.000000Z" */
const char	*verification_time(struct verification *, int64_t at);

/* Its parts: are the tables as they were made, is each row accounted for? */
bool	 verification_tables(struct verification *);
bool	 verification_count(struct verification *);

extern const struct statement *const verification_statements[],
	*const verification_table_statements[];

#endif
