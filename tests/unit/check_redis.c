/*
 * Redis as it is: there, gone, restarted, forgetful, mute and wrong; and the
 * queue of what is due.
 */

#include "store/redis.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "servers.h"

static struct own_redis own;
static struct redis *redis;

static void
setup(void)
{
	own_redis_make(&own);
	own_redis_start(&own, "0");
	redis = redis_new(own.address, "ck:");
}

static void
teardown(void)
{
	redis_free(redis);
	own_redis_remove(&own);
}

/* What redis-cli says to `command`, its last newline cut. */
static const char *
cli(const char *command)
{
	static char text[256];
	char line[256];

	snprintf(line, sizeof(line), "redis-cli -s '%s' %s", own.socket,
	    command);
	FILE *out = popen(line, "r");
	ck_assert_ptr_nonnull(out);
	size_t n = fread(text, 1, sizeof(text) - 1, out);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	ck_assert_int_eq(pclose(out), 0);
	return text;
}

START_TEST(test_redis_knows_ended_sessions)
{
	ck_assert(!redis_session_ended(redis, "a"));
	redis_end_session(redis, "a", HOUR);
	redis_end_session(redis, "b", 30 * 1000);
	ck_assert(redis_session_ended(redis, "a"));
	ck_assert(redis_session_ended(redis, "b"));
	ck_assert(!redis_session_ended(redis, "c"));
	ck_assert_str_eq(cli("exists ck:session:a"), "1");
	int64_t left = atoll(cli("pttl ck:session:a"));
	ck_assert_int_gt(left, 3500 * 1000);
	ck_assert_int_le(left, 3600 * 1000);
	usleep(60 * 1000);
	ck_assert(!redis_session_ended(redis, "b"));
	/* Over already: gone at once, not kept for ever. */
	redis_end_session(redis, "d", -5);
	usleep(10 * 1000);
	ck_assert_str_eq(cli("exists ck:session:d"), "0");
}
END_TEST

START_TEST(test_redis_never_splits_a_value)
{
	redis_end_session(redis, "x EX 1 y", HOUR);
	ck_assert(redis_session_ended(redis, "x EX 1 y"));
	ck_assert(!redis_session_ended(redis, "x"));
	ck_assert_str_eq(cli("dbsize"), "1");
}
END_TEST

START_TEST(test_redis_take_allows_a_burst_then_one_a_gap)
{
	int64_t gap = SECOND / 10;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(redis_take(redis, "k", gap, 3 * gap), 0);
	int64_t wait = redis_take(redis, "k", gap, 3 * gap);
	ck_assert_int_gt(wait, 0);
	ck_assert_int_le(wait, gap);
	ck_assert_int_eq(redis_take(redis, "other", gap, 3 * gap), 0);
	usleep((useconds_t)wait + 2000);
	ck_assert_int_eq(redis_take(redis, "k", gap, 3 * gap), 0);
	ck_assert_int_gt(redis_take(redis, "k", gap, 3 * gap), 0);
	usleep((useconds_t)(4 * gap));
	ck_assert_str_eq(cli("exists ck:k"), "0");
}
END_TEST

START_TEST(test_redis_take_outlives_a_clock_set_back)
{
	int64_t gap = SECOND / 10;

	/* As it is written when the clock is in 2286. */
	cli("set ck:k 9999999999999999");
	ck_assert_int_eq(redis_take(redis, "k", gap, 3 * gap), gap);
	cli("set ck:k 9999999999999999");
	ck_assert_int_le(redis_take(redis, "k", gap, 3 * gap), gap);
}
END_TEST

START_TEST(test_redis_hands_out_what_is_due)
{
	struct redis_due due[4];

	ck_assert(redis_due_add(redis, "reminder", 1, 100));
	ck_assert(redis_due_add(redis, "reminder", 2, 200));
	ck_assert(redis_due_add(redis, "appointment", 3, 50));
	ck_assert(redis_due_add(redis, "reminder", 4, 60));
	ck_assert(redis_due_remove(redis, "reminder", 4));
	ck_assert_int_eq(redis_due_next(redis), 50);
	ck_assert_int_eq(redis_due_claim(redis, 49, 10, due, 4), 0);
	ck_assert_int_eq(redis_due_claim(redis, 100, 10, due, 4), 2);
	ck_assert_str_eq(due[0].kind, "appointment");
	ck_assert_int_eq(due[0].row, 3);
	ck_assert_str_eq(due[1].kind, "reminder");
	ck_assert_int_eq(due[1].row, 1);
	ck_assert_int_eq(redis_due_length(redis, false), 1);
	ck_assert_int_eq(redis_due_length(redis, true), 2);
	ck_assert_int_eq(redis_due_next(redis), 200);
	ck_assert(redis_due_done(redis, &due[0]));
	ck_assert_int_eq(redis_due_length(redis, true), 1);
}
END_TEST

START_TEST(test_redis_claims_again_when_a_lease_ran_out)
{
	struct redis_due due[4];

	ck_assert(redis_due_add(redis, "reminder", 1, 100));
	ck_assert_int_eq(redis_due_claim(redis, 100, 10, due, 4), 1);
	ck_assert_int_eq(redis_due_claim(redis, 109, 10, due, 4), 0);
	ck_assert(redis_due_add(redis, "reminder", 2, 105));
	/* The one that waited longer comes first, and has a new lease. */
	ck_assert_int_eq(redis_due_claim(redis, 110, 10, due, 1), 1);
	ck_assert_int_eq(due[0].row, 1);
	ck_assert_int_eq(redis_due_claim(redis, 119, 10, due, 4), 1);
	ck_assert_int_eq(due[0].row, 2);
	ck_assert_int_eq(redis_due_claim(redis, 120, 10, due, 4), 1);
	ck_assert_int_eq(due[0].row, 1);
}
END_TEST

START_TEST(test_redis_changed_while_claimed_is_due_anew)
{
	struct redis_due due[4];

	ck_assert(redis_due_add(redis, "reminder", 1, 100));
	ck_assert_int_eq(redis_due_claim(redis, 100, 10, due, 4), 1);
	ck_assert(redis_due_add(redis, "reminder", 1, 300));
	ck_assert(redis_due_done(redis, &due[0]));
	ck_assert_int_eq(redis_due_claim(redis, 299, 10, due, 4), 0);
	ck_assert_int_eq(redis_due_claim(redis, 300, 10, due, 4), 1);
}
END_TEST

START_TEST(test_redis_claims_go_to_one_only)
{
	struct redis *second = redis_new(own.address, "ck:");
	struct redis_due due[8];
	int mine = 0, theirs = 0;

	for (int row = 1; row <= 20; row++)
		ck_assert(redis_due_add(redis, "reminder", row, row));
	for (int i = 0; i < 4; i++) {
		mine += redis_due_claim(redis, 20, 10, due, 3);
		theirs += redis_due_claim(second, 20, 10, due, 3);
	}
	ck_assert_int_eq(mine + theirs, 20);
	redis_free(second);
}
END_TEST

START_TEST(test_redis_drops_members_that_nobody_understands)
{
	struct redis_due due[8];

	cli("zadd ck:due 1 nonsense 1 :5 1 reminder:x 1 reminder:7"
	    " 1 a-kind-that-is-too-long:1");
	ck_assert_int_eq(redis_due_claim(redis, 10, 10, due, 8), 1);
	ck_assert_int_eq(due[0].row, 7);
	ck_assert_int_eq(redis_due_length(redis, true), 1);
}
END_TEST

START_TEST(test_redis_head_is_kept)
{
	static const char mac[] =
	    "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef";
	char kept[REDIS_HEAD];
	int64_t number = 0;

	redis_head_forget(redis);
	ck_assert(!redis_head(redis, &number, kept));
	redis_head_set(redis, 17, mac);
	ck_assert(redis_head(redis, &number, kept));
	ck_assert_int_eq(number, 17);
	ck_assert_str_eq(kept, mac);
	redis_head_set(redis, 18, "short");
	ck_assert(!redis_head(redis, &number, kept));
	redis_head_forget(redis);
	ck_assert(!redis_head(NULL, &number, kept));
}
END_TEST

START_TEST(test_redis_mark_tells_another_redis)
{
	struct redis_due due[1];

	ck_assert(!redis_mark_matches(redis, "m1"));
	ck_assert(redis_mark_set(redis, "m1"));
	ck_assert(redis_mark_matches(redis, "m1"));
	ck_assert(!redis_mark_matches(redis, "m2"));
	ck_assert(redis_due_add(redis, "reminder", 1, 1));
	ck_assert(redis_due_add(redis, "reminder", 2, 1));
	ck_assert_int_eq(redis_due_claim(redis, 1, 1, due, 1), 1);
	ck_assert(redis_due_clear(redis));
	ck_assert_int_eq(redis_due_length(redis, false), 0);
	ck_assert_int_eq(redis_due_length(redis, true), 0);
	ck_assert_int_eq(redis_due_next(redis), 0);
	own_redis_stop(&own);
	own_redis_start(&own, "0");
	ck_assert(!redis_mark_matches(redis, "m1"));
}
END_TEST

START_TEST(test_redis_restart_is_not_noticed)
{
	ck_assert(redis_is_up(redis));
	own_redis_stop(&own);
	own_redis_start(&own, "0");
	ck_assert(redis_is_up(redis));
	ck_assert_int_eq(redis_take(redis, "k", 1000, 1000), 0);
	cli("client kill type normal");
	ck_assert(redis_due_add(redis, "reminder", 1, 1));
	/* Forgotten scripts are sent again. */
	cli("script flush");
	ck_assert_int_ge(redis_take(redis, "k", 1000, 1000), 0);
}
END_TEST

START_TEST(test_redis_away_is_unknown_and_said_once)
{
	struct redis_due due[1];

	ck_assert(redis_is_up(redis));
	redis_end_session(redis, "a", HOUR);
	own_redis_stop(&own);
	int old = log_divert();
	bool knows = redis_is_up(redis) || redis_session_ended(redis, "a") ||
	    redis_due_add(redis, "reminder", 1, 1) ||
	    redis_mark_matches(redis, "") || redis_due_clear(redis);
	int64_t numbers = redis_take(redis, "k", 1, 1) +
	    redis_due_claim(redis, 1, 1, due, 1) + redis_due_next(redis) +
	    redis_due_length(redis, true);
	usleep(2100 * 1000);
	knows = knows || redis_is_up(redis);
	own_redis_start(&own, "0");
	bool soon = redis_is_up(redis);
	usleep(2100 * 1000);
	bool back = redis_is_up(redis) && redis_is_up(redis);
	const char *log = log_taken(old);

	ck_assert(!knows && !soon && back);
	ck_assert_int_eq(numbers, -4);
	const char *away = strstr(log, "event=redis_away");
	ck_assert_ptr_nonnull(away);
	ck_assert_ptr_null(strstr(away + 1, "event=redis_away"));
	const char *returned = strstr(away, "event=redis_back");
	ck_assert_ptr_nonnull(returned);
	ck_assert_ptr_null(strstr(returned + 1, "event=redis_back"));
}
END_TEST

START_TEST(test_redis_mute_is_waited_for_a_fifth_of_a_second)
{
	ck_assert(redis_is_up(redis));
	ck_assert_int_eq(kill(own.pid, SIGSTOP), 0);
	int64_t start = clock_monotonic();
	ck_assert(!redis_session_ended(redis, "a"));
	int64_t took = clock_monotonic() - start;
	ck_assert_int_ge(took, SECOND / 6);
	ck_assert_int_lt(took, SECOND / 2);
	start = clock_monotonic();
	for (int i = 0; i < 1000; i++)
		ck_assert(!redis_session_ended(redis, "a"));
	/* Each alone would be a fifth of a second. */
	ck_assert_int_lt(clock_monotonic() - start, 10 * SECOND);
	ck_assert_int_ge(redis_time(redis), SECOND / 6);
	ck_assert_int_lt(redis_time(redis), SECOND / 10);
	kill(own.pid, SIGCONT);
}
END_TEST

START_TEST(test_redis_error_counts_as_away)
{
	cli("set ck:due text");
	ck_assert(!redis_due_add(redis, "reminder", 1, 1));
	ck_assert(!redis_is_up(redis));
}
END_TEST

/* It is there all the same: the connection stays, what reads goes on. */
START_TEST(test_redis_that_takes_no_writes_is_not_up)
{
	static const char *const ways[][2] = {
		{ "config set maxmemory 1", "config set maxmemory 0" },
		{ "replicaof 127.0.0.1 1", "replicaof no one" },
	};

	for (size_t i = 0; i < 2; i++) {
		ck_assert(redis_is_up(redis));
		int old = log_divert();
		cli(ways[i][0]);
		ck_assert(!redis_is_up(redis));
		ck_assert_int_eq(redis_due_length(redis, false), 0);
		ck_assert_int_lt(redis_take(redis, "k", SECOND, SECOND), 0);
		ck_assert_int_eq(redis_due_length(redis, false), 0);
		cli(ways[i][1]);
		ck_assert(redis_is_up(redis));
		const char *log = log_taken(old);
		const char *refuses = strstr(log, "event=redis_refuses");
		ck_assert_ptr_nonnull(refuses);
		ck_assert_ptr_null(strstr(refuses + 1, "event=redis_ref"));
		ck_assert_ptr_nonnull(strstr(refuses, "event=redis_back"));
		ck_assert_ptr_null(strstr(log, "event=redis_away"));
	}
}
END_TEST

static int
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	close(fd);
	return ntohs(sin.sin_port);
}

START_TEST(test_redis_is_reached_by_host_and_port)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	char port[16], address[64];

	own_redis_stop(&own);
	snprintf(port, sizeof(port), "%d", free_port());
	own_redis_start(&own, port);
	for (int i = 0; i < 2; i++) {
		snprintf(address, sizeof(address), "%s:%s", hosts[i], port);
		struct redis *remote = redis_new(address, "");
		ck_assert(redis_is_up(remote));
		redis_end_session(remote, "a", HOUR);
		redis_free(remote);
	}
	ck_assert_str_eq(cli("exists session:a"), "1");
}
END_TEST

START_TEST(test_redis_wrong_address_is_away)
{
	static const char *const wrong[] = {
		"", "localhost", "localhost:", "localhost:0", "host:65536",
		"unix:/nonexistent/socket", "[::1]:1", "127.0.0.1:1",
	};

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct redis *astray = redis_new(wrong[i], "ck:");

		ck_assert(!redis_is_up(astray));
		ck_assert_int_eq(redis_take(astray, "k", 1, 1), -1);
		redis_free(astray);
	}
}
END_TEST

START_TEST(test_redis_none_is_away)
{
	struct redis_due due[1] = { { "reminder", 1 } };

	redis_end_session(NULL, "a", HOUR);
	ck_assert(!redis_is_up(NULL) && !redis_session_ended(NULL, "a"));
	ck_assert_int_eq(redis_take(NULL, "k", 1, 1), -1);
	ck_assert(!redis_due_add(NULL, "reminder", 1, 1));
	ck_assert(!redis_due_remove(NULL, "reminder", 1));
	ck_assert(!redis_due_done(NULL, due) && !redis_due_clear(NULL));
	ck_assert_int_eq(redis_due_claim(NULL, 1, 1, due, 1), -1);
	ck_assert_int_eq(redis_due_length(NULL, false), -1);
	ck_assert_int_eq(redis_due_next(NULL), -1);
	ck_assert(!redis_mark_matches(NULL, "m") && !redis_mark_set(NULL, "m"));
	ck_assert_int_eq(redis_time(NULL), 0);
	redis_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("redis");
	TCase *tests = tcase_create("redis");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_redis_knows_ended_sessions);
	tcase_add_test(tests, test_redis_never_splits_a_value);
	tcase_add_test(tests,
	    test_redis_take_allows_a_burst_then_one_a_gap);
	tcase_add_test(tests, test_redis_take_outlives_a_clock_set_back);
	tcase_add_test(tests, test_redis_hands_out_what_is_due);
	tcase_add_test(tests, test_redis_claims_again_when_a_lease_ran_out);
	tcase_add_test(tests, test_redis_changed_while_claimed_is_due_anew);
	tcase_add_test(tests, test_redis_claims_go_to_one_only);
	tcase_add_test(tests,
	    test_redis_drops_members_that_nobody_understands);
	tcase_add_test(tests, test_redis_head_is_kept);
	tcase_add_test(tests, test_redis_mark_tells_another_redis);
	tcase_add_test(tests, test_redis_restart_is_not_noticed);
	tcase_add_test(tests, test_redis_away_is_unknown_and_said_once);
	tcase_add_test(tests,
	    test_redis_mute_is_waited_for_a_fifth_of_a_second);
	tcase_add_test(tests, test_redis_error_counts_as_away);
	tcase_add_test(tests, test_redis_that_takes_no_writes_is_not_up);
	tcase_add_test(tests, test_redis_is_reached_by_host_and_port);
	tcase_add_test(tests, test_redis_wrong_address_is_away);
	tcase_add_test(tests, test_redis_none_is_away);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
