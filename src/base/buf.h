#ifndef CK_BASE_BUF_H
#define CK_BASE_BUF_H

/*
 * A growing run of bytes in an arena: bodies, JSON, SQL text made at start.
 * `data` always has a NUL behind `len` bytes (not counted).
 */

#include <stddef.h>

#include "base/arena.h"

struct buf {
	struct arena	*arena;
	char		*data;		/* "" while empty, never NULL */
	size_t		 len;
	size_t		 size;		/* allocated */
};

void	 buf_init(struct buf *, struct arena *, size_t expected);
void	 buf_add(struct buf *, const void *, size_t);
void	 buf_text(struct buf *, const char *);
void	 buf_char(struct buf *, char);
void	 buf_printf(struct buf *, const char *, ...) PRINTF_LIKE(2, 3);
/* Room for `size` more bytes; the caller writes there and calls buf_grown. */
char	*buf_room(struct buf *, size_t size);
void	 buf_grown(struct buf *, size_t written);
/* Shortens to `len` bytes. */
void	 buf_cut(struct buf *, size_t len);

#endif
