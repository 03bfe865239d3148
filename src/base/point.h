#ifndef CK_BASE_POINT_H
#define CK_BASE_POINT_H

/*
 * Fault points: named places where a developer's build can be told to die,
 * wait or fail, so that tests can stop a process between any two steps.  In
 * release builds they are nothing.
 *
 *	POINT("dispatcher.claimed");
 *	POINT_OR("mail.send", return false);	// may also be told to fail
 *
 * Armed by the environment CK_POINT, for the whole life of a process, or by
 * the file that CK_POINT_FILE names, which arms processes that already run:
 * whoever reaches the point first takes the file away, so it happens once.
 * Both hold "NAME [ACTION]":
 *
 *	kill		SIGKILL (the default)
 *	abort		abort()
 *	sleep:MS	wait, then go on
 *	fail		do what POINT_OR() says
 *
 * Every point has a row in point.c; one that has none aborts when reached.
 */

#include <stdbool.h>
#include <stdio.h>

#ifdef CK_DEVELOPER
#define POINT(name)		((void)point_reached(name))
#define POINT_OR(name, failing)	do {					\
		if (!point_reached(name)) {				\
			failing;					\
		}							\
	} while (0)
#else
#define POINT(name)		((void)0)
#define POINT_OR(name, failing)	((void)0)
#endif

/* False: the point shall fail. */
bool	 point_reached(const char *name);
/* One line each: name, blanks, what has happened there. */
void	 point_list(FILE *);

#endif
