#ifndef CK_CRYPTO_PASSWORD_H
#define CK_CRYPTO_PASSWORD_H

/*
 * Password hashes.  New ones are yescrypt by libxcrypt (16 MiB, about 15 ms);
 * those of the predecessors verify until their owner's next login:
 *
 *	$y$...				yescrypt
 *	$2a$, $2b$, $2y$		bcrypt (72 bytes of a password)
 *	pbkdf2_sha256$ITER$SALT$BASE64	Django
 *	pbkdf2:sha256:ITER$SALT$HEX	Werkzeug
 *	scrypt:N:R:P$SALT$HEX		Werkzeug
 *
 * A hash comes from an import, so what it may cost is bounded: beyond 64 MiB
 * or about a second it does not verify.
 */

#include <stdbool.h>

#include "base/table.h"

#define PASSWORD_MAX		511	/* bytes; libcrypt's bound */
#define PASSWORD_HASH_SIZE	256	/* of any hash, with NUL */

/* False when the password is empty or longer than PASSWORD_MAX. */
bool	 password_hash(const char *plain,
	    char hash_r[PASSWORD_HASH_SIZE]) MUST_USE;

/*
 * `hash` is NULL where there is no account or no password: false, and it
 * costs what a wrong password costs (password_burn()).  So does a hash of
 * no known scheme.
 */
bool	 password_verify(const char *plain, const char *hash) MUST_USE;

/* What password_hash() would make today; if not, hash anew at login. */
bool	 password_is_current(const char *hash) MUST_USE;

/* As long as verifying a wrong password against a current hash. */
void	 password_burn(void);

#endif
