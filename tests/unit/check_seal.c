/*
 * Sealing: against the published vector of GCM, that everything comes back
 * and nothing else opens, and what happens to keys on their way.
 */

#include "crypto/seal.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/table.h"
#include "base/text.h"
#include "crypto/keyring.h"
#include "crypto/random.h"

#define AAD	"record.text:0f8fad5b-d9cb-469f-a165-70867728950e"

static const struct keyring ring = {
	.kek = { {
		{ "old", { 1, 2, 3 } },
		{ "new", { 4, 5, 6 }, true },
	}, 2 },
};
static const struct data_key key = { { 7, 8, 9 } };
static const unsigned char uid[16] = {
	0x0f, 0x8f, 0xad, 0x5b, 0xd9, 0xcb, 0x46, 0x9f,
	0xa1, 0x65, 0x70, 0x86, 0x77, 0x28, 0x95, 0x0e
};

static void
bytes_of(const char *hex, void *out, size_t size)
{
	size_t len;

	ck_assert(hex_decode(hex, strlen(hex), out, size, &len));
	ck_assert_uint_eq(len, size);
}

/* Must not open, and must leave nothing of the plain bytes behind. */
static void
assert_shut(const struct data_key *with, const char *aad,
    const unsigned char *in, size_t len)
{
	static unsigned char out[70000];
	size_t n = 12345;

	memset(out, 0, sizeof(out));
	ck_assert(!seal_open(with, aad, in, len, out, &n));
	ck_assert_uint_eq(n, 12345);
	for (size_t i = 0; i < sizeof(out) && i < len + 16; i++)
		ck_assert_uint_eq(out[i], 0);
}

/* Test case 16 of the GCM specification (McGrew and Viega), which NIST's
 * validation suite takes up; its additional data happens to be text. */
START_TEST(test_seal_opens_the_published_vector)
{
	struct data_key k;
	char aad[21] = { 0 };
	unsigned char value[89], plain[60], out[60];
	size_t len;

	bytes_of("feffe9928665731c6d6a8f9467308308"
	    "feffe9928665731c6d6a8f9467308308", k.bytes, 32);
	bytes_of("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad, 20);
	bytes_of("01" "cafebabefacedbaddecaf888"
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b", value, sizeof(value));
	bytes_of("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a31"
	    "8a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    plain, sizeof(plain));
	ck_assert(seal_open(&k, aad, value, sizeof(value), out, &len));
	ck_assert_uint_eq(len, sizeof(plain));
	ck_assert_mem_eq(out, plain, sizeof(plain));
}
END_TEST

START_TEST(test_seal_of_any_length_opens)
{
	static const size_t lengths[] = {
		0, 1, 15, 16, 17, 31, 32, 33, 300, 4096, 65536
	};
	static unsigned char plain[65536], sealed[65600], out[65600];

	random_bytes(plain, sizeof(plain));
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		size_t len = lengths[i], n = 1;

		memset(sealed, 0x5a, sizeof(sealed));
		memset(out, 0x5a, sizeof(out));
		ck_assert_uint_eq(seal_size(len), len + 29);
		seal_close(&key, AAD, plain, len, sealed);
		ck_assert_uint_eq(sealed[0], 1);
		ck_assert_uint_eq(sealed[len + 29], 0x5a);
		ck_assert(seal_open(&key, AAD, sealed, len + 29, out, &n));
		ck_assert_uint_eq(n, len);
		ck_assert_mem_eq(out, plain, len);
		ck_assert_uint_eq(out[len], 0x5a);
	}
}
END_TEST

START_TEST(test_seal_never_repeats_a_nonce)
{
	static unsigned char sealed[1000][SEAL_OVERHEAD + 5];

	for (size_t i = 0; i < COUNT_OF(sealed); i++) {
		seal_close(&key, AAD, "fever", 5, sealed[i]);
		ck_assert_ptr_null(memmem(sealed[i], sizeof(sealed[i]),
		    "fever", 5));
		for (size_t k = 0; k < i; k++)
			ck_assert_mem_ne(sealed[i] + 1, sealed[k] + 1, 12);
	}
}
END_TEST

START_TEST(test_seal_every_flipped_bit_shuts)
{
	unsigned char sealed[SEAL_OVERHEAD + 40], out[40];
	size_t n;

	seal_close(&key, AAD, "forty bytes of what nobody else may read",
	    40, sealed);
	for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
		sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_shut(&key, AAD, sealed, sizeof(sealed));
		sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	ck_assert(seal_open(&key, AAD, sealed, sizeof(sealed), out, &n));
}
END_TEST

START_TEST(test_seal_every_other_length_shuts)
{
	unsigned char sealed[SEAL_OVERHEAD + 41] = { 0 };

	seal_close(&key, AAD, "forty bytes of what nobody else may read",
	    40, sealed);
	for (size_t len = 0; len <= sizeof(sealed); len++)
		if (len != SEAL_OVERHEAD + 40)
			assert_shut(&key, AAD, sealed, len);
	ck_assert(!seal_open(&key, AAD, sealed, SIZE_MAX, NULL, NULL));
	ck_assert(!seal_open(&key, AAD, sealed,
	    (size_t)SEAL_MAX + SEAL_OVERHEAD + 1, NULL, NULL));
}
END_TEST

START_TEST(test_seal_opens_only_in_its_place)
{
	static const char *const others[] = {
		"record.text:0f8fad5b-d9cb-469f-a165-70867728950f",
		"record.diagnosis:0f8fad5b-d9cb-469f-a165-70867728950e",
		"reminder.text:0f8fad5b-d9cb-469f-a165-70867728950e",
		"record.text:0f8fad5b-d9cb-469f-a165-70867728950",
		"record.text:0f8fad5b-d9cb-469f-a165-70867728950e ",
	};
	struct data_key other = key;
	unsigned char sealed[SEAL_OVERHEAD + 5];

	seal_close(&key, AAD, "fever", 5, sealed);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_shut(&key, others[i], sealed, sizeof(sealed));
	for (size_t bit = 0; bit < 256; bit++) {
		other.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_shut(&other, AAD, sealed, sizeof(sealed));
		other = key;
	}
}
END_TEST

/* Key schedules are kept from call to call: never the wrong one, also after
 * a value that did not open, and also for the key of zeroes. */
START_TEST(test_seal_keys_may_alternate)
{
	static struct data_key keys[3];
	unsigned char sealed[3][SEAL_OVERHEAD + 1], out[1];
	unsigned char plain[1];
	size_t n;

	random_bytes(keys[1].bytes, 32);
	keys[2].bytes[31] = 1;
	for (int round = 0; round < 200; round++) {
		size_t a = (size_t)rand() % 3, b = (size_t)rand() % 3;

		plain[0] = (unsigned char)round;
		seal_close(&keys[a], AAD, plain, 1, sealed[a]);
		ck_assert(seal_open(&keys[a], AAD, sealed[a], 30, out, &n));
		ck_assert_uint_eq(out[0], plain[0]);
		ck_assert(seal_open(&keys[b], AAD, sealed[a], 30, out, &n) ==
		    (a == b));
		ck_assert(seal_open(&keys[a], AAD, sealed[a], 30, out, &n));
	}
}
END_TEST

START_TEST(test_seal_first_key_may_be_zeroes)
{
	const struct data_key zeroes = { { 0 } };
	unsigned char sealed[SEAL_OVERHEAD + 5], out[5];
	size_t n;

	seal_close(&zeroes, AAD, "fever", 5, sealed);
	ck_assert(seal_open(&zeroes, AAD, sealed, sizeof(sealed), out, &n));
	ck_assert_mem_eq(out, "fever", 5);
}
END_TEST

START_TEST(test_seal_aad_names_the_place)
{
	char aad[SEAL_AAD_SIZE];

	seal_aad(aad, sizeof(aad), "record", "text", uid);
	ck_assert_str_eq(aad, AAD);
	seal_aad(aad, sizeof(AAD), "record", "text", uid);
	ck_assert_str_eq(aad, AAD);
	seal_key_aad(aad, sizeof(aad), (unsigned char [16]){ 0x10 }, uid);
	ck_assert_str_eq(aad, "data_key:10000000-0000-0000-0000-000000000000:"
	    "0f8fad5b-d9cb-469f-a165-70867728950e");
}
END_TEST

START_TEST(test_seal_aad_that_does_not_fit_asserts)
{
	char aad[sizeof(AAD)];

	seal_aad(aad, sizeof(aad) - 1, "record", "text", uid);
}
END_TEST

START_TEST(test_seal_key_aad_that_does_not_fit_asserts)
{
	char aad[82];

	seal_key_aad(aad, sizeof(aad), uid, uid);
}
END_TEST

START_TEST(test_seal_without_a_place_asserts)
{
	unsigned char sealed[SEAL_OVERHEAD];

	seal_close(&key, "", NULL, 0, sealed);
}
END_TEST

START_TEST(test_seal_wraps_with_the_current_kek)
{
	unsigned char wrapped[SEAL_WRAPPED], again[SEAL_WRAPPED];
	struct data_key back;
	const char *id;

	seal_wrap(&ring, &key, "data_key:1", wrapped, &id);
	ck_assert_str_eq(id, "new");
	ck_assert(seal_unwrap(&ring, id, "data_key:1", wrapped,
	    sizeof(wrapped), &back));
	ck_assert_mem_eq(&back, &key, sizeof(key));
	seal_wrap(&ring, &key, "data_key:1", again, &id);
	ck_assert_mem_ne(wrapped, again, sizeof(again));
	ck_assert_ptr_null(memmem(wrapped, sizeof(wrapped), key.bytes, 3));
}
END_TEST

/* Rotation: what an older keyring wrapped opens with its kek's id. */
START_TEST(test_seal_unwraps_with_an_old_kek)
{
	struct keyring before = ring;
	unsigned char wrapped[SEAL_WRAPPED];
	struct data_key back;
	const char *id;

	before.kek.keys[0].current = true;
	before.kek.keys[1].current = false;
	seal_wrap(&before, &key, "data_key:1", wrapped, &id);
	ck_assert_str_eq(id, "old");
	ck_assert(seal_unwrap(&ring, "old", "data_key:1", wrapped,
	    sizeof(wrapped), &back));
	ck_assert_mem_eq(&back, &key, sizeof(key));
	ck_assert(!seal_unwrap(&ring, "new", "data_key:1", wrapped,
	    sizeof(wrapped), &back));
	ck_assert(!seal_unwrap(&ring, "lost", "data_key:1", wrapped,
	    sizeof(wrapped), &back));
	ck_assert(!seal_unwrap(&ring, "", "data_key:1", wrapped,
	    sizeof(wrapped), &back));
}
END_TEST

START_TEST(test_seal_damaged_wrapping_does_not_open)
{
	unsigned char wrapped[SEAL_WRAPPED + 1] = { 0 };
	struct data_key back, none = { { 0 } };
	const char *id;

	seal_wrap(&ring, &key, "data_key:1", wrapped, &id);
	for (size_t bit = 0; bit < 8 * SEAL_WRAPPED; bit++) {
		wrapped[bit / 8] ^= (unsigned char)(1 << bit % 8);
		back = none;
		ck_assert(!seal_unwrap(&ring, id, "data_key:1", wrapped,
		    SEAL_WRAPPED, &back));
		ck_assert_mem_eq(&back, &none, sizeof(none));
		wrapped[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t len = 0; len <= sizeof(wrapped); len++)
		ck_assert(seal_unwrap(&ring, id, "data_key:1", wrapped, len,
		    &back) == (len == SEAL_WRAPPED));
	ck_assert(!seal_unwrap(&ring, id, "data_key:2", wrapped,
	    SEAL_WRAPPED, &back));
}
END_TEST

/* A good value of another length, sealed with the kek, is no data key. */
START_TEST(test_seal_unwraps_only_whole_keys)
{
	unsigned char value[SEAL_OVERHEAD + 33];
	struct data_key kek, back;

	memcpy(kek.bytes, ring.kek.keys[1].bytes, 32);
	for (size_t len = 31; len <= 33; len++) {
		unsigned char plain[33] = { 0 };

		seal_close(&kek, "data_key:1", plain, len, value);
		ck_assert(seal_unwrap(&ring, "new", "data_key:1", value,
		    seal_size(len), &back) == (len == 32));
	}
}
END_TEST

static void
add_tests(TCase *tests)
{
	tcase_add_test(tests, test_seal_opens_the_published_vector);
	tcase_add_test(tests, test_seal_of_any_length_opens);
	tcase_add_test(tests, test_seal_never_repeats_a_nonce);
	tcase_add_test(tests, test_seal_every_flipped_bit_shuts);
	tcase_add_test(tests, test_seal_every_other_length_shuts);
	tcase_add_test(tests, test_seal_opens_only_in_its_place);
	tcase_add_test(tests, test_seal_keys_may_alternate);
	tcase_add_test(tests, test_seal_first_key_may_be_zeroes);
	tcase_add_test(tests, test_seal_aad_names_the_place);
	tcase_add_test_raise_signal(tests,
	    test_seal_aad_that_does_not_fit_asserts, SIGABRT);
	tcase_add_test_raise_signal(tests,
	    test_seal_key_aad_that_does_not_fit_asserts, SIGABRT);
	tcase_add_test_raise_signal(tests,
	    test_seal_without_a_place_asserts, SIGABRT);
	tcase_add_test(tests, test_seal_wraps_with_the_current_kek);
	tcase_add_test(tests, test_seal_unwraps_with_an_old_kek);
	tcase_add_test(tests, test_seal_damaged_wrapping_does_not_open);
	tcase_add_test(tests, test_seal_unwraps_only_whole_keys);
}

int
main(void)
{
	Suite *suite = suite_create("seal");
	TCase *tests = tcase_create("seal");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_set_timeout(tests, 60);
	add_tests(tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
