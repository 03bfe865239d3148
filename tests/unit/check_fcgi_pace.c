/*
 * Slow clients and signals: nobody owns a worker, and no request is lost.
 */

#include "http/fcgi.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "fcgi_peer.h"

#include <check.h>		/* last: it has a macro fail() */

static int64_t	 started;

/* Within [least, most) since `started`. */
static void
assert_took(int64_t least, int64_t most)
{
	int64_t took = clock_monotonic() - started;

	ck_assert_int_ge(took, least);
	ck_assert_int_lt(took, most);
}

static int
begin_slowly(const char *length)
{
	int fd = connect_to();

	begin_request("POST", "/echo", length, 0);
	add_params();
	send_out(fd);
	started = clock_monotonic();
	return fd;
}

START_TEST(test_fcgi_silent_client_is_cut_off)
{
	int fd = begin_slowly("20");

	out.len = 0;
	add_record(IN, "0123456789", 10, 0);
	send_out(fd);

	struct pollfd readable = { fd, POLLIN, 0 };

	ck_assert_int_eq(poll(&readable, 1, 5000), 1);
	assert_took(pace.wait / 2, pace.wait + SECOND);
	shutdown(fd, SHUT_WR);
	read_answer(fd);
	ck_assert_ptr_nonnull(strstr(answer.text, "len=0 cut=1"));
	assert_alive();
}
END_TEST

START_TEST(test_fcgi_silent_connection_is_cut_off)
{
	int fd = connect_to();

	started = clock_monotonic();
	assert_closed(fd);
	assert_took(pace.wait / 2, pace.wait + SECOND);
	assert_alive();
}
END_TEST

/* Never silent for long, but without end. */
START_TEST(test_fcgi_client_below_the_least_rate_is_cut_off)
{
	int fd = begin_slowly("60000");
	struct pollfd readable = { fd, POLLIN, 0 };

	out.len = 0;
	add_record(IN, "0123456789", 10, 0);
	while (poll(&readable, 1, 20) == 0)
		send_out(fd);
	assert_took(pace.grace / 2, pace.grace + SECOND);
	shutdown(fd, SHUT_WR);
	read_answer(fd);
	ck_assert_ptr_nonnull(strstr(answer.text, "len=0 cut=1"));
	assert_alive();
}
END_TEST

/* The rate counts within a silence, too, not only after it. */
START_TEST(test_fcgi_silence_ends_with_the_grace)
{
	read_answer(send_request("GET", "/stern"));

	int fd = begin_slowly("20");
	struct pollfd readable = { fd, POLLIN, 0 };

	ck_assert_int_eq(poll(&readable, 1, 8000), 1);
	assert_took(pace.grace / 2, pace.grace + SECOND);
	shutdown(fd, SHUT_WR);
	read_answer(fd);
	ck_assert_ptr_nonnull(strstr(answer.text, "len=0 cut=1"));
}
END_TEST

/* 600 bytes each 5 ms are above the rate, and last longer than the grace. */
START_TEST(test_fcgi_client_above_the_least_rate_is_not)
{
	static char some[600];
	int fd = begin_slowly("60000");

	out.len = 0;
	memset(some, 's', sizeof(some));
	add_record(IN, some, sizeof(some), 0);
	for (int i = 0; i < 100; i++) {
		send_out(fd);
		wait_for(SECOND / 200);
	}
	out.len = 0;
	add_record(IN, "", 0, 0);
	send_out(fd);
	read_answer(fd);
	ck_assert_ptr_nonnull(strstr(answer.text, "len=60000 cut=0"));
	assert_answer(send_request("GET", "/moved"), "progress=1");
	assert_answer(send_request("GET", "/begun"), "begun=1");
}
END_TEST

/* A refused client that goes on sending does not own the worker. */
START_TEST(test_fcgi_refused_client_is_not_waited_for)
{
	int fd = begin_slowly("99999999");
	struct pollfd hung_up = { fd, 0, 0 };

	out.len = 0;
	add_record(IN, "0123456789", 10, 0);
	while (poll(&hung_up, 1, 20) == 0 &&
	    clock_monotonic() - started < 9 * SECOND)
		(void)!send(fd, out.data, out.len, 0);
	assert_took(SECOND, 4 * SECOND);
	read_answer(fd);
	ck_assert_ptr_nonnull(strstr(answer.text, "large=1"));
	assert_alive();
}
END_TEST

START_TEST(test_fcgi_big_answer_arrives_whole)
{
	read_answer(send_request("GET", "/big"));
	ck_assert(answer.ended);
	ck_assert_uint_gt(answer.len, BIG);
	ck_assert_uint_lt(answer.len, BIG + 1024);
	assert_answer(send_request("GET", "/last"), "answered=1");
}
END_TEST

START_TEST(test_fcgi_client_gone_in_the_answer_is_noticed)
{
	int fd = send_request("GET", "/big");
	char some[1000];

	ck_assert(read_exactly(fd, some, sizeof(some)));
	close(fd);
	assert_answer(send_request("GET", "/last"), "answered=0");
}
END_TEST

START_TEST(test_fcgi_client_gone_before_the_answer_is_noticed)
{
	close(send_request("GET", "/slow"));
	assert_answer(send_request("GET", "/last"), "answered=0");
}
END_TEST

START_TEST(test_fcgi_client_that_does_not_read_is_cut_off)
{
	int fd = send_request("GET", "/big");

	started = clock_monotonic();
	assert_answer(send_request("GET", "/last"), "answered=0");
	assert_took(pace.wait / 2, pace.wait + SECOND);
	close(fd);
}
END_TEST

/* 10 KiB each 100 ms: never still, but slower than the rate. */
START_TEST(test_fcgi_client_that_reads_slowly_is_cut_off)
{
	int fd = send_request("GET", "/big/quick");
	char some[10 * 1024];
	size_t got = 0;
	ssize_t n;

	started = clock_monotonic();

	while ((n = recv(fd, some, sizeof(some), 0)) > 0) {
		got += (size_t)n;
		if (clock_monotonic() - started < 8 * SECOND)
			wait_for(SECOND / 10);
	}
	ck_assert_uint_lt(got, BIG);
	close(fd);
	assert_answer(send_request("GET", "/last"), "answered=0");
}
END_TEST

/* Signals. */

static void
assert_child_ends(void)
{
	ck_assert(worker_ended(child));
	child = 0;
}

START_TEST(test_fcgi_idle_worker_stops_at_once)
{
	assert_alive();
	started = clock_monotonic();
	kill(child, SIGTERM);
	assert_child_ends();
	assert_took(0, SECOND);
}
END_TEST

START_TEST(test_fcgi_busy_worker_answers_before_it_stops)
{
	int fd = send_request("GET", "/slow");

	wait_for(SECOND / 10);
	kill(child, SIGTERM);
	assert_answer(fd, "GET /slow len=0 cut=0 large=0 long=0"
	    " body=");
	assert_child_ends();
}
END_TEST

START_TEST(test_fcgi_signal_within_a_request_s_bytes_loses_nothing)
{
	int fd = connect_to();

	begin_request("POST", "/echo", "2", 0);
	add_params();
	add_stream(IN, "ab", 2, 1, 0);
	for (size_t i = 0; i < out.len; i++) {
		send_bytes(fd, out.data + i, 1);
		wait_for(SECOND / 2000);
		if (i == 5)
			kill(child, SIGTERM);
	}
	read_answer(fd);
	ck_assert(answer.ended);
	ck_assert_ptr_nonnull(strstr(answer.text, "len=2 cut=0"));
	assert_child_ends();
}
END_TEST

/* A ready connection must not hide the signal: it is another worker's. */
START_TEST(test_fcgi_stops_under_load_and_leaves_the_next_request)
{
	int busy = send_request("GET", "/slow");

	wait_for(SECOND / 10);

	int waiting = send_request("GET", "/last");

	kill(child, SIGTERM);
	read_answer(busy);
	ck_assert(answer.ended);
	assert_child_ends();
	child = start_worker();
	/* The first one would know of an answer before. */
	assert_answer(waiting, "answered=0");
}
END_TEST

/* Two workers wait for one connection: one has it, the other waits on. */
START_TEST(test_fcgi_workers_share_a_socket)
{
	pid_t other = start_worker();
	int fds[8];

	started = clock_monotonic();
	for (size_t i = 0; i < 2; i++)
		fds[i] = send_request("GET", "/slow");
	for (size_t i = 2; i < COUNT_OF(fds); i++)
		fds[i] = send_request("GET", "/plain");
	for (size_t i = 0; i < COUNT_OF(fds); i++) {
		read_answer(fds[i]);
		ck_assert(answer.ended);
	}
	assert_took(SECOND / 2, SECOND - SECOND / 20);
	/* Who is too late for a connection must not wait in accept(). */
	ck_assert(fcntl(listen_fd, F_GETFL) & O_NONBLOCK);
	ck_assert(worker_ended(other));
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_test(tc, test_fcgi_silent_client_is_cut_off);
	tcase_add_test(tc, test_fcgi_silent_connection_is_cut_off);
	tcase_add_test(tc, test_fcgi_client_below_the_least_rate_is_cut_off);
	tcase_add_test(tc, test_fcgi_silence_ends_with_the_grace);
	tcase_add_test(tc, test_fcgi_client_above_the_least_rate_is_not);
	tcase_add_test(tc, test_fcgi_refused_client_is_not_waited_for);
	tcase_add_test(tc, test_fcgi_big_answer_arrives_whole);
	tcase_add_test(tc, test_fcgi_client_gone_in_the_answer_is_noticed);
	tcase_add_test(tc, test_fcgi_client_gone_before_the_answer_is_noticed);
	tcase_add_test(tc, test_fcgi_client_that_does_not_read_is_cut_off);
	tcase_add_test(tc, test_fcgi_client_that_reads_slowly_is_cut_off);
	tcase_add_test(tc, test_fcgi_idle_worker_stops_at_once);
	tcase_add_test(tc, test_fcgi_busy_worker_answers_before_it_stops);
	tcase_add_test(tc,
	    test_fcgi_signal_within_a_request_s_bytes_loses_nothing);
	tcase_add_test(tc,
	    test_fcgi_stops_under_load_and_leaves_the_next_request);
	tcase_add_test(tc, test_fcgi_workers_share_a_socket);
}

int
main(void)
{
	Suite *suite = suite_create("fcgi_pace");
	TCase *tc = tcase_create("fcgi_pace");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, peer_setup, peer_teardown);
	tcase_set_timeout(tc, 20);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
