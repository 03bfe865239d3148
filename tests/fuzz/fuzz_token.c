/*
 * The input as a token, as a refresh token, and as claims that are signed
 * well.  A token that is read must be the one that token_sign() writes: there
 * is no second spelling.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"
#include "crypto/token.h"

#define HEADER	"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"s\"}"
#define CLAIMS	300	/* the most that fits */

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct keyring ring = {
	.sign = { { { "s", { 1, 2, 3 }, true } }, 1 },
};

static void
read_token(const char *text, size_t len)
{
	char again[TOKEN_SIZE];
	struct token token;
	enum token_outcome outcome = token_read(&ring, text, len, 0, &token);

	if (outcome != TOKEN_OK && outcome != TOKEN_EXPIRED)
		return;
	assert(token_sign(&ring, &token, again, sizeof(again)));
	assert(strlen(again) == len && memcmp(again, text, len) == 0);
}

static void
read_claims(const void *claims, size_t len)
{
	char text[2 * TOKEN_SIZE];
	unsigned char mac[DIGEST_SIZE];
	size_t n = base64_encode(HEADER, strlen(HEADER), text);

	text[n++] = '.';
	n += base64_encode(claims, len, text + n);
	digest_hmac(ring.sign.keys[0].bytes, KEYRING_BYTES, text, n, mac);
	text[n++] = '.';
	n += base64_encode(mac, sizeof(mac), text + n);
	read_token(text, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[REFRESH_SIZE + 1] = { 0 };
	unsigned char digest[DIGEST_SIZE];

	read_token((const char *)data, size);
	read_claims(data, size < CLAIMS ? size : CLAIMS);
	memcpy(text, data, size < REFRESH_SIZE ? size : REFRESH_SIZE);
	if (refresh_digest(text, digest))
		assert(size >= REFRESH_SIZE - 1);
	return 0;
}
