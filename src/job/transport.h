#ifndef CK_JOB_TRANSPORT_H
#define CK_JOB_TRANSPORT_H

/*
 * How a mail leaves, by the setting `mail`:
 *
 *	smtp://HOST[:PORT]           STARTTLS when the server offers it
 *	smtp+starttls://HOST[:PORT]  STARTTLS or nothing
 *	smtps://HOST[:PORT]          TLS from the first byte
 *	sendmail:PATH                PATH -t -i -f FROM, without a shell
 *	none                         not at all
 *
 * One mail at a time, without waiting for it: transport_start(), then
 * transport_wait() until transport_result().  Nothing takes longer than
 * TRANSPORT_TIME (in developers' builds $CK_MAIL_SECONDS).  A certificate is
 * checked where TLS is demanded, and that it always is when a login would
 * cross the network.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/table.h"

struct settings;
struct transport;

#define TRANSPORT_TIME	(60 * SECOND)

enum sending { SENDING, SENT, REFUSED_NOW, REFUSED };

struct letter {
	const char	*from, *to;	/* addresses */
	const char	*text;		/* rendered with transport_eol() */
	size_t		 len;
};

/*
 * For the life of the process; makes connections only when it sends.  NULL
 * with `mail = none`.  The reason that a setting can't be used is logged, and
 * every mail is then REFUSED_NOW.
 */
struct transport	*transport_new(const struct settings *);
/* Why it can't be used; NULL: it can, as far as it is seen without sending. */
const char	*transport_broken(const struct transport *);
void		 transport_free(struct transport *);
const char	*transport_eol(const struct transport *);

/* The letter's memory stays until the result is no longer SENDING. */
void		 transport_start(struct transport *, const struct letter *);
/*
 * How it went: REFUSED_NOW may be tried again, REFUSED hardly.  `why_r` is a
 * constant or lives until the next start; it names no address.
 */
enum sending	 transport_result(struct transport *, const char **why_r);
/* Ends what is under way; its outcome is unknown. */
void		 transport_abandon(struct transport *);
/*
 * Sleeps until one of `fds` or the transport has news, `timeout` (in
 * microseconds) at most.  May be called with nothing under way.
 */
void		 transport_wait(struct transport *, struct pollfd *fds,
		    unsigned n, int64_t timeout);

#endif
