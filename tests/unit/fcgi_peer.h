#ifndef CK_TESTS_FCGI_PEER_H
#define CK_TESTS_FCGI_PEER_H

/*
 * Both ends of a FastCGI socket: a child that serves it as a worker does, and
 * a web server's part, spoken record by record so that tests can send what
 * no web server would.  Used by check_fcgi and check_fcgi_pace.
 *
 * The child's answers, by target: "/plain" and others print what came,
 * "/moved" whether progress was reported for the request before,
 * "/last" whether its answer was sent; "/slow" waits half a second first,
 * "/big" is BIG bytes, "/big/quick" the same for clients above 1 MiB/s,
 * "/stern" lets the next body be silent for longer than its grace, and "/none"
 * is no answer at all.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "http/fcgi.h"

#define BODY_LIMIT	(64 * 1024)
#define BIG		(4 * 1024 * 1024)
#define KEEP		1		/* begin_request()'s flag */

enum record_type {
	BEGIN = 1, ABORT, END, PARAMS, IN, OUT
};

/* What the child allows its clients. */
extern const struct fcgi_pace pace;

extern int	 listen_fd;
extern pid_t	 child;			/* 0: was waited for */

/* Fixtures.  The child must end by SIGTERM, in peace. */
void	 peer_setup(void);
void	 peer_teardown(void);
/* Another worker on the same socket. */
pid_t	 start_worker(void);
/* It was told to stop, or is now; false unless it ended well. */
bool	 worker_ended(pid_t);

void	 wait_for(int64_t time);
int	 connect_to(void);

/* Records are gathered before they are sent, so that tests can cut them. */
struct records {
	char	data[512 * 1024];
	size_t	len;
};
extern struct records	 out, params;

void	 add_record(enum record_type, const void *content, size_t len,
	    size_t padding);
/*
 * As many records of at most `each` bytes as it takes, and the empty one
 * (never padded: libfcgi takes its padding for the next record).
 */
void	 add_stream(enum record_type, const char *content, size_t len,
	    size_t each, size_t padding);
void	 add_param(const char *name, const char *value, size_t value_len);
/* Starts `out` and `params`; `length` is the declared one, NULL for none. */
void	 begin_request(const char *method, const char *target,
	    const char *length, int flags);
/* Puts `params` into `out`, whole. */
void	 add_params(void);
void	 send_bytes(int fd, const char *data, size_t len);
void	 send_out(int fd);
/* A complete request, on its new connection. */
int	 send_request(const char *method, const char *target);

/* What came back up to the end of the connection. */
struct answer {
	char	 text[64 * 1024];	/* OUT's content, its beginning */
	size_t	 len;			/* all of it */
	bool	 ended;			/* END_REQUEST came */
	bool	 other;			/* so did what should not */
};
extern struct answer	 answer;

bool	 read_exactly(int fd, void *data, size_t len);
/* Reads all and closes. */
void	 read_answer(int fd);
void	 assert_answer(int fd, const char *body);
/* No answer, only the end. */
void	 assert_closed(int fd);
/* Whatever happened before, the worker goes on. */
void	 assert_alive(void);

#define PLAIN	"GET /plain len=0 cut=0 large=0 long=0 body="

#endif
