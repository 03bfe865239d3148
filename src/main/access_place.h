#ifndef CK_MAIN_ACCESS_PLACE_H
#define CK_MAIN_ACCESS_PLACE_H

/*
 * Where chartkeep access-test plays: a scratch schema in the installation's
 * database, made by its migrations, and the real chartkeepd on it, one
 * worker, with keys of its own.  Nothing of it outlives the command: what a
 * killed one left, a schema or a directory, is found by its name and the lock
 * that nobody holds, and removed by the next.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/table.h"
#include "crypto/keyring.h"

struct settings;
struct task;

struct access_place {
	struct task		*task;
	const struct settings	*settings;	/* the installation's */
	const char		*user;		/* runs the server; or NULL */
	const char		*owner;		/* connects as it; or NULL */
	const char		*schema;	/* PLACE_NAME, random */
	const char		*directory, *socket, *configuration;
	int			 place;		/* the directory, locked; -1 */
	int			 listener, log;	/* the server's, or -1 */
	struct keyring		 keyring;
	struct pg		*holder;	/* holds the lock, drops */
	struct pg		*stage;		/* the task's, while it plays */
	pid_t			 child;		/* 0: none */
	bool			 has_schema;
};

/*
 * Makes all of it; what was made before a failure is for place_drop().
 * `place` has task, settings, user and owner; the task gets its database and
 * keyring.  Faults say what is missing on the host.
 */
bool	 place_make(struct access_place *) MUST_USE;
/* False, with a fault, when something remains or the server ended badly. */
bool	 place_drop(struct access_place *) MUST_USE;

/* A signal asked to end: stop playing and drop. */
bool	 place_is_ending(void);

/*
 * In access_place_directory.c: a directory with socket, log, configuration
 * and keys.  Its removal closes what it holds, too.
 */
bool	 place_directory(struct access_place *) MUST_USE;
void	 place_remove_directory(struct access_place *);
/* The end of the server's log, on stderr. */
void	 place_show_log(struct access_place *);
/* Who runs the server; NULL: who runs this. */
struct passwd;
bool	 place_user(const struct access_place *,
	    const struct passwd **pw_r) MUST_USE;

/*
 * In access_place_server.c: place_serve() starts the server and waits until
 * it answers, place_stop() ends it and says whether it was well.
 */
bool	 place_serve(struct access_place *) MUST_USE;
bool	 place_stop(struct access_place *) MUST_USE;

/* What names of schemas and directories begin with. */
#define PLACE_NAME	"chartkeep_access_"

#endif
