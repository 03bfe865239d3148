#ifndef CK_JOB_OCCURRENCE_H
#define CK_JOB_OCCURRENCE_H

/*
 * The queue of what waits to be announced.  Redis tells what comes when;
 * PostgreSQL decides and holds the truth (job/delivery.h).  What Redis does
 * not hold is found there: at start, every minute, and always while Redis is
 * away or not yet filled again.
 */

#include <stdbool.h>
#include <stdint.h>

struct statement;
struct task;

enum queue_state {
	QUEUE_UNKNOWN,
	QUEUE_AWAY,		/* there is no Redis */
	QUEUE_FILLING,		/* it was empty or old */
	QUEUE_WHOLE		/* it holds all that waits */
};

/* Starts as zeroes; one for each dispatcher. */
struct occurrences {
	enum queue_state state;
	int64_t		 filled;	/* up to this occurrence's id */
	int64_t		 count;		/* put there while filling */
	int64_t		 marked;	/* the mark that we set last */
	int64_t		 look_at;	/* next look into PostgreSQL */
	int		 width;		/* how many rows it takes in */
};

/*
 * Announces at most some hundred, and says after how long (microseconds) it
 * wants to be called again.  A fault ends the round, nothing more.
 */
int64_t	 occurrences_work(struct task *, struct occurrences *);

extern const struct statement *const occurrence_statements[];

#endif
