#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LEAST_SIZE	128

/* Empty bufs share this; it is never written, as their size is 0. */
static char nothing[] = "";

void
buf_init(struct buf *b, struct arena *arena, size_t expected)
{
	*b = (struct buf){ .arena = arena, .data = nothing };
	if (expected > 0)
		buf_room(b, expected);
}

static void
grow(struct buf *b, size_t least)
{
	size_t size = b->size < LEAST_SIZE / 2 ? LEAST_SIZE : b->size * 2;
	char *data;

	if (size < least)
		size = least;
	data = arena_alloc(b->arena, size);
	memcpy(data, b->data, b->len);
	b->data = data;
	b->size = size;
}

char *
buf_room(struct buf *b, size_t size)
{
	/* No overflow: more than the arena would ever give ends there. */
	if (size >= b->size - b->len)
		grow(b, size < SIZE_MAX / 2 ? b->len + size + 1 : SIZE_MAX);
	return b->data + b->len;
}

void
buf_grown(struct buf *b, size_t written)
{
	assert(written < b->size - b->len || written == 0);
	b->len += written;
	if (b->size > 0)
		b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *bytes, size_t size)
{
	if (size == 0)
		return;
	memcpy(buf_room(b, size), bytes, size);
	b->len += size;
	b->data[b->len] = '\0';
}

void
buf_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_char(struct buf *b, char c)
{
	char *end = buf_room(b, 1);

	end[0] = c;
	end[1] = '\0';
	b->len++;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(len >= 0);
	buf_room(b, (size_t)len);
	va_start(args, format);
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
}

void
buf_cut(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->size > 0)
		b->data[len] = '\0';
}
