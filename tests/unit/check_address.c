/* Host names and client addresses, in one spelling or none. */

#include "http/address.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct arena	*arena;

static void
setup(void)
{
	arena = arena_new(0);
}

static void
teardown(void)
{
	arena_free(arena);
}

static const struct {
	const char	*sent, *host;
} hosts[] = {
	{ "localhost",            "localhost" },
	{ "LocalHost:8000",       "localhost" },
	{ "example.org:",         "example.org" },
	{ "example.org.",         "example.org" },
	{ "example.org.:80",      "example.org" },
	{ "127.0.0.1:8000",       "127.0.0.1" },
	{ "[::1]",                "[::1]" },
	{ "[::1]:8000",           "[::1]" },
	{ "[0:0:0:0:0:0:0:1]",    "[::1]" },
	{ "[2001:DB8::A]:443",    "[2001:db8::a]" },
	{ "a_b.example.org",      "a_b.example.org" },
	{ "",                     NULL },
	{ ":80",                  NULL },
	{ "[::1",                 NULL },
	{ "[]",                   NULL },
	{ "[",                    NULL },
	{ "[::1]8000",            NULL },
	{ "[::1]:80x",            NULL },
	{ "[example.org]",        NULL },
	{ "::1",                  NULL },
	{ "a:b",                  NULL },
	{ "a:80:80",              NULL },
	{ "example.org/evil",     NULL },
	{ "user@example.org",     NULL },
	{ "example.org evil.org", NULL },
	{ "example.org,evil.org", NULL },
	{ "ex\u00e4mple.org",     NULL },
	{ "a\r\nb",               NULL },
};

START_TEST(test_address_host_is_a_plain_name)
{
	ck_assert_pstr_eq(address_host(arena, hosts[_i].sent),
	    hosts[_i].host);
}
END_TEST

START_TEST(test_address_host_has_a_bound)
{
	char *host = arena_alloc(arena, 257);

	memset(host, 'a', 255);
	ck_assert_pstr_eq(address_host(arena, host), host);
	host[255] = 'a';
	ck_assert_ptr_null(address_host(arena, host));
}
END_TEST

static const struct {
	const char	*sent, *peer;
} peers[] = {
	{ "192.0.2.7",           "192.0.2.7" },
	{ "2001:DB8:0::7",       "2001:db8::7" },
	{ "::1",                 "::1" },
	{ "::ffff:192.0.2.7",    "192.0.2.7" },
	{ "fe80::1%eth0",        "fe80::1" },
	{ "unix:",               "0.0.0.0" },
	{ "",                    "0.0.0.0" },
	{ "localhost",           "0.0.0.0" },
	{ "192.0.2.7, 10.0.0.1", "0.0.0.0" },
	{ "192.0.2.700",         "0.0.0.0" },
	{ "%",                   "0.0.0.0" },
};

START_TEST(test_address_peer_is_always_an_address)
{
	ck_assert_str_eq(address_peer(arena, peers[_i].sent), peers[_i].peer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address");
	TCase *tc = tcase_create("address");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_address_host_is_a_plain_name, 0,
	    COUNT_OF(hosts));
	tcase_add_test(tc, test_address_host_has_a_bound);
	tcase_add_loop_test(tc, test_address_peer_is_always_an_address, 0,
	    COUNT_OF(peers));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
