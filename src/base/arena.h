#ifndef CK_BASE_ARENA_H
#define CK_BASE_ARENA_H

/*
 * A task's memory.  Everything that a request needs is taken from its arena
 * and goes when the arena is reset; nothing is freed by hand.  Objects of
 * other libraries are deferred on the line after they are made.  What was
 * used is wiped at reset, so that no patient's word outlives its request.
 * Without memory the process dies: the supervisor starts another.
 *
 * In developer builds (CK_DEVELOPER) every object is its own malloc, so that
 * the sanitizers see overruns and use after reset.
 */

#include <stdarg.h>
#include <stddef.h>

#include "base/table.h"

struct arena;

/* Never NULL.  `first` bytes are kept over resets (0: a sensible default). */
struct arena	*arena_new(size_t first);
/* Runs the deferred calls, newest first, wipes, keeps the first block. */
void		 arena_reset(struct arena *);
/* arena_reset(), then gives everything back. */
void		 arena_free(struct arena *);

/* Zeroed, aligned for any type.  Never NULL; size 0 is allowed. */
void		*arena_alloc(struct arena *, size_t size);
/* A copy of `size` bytes with a NUL behind it. */
char		*arena_copy(struct arena *, const void *, size_t size);
/* A copy of the string; NULL stays NULL. */
char		*arena_text(struct arena *, const char *);
char		*arena_printf(struct arena *, const char *, ...)
		    PRINTF_LIKE(2, 3);
char		*arena_vprintf(struct arena *, const char *, va_list)
		    PRINTF_LIKE(2, 0);
/* At reset: call(object). */
void		 arena_defer(struct arena *, void (*call)(void *),
		    void *object);
/* Bytes handed out since the last reset. */
size_t		 arena_used(const struct arena *);

#endif
