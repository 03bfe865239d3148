/*
 * Tokens; see token.h.  The reader knows one spelling, the one that
 * token_sign() writes: keep the two side by side.
 */

#include "crypto/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"
#include "crypto/random.h"

#define SECONDS_MAX	(INT64_MAX / SECOND)

/* What is left to read of a token's part. */
struct cursor {
	const char	*at, *end;
};

static bool
in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_';
}

static bool
is_word(const char *text)
{
	const char *end = text;

	while (in_word(*end))
		end++;
	return end > text && *end == '\0';
}

static bool
is_complete(const struct token *token)
{
	return token->account > 0 && is_word(token->sid) &&
	    is_word(token->role) && is_word(token->jti) &&
	    is_word(token->typ) && token->iat >= 0 && token->exp >= 0;
}

bool
token_sign(const struct keyring *keyring, const struct token *token,
    char *out, size_t size)
{
	const struct keyring_key *key = keyring_current_sign(keyring);
	char header[TOKEN_SIZE], claims[TOKEN_SIZE];
	unsigned char mac[DIGEST_SIZE];
	size_t n, m, len;

	if (!is_complete(token))
		return false;
	n = (size_t)snprintf(header, sizeof(header),
	    "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", key->id);
	m = (size_t)snprintf(claims, sizeof(claims),
	    "{\"sub\":\"%" PRId64 "\",\"sid\":\"%s\",\"role\":\"%s\","
	    "\"jti\":\"%s\",\"typ\":\"%s\",\"iat\":%" PRId64
	    ",\"exp\":%" PRId64 "}", token->account, token->sid, token->role,
	    token->jti, token->typ, token->iat / SECOND, token->exp / SECOND);
	if (BASE64_SIZE(n) + BASE64_SIZE(m) + BASE64_SIZE(DIGEST_SIZE) > size)
		return false;
	len = base64_encode(header, n, out);
	out[len++] = '.';
	len += base64_encode(claims, m, out + len);
	digest_hmac(key->bytes, sizeof(key->bytes), out, len, mac);
	out[len++] = '.';
	base64_encode(mac, sizeof(mac), out + len);
	return true;
}

static bool
literal(struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

/* Up to `end`, which is passed over. */
static bool
word_before(struct cursor *c, const char *end, char *word_r, size_t size)
{
	size_t n = 0;

	while (c->at < c->end && n + 1 < size && in_word(*c->at))
		word_r[n++] = *c->at++;
	word_r[n] = '\0';
	return n > 0 && literal(c, end);
}

static bool
number_before(struct cursor *c, const char *end, int64_t *value_r)
{
	char digits[20];

	return word_before(c, end, digits, sizeof(digits)) &&
	    text_to_int(digits, value_r) && *value_r >= 0;
}

static bool
time_before(struct cursor *c, const char *end, int64_t *value_r)
{
	if (!number_before(c, end, value_r) || *value_r > SECONDS_MAX)
		return false;
	*value_r *= SECOND;
	return true;
}

/* The key that signed, or NULL; false when it is no header of ours. */
static bool
read_header(const struct keyring *keyring, const char *text, size_t len,
    const struct keyring_key **key_r)
{
	char plain[TOKEN_SIZE], kid[KEYRING_ID];
	struct cursor c = { plain, plain };
	size_t n;

	if (!base64_decode(text, len, plain, sizeof(plain), &n))
		return false;
	c.end += n;
	if (!literal(&c, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"") ||
	    !word_before(&c, "\"}", kid, sizeof(kid)) || c.at != c.end)
		return false;
	*key_r = keyring_sign(keyring, kid);
	return true;
}

static bool
read_claims(const char *text, size_t len, struct token *t)
{
	char plain[TOKEN_SIZE];
	struct cursor c = { plain, plain };
	size_t n;

	if (!base64_decode(text, len, plain, sizeof(plain), &n))
		return false;
	c.end += n;
	return literal(&c, "{\"sub\":\"") &&
	    number_before(&c, "\",\"sid\":\"", &t->account) &&
	    word_before(&c, "\",\"role\":\"", t->sid, sizeof(t->sid)) &&
	    word_before(&c, "\",\"jti\":\"", t->role, sizeof(t->role)) &&
	    word_before(&c, "\",\"typ\":\"", t->jti, sizeof(t->jti)) &&
	    word_before(&c, "\",\"iat\":", t->typ, sizeof(t->typ)) &&
	    time_before(&c, ",\"exp\":", &t->iat) &&
	    time_before(&c, "}", &t->exp) && c.at == c.end &&
	    t->account > 0;
}

static enum token_outcome
read_parts(const struct keyring *keyring, const char *text, size_t len,
    struct token *t)
{
	const char *claims = memchr(text, '.', len);
	const char *end = memrchr(text, '.', len);
	const struct keyring_key *key;
	unsigned char mac[DIGEST_SIZE], shown[DIGEST_SIZE];
	size_t n;

	if (claims == NULL || claims == end ||
	    !read_header(keyring, text, (size_t)(claims - text), &key) ||
	    !base64_decode(end + 1, (size_t)(text + len - end - 1), shown,
	    sizeof(shown), &n) || n != sizeof(shown))
		return TOKEN_MALFORMED;
	if (key == NULL)
		return TOKEN_BAD_SIGNATURE;
	digest_hmac(key->bytes, sizeof(key->bytes), text,
	    (size_t)(end - text), mac);
	if (!digest_equal(mac, shown, sizeof(mac)))
		return TOKEN_BAD_SIGNATURE;
	claims++;
	if (!read_claims(claims, (size_t)(end - claims), t))
		return TOKEN_MALFORMED;
	return strcmp(t->typ, TOKEN_ACCESS) == 0 ? TOKEN_OK : TOKEN_WRONG_TYPE;
}

enum token_outcome
token_read(const struct keyring *keyring, const char *text, size_t len,
    int64_t now, struct token *token_r)
{
	enum token_outcome outcome = TOKEN_MALFORMED;

	memset(token_r, 0, sizeof(*token_r));
	if (len < TOKEN_SIZE)
		outcome = read_parts(keyring, text, len, token_r);
	if (outcome != TOKEN_OK) {
		memset(token_r, 0, sizeof(*token_r));
		return outcome;
	}
	return now < token_r->exp ? TOKEN_OK : TOKEN_EXPIRED;
}

void
refresh_make(char text_r[REFRESH_SIZE], unsigned char digest_r[32])
{
	unsigned char bits[32];

	random_bytes(bits, sizeof(bits));
	base64_encode(bits, sizeof(bits), stpcpy(text_r, "ckr_"));
	wipe(bits, sizeof(bits));
	digest_sha256(text_r, REFRESH_SIZE - 1, digest_r);
}

bool
refresh_digest(const char *text, unsigned char digest_r[32])
{
	unsigned char bits[32];
	size_t len = strlen(text), n;

	if (len != REFRESH_SIZE - 1 || !text_starts(text, "ckr_") ||
	    !base64_decode(text + 4, len - 4, bits, sizeof(bits), &n))
		return false;
	wipe(bits, sizeof(bits));
	digest_sha256(text, len, digest_r);
	return true;
}
