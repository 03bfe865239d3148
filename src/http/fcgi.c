/*
 * The accept loop that loses no request, and the pace of clients.
 *
 * Connections are accepted here, not by libfcgi, so that the socket's
 * time-outs hold from its first byte; libfcgi is handed the connected socket
 * and has no listening one.  It may neither keep the connection nor linger
 * at its end (it would wait for the client as long as that sends anything).
 */

#include "http/fcgi.h"

#include <assert.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"

/* Four of libfcgi's buffers: the pace is looked at between them. */
#define PIECE		(32 * 1024)
/* What a client that is refused may go on sending, in time. */
#define LINGER		(2 * SECOND)
/* Before the next try when the process has no descriptor left. */
#define SCARCE_WAIT	(SECOND / 10)

struct fcgi {
	int			 listen_fd;
	FCGX_Request		 request;
	struct fcgi_pace	 pace;
	int64_t			 receive_wait, send_wait; /* as set */
	void			(*progress)(void *ctx);
	void			*progress_ctx;
};

static struct timespec
timespec_of(int64_t microseconds)
{
	return (struct timespec){ microseconds / SECOND,
	    microseconds % SECOND * 1000 };
}

/* Zero would mean for ever. */
static void
set_wait(int fd, int option, int64_t wait)
{
	struct timeval tv = { wait / SECOND, wait % SECOND };

	if (wait < 1)
		tv.tv_usec = 1;
	setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv));
}

struct fcgi *
fcgi_new(int listen_fd)
{
	static struct fcgi only;
	int flags = fcntl(listen_fd, F_GETFL);

	assert(flags >= 0);
	fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK);
	signal(SIGPIPE, SIG_IGN);
	FCGX_Init();
	only = (struct fcgi){ .listen_fd = listen_fd,
	    .pace = { 10 * SECOND, 15 * SECOND, 8 * 1024 } };
	FCGX_InitRequest(&only.request, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	return &only;
}

void
fcgi_set_pace(struct fcgi *f, const struct fcgi_pace *pace)
{
	assert(pace->wait > 0 && pace->rate > 0);
	f->pace = *pace;
}

void
fcgi_on_progress(struct fcgi *f, void (*progress)(void *ctx), void *ctx)
{
	f->progress = progress;
	f->progress_ctx = ctx;
}

/* Lets pending signals in; poll() alone prefers a ready descriptor. */
static bool
signal_came(const sigset_t *idle_mask)
{
	return ppoll(NULL, 0, &(struct timespec){ 0 }, idle_mask) < 0;
}

/* Another worker may have been faster, or the client gone again. */
static int
accept_one(struct fcgi *f)
{
	int fd = accept4(f->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		return fd;
	assert(errno != EBADF && errno != EINVAL && errno != ENOTSOCK);
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM) {
		struct timespec wait = timespec_of(SCARCE_WAIT);

		log_event(LOG_ERROR, "accept_failed",
		    "error", strerror(errno), NULL);
		nanosleep(&wait, NULL);
	}
	return -1;
}

bool
fcgi_accept(struct fcgi *f, const sigset_t *idle_mask, int64_t timeout)
{
	struct pollfd listening = { f->listen_fd, POLLIN, 0 };
	struct timespec wait = timespec_of(timeout);

	fcgi_abort(f);
	if (signal_came(idle_mask) ||
	    ppoll(&listening, 1, &wait, idle_mask) <= 0)
		return false;

	int fd = accept_one(f);

	if (fd < 0)
		return false;
	set_wait(fd, SO_RCVTIMEO, f->receive_wait = f->pace.wait);
	set_wait(fd, SO_SNDTIMEO, f->send_wait = f->pace.wait);
	/* Kept, so that FCGX_Accept_r takes it; detached: no lingering. */
	f->request.ipcFd = fd;
	f->request.keepConnection = true;
	FCGX_Detach(&f->request);
	/* Reading the parameters has no least rate: it is watched. */
	if (f->progress != NULL)
		f->progress(f->progress_ctx);
	if (FCGX_Accept_r(&f->request) != 0)
		return false;
	f->request.keepConnection = false;
	/* libfcgi takes an end within the parameters as theirs. */
	if (FCGX_GetError(f->request.in) == 0)
		return true;
	fcgi_abort(f);
	return false;
}

const char *
fcgi_param(void *fcgi, const char *name)
{
	struct fcgi *f = fcgi;

	return FCGX_GetParam(name, f->request.envp);
}

/*
 * False when the client has been slower than it may since `started`, with
 * `moved` bytes.  Else the socket waits at most until it would be.
 */
static bool
keeps_pace(struct fcgi *f, int option, int64_t started, size_t moved)
{
	int64_t *set = option == SO_RCVTIMEO ? &f->receive_wait :
	    &f->send_wait;
	int64_t left = started + f->pace.grace +
	    (int64_t)moved * SECOND / f->pace.rate - clock_monotonic();

	if (f->progress != NULL)
		f->progress(f->progress_ctx);
	if (left <= 0)
		return false;
	if (left > f->pace.wait)
		left = f->pace.wait;
	if (left != *set)
		set_wait(f->request.ipcFd, option, *set = left);
	return true;
}

/*
 * The declared length; -1 without one (Apache's chunked bodies).  What is no
 * length counts as too long.
 */
static int64_t
declared_length(struct fcgi *f)
{
	const char *text = fcgi_param(f, "CONTENT_LENGTH");
	int64_t length;

	if (text == NULL || text[0] == '\0')
		return -1;
	return text_to_int(text, &length) && length >= 0 ? length : INT64_MAX;
}

/* What has come, up to `limit` bytes in all; false at the end. */
static bool
read_some(struct fcgi *f, struct buf *body, size_t limit, bool *too_large_r)
{
	FCGX_Stream *in = f->request.in;
	int c = FCGX_GetChar(in);

	if (c == EOF)
		return false;

	size_t ready = (size_t)(in->stop - in->rdNext);

	if (body->len + 1 + ready > limit) {
		*too_large_r = true;
		return false;
	}
	buf_char(body, (char)c);
	FCGX_GetStr(buf_room(body, ready), (int)ready, in);
	buf_grown(body, ready);
	return true;
}

void
fcgi_body(struct fcgi *f, struct task *t, size_t limit,
    struct request *request)
{
	int64_t started = clock_monotonic();
	int64_t length = declared_length(f);
	struct buf body;

	request->body = "";
	request->body_len = 0;
	request->body_is_cut = false;
	request->body_too_large = length > (int64_t)limit;
	if (request->body_too_large)
		return;
	buf_init(&body, t->arena, length > 0 ? (size_t)length : 0);
	while (keeps_pace(f, SO_RCVTIMEO, started, body.len) &&
	    read_some(f, &body, limit, &request->body_too_large))
		;
	if (request->body_too_large)
		return;
	if (!FCGX_HasSeenEOF(f->request.in) ||
	    FCGX_GetError(f->request.in) != 0 ||
	    (length >= 0 && body.len != (size_t)length)) {
		request->body_is_cut = true;
		return;
	}
	request->body = body.data;
	request->body_len = body.len;
}

static bool
send_text(struct fcgi *f, const struct buf *text, int64_t started)
{
	for (size_t sent = 0; sent < text->len; ) {
		size_t n = text->len - sent < PIECE ? text->len - sent : PIECE;

		if (!keeps_pace(f, SO_SNDTIMEO, started, sent) ||
		    FCGX_PutStr(text->data + sent, (int)n,
		    f->request.out) < 0)
			return false;
		sent += n;
	}
	return true;
}

/*
 * Closing a socket with unread input may destroy the answer on its way, so
 * the input is thrown away until the web server closes; not for long.
 */
static void
linger(int fd)
{
	int64_t end = clock_monotonic() + LINGER;
	char trash[4096];

	shutdown(fd, SHUT_WR);
	for (;;) {
		int64_t left = (end - clock_monotonic()) / 1000;
		struct pollfd connected = { fd, POLLIN, 0 };

		if (left <= 0 || poll(&connected, 1, (int)left) <= 0 ||
		    recv(fd, trash, sizeof(trash), MSG_DONTWAIT) <= 0)
			return;
	}
}

bool
fcgi_answer(struct fcgi *f, const struct response *res, bool head_only)
{
	int64_t started = clock_monotonic();
	struct buf head;

	buf_init(&head, res->body.arena, 1024);
	response_head(res, &head);

	bool sent = send_text(f, &head, started) &&
	    (head_only || !response_has_body(res) ||
	    send_text(f, &res->body, started));

	if (!sent) {
		fcgi_abort(f);
		return false;
	}
	FCGX_FClose(f->request.err);
	sent = FCGX_FClose(f->request.out) == 0;
	if (sent && !FCGX_HasSeenEOF(f->request.in))
		linger(f->request.ipcFd);
	FCGX_Finish_r(&f->request);
	return sent;
}

void
fcgi_abort(struct fcgi *f)
{
	if (f->request.ipcFd >= 0)
		FCGX_Free(&f->request, true);
}
