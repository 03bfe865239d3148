#ifndef CK_MODEL_KEY_H
#define CK_MODEL_KEY_H

/*
 * Data keys: one for each account, wrapped by the keyring.  Unwrapped ones
 * are kept in a small table of this process, by the random uid of their row,
 * which no restored database gives to another key, and wiped when they leave.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "crypto/seal.h"

struct buf;
struct result;
struct row;
struct task;

/* The columns of a wrapped key in a row, in this order from `first`. */
enum { KEY_ID, KEY_UID, KEY_KEK, KEY_WRAPPED, KEY_ACCOUNT_UID, KEY_COLUMNS };

/* Appends them to a SELECT list, of data_key under this alias. */
void	 key_columns(struct buf *, const char *alias);

/* From a row that carries it.  FAULT_INTERNAL when it does not open. */
bool	 key_of_row(struct task *, const struct row *, int first,
	    const struct data_key **key_r) MUST_USE;
/* The account's key if this process has it, with its uid; else NULL. */
const struct data_key	*key_of_account(int64_t account,
			    unsigned char uid_r[16]);
/* Remembers which key is the account's; NULL forgets. */
void	 key_learn_account(int64_t account, const unsigned char *uid);
/* Asks for it, and takes the answer: for an account not in the table. */
void	 key_queue(struct task *, int64_t account);
bool	 key_take(struct task *, int64_t account, const struct result *,
	    unsigned char uid_r[16], const struct data_key **key_r) MUST_USE;
/* Wipes the whole table. */
void	 key_forget_all(void);
/* A new key for a new account, wrapped under the current keyring key. */
struct new_key {
	unsigned char	uid[16];
	const char	*kek;
	unsigned char	wrapped[SEAL_WRAPPED];
};
void	 key_make(struct task *, const unsigned char account_uid[16],
	    struct new_key *key_r);

#endif
