#include "fcgi_peer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/task.h"

#include <check.h>		/* last: it has a macro fail() */

const struct fcgi_pace	 pace = { SECOND / 5, SECOND / 2, 64 * 1024 };
static const struct fcgi_pace quick = { SECOND / 5, SECOND / 2, 1024 * 1024 };
static const struct fcgi_pace stern = { 5 * SECOND, SECOND / 2, 64 * 1024 };

int			 listen_fd;
pid_t			 child;
struct records		 out, params;
struct answer		 answer;

static struct sockaddr_un address;	/* abstract: nothing to remove */
static socklen_t	 address_len;

/* The child. */

static volatile sig_atomic_t	 stopping;

/* Of the request before this one. */
struct last {
	bool		 answered;
	int		 progress;
	bool		 begun;		/* told before this one's parameters */
};

static void
stop(int signo)
{
	(void)signo;
	stopping = 1;
}

static void
count_progress(void *ctx)
{
	struct last *last = ctx;

	last->progress++;
}

static void
print_request(struct fcgi *f, const struct request *req, struct buf *body)
{
	const char *value = fcgi_param(f, "HTTP_X_LONG");

	buf_printf(body, "%s %s len=%zu cut=%d large=%d long=%zu body=%.16s",
	    method_name(req->method), req->target, req->body_len,
	    req->body_is_cut, req->body_too_large,
	    value != NULL ? strlen(value) : 0, req->body);
}

static void
make_answer(struct fcgi *f, const struct request *req,
    const struct last *last, struct response *res)
{
	res->content_type = "text/plain";
	if (text_equal(req->target, "/slow"))
		wait_for(SECOND / 2);
	fcgi_set_pace(f, text_equal(req->target, "/big/quick") ? &quick :
	    text_equal(req->target, "/stern") ? &stern : &pace);
	if (text_starts(req->target, "/big")) {
		memset(buf_room(&res->body, BIG), 'x', BIG);
		buf_grown(&res->body, BIG);
	} else if (text_equal(req->target, "/moved")) {
		buf_printf(&res->body, "progress=%d", last->progress > 2);
	} else if (text_equal(req->target, "/begun")) {
		buf_printf(&res->body, "begun=%d", last->begun);
	} else if (text_equal(req->target, "/last")) {
		buf_printf(&res->body, "answered=%d", last->answered);
	} else {
		print_request(f, req, &res->body);
	}
}

static void
serve_one(struct fcgi *f, struct arena *arena, struct last *last)
{
	struct task task = { .arena = arena };
	struct request req;
	struct response res;

	request_read(&task, "", fcgi_param, f, &req);

	struct last before = *last;

	last->progress = 0;
	fcgi_body(f, &task, BODY_LIMIT, &req);
	if (text_equal(req.target, "/none")) {
		fcgi_abort(f);
		return;
	}
	response_init(&res, arena);
	make_answer(f, &req, &before, &res);
	last->answered = fcgi_answer(f, &res, req.method == HEAD);
}

static NO_RETURN void
serve(void)
{
	struct sigaction action = { .sa_handler = stop };
	struct arena *arena = arena_new(0);
	struct last last = { 0 };
	sigset_t busy, idle;

	sigemptyset(&busy);
	sigaddset(&busy, SIGTERM);
	sigprocmask(SIG_BLOCK, &busy, &idle);
	sigdelset(&idle, SIGTERM);
	sigaction(SIGTERM, &action, NULL);

	struct fcgi *f = fcgi_new(listen_fd);

	fcgi_set_pace(f, &pace);
	fcgi_on_progress(f, count_progress, &last);
	while (!stopping) {
		int before = last.progress;

		if (fcgi_accept(f, &idle, 10 * SECOND)) {
			last.begun = last.progress > before;
			serve_one(f, arena, &last);
		}
		arena_reset(arena);
	}
	_exit(0);
}

pid_t
start_worker(void)
{
	sigset_t term, before;

	/* Until the worker has its handler, SIGTERM waits. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);

	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		serve();
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

bool
worker_ended(pid_t pid)
{
	int status = -1;

	kill(pid, SIGTERM);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* The test's side. */

void
peer_setup(void)
{
	address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	address_len = sizeof(address);
	listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listen_fd, (struct sockaddr *)&address,
	    sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(listen_fd, 16), 0);
	ck_assert_int_eq(getsockname(listen_fd, (struct sockaddr *)&address,
	    &address_len), 0);
	signal(SIGPIPE, SIG_IGN);
	child = start_worker();
}

void
peer_teardown(void)
{
	if (child > 0)
		ck_assert(worker_ended(child));
	close(listen_fd);
}

void
wait_for(int64_t time)
{
	struct timespec wait = { time / SECOND, time % SECOND * 1000 };

	nanosleep(&wait, NULL);
}

int
connect_to(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct timeval most = { 10, 0 };

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
	    address_len), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	return fd;
}

void
add_record(enum record_type type, const void *content, size_t len,
    size_t padding)
{
	unsigned char header[8] = { 1, (unsigned char)type, 0, 7,
	    (unsigned char)(len >> 8), (unsigned char)len,
	    (unsigned char)padding, 0 };

	ck_assert_uint_le(out.len + sizeof(header) + len + padding,
	    sizeof(out.data));
	memcpy(out.data + out.len, header, sizeof(header));
	out.len += sizeof(header);
	memcpy(out.data + out.len, content, len);
	out.len += len;
	memset(out.data + out.len, 0xee, padding);
	out.len += padding;
}

void
add_stream(enum record_type type, const char *content, size_t len,
    size_t each, size_t padding)
{
	for (size_t sent = 0; sent < len; ) {
		size_t n = len - sent < each ? len - sent : each;

		add_record(type, content + sent, n, padding);
		sent += n;
	}
	add_record(type, "", 0, 0);
}

static void
add_param_length(size_t len)
{
	char *at = params.data + params.len;

	if (len < 128) {
		at[0] = (char)len;
		params.len += 1;
		return;
	}
	at[0] = (char)(0x80 | len >> 24);
	at[1] = (char)(len >> 16);
	at[2] = (char)(len >> 8);
	at[3] = (char)len;
	params.len += 4;
}

void
add_param(const char *name, const char *value, size_t value_len)
{
	size_t name_len = strlen(name);

	ck_assert_uint_le(params.len + name_len + value_len + 8,
	    sizeof(params.data));
	add_param_length(name_len);
	add_param_length(value_len);
	memcpy(params.data + params.len, name, name_len);
	memcpy(params.data + params.len + name_len, value, value_len);
	params.len += name_len + value_len;
}

void
begin_request(const char *method, const char *target, const char *length,
    int flags)
{
	char begin[8] = { 0, 1, (char)flags };

	out.len = params.len = 0;
	add_record(BEGIN, begin, sizeof(begin), 0);
	add_param("REQUEST_METHOD", method, strlen(method));
	add_param("REQUEST_URI", target, strlen(target));
	if (length != NULL)
		add_param("CONTENT_LENGTH", length, strlen(length));
}

void
add_params(void)
{
	add_stream(PARAMS, params.data, params.len, 65535, 0);
}

void
send_bytes(int fd, const char *data, size_t len)
{
	ck_assert_int_eq(send(fd, data, len, 0), (ssize_t)len);
}

void
send_out(int fd)
{
	send_bytes(fd, out.data, out.len);
}

int
send_request(const char *method, const char *target)
{
	int fd = connect_to();

	begin_request(method, target, NULL, 0);
	add_params();
	add_record(IN, "", 0, 0);
	send_out(fd);
	return fd;
}

bool
read_exactly(int fd, void *data, size_t len)
{
	return len == 0 || recv(fd, data, len, MSG_WAITALL) == (ssize_t)len;
}

void
read_answer(int fd)
{
	static char content[65536 + 256];
	unsigned char header[8];

	answer.len = 0;
	answer.ended = answer.other = false;
	while (read_exactly(fd, header, sizeof(header))) {
		size_t len = (size_t)header[4] << 8 | header[5];

		ck_assert(read_exactly(fd, content, len + header[6]));
		answer.other |= answer.ended || header[0] != 1 ||
		    header[3] != 7 || (header[1] != OUT && header[1] != END);
		answer.ended |= header[1] == END;
		if (header[1] != OUT)
			continue;
		if (answer.len + len < sizeof(answer.text))
			memcpy(answer.text + answer.len, content, len);
		answer.len += len;
	}
	answer.text[answer.len < sizeof(answer.text) ? answer.len : 0] = '\0';
	close(fd);
}

void
assert_answer(int fd, const char *body)
{
	read_answer(fd);
	ck_assert(answer.ended);
	ck_assert(!answer.other);

	const char *found = strstr(answer.text, "\r\n\r\n");

	ck_assert_ptr_nonnull(found);
	ck_assert_str_eq(found + 4, body);
}

void
assert_alive(void)
{
	assert_answer(send_request("GET", "/plain"), PLAIN);
}

void
assert_closed(int fd)
{
	read_answer(fd);
	ck_assert(!answer.ended);
	ck_assert_uint_eq(answer.len, 0);
}
