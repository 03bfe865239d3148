#ifndef CK_MAIN_ACCESS_PLAY_H
#define CK_MAIN_ACCESS_PLAY_H

/* Plays every case of an eval through the server of a place. */

#include <stdbool.h>

#include "main/access_eval.h"

struct access_place;

struct play {
	struct access_place	*place;
	struct eval		*eval;
	bool			 verbose;	/* tell every case */
	/* What came of it. */
	int			 cases;
	int			 wrong;		/* or not said */
	int			 closed;	/* by the own matrix */
	int			 skipped;	/* the schema has no such row */
	bool			 broke;		/* the server, with a 5xx */
	int			 routes;
};

/*
 * Every route has a block and every block a route?  What is missing is told
 * on stdout and counted in `wrong`.
 */
void	 play_compare(struct play *);
/*
 * All roles in all relations through all blocks, telling on stdout what is
 * not as expected.  False, with the task's fault, when a case could not be
 * played at all.
 */
bool	 play_all(struct play *) MUST_USE;

#endif
