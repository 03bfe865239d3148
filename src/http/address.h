#ifndef CK_HTTP_ADDRESS_H
#define CK_HTTP_ADDRESS_H

/*
 * Whom a request is for (Host) and whom it is from (REMOTE_ADDR), as web
 * servers hand them over.
 */

#include "base/arena.h"

/*
 * "Example.org:8000" as "example.org": lower case, without port and a dot at
 * the end; an IPv6 literal keeps its brackets ("[::1]").  NULL when it is
 * empty, malformed or longer than 255 bytes.
 */
const char	*address_host(struct arena *, const char *);
/*
 * An IP address in its shortest spelling, without a zone, IPv4 as such also
 * when it came over an IPv6 socket.  "0.0.0.0" for what is none: a client on
 * a unix socket.
 */
const char	*address_peer(struct arena *, const char *);

#endif
