/*
 * Tokens: what we sign (against a token made elsewhere and RFC 7515's HMAC),
 * that nothing else is read, and refresh tokens.
 */

#include "crypto/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/clock.h"
#include "base/table.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"

#define HEADER	"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"s2\"}"
#define SID	"0f8fad5b-d9cb-469f-a165-70867728950e"
#define JTI	"7c9e6679-7425-40de-944b-e07fc1f90ae7"
#define NOW	(INT64_C(1700000000) * SECOND)

static const struct keyring ring = {
	.sign = { {
		{ "s1", { 1, 2, 3 } },
		{ "s2", { 0x22, 0x33, 0x44 }, true },
	}, 2 },
};
static const struct token good = {
	42, SID, "doctor", JTI, TOKEN_ACCESS, NOW, NOW + 12 * HOUR
};

static enum token_outcome
outcome_of(const char *text)
{
	struct token token;

	return token_read(&ring, text, strlen(text), NOW, &token);
}

/* A token with this header and these claims, signed well. */
static const char *
forged(const char *header, const char *claims)
{
	static char text[4096];
	unsigned char mac[DIGEST_SIZE];
	size_t n = base64_encode(header, strlen(header), text);

	text[n++] = '.';
	n += base64_encode(claims, strlen(claims), text + n);
	digest_hmac(ring.sign.keys[1].bytes, 32, text, n, mac);
	text[n++] = '.';
	base64_encode(mac, sizeof(mac), text + n);
	return text;
}

static void
assert_zero(const struct token *token)
{
	const struct token none = { 0 };

	ck_assert_mem_eq(token, &none, sizeof(none));
}

/* Made with Python's hmac and base64. */
START_TEST(test_token_is_as_another_program_writes_it)
{
	char text[TOKEN_SIZE];

	ck_assert(token_sign(&ring, &good, text, sizeof(text)));
	ck_assert_str_eq(text,
	    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InMyIn0."
	    "eyJzdWIiOiI0MiIsInNpZCI6IjBmOGZhZDViLWQ5Y2ItNDY5Zi1hMTY1LTcwODY3N"
	    "zI4OTUwZSIsInJvbGUiOiJkb2N0b3IiLCJqdGkiOiI3YzllNjY3OS03NDI1LTQwZG"
	    "UtOTQ0Yi1lMDdmYzFmOTBhZTciLCJ0eXAiOiJhY2Nlc3MiLCJpYXQiOjE3MDAwMDA"
	    "wMDAsImV4cCI6MTcwMDA0MzIwMH0."
	    "aI4j3W66o5k-JX_S6Q5QJ8_ffmQoz-eBigZNFvL5oVE");
}
END_TEST

/* RFC 7515, appendix A.1: its signature is ours, its token is not. */
START_TEST(test_token_signature_is_that_of_the_standard)
{
	static const char input[] = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
	    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
	    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
	static const char k[] = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"
	    "1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
	unsigned char bytes[64], mac[DIGEST_SIZE];
	char text[TOKEN_SIZE];
	size_t n;

	ck_assert(base64_decode(k, strlen(k), bytes, sizeof(bytes), &n));
	digest_hmac(bytes, n, input, strlen(input), mac);
	base64_encode(mac, sizeof(mac), text);
	ck_assert_str_eq(text, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
	sprintf(text, "%s.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", input);
	ck_assert_int_eq(outcome_of(text), TOKEN_MALFORMED);
}
END_TEST

START_TEST(test_token_reads_what_was_signed)
{
	char text[TOKEN_SIZE];
	struct token token;

	ck_assert(token_sign(&ring, &good, text, sizeof(text)));
	ck_assert_int_eq(token_read(&ring, text, strlen(text), NOW, &token),
	    TOKEN_OK);
	ck_assert_int_eq(token.account, 42);
	ck_assert_str_eq(token.sid, SID);
	ck_assert_str_eq(token.role, "doctor");
	ck_assert_str_eq(token.jti, JTI);
	ck_assert_str_eq(token.typ, "access");
	ck_assert_int_eq(token.iat, NOW);
	ck_assert_int_eq(token.exp, NOW + 12 * HOUR);
}
END_TEST

START_TEST(test_token_longest_fits)
{
	struct keyring longest = ring;
	struct token token = good, back;
	char text[TOKEN_SIZE];

	strcpy(longest.sign.keys[1].id, "abcdefgh-1234567");
	token.account = INT64_MAX;
	strcpy(token.role, "abcdefgh-123456");
	token.iat = token.exp = INT64_MAX;
	ck_assert(token_sign(&longest, &token, text, sizeof(text)));
	ck_assert_int_eq(token_read(&longest, text, strlen(text), NOW, &back),
	    TOKEN_OK);
	ck_assert_int_eq(back.account, INT64_MAX);
	ck_assert_str_eq(back.role, "abcdefgh-123456");
	ck_assert_int_eq(back.exp, INT64_MAX / SECOND * SECOND);
	memset(token.typ, 'a', TOKEN_WORD - 1);
	ck_assert(token_sign(&longest, &token, text, sizeof(text)));
	ck_assert_int_eq(token_read(&longest, text, strlen(text), NOW, &back),
	    TOKEN_WRONG_TYPE);
}
END_TEST

START_TEST(test_token_needs_its_room)
{
	char text[TOKEN_SIZE], small[TOKEN_SIZE];
	size_t need;

	ck_assert(token_sign(&ring, &good, text, sizeof(text)));
	need = strlen(text) + 1;
	for (size_t size = 0; size < need; size++) {
		memset(small, 0x5a, sizeof(small));
		ck_assert(!token_sign(&ring, &good, small, size));
		ck_assert_int_eq(small[size], 0x5a);
	}
	ck_assert(token_sign(&ring, &good, small, need));
	ck_assert_str_eq(small, text);
}
END_TEST

START_TEST(test_token_signs_no_odd_words)
{
	struct token odd[] = { good, good, good, good, good, good, good,
	    good };
	char text[TOKEN_SIZE];

	odd[0].account = 0;
	odd[1].account = -1;
	strcpy(odd[2].sid, "a\",\"role\":\"admin");
	strcpy(odd[3].role, "Doctor");
	odd[4].jti[0] = '\0';
	strcpy(odd[5].typ, "a b");
	odd[6].exp = -1;
	odd[7].iat = -1;
	for (size_t i = 0; i < COUNT_OF(odd); i++)
		ck_assert(!token_sign(&ring, &odd[i], text, sizeof(text)));
}
END_TEST

START_TEST(test_token_expires_on_its_microsecond)
{
	char text[TOKEN_SIZE];
	struct token token;
	size_t len;

	ck_assert(token_sign(&ring, &good, text, sizeof(text)));
	len = strlen(text);
	ck_assert_int_eq(token_read(&ring, text, len, good.exp - 1, &token),
	    TOKEN_OK);
	ck_assert_int_eq(token_read(&ring, text, len, good.exp, &token),
	    TOKEN_EXPIRED);
	ck_assert_str_eq(token.sid, SID);
	ck_assert_int_eq(token_read(&ring, text, len, INT64_MAX, &token),
	    TOKEN_EXPIRED);
}
END_TEST

START_TEST(test_token_of_another_type_is_refused)
{
	struct token other = good, back;
	char text[TOKEN_SIZE];

	strcpy(other.typ, "refresh");
	ck_assert(token_sign(&ring, &other, text, sizeof(text)));
	ck_assert_int_eq(token_read(&ring, text, strlen(text), NOW, &back),
	    TOKEN_WRONG_TYPE);
	assert_zero(&back);
	ck_assert_int_eq(token_read(&ring, text, strlen(text), INT64_MAX,
	    &back), TOKEN_WRONG_TYPE);
}
END_TEST

/* Rotation logs nobody out; a key taken away does. */
START_TEST(test_token_of_an_old_key_is_read)
{
	struct keyring before = ring, without = ring;
	char text[TOKEN_SIZE];
	struct token token;

	before.sign.keys[0].current = true;
	before.sign.keys[1].current = false;
	ck_assert(token_sign(&before, &good, text, sizeof(text)));
	ck_assert_int_eq(outcome_of(text), TOKEN_OK);
	strcpy(without.sign.keys[0].id, "s0");
	ck_assert_int_eq(token_read(&without, text, strlen(text), NOW, &token),
	    TOKEN_BAD_SIGNATURE);
	without = ring;
	without.sign.keys[0].bytes[31] ^= 1;
	ck_assert_int_eq(token_read(&without, text, strlen(text), NOW, &token),
	    TOKEN_BAD_SIGNATURE);
	assert_zero(&token);
}
END_TEST

/* The last character of each part has bits that are not used: flipping one
 * of these makes a second spelling, which is refused as well. */
START_TEST(test_token_every_flipped_bit_is_refused)
{
	char text[TOKEN_SIZE];
	struct token token;
	size_t len;

	ck_assert(token_sign(&ring, &good, text, sizeof(text)));
	len = strlen(text);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		enum token_outcome outcome;

		text[bit / 8] ^= (char)(1 << bit % 8);
		outcome = token_read(&ring, text, len, NOW, &token);
		ck_assert(outcome == TOKEN_MALFORMED ||
		    outcome == TOKEN_BAD_SIGNATURE);
		assert_zero(&token);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
	ck_assert_int_eq(outcome_of(text), TOKEN_OK);
}
END_TEST

START_TEST(test_token_of_another_length_is_refused)
{
	static const char more[] = ".A=- \n\0z";
	char text[TOKEN_SIZE + 1];
	struct token token;
	size_t len;

	ck_assert(token_sign(&ring, &good, text, TOKEN_SIZE));
	len = strlen(text);
	for (size_t cut = 0; cut < len; cut++)
		ck_assert_int_ne(token_read(&ring, text, cut, NOW, &token),
		    TOKEN_OK);
	for (size_t cut = 1; cut < len; cut++)
		ck_assert_int_ne(token_read(&ring, text + cut, len - cut, NOW,
		    &token), TOKEN_OK);
	for (size_t i = 0; i < sizeof(more); i++) {
		text[len] = more[i];
		ck_assert_int_ne(token_read(&ring, text, len + 1, NOW,
		    &token), TOKEN_OK);
	}
}
END_TEST

/* All is well but the length: not even the signature is looked at. */
START_TEST(test_token_overlong_is_refused)
{
	static const struct {
		size_t			 len;
		enum token_outcome	 outcome;
	} rows[] = {
		{ TOKEN_SIZE - 1, TOKEN_BAD_SIGNATURE },
		{ TOKEN_SIZE, TOKEN_MALFORMED },
		{ 1 << 20, TOKEN_MALFORMED },
		{ 0, TOKEN_MALFORMED },
	};
	static char text[1 << 20];
	struct token token;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		memset(text, 'A', sizeof(text));
		text[base64_encode(HEADER, strlen(HEADER), text)] = '.';
		if (rows[i].len > 0)
			text[rows[i].len - 44] = '.';
		ck_assert_int_eq(token_read(&ring, text, rows[i].len, NOW,
		    &token), rows[i].outcome);
	}
}
END_TEST

#define CLAIMS(sub, sid, rest)						\
	"{\"sub\":" sub ",\"sid\":\"" sid "\",\"role\":\"doctor\","	\
	"\"jti\":\"" JTI "\"," rest "}"
#define REST	"\"typ\":\"access\",\"iat\":1700000000,\"exp\":1700043200"

static const struct {
	const char		*header, *claims;
	enum token_outcome	 outcome;
} forgeries[] = {
	{ HEADER, CLAIMS("\"42\"", SID, REST), TOKEN_OK },
	/* headers */
	{ "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"s2\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"s2\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"hs256\",\"typ\":\"JWT\",\"kid\":\"s2\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"s2\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"s3\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_BAD_SIGNATURE },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"s1\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_BAD_SIGNATURE },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"abcdefgh012345678\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"s2\",\"kid\":\"s2\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"s2\"} ",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"s2\",\"crit\":[]}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"s2\"}",
	    CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	{ "", CLAIMS("\"42\"", SID, REST), TOKEN_MALFORMED },
	/* claims, signed well */
	{ HEADER, "", TOKEN_MALFORMED },
	{ HEADER, "{}", TOKEN_MALFORMED },
	{ HEADER, CLAIMS("42", SID, REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"0\"", SID, REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"-1\"", SID, REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"042\"", SID, REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"4 2\"", SID, REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"\"", SID, REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"9223372036854775808\"", SID, REST),
	    TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", "", REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID "0", REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", "\\u0041", REST), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, REST) " ", TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, REST) "}", TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, REST ",\"exp\":1800000000"),
	    TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\",\"sub\":\"1\"", SID, REST),
	    TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, REST ",\"x\":1"), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"access\",\"iat\":1"),
	    TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"access\","
	    "\"exp\":1700043200"), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"iat\":1,\"exp\":1700043200"),
	    TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"access\",\"iat\":1,"
	    "\"exp\":-1"), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"access\",\"iat\":1,"
	    "\"exp\":17e9"), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"access\",\"iat\":1,"
	    "\"exp\":1700043200.5"), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"access\",\"iat\":1,"
	    "\"exp\":9223372036855"), TOKEN_MALFORMED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"access\",\"iat\":1,"
	    "\"exp\":1"), TOKEN_EXPIRED },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"accesses\",\"iat\":1,"
	    "\"exp\":1700043200"), TOKEN_WRONG_TYPE },
	{ HEADER, CLAIMS("\"42\"", SID, "\"typ\":\"acces\",\"iat\":1,"
	    "\"exp\":1"), TOKEN_WRONG_TYPE },
};

START_TEST(test_token_of_another_spelling_is_refused)
{
	ck_assert_int_eq(outcome_of(forged(forgeries[_i].header,
	    forgeries[_i].claims)), forgeries[_i].outcome);
}
END_TEST

/* The signature decides before anything inside is looked at. */
START_TEST(test_token_unsigned_claims_are_not_read)
{
	char text[1024];
	char *signature;

	strcpy(text, forged(HEADER, "{}"));
	signature = strrchr(text, '.') + 1;
	signature[0] = signature[0] == 'A' ? 'B' : 'A';
	ck_assert_int_eq(outcome_of(text), TOKEN_BAD_SIGNATURE);
	*signature = '\0';
	ck_assert_int_eq(outcome_of(text), TOKEN_MALFORMED);
	strcpy(text, forged(HEADER, CLAIMS("\"42\"", SID, REST)));
	strrchr(text, '.')[1] = '\0';
	ck_assert_int_eq(outcome_of(text), TOKEN_MALFORMED);
}
END_TEST

START_TEST(test_token_refresh_has_its_form_and_digest)
{
	char text[REFRESH_SIZE], again[REFRESH_SIZE];
	unsigned char digest[32], other[32], bits[32];
	size_t n;

	refresh_make(text, digest);
	ck_assert_uint_eq(strlen(text), 47);
	ck_assert(strncmp(text, "ckr_", 4) == 0);
	ck_assert(base64_decode(text + 4, 43, bits, sizeof(bits), &n));
	ck_assert_uint_eq(n, 32);
	ck_assert(refresh_digest(text, other));
	ck_assert_mem_eq(digest, other, 32);
	digest_sha256(text, strlen(text), other);
	ck_assert_mem_eq(digest, other, 32);
	refresh_make(again, other);
	ck_assert_str_ne(text, again);
	ck_assert_mem_ne(digest, other, 32);
}
END_TEST

START_TEST(test_token_refresh_of_another_form_is_refused)
{
#define Z42	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	static const char *const odd[] = {
		"", "ckr_", "ckr_" Z42, "ckr_" Z42 "AA", "ckr_" Z42 "B",
		"ckr_" Z42 "=", "ckr_" Z42 "/", "CKR_" Z42 "A", "ckr-" Z42 "A",
		" ckr_" Z42 "A", "ckr_" Z42 "A ", Z42 "AAAAA", "ckr_" Z42 " ",
		"ckr_" Z42 "\xc3",
	};
	unsigned char digest[32];

	ck_assert(refresh_digest("ckr_" Z42 "A", digest));
	for (size_t i = 0; i < COUNT_OF(odd); i++)
		ck_assert(!refresh_digest(odd[i], digest));
}
END_TEST

static void
add_tests(TCase *tests)
{
	tcase_add_test(tests, test_token_is_as_another_program_writes_it);
	tcase_add_test(tests, test_token_signature_is_that_of_the_standard);
	tcase_add_test(tests, test_token_reads_what_was_signed);
	tcase_add_test(tests, test_token_longest_fits);
	tcase_add_test(tests, test_token_needs_its_room);
	tcase_add_test(tests, test_token_signs_no_odd_words);
	tcase_add_test(tests, test_token_expires_on_its_microsecond);
	tcase_add_test(tests, test_token_of_another_type_is_refused);
	tcase_add_test(tests, test_token_of_an_old_key_is_read);
	tcase_add_test(tests, test_token_every_flipped_bit_is_refused);
	tcase_add_test(tests, test_token_of_another_length_is_refused);
	tcase_add_test(tests, test_token_overlong_is_refused);
	tcase_add_loop_test(tests, test_token_of_another_spelling_is_refused,
	    0, COUNT_OF(forgeries));
	tcase_add_test(tests, test_token_unsigned_claims_are_not_read);
	tcase_add_test(tests, test_token_refresh_has_its_form_and_digest);
	tcase_add_test(tests, test_token_refresh_of_another_form_is_refused);
}

int
main(void)
{
	Suite *suite = suite_create("token");
	TCase *tests = tcase_create("token");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	add_tests(tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
