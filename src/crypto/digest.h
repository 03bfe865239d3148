#ifndef CK_CRYPTO_DIGEST_H
#define CK_CRYPTO_DIGEST_H

/*
 * SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104, FIPS 198-1), comparing and
 * forgetting secrets.  None of it can fail; a broken libcrypto aborts.  The
 * contexts live as long as the process, which has one thread.
 */

#include <stdbool.h>
#include <stddef.h>

struct keyring;

#define DIGEST_SIZE	32

void	 digest_sha256(const void *data, size_t len,
	    unsigned char out_r[DIGEST_SIZE]);

/* A key of any length; 32 bytes are right. */
void	 digest_hmac(const void *key, size_t keylen, const void *data,
	    size_t len, unsigned char out_r[DIGEST_SIZE]);

/*
 * HMAC(index key, what, NUL, value): finds a sealed value by equality and
 * keeps it unique without telling it.  `what` names the column.  The value
 * is taken byte by byte: the caller spells it one way.
 */
void	 digest_index(const struct keyring *, const char *what,
	    const char *value, unsigned char out_r[DIGEST_SIZE]);

/*
 * A key for one purpose, HMAC(index key, "key", NUL, purpose): it tells
 * nothing of the others, for no column is called "key".
 */
void	 digest_key(const struct keyring *, const char *purpose,
	    unsigned char key_r[DIGEST_SIZE]);

/* Takes the same time whatever the bytes are. */
bool	 digest_equal(const void *, const void *, size_t len);

/* Overwrites secrets; no compiler drops it. */
void	 wipe(void *, size_t len);

#endif
