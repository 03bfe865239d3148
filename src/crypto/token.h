#ifndef CK_CRYPTO_TOKEN_H
#define CK_CRYPTO_TOKEN_H

/*
 * What a client shows us: access tokens, JWT (RFC 7519) in the compact form
 * of JWS (RFC 7515), signed with HS256 (RFC 7518) and nothing else; and
 * opaque refresh tokens, of which only the digest is stored.
 *
 * Header {"alg":"HS256","typ":"JWT","kid":ID}, claims {"sub":"ACCOUNT",
 * "sid","role","jti","typ","iat","exp"}: always these, in this order, without
 * blanks.  Nobody but us makes them, so any other spelling is refused, which
 * leaves no place for a doubled claim or a second meaning.  A release that
 * adds a claim must read both forms for the lifetime of a token.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "base/text.h"

struct keyring;

#define TOKEN_SIZE	512	/* longest token, with NUL */
#define TOKEN_WORD	16
#define TOKEN_ACCESS	"access"

/* Words are of a-z, 0-9, '-' and '_'. */
struct token {
	int64_t	 account;		/* 1 or more */
	char	 sid[UUID_TEXT];	/* session */
	char	 role[TOKEN_WORD];
	char	 jti[UUID_TEXT];
	char	 typ[TOKEN_WORD];	/* TOKEN_ACCESS */
	int64_t	 iat, exp;		/* microseconds, as everywhere; the
					 * token's text has whole seconds */
};

enum token_outcome {
	TOKEN_OK,
	TOKEN_MALFORMED,	/* not a token as we write them */
	TOKEN_BAD_SIGNATURE,	/* not signed by a key of the keyring */
	TOKEN_WRONG_TYPE,	/* ours, but not an access token */
	TOKEN_EXPIRED		/* now >= exp */
};

/* With the current signing key.  False when a member is not as said above
 * or `size` is too small; TOKEN_SIZE is enough. */
bool	 token_sign(const struct keyring *, const struct token *, char *out,
	    size_t size) MUST_USE;

/*
 * Believes nothing before the signature is checked, and compares that in
 * constant time.  token_r is filled when the outcome is TOKEN_OK or
 * TOKEN_EXPIRED, else zero.
 */
enum token_outcome token_read(const struct keyring *, const char *text,
	    size_t len, int64_t now, struct token *token_r) MUST_USE;

#define REFRESH_SIZE	48	/* "ckr_", 43 of base64url, NUL */

/* A fresh one of 256 bits and the digest to store. */
void	 refresh_make(char text_r[REFRESH_SIZE], unsigned char digest_r[32]);
/* False unless the text has exactly that form. */
bool	 refresh_digest(const char *text, unsigned char digest_r[32]) MUST_USE;

#endif
