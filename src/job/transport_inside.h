#ifndef CK_JOB_TRANSPORT_INSIDE_H
#define CK_JOB_TRANSPORT_INSIDE_H

/*
 * What transport.c asks of smtp.c and sendmail.c: one row each.  Nobody else
 * includes this.
 */

#include "job/transport.h"

struct arena;
struct smtp;
struct sendmail;

struct carrier {
	const char	*scheme;	/* how the setting begins */
	const char	*eol;
	/* `rest` is what stands behind the scheme.  False: why_r. */
	bool		(*open)(struct transport *, const char *rest,
			    const char **why_r);
	void		(*close)(struct transport *);
	void		(*start)(struct transport *, const struct letter *);
	enum sending	(*result)(struct transport *, const char **why_r);
	void		(*abandon)(struct transport *);
	void		(*wait)(struct transport *, struct pollfd *, unsigned,
			    int milliseconds);
};
extern const struct carrier smtp, smtp_starttls, smtps, sendmail;

struct transport {
	struct arena		*arena;		/* this struct's own */
	const struct settings	*settings;
	const struct carrier	*carrier;
	const char		*broken;	/* why nothing can be sent */
	int64_t			 patience;	/* for one mail */
	bool			 sending;
	int64_t			 deadline;
	/* The one that the carrier opened. */
	struct smtp		*smtp;
	struct sendmail		*sendmail;
};

/* Plain poll(2), for carriers without sockets of their own. */
void	 wait_plainly(struct transport *, struct pollfd *, unsigned,
	    int milliseconds);

#endif
