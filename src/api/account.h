#ifndef CK_API_ACCOUNT_H
#define CK_API_ACCOUNT_H

/*
 * Login, registration, refresh, logout and one's own password: shared by all
 * surfaces, which spell input and answer in handlers of a few lines.
 */

#include <stdbool.h>

#include "api/surface.h"
#include "crypto/token.h"

/* What a successful login gives. */
struct login {
	int64_t		 account;
	unsigned char	 uid[16];
	const char	*role;
	const char	*given, *family, *email, *username;
	bool		 verified;
	int64_t		 created;		/* microseconds, UTC */
	const char	*access;		/* JWT */
	const char	*refresh;		/* "ckr_..." */
};

/*
 * Name (e-mail or username) and password to a session.  FAULT_BAD_LOGIN;
 * `known_r` tells whether the account exists (for surfaces whose contract
 * words it so; others must not show it).  FAULT_LIMITED.
 */
bool	 account_login(struct call *, const char *name, const char *password,
	    struct login *login_r, bool *known_r) MUST_USE;

struct registration {
	const char	*email, *username;
	const char	*password;
	const char	*role;
	const char	*given, *family, *phone;
};
/*
 * A new account and a session for it.  FAULT_CONFLICT: the address is taken;
 * FAULT_FORBIDDEN: the setting `registration`, or role admin without an
 * admin's token.
 */
bool	 account_register(struct call *, const struct registration *,
	    struct login *login_r) MUST_USE;
/* A refresh token for new ones.  FAULT_BAD_TOKEN. */
bool	 account_refresh(struct call *, const char *refresh,
	    struct login *login_r) MUST_USE;
/* Ends the token's session, with Redis or without. */
bool	 account_logout(struct call *) MUST_USE;
/* One's own password; the present one proves it.  FAULT_BAD_LOGIN. */
bool	 account_password(struct call *, const char *present,
	    const char *wanted) MUST_USE;

#endif
