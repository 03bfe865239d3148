#ifndef CK_HTTP_FCGI_H
#define CK_HTTP_FCGI_H

/*
 * The FastCGI side of a worker (libfcgi).  One connection at a time, one
 * request a connection: it is closed after the answer, also when the web
 * server asked to keep it.  SIGTERM, SIGINT and SIGUSR1 must be blocked by
 * the caller and are let in only while it waits for a connection, because
 * libfcgi takes EINTR within a request as its end.
 *
 *	while (!stop) {
 *		if (!fcgi_accept(f, &idle_mask, SECOND))
 *			continue;
 *		request_read(t, prefix, fcgi_param, f, &request);
 *		fcgi_body(f, t, limit, &request);
 *		...
 *		fcgi_answer(f, &response, request.method == HEAD);
 *	}
 */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "http/request.h"
#include "http/response.h"

struct fcgi;
struct task;

/*
 * How slow a client may be: it is cut off when nothing has moved for `wait`,
 * and when a body or an answer has taken longer than `grace` and the time
 * that `rate` bytes a second allow.
 */
struct fcgi_pace {
	int64_t		 wait;		/* microseconds */
	int64_t		 grace;		/* microseconds */
	int64_t		 rate;		/* bytes a second, above 0 */
};

/*
 * The socket is made non-blocking.  One in a process, for its life.  The
 * caller has installed its signal handlers before (libfcgi takes SIGTERM,
 * SIGUSR1 and SIGPIPE where they have none).
 */
struct fcgi	*fcgi_new(int listen_fd);
/* Instead of the default: 10 s, 15 s, 8 KiB/s. */
void	 fcgi_set_pace(struct fcgi *, const struct fcgi_pace *);
/*
 * Called when a connection was taken and while a body or an answer moves: the
 * worker is slow, not stuck.
 */
void	 fcgi_on_progress(struct fcgi *, void (*)(void *ctx), void *ctx);
/*
 * Waits for a request.  False without one: a signal came (`idle_mask` is
 * the mask while waiting; a pending signal goes before a connection),
 * `timeout` passed, or the connection was broken.
 */
bool	 fcgi_accept(struct fcgi *, const sigset_t *idle_mask,
	    int64_t timeout);
/* FastCGI parameters of the request under way, gone after the answer. */
const char	*fcgi_param(void *fcgi, const char *name);
/*
 * Reads the body, at most `limit` bytes and not slower than a least rate,
 * into the task's arena and the request.  To be called for every request:
 * one that has been read to its end is closed without waiting.
 */
void	 fcgi_body(struct fcgi *, struct task *, size_t limit,
	    struct request *);
/*
 * Sends and ends the request.  False: the client had gone or was too slow.
 * The head is put together in the arena of the response's body.
 */
bool	 fcgi_answer(struct fcgi *, const struct response *, bool head_only);
/* Ends the connection without an answer. */
void	 fcgi_abort(struct fcgi *);

#endif
