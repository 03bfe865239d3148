#ifndef CK_JOB_SEALED_H
#define CK_JOB_SEALED_H

/*
 * Sealed texts as the job_ functions hand them out: the text beside the
 * wrapped key of the account that it is about.
 */

#include <stdbool.h>

#include "base/table.h"
#include "crypto/seal.h"

struct row;
struct task;

/* The columns that belong together, in this order from `first`. */
#define SEALED_SELECT	"sealed_text, kek, wrapped, key_uid, account_uid"
enum {
	SEALED_TEXT, SEALED_KEK, SEALED_WRAPPED, SEALED_KEY_UID,
	SEALED_ACCOUNT_UID, SEALED_COLUMNS
};

/* FAULT_INTERNAL when the keyring does not open it.  Wipe the key. */
bool	 sealed_key(struct task *, const struct row *, int first,
	    struct data_key *key_r) MUST_USE;
/* The text of `table`.text, in the task's arena; NULL when there is none. */
bool	 sealed_open(struct task *, const struct row *, int first,
	    const struct data_key *, const char *table,
	    const unsigned char uid[16], const char **text_r) MUST_USE;

#endif
