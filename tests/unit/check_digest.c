/*
 * Digests against the published vectors: FIPS 180-4's examples, RFC 4231
 * (case 5, a truncated digest, is not something we do).
 */

#include "crypto/digest.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/table.h"
#include "base/text.h"
#include "crypto/keyring.h"

static const struct {
	const char	*text, *digest;
} sha256[] = {
	{ "",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static const struct {
	const char	*key;		/* hexadecimal */
	size_t		 times;		/* 0: once */
	const char	*data, *digest;
} hmac[] = {
	{ "0b", 20, "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "4a656665", 0, "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "aa", 131, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ "aa", 131, "This is a test using a larger than block-size key and a "
	    "larger than block-size data. The key needs to be hashed before "
	    "being used by the HMAC algorithm.",
	    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
};

static void
assert_digest(const unsigned char digest[DIGEST_SIZE], const char *expected)
{
	char text[HEX_SIZE(DIGEST_SIZE)];

	hex_encode(digest, DIGEST_SIZE, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(test_digest_sha256_answers_as_published)
{
	unsigned char out[DIGEST_SIZE];

	digest_sha256(sha256[_i].text, strlen(sha256[_i].text), out);
	assert_digest(out, sha256[_i].digest);
}
END_TEST

START_TEST(test_digest_sha256_takes_a_million_bytes)
{
	static char text[1000000];
	unsigned char out[DIGEST_SIZE];

	memset(text, 'a', sizeof(text));
	digest_sha256(text, sizeof(text), out);
	assert_digest(out, "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

START_TEST(test_digest_hmac_answers_as_published)
{
	unsigned char key[131], out[DIGEST_SIZE];
	size_t len;

	ck_assert(hex_decode(hmac[_i].key, strlen(hmac[_i].key), key,
	    sizeof(key), &len));
	if (hmac[_i].times > 0) {
		memset(key, key[0], sizeof(key));
		len = hmac[_i].times;
	}
	digest_hmac(key, len, hmac[_i].data, strlen(hmac[_i].data), out);
	assert_digest(out, hmac[_i].digest);
}
END_TEST

/* Cases 3 and 4 have data that is no text. */
START_TEST(test_digest_hmac_takes_any_bytes)
{
	unsigned char key[25], data[50], out[DIGEST_SIZE];

	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, sizeof(data));
	digest_hmac(key, 20, data, sizeof(data), out);
	assert_digest(out, "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe");
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)(i + 1);
	memset(data, 0xcd, sizeof(data));
	digest_hmac(key, sizeof(key), data, sizeof(data), out);
	assert_digest(out, "82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b");
}
END_TEST

START_TEST(test_digest_index_binds_key_column_and_value)
{
	static const struct keyring ring = { .index = { 1, 2 },
	    .has_index = true };
	static const struct keyring other = { .index = { 1, 3 },
	    .has_index = true };
	unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE];

	digest_index(&ring, "person.licence", "L-17", a);
	digest_hmac(ring.index, 32, "person.licence\0L-17", 19, b);
	ck_assert(digest_equal(a, b, sizeof(a)));
	digest_index(&other, "person.licence", "L-17", b);
	ck_assert(!digest_equal(a, b, sizeof(a)));
	digest_index(&ring, "person.licenc", "eL-17", b);
	ck_assert(!digest_equal(a, b, sizeof(a)));
	digest_index(&ring, "person.licence", "l-17", b);
	ck_assert(!digest_equal(a, b, sizeof(a)));
}
END_TEST

START_TEST(test_digest_key_is_another_for_each_purpose)
{
	struct keyring ring = { .has_index = true };
	unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE];

	digest_key(&ring, "one", a);
	digest_key(&ring, "two", b);
	ck_assert(!digest_equal(a, b, sizeof(a)));
	ring.index[0] = 1;
	digest_key(&ring, "one", b);
	ck_assert(!digest_equal(a, b, sizeof(a)));
	ring.index[0] = 0;
	digest_key(&ring, "one", b);
	ck_assert(digest_equal(a, b, sizeof(a)));
}
END_TEST

START_TEST(test_digest_equal_sees_every_bit)
{
	unsigned char a[DIGEST_SIZE] = { 0 }, b[DIGEST_SIZE] = { 0 };

	ck_assert(digest_equal(a, b, sizeof(a)));
	ck_assert(digest_equal(a, b, 0));
	for (size_t bit = 0; bit < 8 * sizeof(b); bit++) {
		b[bit / 8] ^= (unsigned char)(1 << bit % 8);
		ck_assert(!digest_equal(a, b, sizeof(a)));
		b[bit / 8] = 0;
	}
}
END_TEST

START_TEST(test_digest_wipe_leaves_only_zeroes)
{
	unsigned char secret[40];

	memset(secret, 0x5a, sizeof(secret));
	wipe(secret + 1, sizeof(secret) - 2);
	for (size_t i = 1; i < sizeof(secret) - 1; i++)
		ck_assert_uint_eq(secret[i], 0);
	ck_assert_uint_eq(secret[0], 0x5a);
	ck_assert_uint_eq(secret[sizeof(secret) - 1], 0x5a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("digest");
	TCase *tests = tcase_create("digest");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, test_digest_sha256_answers_as_published, 0,
	    COUNT_OF(sha256));
	tcase_add_test(tests, test_digest_sha256_takes_a_million_bytes);
	tcase_add_loop_test(tests, test_digest_hmac_answers_as_published, 0,
	    COUNT_OF(hmac));
	tcase_add_test(tests, test_digest_hmac_takes_any_bytes);
	tcase_add_test(tests, test_digest_index_binds_key_column_and_value);
	tcase_add_test(tests, test_digest_key_is_another_for_each_purpose);
	tcase_add_test(tests, test_digest_equal_sees_every_bit);
	tcase_add_test(tests, test_digest_wipe_leaves_only_zeroes);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
