#ifndef CK_MAIN_SUPERVISOR_H
#define CK_MAIN_SUPERVISOR_H

/*
 * Keeps the workers and the dispatcher alive: replaces what crashed (with
 * back-off), is stuck or worn out, rolls the workers after SIGHUP, drains
 * and ends on SIGTERM.
 */

#include "base/settings.h"
#include "crypto/keyring.h"
#include "main/listener.h"

/* What a configuration file leads to; all of it is replaced by a reload. */
struct setup {
	struct arena	*arena;		/* the settings' texts */
	struct settings	 settings;
	struct keyring	 keyring;
};

/*
 * Reads settings and keyring of `path` anew.  False with the reason, and
 * then `setup` is as it was.
 */
bool	 setup_read(struct setup *setup, const char *path, char *why,
	    size_t size) MUST_USE;

/* Until told to end; the exit status. */
int	 supervisor_run(struct setup *, const char *path,
	    const struct listener *);

#endif
