/*
 * Blocks from malloc, carved from front to back.  What is not handed out is
 * always zero: calloc makes it so and reset keeps it so, by wiping exactly
 * what was used.  Hence allocating needs no clearing.
 *
 * The first block stays over resets.  An object that would waste much of a
 * block gets one of its own; the current block goes on being filled.
 */

#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define ALIGN		_Alignof(max_align_t)
#define FIRST_SIZE	16384
#define SIZE_LIMIT	(SIZE_MAX / 4)	/* nobody means so much */

struct block {
	struct block	*older;
	char		*used_to;	/* the current block: see arena.next */
	_Alignas(max_align_t) char data[];
};

struct deferred {
	struct deferred	*older;
	void		(*call)(void *);
	void		*object;
};

struct arena {
	char		*next;		/* in the current block, */
	char		*end;		/* and where that ends */
	struct block	*current;
	struct block	*first;		/* kept */
	struct block	*others;	/* newest first */
	struct deferred	*deferred;
	size_t		 first_size;
	size_t		 used;
};

static NO_RETURN void
die(void)
{
	log_event(LOG_ERROR, "no_memory", NULL);
	_exit(EXIT_FAILURE);
}

static void *
zeroed(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		die();
	return p;
}

static struct block *
block_new(size_t size)
{
	struct block *b = zeroed(sizeof(*b) + size);

	b->used_to = b->data;
	return b;
}

static void
block_wipe(struct block *b)
{
	explicit_bzero(b->data, (size_t)(b->used_to - b->data));
	b->used_to = b->data;
}

static void
enter_block(struct arena *a, struct block *b, size_t size)
{
	a->current = b;
	a->next = b->data;
	a->end = b->data + size;
}

struct arena *
arena_new(size_t first)
{
	struct arena *a = zeroed(sizeof(*a));

	assert(first < SIZE_LIMIT);
	a->first_size = first == 0 ? FIRST_SIZE : first;
	a->first = block_new(a->first_size);
	enter_block(a, a->first, a->first_size);
	return a;
}

void
arena_reset(struct arena *a)
{
	while (a->deferred != NULL) {
		struct deferred *d = a->deferred;

		a->deferred = d->older;
		d->call(d->object);
	}
	a->current->used_to = a->next;
	while (a->others != NULL) {
		struct block *b = a->others;

		a->others = b->older;
		block_wipe(b);
		free(b);
	}
	block_wipe(a->first);
	enter_block(a, a->first, a->first_size);
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->first);
	free(a);
}

static struct block *
another_block(struct arena *a, size_t size)
{
	struct block *b = block_new(size);

	b->older = a->others;
	a->others = b;
	return b;
}

static void *
own_block(struct arena *a, size_t size)
{
	struct block *b = another_block(a, size);

	b->used_to = b->data + size;
	return b->data;
}

#ifdef CK_DEVELOPER

static void *
take(struct arena *a, size_t size, size_t rounded)
{
	(void)rounded;
	return own_block(a, size);
}

#else

/* The slow way: there is no room in the current block. */
static void *
take_elsewhere(struct arena *a, size_t size)
{
	if (size > a->first_size / 4)
		return own_block(a, size);
	a->current->used_to = a->next;
	enter_block(a, another_block(a, a->first_size), a->first_size);
	a->next += size;
	return a->current->data;
}

static inline void *
take(struct arena *a, size_t size, size_t rounded)
{
	void *p = a->next;

	(void)size;
	if (rounded > (size_t)(a->end - a->next))
		return take_elsewhere(a, rounded);
	a->next += rounded;
	return p;
}

#endif

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t rounded;

	if (size > SIZE_LIMIT)
		die();
	/* Of size 0 too every object has an address of its own. */
	rounded = (size + (size == 0) + ALIGN - 1) & ~(ALIGN - 1);
	a->used += rounded;
	return take(a, size, rounded);
}

char *
arena_copy(struct arena *a, const void *bytes, size_t size)
{
	char *copy = arena_alloc(a, size + 1);

	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

char *
arena_text(struct arena *a, const char *text)
{
	return text == NULL ? NULL : arena_copy(a, text, strlen(text));
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(a, format, args);
	va_end(args);
	return text;
}

char *
arena_vprintf(struct arena *a, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	assert(len >= 0);
	text = arena_alloc(a, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

void
arena_defer(struct arena *a, void (*call)(void *), void *object)
{
	struct deferred *d = arena_alloc(a, sizeof(*d));

	d->call = call;
	d->object = object;
	d->older = a->deferred;
	a->deferred = d;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
