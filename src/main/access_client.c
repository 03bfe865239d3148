/* FastCGI 1.0, the client's part: records of eight bytes of head. */

#include "main/access_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#define PATIENCE	60		/* seconds: a sanitizer's build is slow */
#define HEAD		8
#define CONTENT_MAX	65535

enum { BEGIN = 1, END = 3, PARAMS = 4, IN = 5, OUT = 6 };

static void
add_record(struct buf *b, int type, const void *content, size_t len)
{
	const unsigned char	 head[HEAD] = {
		1, (unsigned char)type, 0, 1,
		(unsigned char)(len >> 8), (unsigned char)len, 0, 0
	};

	buf_add(b, head, sizeof(head));
	buf_add(b, content, len);
}

/* As many as it takes, and the empty one. */
static void
add_stream(struct buf *b, int type, const char *content, size_t len)
{
	while (len > 0) {
		size_t	 n = len < CONTENT_MAX ? len : CONTENT_MAX;

		add_record(b, type, content, n);
		content += n;
		len -= n;
	}
	add_record(b, type, "", 0);
}

static void
add_length(struct buf *b, size_t len)
{
	const unsigned char	 four[4] = {
		(unsigned char)(0x80 | len >> 24), (unsigned char)(len >> 16),
		(unsigned char)(len >> 8), (unsigned char)len
	};

	if (len < 128)
		buf_char(b, (char)len);
	else
		buf_add(b, four, sizeof(four));
}

static void
add_param(struct buf *b, const char *name, const char *value)
{
	add_length(b, strlen(name));
	add_length(b, strlen(value));
	buf_text(b, name);
	buf_text(b, value);
}

static void
add_params(struct arena *arena, struct buf *out, const struct asked *asked)
{
	struct buf	 b;

	buf_init(&b, arena, 1024);
	add_param(&b, "REQUEST_METHOD", asked->method);
	add_param(&b, "REQUEST_URI", asked->target);
	add_param(&b, "HTTP_HOST", "localhost");
	add_param(&b, "REMOTE_ADDR", asked->peer);
	if (asked->token != NULL)
		add_param(&b, "HTTP_AUTHORIZATION",
		    arena_printf(arena, "Bearer %s", asked->token));
	if (asked->body != NULL) {
		add_param(&b, "CONTENT_TYPE", "application/json");
		add_param(&b, "CONTENT_LENGTH",
		    arena_printf(arena, "%zu", strlen(asked->body)));
	}
	add_stream(out, PARAMS, b.data, b.len);
}

static int
dial(const char *path)
{
	struct sockaddr_un	 to = { .sun_family = AF_UNIX };
	struct timeval		 most = { PATIENCE, 0 };
	int			 fd = socket(AF_UNIX,
				    SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
send_all(int fd, const struct buf *b)
{
	for (size_t sent = 0; sent < b->len; ) {
		ssize_t	 n = send(fd, b->data + sent, b->len - sent,
			    MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

static bool
read_exactly(int fd, unsigned char *data, size_t len)
{
	for (size_t got = 0; got < len; ) {
		ssize_t	 n = recv(fd, data + got, len - got, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

/* Up to END_REQUEST; false when the connection ended before it. */
static bool
read_answer(int fd, struct buf *text)
{
	static unsigned char	 content[CONTENT_MAX + 256];
	unsigned char		 head[HEAD];

	while (read_exactly(fd, head, sizeof(head))) {
		size_t	 len = (size_t)head[4] << 8 | head[5];

		if (!read_exactly(fd, content, len + head[6]))
			return false;
		if (head[1] == OUT)
			buf_add(text, content, len);
		if (head[1] == END)
			return true;
	}
	return false;
}

/* No Status line means 200. */
static int
status_of(const char *text)
{
	static const char	 name[] = "Status: ";

	return text_starts(text, name) ? atoi(text + strlen(name)) : 200;
}

bool
access_ask(struct arena *arena, const char *path, const struct asked *asked,
    struct answered *answered_r, char *why, size_t size)
{
	static const unsigned char	 begin[8] = { 0, 1 };
	struct buf			 out;
	bool				 whole;
	int				 fd = dial(path);

	buf_init(&out, arena, 2048);
	buf_init(&answered_r->text, arena, 4096);
	if (fd < 0) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		return false;
	}
	add_record(&out, BEGIN, begin, sizeof(begin));
	add_params(arena, &out, asked);
	add_stream(&out, IN, asked->body,
	    asked->body != NULL ? strlen(asked->body) : 0);
	whole = send_all(fd, &out) && read_answer(fd, &answered_r->text);
	close(fd);
	if (!whole)
		snprintf(why, size, "%s %s: the server gave no whole answer",
		    asked->method, asked->target);
	answered_r->status = status_of(answered_r->text.data);
	return whole;
}
