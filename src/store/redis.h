#ifndef CK_STORE_REDIS_H
#define CK_STORE_REDIS_H

/*
 * One Redis connection (hiredis).  Redis holds only what can be rebuilt, so
 * nothing here is a fault of the task's: when Redis is away, calls answer
 * "unknown" at once, and it is tried again every two seconds.  Time-outs are
 * short (200 ms).  Keys get the configured prefix.  A NULL redis is allowed
 * everywhere: it is one that is always away.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"

struct redis;

/*
 * For the life of the process.  `address`: unix:PATH or HOST:PORT.  Connects
 * lazily.  The process ignores SIGPIPE from here on, because hiredis writes
 * with write(2).
 */
struct redis	*redis_new(const char *address, const char *prefix);
void		 redis_free(struct redis *);
bool		 redis_is_up(struct redis *);		/* asks it to write */
int64_t		 redis_time(struct redis *);		/* as pg_time() */

/* A session that was ended; kept for `ttl` microseconds.  Best effort. */
void	 redis_end_session(struct redis *, const char *sid, int64_t ttl);
/* True only when Redis knows that it has ended. */
bool	 redis_session_ended(struct redis *, const char *sid);

/* A note that expires, and whether it is there (false: or Redis is away). */
void	 redis_note(struct redis *, const char *key, int64_t ttl);
bool	 redis_noted(struct redis *, const char *key);

/*
 * Takes one event of those that `key` may have: one every `gap`, and as many
 * at once as `gap` fits into `span` (microseconds; GCRA).  0: taken; above
 * 0: not taken, come back after so many microseconds; -1: Redis is away.
 */
int64_t	 redis_take(struct redis *, const char *key, int64_t gap,
	    int64_t span);

/* The queue of what is due: "KIND:ROW" by epoch second. */
bool	 redis_due_add(struct redis *, const char *kind, int64_t row,
	    int64_t epoch);
bool	 redis_due_remove(struct redis *, const char *kind, int64_t row);
struct redis_due {
	char	kind[16];
	int64_t	row;
};
/*
 * Moves up to `n` members that are due at `epoch` to due:claimed, with
 * `epoch + lease` (seconds) as their score (Lua, atomic); members whose lease
 * ran out are claimed again, and first.  The number, or -1 when Redis is away.
 */
int	 redis_due_claim(struct redis *, int64_t epoch, int64_t lease,
	    struct redis_due *due_r, int n);
bool	 redis_due_done(struct redis *, const struct redis_due *);
/* Numbers in due and due:claimed; -1 away. */
int64_t	 redis_due_length(struct redis *, bool claimed);
/* Epoch of the next one not claimed, 0 none, -1 away. */
int64_t	 redis_due_next(struct redis *);
/*
 * A mark that tells whether this Redis is the one filled before: false when
 * it came back empty or old (the mark differs), so the queue must be
 * rebuilt; redis_mark_set() afterwards.
 */
bool	 redis_mark_matches(struct redis *, const char *mark);
bool	 redis_mark_set(struct redis *, const char *mark);
/*
 * The head of the trail's chain, best effort: its number, and its HMAC in
 * hexadecimal.  False: Redis has none, or is away.
 */
#define REDIS_HEAD	65		/* with NUL */
bool	 redis_head(struct redis *, int64_t *number_r,
	    char mac_r[REDIS_HEAD]);
void	 redis_head_set(struct redis *, int64_t number, const char *mac);
void	 redis_head_forget(struct redis *);

/* The due queue and its claims, emptied before it is rebuilt. */
bool	 redis_due_clear(struct redis *);

#endif
