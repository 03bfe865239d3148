#ifndef CK_CRYPTO_KEYRING_H
#define CK_CRYPTO_KEYRING_H

/*
 * The keys that are not in the database: key-encryption keys (kek), the
 * index key of keyed digests, signing keys of tokens.  They stand in a small
 * text file:
 *
 *	# a comment
 *	kek <id> <key> [current]
 *	sign <id> <key> [current]
 *	index <key>
 *
 * A key is 32 bytes as 43 characters of base64url; an id is 1 to 16 of a-z,
 * 0-9 and '-'.  One kek and one signing key are current: new data keys and
 * tokens use these, old ones stay readable with the others.  The index key
 * is one and stays.  The file belongs to the effective user or to root and
 * nobody else can read it; a credential of systemd is as good.
 *
 * Reasons are whole lines for the administrator, "FILE:LINE: reason"; none
 * holds a word of the file.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

#define KEYRING_ID	17	/* with NUL */
#define KEYRING_BYTES	32
#define KEYRING_KEYS	16	/* of a kind */

struct keyring_key {
	char		 id[KEYRING_ID];
	unsigned char	 bytes[KEYRING_BYTES];
	bool		 current;
};

struct keyring_set {
	struct keyring_key	 keys[KEYRING_KEYS];
	size_t			 count;
};

/* Read it through the functions below. */
struct keyring {
	struct keyring_set	 kek, sign;
	unsigned char		 index[KEYRING_BYTES];
	bool			 has_index;
};

/*
 * On failure the keyring is empty.  To load again while the old one serves,
 * load into another struct.
 */
bool	 keyring_load(struct keyring *keyring_r, const char *path, char *why,
	    size_t size) MUST_USE;
/*
 * Keeps it out of swap and core files where the system lets us, and forbids
 * the process to write any: what a key opens would be in them, too.  Loading
 * does it; a forked child does it again.
 */
void	 keyring_guard(const struct keyring *);
void	 keyring_wipe(struct keyring *);

/* NULL when there is none of that id. */
const struct keyring_key *keyring_find(const struct keyring_set *,
	    const char *id);
const struct keyring_key *keyring_kek(const struct keyring *, const char *id);
const struct keyring_key *keyring_sign(const struct keyring *,
	    const char *id);
/* Of a loaded keyring: never NULL. */
const struct keyring_key *keyring_current_kek(const struct keyring *);
const struct keyring_key *keyring_current_sign(const struct keyring *);
const unsigned char	 *keyring_index(const struct keyring *);

/* A new file with fresh keys, mode 0600, on the disk when this returns.
 * False when there is a file already. */
bool	 keyring_create(const char *path, char *why, size_t size) MUST_USE;
/*
 * Puts a fresh current key beside the old ones, which all stay; owner and
 * mode of the file stay.  The file is replaced in one step; rotations wait
 * for each other.  Comments other than our own are not kept.
 */
bool	 keyring_add_kek(const char *path, char id_r[KEYRING_ID], char *why,
	    size_t size) MUST_USE;
bool	 keyring_add_sign(const char *path, char id_r[KEYRING_ID], char *why,
	    size_t size) MUST_USE;

#endif
