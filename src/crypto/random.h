#ifndef CK_CRYPTO_RANDOM_H
#define CK_CRYPTO_RANDOM_H

/*
 * Bytes that nobody can guess, from the kernel's generator: keys, nonces,
 * salts, ids.  Forked processes share no state here.
 */

#include <stddef.h>

/* Never fails: a process without randomness aborts. */
void	 random_bytes(void *out, size_t len);

/* Version 4 of RFC 9562: a uid tells neither its time nor its host. */
void	 random_uuid(unsigned char uuid_r[16]);

#endif
