/*
 * Password hashes: each scheme against hashes made elsewhere (crypt_blowfish's
 * and RFC 7914's vectors, Django's own tests, libxcrypt), what is refused
 * because it is malformed or too dear, and the costs that must be alike.
 */

#include "crypto/password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <check.h>

#include "base/table.h"

#define YESCRYPT							\
	"$y$j9T$LdJMENpBABJJ3hIHjB1Bi."					\
	"$CbmXE/O/0bCHlsAzIaBSSe6Q31ZVeM4OxkjSOnAQ3C6"
#define BCRYPT	"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
#define DJANGO	"VrX+V8drCGo68wlvy6rfu8i1d1pfkdeXA4LJkRGJodY="
#define PBKDF2								\
	"55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
#define SCRYPT								\
	"fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b"	\
	"3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360"	\
	"cbdfa2cc0640"
#define SEVENTY_TWO							\
	"0123456789abcdefghijklmnopqrstuvwxyz"				\
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const struct {
	const char	*plain, *hash;
} known[] = {
	{ "correct horse", YESCRYPT },
	{ "correct horse", "$y$j75$LdJMENpBABJJ3hIHjB1Bi."
	    "$rfA07bT0O97FNWV5Cb8oFDnoGBJLXwSI4w/PIpLfyy2" },
	{ "correct horse", "$y$jBT$LdJMENpBABJJ3hIHjB1Bi."
	    "$zgeJ7GmCThquNEFuIlL67NarN3oR2nvgFmklBpFyJb5" },
	{ "U*U", BCRYPT },
	{ "U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC."
	    "VGOzA784oUp/Z0DY336zx7pLYAy0lwK" },
	{ "U*U*U", "$2y$05$XXXXXXXXXXXXXXXXXXXXXO"
	    "AcXxm9kjPGEMsLznoKqmqw7tc8WCx4a" },
	{ SEVENTY_TWO "chars after 72 are ignored",
	    "$2b$05$abcdefghijklmnopqrstuu"
	    "5s2v8.iXieOjg/.AySBTTZIIVFJeBui" },
	{ "l\xc3\xa8tmein", "pbkdf2_sha256$30000$seasalt$" DJANGO },
	{ "password", "pbkdf2_sha256$15000$50a7ff2d7e00"
	    "$t7Qx2CfzMhGEbyCa3Wk5nJvNjj3N+FdxhpwJDerl4Fs=" },
	{ "passwd", "pbkdf2:sha256:1$salt$" PBKDF2 },
	{ "Password", "pbkdf2:sha256:80000$NaCl$4ddcd8f60b98be21830cee5ef22701f9"
	    "641a4418d04c0414aeff08876b34ab56" },
	{ "password", "scrypt:1024:8:16$NaCl$" SCRYPT },
	{ "pleaseletmein", "scrypt:16384:8:1$SodiumChloride"
	    "$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
	    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887" },
	{ "password123", "scrypt:32768:8:1$7gkRqPuXn2LwzYvB"
	    "$af502121b75e41f54a4d3bbd1b74878e63f8b8d55bf2c6d5388d34c7db174a2a"
	    "abad497268edae37057de54d156382231f14679b7a6afc48d548b8c7bf5cbbc4" },
};

/* Each would be accepted for its password if its bound were not there, or
 * is not quite what the scheme writes. */
static const struct {
	const char	*plain, *hash;
} refused[] = {
	{ "correct horse", "$y$jCT$LdJMENpBABJJ3hIHjB1Bi."
	    "$MaLkil1A2mEi/Cv5iQkbz7UAyztrIs4TunoJPYIUs5B" },
	{ "pleaseletmein", "$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi."
	    "$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6" },
	{ "correct horse", "$y$j9T$LdJMENpBABJJ3hIHjB1Bi." },
	{ "correct horse", "$y$j9T$" },
	{ "correct horse", "$y$" },
	{ "correct horse", YESCRYPT "A" },
	{ "U*U", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
	{ "U*U", "$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
	{ "U*U", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
	{ "U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC." },
	{ "U*U", BCRYPT "A" },
	{ "passwd", "pbkdf2:sha256:0$salt$" PBKDF2 },
	{ "passwd", "pbkdf2:sha256:01$salt$" PBKDF2 },
	{ "passwd", "pbkdf2:sha256:-1$salt$" PBKDF2 },
	{ "passwd", "pbkdf2:sha256:2000001$salt$" PBKDF2 },
	{ "passwd", "pbkdf2:sha256:99999999999999999999$salt$" PBKDF2 },
	{ "passwd", "pbkdf2:sha256:$salt$" PBKDF2 },
	{ "passwd", "pbkdf2:sha256:1$salt$" PBKDF2 "00" },
	{ "passwd", "pbkdf2:sha256:1$salt$" },
	{ "passwd", "pbkdf2:sha256:1$salt" },
	{ "passwd", "pbkdf2:sha256:1" },
	{ "passwd", "pbkdf2:sha256:" },
	{ "passwd", "pbkdf2:sha1:1$salt$" PBKDF2 },
	{ "passwd", "pbkdf2_sha256$2000001$seasalt$" DJANGO },
	{ "passwd", "pbkdf2_sha256$30000$seasalt$" },
	{ "password", "scrypt:1023:8:16$NaCl$" SCRYPT },
	{ "password", "scrypt:1048576:1:1$NaCl$" SCRYPT },
	{ "password", "scrypt:65536:9:1$NaCl$" SCRYPT },
	{ "password", "scrypt:32768:16:5$NaCl$" SCRYPT },
	{ "password", "scrypt:1024:8:100000000000$NaCl$" SCRYPT },
	{ "password", "scrypt:1024:0:16$NaCl$" SCRYPT },
	{ "password", "scrypt:1024:8:16$NaCl" },
	{ "password", "scrypt:1024:8$NaCl$" SCRYPT },
	{ "password", "scrypt:1024" },
	{ "password", "scrypt:" },
	{ "password", "password" },
	{ "password", "5f4dcc3b5aa765d61d8327deb882cf99" },
	{ "password", "!" },
	{ "password", "*0" },
	{ "password", "" },
};

START_TEST(test_password_known_hashes_verify)
{
	char wrong[128];

	ck_assert(password_verify(known[_i].plain, known[_i].hash));
	snprintf(wrong, sizeof(wrong), "x%s", known[_i].plain);
	ck_assert(!password_verify(wrong, known[_i].hash));
}
END_TEST

/* A damaged or forged hash verifies no more. */
START_TEST(test_password_every_damaged_character_refuses)
{
	char hash[PASSWORD_HASH_SIZE];
	static const char *const cheap[] = {
		"pbkdf2:sha256:1$salt$" PBKDF2, BCRYPT
	};
	const char *plain = _i == 0 ? "passwd" : "U*U";
	size_t len = strlen(cheap[_i]);

	ck_assert(password_verify(plain, cheap[_i]));
	for (size_t i = _i == 0 ? 16 : 7; i < len; i++) {
		strcpy(hash, cheap[_i]);
		hash[i] = hash[i] == '7' ? '6' : '7';
		/* The last character of bcrypt's salt holds two bits. */
		if (_i != 1 || i != 28)
			ck_assert(!password_verify(plain, hash));
		hash[i] = '\0';
		ck_assert(!password_verify(plain, hash));
	}
}
END_TEST

START_TEST(test_password_malformed_and_dear_hashes_refuse_at_once)
{
	clock_t before = clock();

	ck_assert(!password_verify(refused[_i].plain, refused[_i].hash));
	ck_assert_int_lt((clock() - before) / (CLOCKS_PER_SEC / 1000), 200);
}
END_TEST

/* Good hashes of 255 and of 256 bytes: the longer one is no hash of ours. */
START_TEST(test_password_overlong_hash_refuses)
{
	static const char *const keys[] = {
		"408c97144bbf0b5d2559032e0929a6bf5f1494c04829ca47838f6c8aa8ec9cb0",
		"10348f82974916ec4147f5d3c57cb86df4603c25fe33b374ea42bc57d3cd2c19",
	};
	char salt[176], hash[PASSWORD_HASH_SIZE + 1];

	memset(salt, 'a', sizeof(salt));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(snprintf(hash, sizeof(hash),
		    "pbkdf2:sha256:1$%.*s$%s", 174 + i, salt, keys[i]),
		    255 + i);
		ck_assert(password_verify("passwd", hash) == (i == 0));
	}
}
END_TEST

START_TEST(test_password_hash_verifies_and_is_current)
{
	char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE];

	ck_assert(password_hash("p\xc3\xa4ssw\xc3\xb6rd", hash));
	ck_assert(password_verify("p\xc3\xa4ssw\xc3\xb6rd", hash));
	ck_assert(!password_verify("passw\xc3\xb6rd", hash));
	ck_assert(!password_verify("P\xc3\xa4ssw\xc3\xb6rd", hash));
	ck_assert(password_is_current(hash));
	ck_assert(password_hash("p\xc3\xa4ssw\xc3\xb6rd", again));
	ck_assert_str_ne(hash, again);
}
END_TEST

START_TEST(test_password_only_todays_form_is_current)
{
	ck_assert(password_is_current(YESCRYPT));
	for (size_t i = 1; i < COUNT_OF(known); i++)
		ck_assert(!password_is_current(known[i].hash));
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		ck_assert(!password_is_current(refused[i].hash));
}
END_TEST

/* All 511 bytes count. */
START_TEST(test_password_of_511_bytes_is_taken)
{
	char plain[PASSWORD_MAX + 1], hash[PASSWORD_HASH_SIZE];

	ck_assert_int_eq(PASSWORD_MAX, 511);
	memset(plain, 'p', PASSWORD_MAX);
	plain[PASSWORD_MAX] = '\0';
	ck_assert(password_hash(plain, hash));
	ck_assert(password_verify(plain, hash));
	plain[PASSWORD_MAX - 1] = 'q';
	ck_assert(!password_verify(plain, hash));
	plain[PASSWORD_MAX - 1] = '\0';
	ck_assert(!password_verify(plain, hash));
}
END_TEST

START_TEST(test_password_of_512_bytes_or_none_is_refused)
{
	/* Werkzeug's PBKDF2 of 512 times "p", and of nothing: one round. */
	static const char *const hashes[] = {
		"pbkdf2:sha256:1$salt$"
		"83cb834f8ddf5db85bcad47ccca5e27864121e479d9492a4bd94ea4277ad678f",
		"pbkdf2:sha256:1$salt$"
		"f135c27993baf98773c5cdb40a5706ce6a345cde61b000a67858650cd6a324d7",
	};
	char plain[513], hash[PASSWORD_HASH_SIZE] = "untouched";

	memset(plain, 'p', 512);
	plain[512] = '\0';
	ck_assert(!password_hash(plain, hash));
	ck_assert(!password_verify(plain, hashes[0]));
	ck_assert(!password_hash("", hash));
	ck_assert(!password_verify("", hashes[1]));
	ck_assert_str_eq(hash, "untouched");
}
END_TEST

static double
cost_of(const char *plain, const char *hash)
{
	struct timespec a, b;
	double least = 1e9;

	for (int i = 0; i < 5; i++) {
		double took;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		if (plain == NULL)
			password_burn();
		else
			ck_assert(!password_verify(plain, hash));
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		took = (double)(b.tv_sec - a.tv_sec) * 1e3 +
		    (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		least = took < least ? took : least;
	}
	return least;
}

/* The least of five leaves out what else the machine does. */
START_TEST(test_password_unknown_account_costs_a_wrong_password)
{
	double wrong = cost_of("wrong horse", YESCRYPT);

	ck_assert_double_gt(wrong, 2);
	ck_assert_double_lt(cost_of(NULL, NULL), wrong * 1.5);
	ck_assert_double_gt(cost_of(NULL, NULL), wrong / 1.5);
	ck_assert_double_lt(cost_of("any", NULL), wrong * 1.5);
	ck_assert_double_gt(cost_of("any", NULL), wrong / 1.5);
	ck_assert_double_gt(cost_of("any", "!"), wrong / 1.5);
}
END_TEST

static void
add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, test_password_known_hashes_verify, 0,
	    COUNT_OF(known));
	tcase_add_loop_test(tests,
	    test_password_every_damaged_character_refuses, 0, 2);
	tcase_add_loop_test(tests,
	    test_password_malformed_and_dear_hashes_refuse_at_once, 0,
	    COUNT_OF(refused));
	tcase_add_test(tests, test_password_overlong_hash_refuses);
	tcase_add_test(tests, test_password_hash_verifies_and_is_current);
	tcase_add_test(tests, test_password_only_todays_form_is_current);
	tcase_add_test(tests, test_password_of_511_bytes_is_taken);
	tcase_add_test(tests, test_password_of_512_bytes_or_none_is_refused);
	tcase_add_test(tests,
	    test_password_unknown_account_costs_a_wrong_password);
}

int
main(void)
{
	Suite *suite = suite_create("password");
	TCase *tests = tcase_create("password");
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
