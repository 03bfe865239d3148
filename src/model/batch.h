#ifndef CK_MODEL_BATCH_H
#define CK_MODEL_BATCH_H

/*
 * The seals of the trail (sql/0010-chain.sql).  A batch is a run of audit
 * rows in the order of (xact, id).  Of each row it keeps an entry: the id, the
 * time and a part of an HMAC over all of its columns; so that a difference
 * can be named.  The batch's own HMAC covers the entries, its bounds and the
 * HMAC of the batch before, so that none can be left out or put in.
 *
 * What is digested is what PostgreSQL sends in its binary formats, which
 * have not changed since they were made.  A column more is another kind of
 * row: it takes another first word, and the old one stays for old batches.
 *
 * Times are microseconds since 1970.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/digest.h"

struct arena;
struct keyring;
struct result;
struct row;

/* The columns of audit_rows() in sql/. */
enum { AUDIT_ID, AUDIT_AT, AUDIT_XACT, AUDIT_COLUMNS = 11 };

#define BATCH_ROWS	10000	/* at most */
#define ENTRY_SIZE	32
#define ENTRY_KEY	16	/* of it id and time, in network order */

struct batch {
	int64_t			 number;
	int64_t			 last_xact, last_id;
	int64_t			 rows;
	int64_t			 first_at, last_at;
	const unsigned char	*entries;	/* rows * ENTRY_SIZE */
	unsigned char		 digest[DIGEST_SIZE];
	unsigned char		 mac[DIGEST_SIZE];
};

/* A month that was dropped: [from, upto), of batches up to `batch`. */
struct checkpoint {
	int64_t		 from, upto;
	int64_t		 batch;
	int64_t		 rows;
	unsigned char	 digest[DIGEST_SIZE];
	unsigned char	 mac[DIGEST_SIZE];
};

/* The key of all these, which is derived from the keyring's. */
void	 batch_key(const struct keyring *, unsigned char key_r[DIGEST_SIZE]);

/*
 * The seal of all `rows`, at least one, behind a batch with that mac (zeros:
 * there is none).  The caller sets the number before.
 */
void	 batch_seal(const unsigned char key[DIGEST_SIZE],
	    const unsigned char before[DIGEST_SIZE],
	    const struct result *rows, struct arena *, struct batch *);
/* Is it as it was sealed behind that one?  Its rows are not looked at. */
bool	 batch_is_genuine(const unsigned char key[DIGEST_SIZE],
	    const unsigned char before[DIGEST_SIZE], const struct batch *);
/* The same of its mac alone: the entries are not looked at either. */
bool	 batch_mac_is_genuine(const unsigned char key[DIGEST_SIZE],
	    const unsigned char before[DIGEST_SIZE], const struct batch *);

int64_t	 entry_id(const unsigned char *entry);
int64_t	 entry_at(const unsigned char *entry);
void	 entry_make(const unsigned char key[DIGEST_SIZE], const struct row *,
	    struct arena *, unsigned char entry_r[ENTRY_SIZE]);

void	 checkpoint_sign(const unsigned char key[DIGEST_SIZE],
	    struct checkpoint *);
bool	 checkpoint_is_genuine(const unsigned char key[DIGEST_SIZE],
	    const struct checkpoint *);
/* Counts and digests the entries of `b` that lie in its month. */
void	 checkpoint_add(struct checkpoint *, const struct batch *b);

enum difference {
	ROW_SAME, ROW_CHANGED, ROW_REMOVED, ROW_INSERTED, ROW_REORDERED
};

/* The first place where rows are not what was sealed. */
struct finding {
	enum difference	 what;
	int64_t		 id, at;	/* of the row: as sealed, if it was */
	int		 entry;		/* what should be there; -1: the end */
	int		 row;		/* what is there; -1: the end */
};

/*
 * Compares all rows that lie within a genuine batch's bounds, or the first
 * `rows` + 1 of them.  A row that is not there is excused if its time lies in
 * one of the checkpoints and its batch in that one's batches.  ROW_REMOVED and
 * ROW_INSERTED speak of these bounds: the row may have come from or gone to
 * another batch.
 */
void	 batch_compare(const unsigned char key[DIGEST_SIZE],
	    const struct batch *, const struct result *rows,
	    const struct checkpoint *, size_t ncheckpoints, struct arena *,
	    struct finding *finding_r);

#endif
