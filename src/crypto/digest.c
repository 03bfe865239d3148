/*
 * Digests by libcrypto; see digest.h.  Algorithms are fetched once: a fetch
 * costs as much as digesting 500 bytes.  Keeping HMAC's key schedule from
 * call to call was measured too: it spares 0.18 of 0.5 microseconds, once a
 * request, which is not worth its state.
 */

#include "crypto/digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "crypto/keyring.h"

void
digest_sha256(const void *data, size_t len, unsigned char out_r[DIGEST_SIZE])
{
	static EVP_MD *md;
	static EVP_MD_CTX *ctx;

	if (ctx == NULL) {
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
		ctx = EVP_MD_CTX_new();
	}
	if (md == NULL || ctx == NULL ||
	    EVP_DigestInit_ex2(ctx, md, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, data, len) != 1 ||
	    EVP_DigestFinal_ex(ctx, out_r, NULL) != 1)
		abort();
}

static EVP_MAC_CTX *
new_hmac(void)
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, name,
		    sizeof(name) - 1),
		OSSL_PARAM_END
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	EVP_MAC_free(mac);	/* the context holds it */
	if (ctx == NULL || EVP_MAC_CTX_set_params(ctx, params) != 1)
		abort();
	return ctx;
}

static EVP_MAC_CTX *
hmac_begin(const void *key, size_t keylen)
{
	static EVP_MAC_CTX *ctx;

	if (ctx == NULL)
		ctx = new_hmac();
	if (EVP_MAC_init(ctx, key, keylen, NULL) != 1)
		abort();
	return ctx;
}

static void
hmac_add(EVP_MAC_CTX *ctx, const void *data, size_t len)
{
	if (EVP_MAC_update(ctx, data, len) != 1)
		abort();
}

static void
hmac_end(EVP_MAC_CTX *ctx, unsigned char out_r[DIGEST_SIZE])
{
	size_t len;

	if (EVP_MAC_final(ctx, out_r, &len, DIGEST_SIZE) != 1 ||
	    len != DIGEST_SIZE)
		abort();
}

void
digest_hmac(const void *key, size_t keylen, const void *data, size_t len,
    unsigned char out_r[DIGEST_SIZE])
{
	EVP_MAC_CTX *ctx = hmac_begin(key, keylen);

	hmac_add(ctx, data, len);
	hmac_end(ctx, out_r);
}

void
digest_index(const struct keyring *keyring, const char *what,
    const char *value, unsigned char out_r[DIGEST_SIZE])
{
	EVP_MAC_CTX *ctx = hmac_begin(keyring_index(keyring), KEYRING_BYTES);

	hmac_add(ctx, what, strlen(what) + 1);
	hmac_add(ctx, value, strlen(value));
	hmac_end(ctx, out_r);
}

void
digest_key(const struct keyring *keyring, const char *purpose,
    unsigned char key_r[DIGEST_SIZE])
{
	digest_index(keyring, "key", purpose, key_r);
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void
wipe(void *secret, size_t len)
{
	OPENSSL_cleanse(secret, len);
}
