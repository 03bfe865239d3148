#ifndef CK_STORE_REDIS_INSIDE_H
#define CK_STORE_REDIS_INSIDE_H

/*
 * What redis_link.c, the connection, offers to redis.c, the commands.
 */

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "store/redis.h"

enum script { SCRIPT_TAKE, SCRIPT_CLAIM, SCRIPTS };

struct redis {
	struct arena	*arena;			/* this struct's own */
	redisContext	*context;		/* NULL: none */
	const char	*address;
	const char	*prefix;
	int64_t		 tried;			/* 0: never; monotonic */
	int64_t		 waited;
	bool		 proven;		/* answered since mended */
	bool		 away;			/* and the log knows */
	bool		 refuses;		/* writes; the log knows */
	char		 digests[SCRIPTS][41];
};

/*
 * One command and its answer, NULL when Redis is away; errors count as away.
 * hiredis' formats: blanks separate words, a value is never split.  A
 * script's digest is filled in by the time it is needed.
 */
redisReply	*redis_ask(struct redis *, const char *, ...)
		    PRINTF_LIKE(2, 3);
/* The answer's number, -1 when it is none; the answer is done with. */
int64_t	 redis_number(redisReply *);
/* Was there an answer?  It is done with. */
bool	 redis_came(redisReply *);

#endif
