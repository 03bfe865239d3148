#ifndef CK_MAIN_LISTENER_H
#define CK_MAIN_LISTENER_H

/*
 * Where the listening socket comes from: systemd (LISTEN_FDS), descriptor 0
 * (spawn-fcgi, Apache mod_fcgid: then this process serves alone), or the
 * setting `listen`.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

struct listener {
	int		 fd;
	bool		 alone;		/* descriptor 0: no supervisor */
	char		 path[108];	/* of a socket that we made, or "" */
};

bool	 listener_open(struct listener *, const char *listen, char *why,
	    size_t size) MUST_USE;
/* Takes the socket away that we made. */
void	 listener_close(struct listener *);

#endif
