/*
 * The binary form of an array (array_recv in PostgreSQL): dimensions, whether
 * there are nulls, the element type; of each dimension its length and lower
 * bound; then each element's length (-1: null) and bytes.  All in network
 * order.
 */

#include "store/array.h"

#include <assert.h>
#include <string.h>

#include "store/pg.h"

#define HEAD	20

static void
put32(unsigned char *to, uint32_t value)
{
	for (int i = 3; i >= 0; i--, value >>= 8)
		to[i] = (unsigned char)value;
}

static void
add32(struct array *a, uint32_t value)
{
	put32((unsigned char *)buf_room(&a->buf, 4), value);
	buf_grown(&a->buf, 4);
}

void
array_init(struct array *a, struct arena *arena, enum array_type type,
    size_t expected)
{
	buf_init(&a->buf, arena, HEAD + expected);
	a->type = type;
	a->n = 0;
	memset(buf_room(&a->buf, HEAD), 0, HEAD);
	buf_grown(&a->buf, HEAD);
}

void
array_null(struct array *a)
{
	add32(a, UINT32_MAX);
	a->n++;
}

unsigned char *
array_room(struct array *a, size_t size)
{
	unsigned char	*room;

	assert(size <= INT32_MAX);
	add32(a, (uint32_t)size);
	room = (unsigned char *)buf_room(&a->buf, size);
	buf_grown(&a->buf, size);
	a->n++;
	return room;
}

void
array_bytes(struct array *a, const void *bytes, size_t size)
{
	unsigned char	*room = array_room(a, size);

	if (size > 0)
		memcpy(room, bytes, size);
}

void
array_uuid(struct array *a, const unsigned char uuid[16])
{
	array_bytes(a, uuid, 16);
}

void
array_text(struct array *a, const char *text)
{
	if (text == NULL)
		array_null(a);
	else
		array_bytes(a, text, strlen(text));
}

void
array_int(struct array *a, int64_t value)
{
	unsigned char	*room = array_room(a, 8);

	put32(room, (uint32_t)((uint64_t)value >> 32));
	put32(room + 4, (uint32_t)value);
}

void
array_param(struct array *a, struct params *p)
{
	unsigned char	*head = (unsigned char *)a->buf.data;

	put32(head, 1);
	put32(head + 4, 1);
	put32(head + 8, a->type);
	put32(head + 12, a->n);
	put32(head + 16, 1);
	param_bytes(p, a->buf.data, a->buf.len);
}
