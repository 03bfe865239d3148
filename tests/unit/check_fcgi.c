/*
 * The worker's side of FastCGI: requests in whole records, in pieces, wrong
 * ones, and bodies against their limit.
 */

#include "http/fcgi.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "fcgi_peer.h"

#include <check.h>		/* last: it has a macro fail() */

/* A request with this body, complete. */
static int
send_body(const char *body, size_t len, const char *length)
{
	int fd = connect_to();

	begin_request("POST", "/echo", length, 0);
	add_params();
	add_stream(IN, body, len, 32000, 0);
	/* Not all of it may be wanted. */
	(void)!send(fd, out.data, out.len, 0);
	return fd;
}

START_TEST(test_fcgi_request_is_answered)
{
	int fd = send_request("GET", "/plain");

	read_answer(fd);
	ck_assert(answer.ended);
	ck_assert(!answer.other);
	ck_assert(strncmp(answer.text, "Status: 200 OK\r\n"
	    "Content-Type: text/plain\r\n", 42) == 0);
	ck_assert_str_eq(strstr(answer.text, "\r\n\r\n") + 4, PLAIN);
	assert_alive();
}
END_TEST

START_TEST(test_fcgi_head_has_no_body)
{
	assert_answer(send_request("HEAD", "/plain"), "");
	ck_assert_ptr_nonnull(strstr(answer.text, "Content-Length: 44\r\n"));
}
END_TEST

static const struct {
	size_t		 each, padding;
} shapes[] = {
	{ 65535, 0 }, { 65535, 7 }, { 100, 255 }, { 1, 0 }, { 3, 5 },
};

START_TEST(test_fcgi_records_may_be_cut_anyhow)
{
	int fd = connect_to();

	begin_request("POST", "/echo", "11", 0);
	add_stream(PARAMS, params.data, params.len, shapes[_i].each,
	    shapes[_i].padding);
	add_stream(IN, "hello world", 11, shapes[_i].each,
	    shapes[_i].padding);
	send_out(fd);
	assert_answer(fd,
	    "POST /echo len=11 cut=0 large=0 long=0 body=hello world");
}
END_TEST

START_TEST(test_fcgi_bytes_may_come_one_by_one)
{
	int fd = connect_to();

	begin_request("POST", "/echo", "2", 0);
	add_stream(PARAMS, params.data, params.len, 65535, 3);
	add_stream(IN, "ab", 2, 1, 3);
	for (size_t i = 0; i < out.len; i++) {
		send_bytes(fd, out.data + i, 1);
		wait_for(SECOND / 2000);
	}
	read_answer(fd);
	ck_assert(answer.ended);
	ck_assert_ptr_nonnull(strstr(answer.text, "len=2 cut=0"));
	ck_assert_ptr_nonnull(strstr(answer.text, "body=ab"));
}
END_TEST

START_TEST(test_fcgi_huge_params_are_taken)
{
	static char huge[200 * 1024];
	int fd = connect_to();

	memset(huge, 'h', sizeof(huge));
	begin_request("GET", "/plain", NULL, 0);
	add_param("HTTP_X_LONG", huge, sizeof(huge));
	add_params();
	add_record(IN, "", 0, 0);
	send_out(fd);
	assert_answer(fd, "GET /plain len=0 cut=0 large=0 long=204800"
	    " body=");
}
END_TEST

/* Longer than what follows. */
START_TEST(test_fcgi_params_that_lie_end_the_connection)
{
	static const char lie[] = "\x7f\x7f" "ABC";
	static const char great_lie[] = "\x81\xff\xff\xff\x81\xff\xff\xff" "A";
	int fd = connect_to();

	begin_request("GET", "/plain", NULL, 0);
	if (_i == 0)
		add_stream(PARAMS, lie, sizeof(lie) - 1, 65535, 0);
	else
		add_stream(PARAMS, great_lie, sizeof(great_lie) - 1, 65535, 0);
	add_record(IN, "", 0, 0);
	send_out(fd);
	assert_closed(fd);
	assert_alive();
}
END_TEST

START_TEST(test_fcgi_keep_alive_is_not_kept)
{
	int fd = connect_to();

	begin_request("GET", "/plain", NULL, KEEP);
	add_params();
	add_record(IN, "", 0, 0);
	send_out(fd);
	assert_answer(fd, PLAIN);	/* which waits for the end */
	assert_alive();
}
END_TEST

START_TEST(test_fcgi_body_without_length_is_read_to_its_end)
{
	assert_answer(send_body("chunked", 7, NULL), "POST /echo len=7 cut=0"
	    " large=0 long=0 body=chunked");
}
END_TEST

static const struct {
	size_t		 sent;
	const char	*length;
	const char	*seen;
} lengths[] = {
	{ BODY_LIMIT,     NULL,    "len=65536 cut=0 large=0" },
	{ BODY_LIMIT,     "65536", "len=65536 cut=0 large=0" },
	{ BODY_LIMIT + 1, NULL,    "len=0 cut=0 large=1" },
	{ BODY_LIMIT + 1, "65537", "len=0 cut=0 large=1" },
	{ BODY_LIMIT + 1, "1",     "len=0 cut=0 large=1" },
	{ 300000,         NULL,    "len=0 cut=0 large=1" },
	{ 300000,         "300000", "len=0 cut=0 large=1" },
	{ 10,             "11",    "len=0 cut=1 large=0" },
	{ 11,             "10",    "len=0 cut=1 large=0" },
	{ 10,             "99999999999999999999", "len=0 cut=0 large=1" },
	{ 10,             "-1",    "len=0 cut=0 large=1" },
	{ 10,             "x",     "len=0 cut=0 large=1" },
	{ 10,             "",      "len=10 cut=0 large=0" },
	{ 0,              "0",     "len=0 cut=0 large=0" },
};

/* An answer comes also when the body was not read. */
START_TEST(test_fcgi_body_is_bounded_and_complete)
{
	static char body[300000];

	memset(body, 'b', sizeof(body));
	read_answer(send_body(body, lengths[_i].sent, lengths[_i].length));
	ck_assert(answer.ended);
	ck_assert_ptr_nonnull(strstr(answer.text, lengths[_i].seen));
	assert_alive();
}
END_TEST

START_TEST(test_fcgi_abort_cuts_the_body)
{
	int fd = connect_to();

	begin_request("POST", "/echo", "20", 0);
	add_params();
	add_record(IN, "0123456789", 10, 0);
	add_record(ABORT, "", 0, 0);
	send_out(fd);
	read_answer(fd);
	ck_assert_ptr_nonnull(strstr(answer.text, "len=0 cut=1 large=0"));
	assert_alive();
}
END_TEST

START_TEST(test_fcgi_client_gone_in_its_body_is_noticed)
{
	int fd = connect_to();

	begin_request("POST", "/echo", "20", 0);
	add_params();
	add_record(IN, "0123456789", 10, 0);
	send_out(fd);
	shutdown(fd, SHUT_WR);
	read_answer(fd);
	ck_assert_ptr_nonnull(strstr(answer.text, "len=0 cut=1 large=0"));
	assert_alive();
}
END_TEST

/* Broken before there is a request. */
#define BYTES(text)	text, sizeof(text) - 1
#define BEGINNING	"\1\1\0\7\0\10\0\0\0\1\0\0\0\0\0\0"

static const struct {
	const char	*bytes;
	size_t		 len;
} openings[] = {
	{ BYTES("") },
	{ BYTES("\1") },
	{ BYTES("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") },
	{ BYTES("\2\1\0\7\0\10\0\0\0\1\0\0\0\0\0\0") },	/* version 2 */
	{ BYTES("\1\1\0\7\0\10\0\0\0\x63\0\0\0\0\0\0") }, /* role 99 */
	{ BYTES("\1\5\0\7\0\0\0\0") },		/* the body first */
	{ BYTES(BEGINNING) },
	{ BYTES(BEGINNING "\1\5\0\7\0\0\0\0") },	/* no parameters */
	/* It ends between two parameters, the first was "A=B". */
	{ BYTES(BEGINNING "\1\4\0\7\0\10\0\0\1\1AB") },
};

START_TEST(test_fcgi_what_is_no_request_ends_the_connection)
{
	int fd = connect_to();

	send_bytes(fd, openings[_i].bytes, openings[_i].len);
	shutdown(fd, SHUT_WR);
	read_answer(fd);
	ck_assert_uint_eq(answer.len, 0);
	assert_alive();
}
END_TEST

START_TEST(test_fcgi_abort_without_an_answer)
{
	assert_closed(send_request("GET", "/none"));
	assert_alive();
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_test(tc, test_fcgi_request_is_answered);
	tcase_add_test(tc, test_fcgi_head_has_no_body);
	tcase_add_loop_test(tc, test_fcgi_records_may_be_cut_anyhow, 0,
	    COUNT_OF(shapes));
	tcase_add_test(tc, test_fcgi_bytes_may_come_one_by_one);
	tcase_add_test(tc, test_fcgi_huge_params_are_taken);
	tcase_add_loop_test(tc, test_fcgi_params_that_lie_end_the_connection,
	    0, 2);
	tcase_add_test(tc, test_fcgi_keep_alive_is_not_kept);
	tcase_add_test(tc, test_fcgi_body_without_length_is_read_to_its_end);
	tcase_add_loop_test(tc, test_fcgi_body_is_bounded_and_complete, 0,
	    COUNT_OF(lengths));
	tcase_add_test(tc, test_fcgi_abort_cuts_the_body);
	tcase_add_test(tc, test_fcgi_client_gone_in_its_body_is_noticed);
	tcase_add_loop_test(tc,
	    test_fcgi_what_is_no_request_ends_the_connection, 0,
	    COUNT_OF(openings));
	tcase_add_test(tc, test_fcgi_abort_without_an_answer);
}

int
main(void)
{
	Suite *suite = suite_create("fcgi");
	TCase *tc = tcase_create("fcgi");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, peer_setup, peer_teardown);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
