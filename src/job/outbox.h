#ifndef CK_JOB_OUTBOX_H
#define CK_JOB_OUTBOX_H

/*
 * Mails that were written into the outbox: claimed one at a time, rendered
 * when they are sent, sent at least once.  A claim lasts longer than a
 * sending may, so a mail is sent twice only when a dispatcher or PostgreSQL
 * died between the server's answer and our note of it; both have the same
 * Message-ID.
 */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct outbox;
struct settings;
struct statement;
struct task;

/* For the life of the process. */
struct outbox	*outbox_new(const struct settings *);
void		 outbox_free(struct outbox *);

/*
 * Notes how the last mail went, claims the next.  How long (microseconds)
 * until it wants to be called again, unless outbox_moved() says so earlier.
 */
int64_t	 outbox_work(struct task *, struct outbox *);
/* Pushes the mail under way; true when outbox_work() has something to do. */
bool	 outbox_moved(struct outbox *);
/* transport_wait() of the outbox' transport. */
void	 outbox_wait(struct outbox *, struct pollfd *, unsigned n,
	    int64_t timeout);
/* Waits a little for the mail under way, then gives it back. */
void	 outbox_finish(struct task *, struct outbox *);

extern const struct statement *const outbox_statements[];

#endif
