/*
 * Password hashes; see password.h.  One row per scheme.  libcrypt's state
 * (32 KiB) holds traces of the password and is wiped; so are derived keys.
 */

#include "crypto/password.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <crypt.h>
#include <openssl/evp.h>

#include "base/table.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#define CURRENT		"$y$j9T$"	/* what YESCRYPT_COST is written as */
#define YESCRYPT_COST	5
#define CURRENT_SIZE	73		/* of a whole hash */
#define PBKDF2_ROUNDS	2000000		/* Django 6 takes 1,200,000 */
#define SCRYPT_BLOCKS	(65536 * 8)	/* N * r: 64 MiB */
#define SCRYPT_WORK	(4 * SCRYPT_BLOCKS)	/* N * r * p */

/* `rest`: the hash behind the prefix. */
struct scheme {
	const char	*prefix;
	bool		(*verify)(const char *plain, const char *hash,
			    const char *rest);
};

static bool
is_usable(const char *plain)
{
	return plain[0] != '\0' && strnlen(plain, PASSWORD_MAX + 1) <=
	    PASSWORD_MAX;
}

static bool
crypt_matches(const char *plain, const char *hash)
{
	struct crypt_data data;
	const char *made;
	bool ok;

	memset(&data, 0, sizeof(data));
	made = crypt_rn(plain, hash, &data, sizeof(data));
	ok = made != NULL && strlen(made) == strlen(hash) &&
	    digest_equal(made, hash, strlen(hash));
	wipe(&data, sizeof(data));
	return ok;
}

/* Only the parameters of libxcrypt's costs 1 to 7 pass. */
static bool
verify_yescrypt(const char *plain, const char *hash, const char *rest)
{
	static const char *const known[] = {
		"j75$", "j85$", "j7T$", "j8T$", "j9T$", "jAT$", "jBT$"
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (text_starts(rest, known[i]))
			return crypt_matches(plain, hash);
	return false;
}

/* Costs "04" to "14". */
static bool
verify_bcrypt(const char *plain, const char *hash, const char *rest)
{
	bool cheap = (rest[0] == '0' && rest[1] >= '4' && rest[1] <= '9') ||
	    (rest[0] == '1' && rest[1] >= '0' && rest[1] <= '4');

	return cheap && crypt_matches(plain, hash);
}

/* A decimal of 1 to `max` up to the byte `end`; what follows, or NULL. */
static const char *
number_until(const char *at, char end, int64_t max, int64_t *value_r)
{
	const char *stop = strchr(at, end);
	char digits[20];
	size_t n;

	if (stop == NULL || (n = (size_t)(stop - at)) >= sizeof(digits))
		return NULL;
	memcpy(digits, at, n);
	digits[n] = '\0';
	if (!text_to_int(digits, value_r) || *value_r < 1 || *value_r > max)
		return NULL;
	return stop + 1;
}

/* What follows "SALT$", or NULL. */
static const char *
after_salt(const char *salt, size_t *len_r)
{
	const char *stop = strchr(salt, '$');

	if (stop == NULL)
		return NULL;
	*len_r = (size_t)(stop - salt);
	return stop + 1;
}

/* Compares with the key as written, in base64 or hex, and wipes it. */
static bool
key_matches(unsigned char *key, size_t len, const char *written)
{
	char text[HEX_SIZE(64)];
	size_t n = strlen(written);
	bool ok;

	if (n == 44)
		EVP_EncodeBlock((unsigned char *)text, key, (int)len);
	else
		hex_encode(key, len, text);
	ok = n == strlen(text) && digest_equal(text, written, n);
	wipe(text, sizeof(text));
	wipe(key, len);
	return ok;
}

static bool
verify_pbkdf2(const char *plain, const char *hash, const char *rest)
{
	const char *salt, *written;
	unsigned char key[32];
	int64_t rounds;
	size_t len;

	(void)hash;
	if ((salt = number_until(rest, '$', PBKDF2_ROUNDS, &rounds)) == NULL ||
	    (written = after_salt(salt, &len)) == NULL ||
	    PKCS5_PBKDF2_HMAC(plain, (int)strlen(plain),
	    (const unsigned char *)salt, (int)len, (int)rounds, EVP_sha256(),
	    sizeof(key), key) != 1)
		return false;
	return key_matches(key, sizeof(key), written);
}

static bool
verify_scrypt(const char *plain, const char *hash, const char *rest)
{
	const uint64_t memory = SCRYPT_BLOCKS * UINT64_C(128) + (1 << 20);
	const char *salt, *written;
	unsigned char key[64];
	int64_t n, r, p;
	size_t len;

	(void)hash;
	if ((rest = number_until(rest, ':', SCRYPT_BLOCKS, &n)) == NULL ||
	    (rest = number_until(rest, ':', SCRYPT_BLOCKS / n, &r)) == NULL ||
	    (salt = number_until(rest, '$', SCRYPT_WORK / (n * r), &p)) ==
	    NULL || (written = after_salt(salt, &len)) == NULL ||
	    EVP_PBE_scrypt(plain, strlen(plain), (const unsigned char *)salt,
	    len, (uint64_t)n, (uint64_t)r, (uint64_t)p, memory, key,
	    sizeof(key)) != 1)
		return false;
	return key_matches(key, sizeof(key), written);
}

static const struct scheme schemes[] = {
	{ "$y$",		verify_yescrypt },
	{ "$2a$",		verify_bcrypt },
	{ "$2b$",		verify_bcrypt },
	{ "$2y$",		verify_bcrypt },
	{ "pbkdf2_sha256$",	verify_pbkdf2 },
	{ "pbkdf2:sha256:",	verify_pbkdf2 },
	{ "scrypt:",		verify_scrypt },
};

bool
password_hash(const char *plain, char hash_r[PASSWORD_HASH_SIZE])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], salt[16];
	struct crypt_data data;
	const char *made;

	if (!is_usable(plain))
		return false;
	random_bytes(salt, sizeof(salt));
	memset(&data, 0, sizeof(data));
	if (crypt_gensalt_rn("$y$", YESCRYPT_COST, salt, sizeof(salt),
	    setting, sizeof(setting)) == NULL ||
	    (made = crypt_rn(plain, setting, &data, sizeof(data))) == NULL ||
	    !password_is_current(made))
		abort();
	strcpy(hash_r, made);
	wipe(&data, sizeof(data));
	return true;
}

bool
password_verify(const char *plain, const char *hash)
{
	if (!is_usable(plain))
		return false;
	if (hash != NULL && strnlen(hash, PASSWORD_HASH_SIZE) <
	    PASSWORD_HASH_SIZE)
		for (size_t i = 0; i < COUNT_OF(schemes); i++)
			if (text_starts(hash, schemes[i].prefix))
				return schemes[i].verify(plain, hash,
				    hash + strlen(schemes[i].prefix));
	password_burn();
	return false;
}

bool
password_is_current(const char *hash)
{
	return text_starts(hash, CURRENT) && strlen(hash) == CURRENT_SIZE;
}

void
password_burn(void)
{
	/* Any salt will do; nothing matches the setting alone. */
	(void)crypt_matches("no password at all", CURRENT
	    "chartkeepburnssalt....$"
	    "...........................................");
}
