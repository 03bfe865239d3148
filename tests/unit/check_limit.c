/*
 * Limits with Redis, without it, and when it goes in between.
 */

#include "store/limit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/task.h"
#include "servers.h"
#include "store/redis.h"

static const struct rate five_a_second = { 5, SECOND };
static const struct rate two_a_minute = { 2, MINUTE };

static struct own_redis own;
static struct task task;

static void
setup(void)
{
	own_redis_make(&own);
	own_redis_start(&own, "0");
	memset(&task, 0, sizeof(task));
	task.arena = arena_new(0);
	task.redis = redis_new(own.address, "ck:");
}

static void
teardown(void)
{
	redis_free(task.redis);
	arena_free(task.arena);
	own_redis_remove(&own);
}

/* How many of `tries` are let through. */
static int
taken(const char *key, const struct rate *rate, int tries)
{
	int n = 0;

	for (int i = 0; i < tries; i++) {
		fault_clear(&task);
		n += limit_take(&task, "login", key, rate);
	}
	return n;
}

static void
check_a_burst_then_a_trickle(void)
{
	ck_assert_int_eq(taken("a", &five_a_second, 9), 5);
	ck_assert_int_eq(task.fault.code, FAULT_LIMITED);
	ck_assert_int_eq(task.fault.retry_after, 1);
	ck_assert_int_eq(taken("b", &five_a_second, 5), 5);
	/* A fifth of a second gives one back, however many were refused. */
	usleep(230 * 1000);
	ck_assert_int_eq(taken("a", &five_a_second, 3), 1);
}

START_TEST(test_limit_holds_with_redis)
{
	check_a_burst_then_a_trickle();
}
END_TEST

START_TEST(test_limit_holds_without_redis)
{
	own_redis_stop(&own);
	check_a_burst_then_a_trickle();
}
END_TEST

START_TEST(test_limit_holds_with_none_configured)
{
	redis_free(task.redis);
	task.redis = NULL;
	check_a_burst_then_a_trickle();
}
END_TEST

START_TEST(test_limit_says_when_to_come_back)
{
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(taken("a", &two_a_minute, 3), 2);
		ck_assert_int_eq(task.fault.code, FAULT_LIMITED);
		ck_assert_int_eq(task.fault.retry_after, 30);
		own_redis_stop(&own);
	}
}
END_TEST

START_TEST(test_limit_is_shared_by_workers)
{
	struct redis *mine = task.redis;

	ck_assert_int_eq(taken("a", &two_a_minute, 1), 1);
	task.redis = redis_new(own.address, "ck:");
	ck_assert_int_eq(taken("a", &two_a_minute, 2), 1);
	redis_free(task.redis);
	task.redis = mine;
}
END_TEST

START_TEST(test_limit_counts_each_thing_by_itself)
{
	ck_assert_int_eq(taken("a", &two_a_minute, 3), 2);
	fault_clear(&task);
	ck_assert(limit_take(&task, "register", "a", &two_a_minute));
	ck_assert(limit_take(&task, "login", "aa", &two_a_minute));
}
END_TEST

START_TEST(test_limit_keeps_the_first_fault)
{
	ck_assert_int_eq(taken("a", &two_a_minute, 2), 2);
	fail(&task, FAULT_BAD_LOGIN, "no");
	ck_assert(!limit_take(&task, "login", "a", &two_a_minute));
	ck_assert_int_eq(task.fault.code, FAULT_BAD_LOGIN);
	ck_assert_int_eq(task.fault.retry_after, 0);
}
END_TEST

START_TEST(test_limit_tells_long_keys_apart)
{
	char one[1000], two[1000];

	memset(one, 'x', sizeof(one));
	memset(two, 'x', sizeof(two));
	one[999] = two[999] = '\0';
	two[998] = 'y';
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(taken(one, &two_a_minute, 3), 2);
		ck_assert_int_eq(taken(two, &two_a_minute, 3), 2);
		own_redis_stop(&own);
	}
}
END_TEST

START_TEST(test_limit_survives_a_flood_of_keys)
{
	char key[32];
	int refused = 0;

	own_redis_stop(&own);
	for (int i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "flood-%d", i);
		refused += 1 - taken(key, &two_a_minute, 1);
	}
	ck_assert_int_eq(refused, 0);
	ck_assert_int_eq(taken("late", &two_a_minute, 3), 2);
}
END_TEST

START_TEST(test_limit_counts_ipv6_by_its_network)
{
	static const char *const cases[][2] = {
		{ "192.0.2.7",                "192.0.2.7" },
		{ "0.0.0.0",                  "0.0.0.0" },
		{ "2001:db8:1:2:3:4:5:6",     "2001:db8:1:2::/64" },
		{ "2001:db8:1:2:ffff::1",     "2001:db8:1:2::/64" },
		{ "2001:db8:1:3::1",          "2001:db8:1:3::/64" },
		{ "::1",                      "::/64" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		ck_assert_str_eq(limit_peer(&task, cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(test_limit_of_nothing_is_a_mistake)
{
	static const struct rate nothing;

	task.arena = arena_new(0);
	(void)!limit_take(&task, "login", "a", &nothing);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("limit");
	TCase *tests = tcase_create("limit");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_limit_holds_with_redis);
	tcase_add_test(tests, test_limit_holds_without_redis);
	tcase_add_test(tests, test_limit_holds_with_none_configured);
	tcase_add_test(tests, test_limit_says_when_to_come_back);
	tcase_add_test(tests, test_limit_is_shared_by_workers);
	tcase_add_test(tests, test_limit_counts_each_thing_by_itself);
	tcase_add_test(tests, test_limit_keeps_the_first_fault);
	tcase_add_test(tests, test_limit_tells_long_keys_apart);
	tcase_add_test(tests, test_limit_survives_a_flood_of_keys);
	tcase_add_test(tests, test_limit_counts_ipv6_by_its_network);
	suite_add_tcase(suite, tests);
	/* What aborts tears nothing down: it gets no server. */
	TCase *mistakes = tcase_create("mistakes");
	tcase_add_test_raise_signal(mistakes,
	    test_limit_of_nothing_is_a_mistake, SIGABRT);
	suite_add_tcase(suite, mistakes);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
