#ifndef CK_MODEL_SESSION_H
#define CK_MODEL_SESSION_H

/*
 * Sessions and what precedes an actor: looking a login up, opening, renewing
 * and ending sessions, registering, changing a password.  Each is one of
 * the owner's functions in sql/0003-account.sql; tokens, hashes and limits
 * are the caller's (api/account.c).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "base/text.h"

struct access;
struct task;

/* A live account, by e-mail or username (normalised). */
struct found_login {
	int64_t		 account;	/* 0: there is none */
	unsigned char	 uid[16];
	const char	*role;
	const char	*hash;		/* NULL: has no password */
	bool		 verified;
	const char	*given, *family, *email, *username;
	const char	*password_at;	/* microseconds, for session_open() */
	int64_t		 created;	/* microseconds since 1970 */
};
bool	 session_find_login(struct task *, const char *login,
	    struct found_login *found_r) MUST_USE;

/* The trail's row for a wrong password, where there is an account. */
bool	 session_login_refused(struct task *, const struct found_login *)
	    MUST_USE;

/*
 * Opens `sid` for whoever has just shown the password.  `rehash` (may be
 * NULL) replaces the stored hash.  FAULT_BAD_LOGIN when the account or the
 * password changed meanwhile.  The account's role, as of now, in *role_r.
 */
bool	 session_open(struct task *, const struct found_login *,
	    const char sid[UUID_TEXT], const unsigned char refresh[32],
	    const char *rehash, const char **role_r) MUST_USE;

struct renewed {
	char		 sid[UUID_TEXT];
	int64_t		 account;
	unsigned char	 uid[16];
	const char	*role;
};
/* FAULT_BAD_TOKEN when it is unknown, spent or replayed. */
bool	 session_renew(struct task *, const unsigned char refresh[32],
	    const unsigned char fresh[32], struct renewed *renewed_r) MUST_USE;

/* Ends the task's session. */
bool	 session_end(struct task *) MUST_USE;

struct new_account {
	const char	*email, *username;	/* normal; or NULL */
	const char	*role;
	const char	*given, *family, *phone;
	const char	*hash;			/* NULL: none yet */
	const char	*time_zone;		/* NULL: the setting */
	bool		 verified;
};
/*
 * With `access` as the task's actor, else (NULL) as nobody.  Fills in
 * account, uid and created.  FAULT_TAKEN; FAULT_FORBIDDEN: only an
 * administrator makes administrators.
 */
bool	 session_register(struct task *, const struct access *,
	    const struct new_account *, struct found_login *made_r) MUST_USE;

/* The actor's own hash; leaves the transaction open. */
bool	 session_own_hash(struct task *, const char **hash_r) MUST_USE;
/* Its new one, in that transaction, which is committed. */
bool	 session_change_password(struct task *, const char *hash) MUST_USE;

#endif
