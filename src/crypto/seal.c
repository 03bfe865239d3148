/*
 * AES-256-GCM by libcrypto; see seal.h.  Wrapping a data key is sealing its
 * 32 bytes with a kek; both run the same code on contexts of their own, so
 * that unwrapping does not push out the data key's schedule.
 */

#include "crypto/seal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"
#include "crypto/random.h"

#define VERSION		1
#define NONCE		12
#define TAG		16
#define HEAD		(1 + NONCE)

_Static_assert(HEAD + TAG == SEAL_OVERHEAD, "the format's parts");
_Static_assert(sizeof(struct data_key) == KEYRING_BYTES, "AES-256");

/* A context and the key whose schedule it holds. */
struct machine {
	EVP_CIPHER_CTX	*ctx;
	unsigned char	 key[KEYRING_BYTES];
};
static struct machine value_closer, value_opener, key_closer, key_opener;

static EVP_CIPHER_CTX *
new_context(int closing)
{
	static EVP_CIPHER *aes;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (aes == NULL)
		aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (ctx == NULL || aes == NULL ||
	    EVP_CipherInit_ex(ctx, aes, NULL, NULL, NULL, closing) != 1)
		abort();
	return ctx;
}

/* Sets key (unless it is the last one), nonce and additional data. */
static EVP_CIPHER_CTX *
start(struct machine *m, const unsigned char *key, const unsigned char *nonce,
    const char *aad, int closing)
{
	bool known = m->ctx != NULL &&
	    digest_equal(m->key, key, sizeof(m->key));
	int n;

	assert(*aad != '\0');
	if (m->ctx == NULL)
		m->ctx = new_context(closing);
	if (!known)
		memcpy(m->key, key, sizeof(m->key));
	if (EVP_CipherInit_ex(m->ctx, NULL, NULL, known ? NULL : key, nonce,
	    closing) != 1 ||
	    EVP_CipherUpdate(m->ctx, NULL, &n, (const unsigned char *)aad,
	    (int)strlen(aad)) != 1)
		abort();
	return m->ctx;
}

static void
close_with(struct machine *m, const unsigned char *key, const char *aad,
    const void *plain, size_t len, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx;
	unsigned char *tag = out + HEAD + len;
	int n;

	assert(len <= SEAL_MAX);
	out[0] = VERSION;
	random_bytes(out + 1, NONCE);
	ctx = start(m, key, out + 1, aad, 1);
	if ((len > 0 && EVP_EncryptUpdate(ctx, out + HEAD, &n, plain,
	    (int)len) != 1) ||
	    EVP_EncryptFinal_ex(ctx, tag, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, tag) != 1)
		abort();
}

static bool
open_with(struct machine *m, const unsigned char *key, const char *aad,
    const unsigned char *in, size_t len, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx;
	size_t plain = len - SEAL_OVERHEAD;
	unsigned char tag[TAG], none[TAG];
	int n;

	if (len < SEAL_OVERHEAD || plain > SEAL_MAX || in[0] != VERSION)
		return false;
	memcpy(tag, in + HEAD + plain, TAG);
	ctx = start(m, key, in + 1, aad, 0);
	if ((plain > 0 && EVP_DecryptUpdate(ctx, out, &n, in + HEAD,
	    (int)plain) != 1) ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) != 1)
		abort();
	if (EVP_DecryptFinal_ex(ctx, none, &n) == 1)
		return true;
	wipe(out, plain);
	return false;
}

void
seal_aad(char *out, size_t size, const char *table, const char *column,
    const unsigned char uid[16])
{
	assert(strlen(table) + strlen(column) + 2 + UUID_TEXT <= size);
	out = stpcpy(stpcpy(out, table), ".");
	out = stpcpy(stpcpy(out, column), ":");
	uuid_print(uid, out);
}

void
seal_key_aad(char *out, size_t size, const unsigned char key_uid[16],
    const unsigned char account_uid[16])
{
	char key[UUID_TEXT], account[UUID_TEXT];
	int n;

	uuid_print(key_uid, key);
	uuid_print(account_uid, account);
	n = snprintf(out, size, "data_key:%s:%s", key, account);
	assert(n > 0 && (size_t)n < size);
}

void
seal_wrap(const struct keyring *keyring, const struct data_key *key,
    const char *aad, unsigned char out_r[SEAL_WRAPPED], const char **kek_id_r)
{
	const struct keyring_key *kek = keyring_current_kek(keyring);

	close_with(&key_closer, kek->bytes, aad, key->bytes,
	    sizeof(key->bytes), out_r);
	*kek_id_r = kek->id;
}

bool
seal_unwrap(const struct keyring *keyring, const char *kek_id,
    const char *aad, const unsigned char *in, size_t len,
    struct data_key *key_r)
{
	const struct keyring_key *kek = keyring_kek(keyring, kek_id);

	return kek != NULL && len == SEAL_WRAPPED &&
	    open_with(&key_opener, kek->bytes, aad, in, len, key_r->bytes);
}

size_t
seal_size(size_t plain)
{
	return plain + SEAL_OVERHEAD;
}

void
seal_close(const struct data_key *key, const char *aad, const void *plain,
    size_t len, unsigned char *out)
{
	close_with(&value_closer, key->bytes, aad, plain, len, out);
}

bool
seal_open(const struct data_key *key, const char *aad,
    const unsigned char *in, size_t len, unsigned char *out, size_t *len_r)
{
	if (!open_with(&value_opener, key->bytes, aad, in, len, out))
		return false;
	*len_r = len - SEAL_OVERHEAD;
	return true;
}
