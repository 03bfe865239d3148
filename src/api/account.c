/*
 * Login and what belongs to it.  Limits come before any look-up, unknown
 * names cost what wrong passwords cost, and hashing waits its turn.
 */

#include "api/account.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/task.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "model/actor.h"
#include "model/hashing.h"
#include "model/session.h"
#include "store/limit.h"
#include "store/redis.h"

/* How long a place from which somebody logged in is theirs. */
#define KNOWN_PLACE	(30 * DAY)

/* A name as limits count it: its digest, so that Redis holds no address. */
static const char *
limit_name(struct task *t, const char *name, const char *peer)
{
	unsigned char	 digest[DIGEST_SIZE];
	char		 hex[HEX_SIZE(16)];

	digest_index(t->keyring, "limit", arena_printf(t->arena, "%s %s",
	    name, peer), digest);
	hex_encode(digest, 16, hex);
	return arena_text(t->arena, hex);
}

/*
 * Who logged in from an address lately is not held up by what others try
 * with the name from elsewhere: else they could lock the owner out.
 */
static bool
limit_login(struct task *t, const char *name)
{
	const char	*peer = limit_peer(t, t->peer);
	const char	*pair = limit_name(t, name, peer);

	if (!limit_take(t, "login_peer", peer,
	    &t->settings->login_per_peer) ||
	    !limit_take(t, "login_account_peer", pair,
	    &t->settings->login_per_account_peer))
		return false;
	return redis_noted(t->redis, pair) ||
	    limit_take(t, "login_account", limit_name(t, name, ""),
	    &t->settings->login_per_account);
}

/* Access and refresh token for the session; the latter's digest is stored. */
static bool
sign(struct task *t, const char sid[UUID_TEXT], struct login *login)
{
	struct token	 token = { .account = login->account };
	unsigned char	 jti[16];
	char		*text = arena_alloc(t->arena, TOKEN_SIZE);

	random_uuid(jti);
	uuid_print(jti, token.jti);
	memcpy(token.sid, sid, sizeof(token.sid));
	snprintf(token.role, sizeof(token.role), "%s", login->role);
	snprintf(token.typ, sizeof(token.typ), "%s", TOKEN_ACCESS);
	token.iat = clock_now();
	token.exp = token.iat + t->settings->token_lifetime;
	if (!token_sign(t->keyring, &token, text, TOKEN_SIZE))
		return fail(t, FAULT_INTERNAL, "the token can't be signed");
	login->access = text;
	return true;
}

static bool
open_session(struct task *t, const struct found_login *found,
    const char *rehash, struct login *login)
{
	unsigned char	 uuid[16], digest[DIGEST_SIZE];
	char		 sid[UUID_TEXT];
	char		*refresh = arena_alloc(t->arena, REFRESH_SIZE);

	random_uuid(uuid);
	uuid_print(uuid, sid);
	refresh_make(refresh, digest);
	login->account = found->account;
	memcpy(login->uid, found->uid, sizeof(login->uid));
	login->given = found->given;
	login->family = found->family;
	login->email = found->email;
	login->username = found->username;
	login->verified = found->verified;
	login->created = found->created;
	login->refresh = refresh;
	return session_open(t, found, sid, digest, rehash, &login->role) &&
	    sign(t, sid, login);
}

/* The password's hash anew, when the stored one is of an older kind. */
static bool
verify(struct task *t, const struct found_login *found, const char *password,
    const char **rehash_r)
{
	char	*hash = arena_alloc(t->arena, PASSWORD_HASH_SIZE);
	bool	 good;

	*rehash_r = NULL;
	if (!hashing_begin(t))
		return false;
	good = password_verify(password, found->account != 0 ? found->hash :
	    NULL);
	if (good && !password_is_current(found->hash) &&
	    password_hash(password, hash))
		*rehash_r = hash;
	hashing_end();
	if (good)
		return true;
	log_event(LOG_INFO, "login_refused", "request", t->request_id,
	    "account", found->account != 0 ? log_int(found->account) : NULL,
	    "peer", t->peer, NULL);
	return session_login_refused(t, found) &&
	    fail(t, FAULT_BAD_LOGIN, NULL);
}

static bool
password_fits(struct task *t, const char *password)
{
	if (password[0] != '\0' && strlen(password) <= PASSWORD_MAX)
		return true;
	return fail_field(t, "password", FIELD_TOO_LONG, PASSWORD_MAX, NULL);
}

bool
account_login(struct call *call, const char *name, const char *password,
    struct login *login_r, bool *known_r)
{
	struct task		*t = call->task;
	struct found_login	 found;
	const char		*login = text_normal(t->arena, name);
	const char		*rehash;

	memset(login_r, 0, sizeof(*login_r));
	*known_r = false;
	if (!password_fits(t, password) || !limit_login(t, login) ||
	    !session_find_login(t, login, &found))
		return false;
	*known_r = found.account != 0;
	if (!verify(t, &found, password, &rehash) ||
	    !open_session(t, &found, rehash, login_r))
		return false;
	redis_note(t->redis, limit_name(t, login, limit_peer(t, t->peer)),
	    KNOWN_PLACE);
	return true;
}

/* One '@' with something on both sides; the rest is the mail server's. */
static bool
is_address(const char *text)
{
	const char	*at = strchr(text, '@');

	for (const unsigned char *c = (const unsigned char *)text; *c != 0;
	    c++) {
		if (*c <= ' ' || *c == 0x7f)
			return false;
	}
	return at != NULL && at != text && at[1] != '\0' &&
	    strchr(at + 1, '@') == NULL && strlen(text) <= 254 &&
	    strpbrk(text, "<>,;:\"\\()[]") == NULL;
}

static bool
name_is_good(struct task *t, const struct registration *wanted)
{
	if (wanted->email != NULL &&
	    !is_address(text_trimmed(t->arena, wanted->email)))
		return fail_field(t, "email", FIELD_FORMAT, 0,
		    wanted->email);
	if (wanted->username != NULL && strchr(wanted->username, '@') != NULL)
		return fail_field(t, "username", FIELD_FORMAT, 0,
		    wanted->username);
	if (wanted->given != NULL && !text_is_line(wanted->given))
		return fail_field(t, "given", FIELD_FORMAT, 0, wanted->given);
	if (wanted->family != NULL && !text_is_line(wanted->family))
		return fail_field(t, "family", FIELD_FORMAT, 0,
		    wanted->family);
	return true;
}

/* The setting `registration`; an administrator registers whom it wants. */
static bool
registration_is_open(struct task *t, const char *role, bool by_admin)
{
	const char	*setting = t->settings->registration;

	if (by_admin)
		return true;
	if (strcmp(role, "admin") != 0 && (strcmp(setting, "open") == 0 ||
	    (strcmp(setting, "patients") == 0 &&
	    strcmp(role, "patient") == 0)))
		return true;
	return fail(t, FAULT_FORBIDDEN, NULL);
}

static bool
hash_new(struct task *t, const char *password, const char **hash_r)
{
	char	*hash = arena_alloc(t->arena, PASSWORD_HASH_SIZE);
	bool	 done;

	if (!hashing_begin(t))
		return false;
	done = password_hash(password, hash);
	hashing_end();
	*hash_r = hash;
	return done ? true : fail(t, FAULT_INTERNAL, "hashing failed");
}

static bool
make_account(struct task *t, const struct registration *wanted, bool by_admin,
    struct found_login *found_r)
{
	static const struct access	 adding = { USERS, "add" };
	struct new_account		 account = {
		.role = wanted->role, .phone = wanted->phone,
		.given = wanted->given != NULL ? wanted->given : "",
		.family = wanted->family != NULL ? wanted->family : "",
	};

	if (wanted->email != NULL)
		account.email = text_normal(t->arena, wanted->email);
	if (wanted->username != NULL)
		account.username = text_normal(t->arena, wanted->username);
	/* Whom an administrator registers is known to it. */
	account.verified = by_admin && strcmp(wanted->role, "patient") != 0;
	if (!hash_new(t, wanted->password, &account.hash) ||
	    !session_register(t, by_admin ? &adding : NULL, &account,
	    found_r))
		return false;
	found_r->given = account.given;
	found_r->family = account.family;
	found_r->email = account.email;
	found_r->username = account.username;
	found_r->verified = account.verified;
	return true;
}

bool
account_register(struct call *call, const struct registration *wanted,
    struct login *login_r)
{
	struct task		*t = call->task;
	struct found_login	 found = { 0 };
	bool			 by_admin;

	memset(login_r, 0, sizeof(*login_r));
	by_admin = t->token != NULL && strcmp(t->token->role, "admin") == 0;
	if (!password_fits(t, wanted->password) || !name_is_good(t, wanted) ||
	    !registration_is_open(t, wanted->role, by_admin) ||
	    !limit_take(t, "register", limit_peer(t, t->peer),
	    &t->settings->registrations_per_peer))
		return false;
	return make_account(t, wanted, by_admin, &found) &&
	    open_session(t, &found, NULL, login_r);
}

bool
account_refresh(struct call *call, const char *refresh,
    struct login *login_r)
{
	struct task	*t = call->task;
	struct renewed	 renewed;
	unsigned char	 digest[DIGEST_SIZE], fresh_digest[DIGEST_SIZE];
	char		*fresh = arena_alloc(t->arena, REFRESH_SIZE);

	memset(login_r, 0, sizeof(*login_r));
	if (!refresh_digest(refresh, digest))
		return fail(t, FAULT_BAD_TOKEN, NULL);
	refresh_make(fresh, fresh_digest);
	if (!session_renew(t, digest, fresh_digest, &renewed))
		return false;
	login_r->account = renewed.account;
	memcpy(login_r->uid, renewed.uid, sizeof(login_r->uid));
	login_r->role = renewed.role;
	login_r->refresh = fresh;
	return sign(t, renewed.sid, login_r);
}

bool
account_logout(struct call *call)
{
	struct task	*t = call->task;

	if (!session_end(t))
		return false;
	redis_end_session(t->redis, t->token->sid,
	    t->settings->token_lifetime);
	return true;
}

bool
account_password(struct call *call, const char *present, const char *wanted)
{
	struct task	*t = call->task;
	const char	*stored, *hash;
	bool		 good;

	if (!password_fits(t, wanted) || !limit_take(t, "login_account",
	    limit_name(t, t->token->sid, ""),
	    &t->settings->login_per_account_peer) ||
	    !session_own_hash(t, &stored) || !hashing_begin(t))
		return false;
	good = password_verify(present, stored);
	hashing_end();
	if (!good)
		return fail(t, FAULT_BAD_LOGIN, NULL);
	return hash_new(t, wanted, &hash) && session_change_password(t, hash);
}
