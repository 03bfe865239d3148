#ifndef CK_JOB_MAIL_H
#define CK_JOB_MAIL_H

/*
 * A mail as text: RFC 5322 with one body of plain UTF-8 (RFC 2045 to 2047).
 * Whatever names and bodies hold, no header can be forged: control
 * characters leave names, everything that is not plain ASCII is encoded, and
 * addresses are checked before they are used.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct mail {
	const char	*id;		/* the Message-ID's left side */
	const char	*host;		/* its right side, of mail_host() */
	const char	*from;		/* addresses that are mail_address() */
	const char	*to;
	const char	*name;		/* of the recipient, UTF-8, may be "" */
	const char	*subject;	/* UTF-8 */
	const char	*body;		/* UTF-8, lines end with \n */
	int64_t		 date;
};

/*
 * Can this be written to?  Plain "local@domain" in ASCII, without quotes,
 * comments and address literals.
 */
bool	 mail_address(const char *);
/* The host of a URL, fit for a Message-ID and a greeting. */
const char *mail_host(struct arena *, const char *url);
/* The text on one line: control characters become blanks. */
const char *mail_line(struct arena *, const char *);
/* `eol`: "\r\n" for SMTP, "\n" for sendmail.  Same parts, same text. */
void	 mail_render(const struct mail *, const char *eol, struct buf *);

#endif
