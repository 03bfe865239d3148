/*
 * Writing JSON.  Every answer goes through here, hence a table for escapes,
 * runs copied whole, and integers without printf.
 */

#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INT_TEXT	21	/* "-9223372036854775808" and NUL */
#define REAL_TEXT	32
#define ONES		UINT64_C(0x0101010101010101)
#define HIGHS		UINT64_C(0x8080808080808080)

/*
 * What follows the backslash, 'u' for \u00XX, 0 for characters that stand
 * for themselves.
 */
static const char escapes[256] = {
	['\x00'] = 'u', ['\x01'] = 'u', ['\x02'] = 'u', ['\x03'] = 'u',
	['\x04'] = 'u', ['\x05'] = 'u', ['\x06'] = 'u', ['\x07'] = 'u',
	['\b'] = 'b',   ['\t'] = 't',   ['\n'] = 'n',   ['\x0b'] = 'u',
	['\f'] = 'f',   ['\r'] = 'r',   ['\x0e'] = 'u', ['\x0f'] = 'u',
	['\x10'] = 'u', ['\x11'] = 'u', ['\x12'] = 'u', ['\x13'] = 'u',
	['\x14'] = 'u', ['\x15'] = 'u', ['\x16'] = 'u', ['\x17'] = 'u',
	['\x18'] = 'u', ['\x19'] = 'u', ['\x1a'] = 'u', ['\x1b'] = 'u',
	['\x1c'] = 'u', ['\x1d'] = 'u', ['\x1e'] = 'u', ['\x1f'] = 'u',
	['"'] = '"',    ['\\'] = '\\',
};

void
json_start(struct json *j, struct buf *buf)
{
	*j = (struct json){ .buf = buf };
}

/* A value in one piece: "12", "null". */
static void
put_value(struct json *j, const char *text, size_t len)
{
	char *to = buf_room(j->buf, len + 1), *start = to;

	if (j->more)
		*to++ = ',';
	memcpy(to, text, len);
	buf_grown(j->buf, (size_t)(to - start) + len);
	j->more = true;
}

static void
open_nest(struct json *j, const char *bracket)
{
	put_value(j, bracket, 1);
	j->more = false;
}

static void
close_nest(struct json *j, char bracket)
{
	buf_char(j->buf, bracket);
	j->more = true;
}

void
json_object(struct json *j)
{
	open_nest(j, "{");
}

void
json_end_object(struct json *j)
{
	close_nest(j, '}');
}

void
json_array(struct json *j)
{
	open_nest(j, "[");
}

void
json_end_array(struct json *j)
{
	close_nest(j, ']');
}

void
json_key(struct json *j, const char *key)
{
	size_t len = strlen(key);
	char *to = buf_room(j->buf, len + 4), *start = to;

	if (j->more)
		*to++ = ',';
	*to++ = '"';
	memcpy(to, key, len);
	to += len;
	*to++ = '"';
	*to++ = ':';
	buf_grown(j->buf, (size_t)(to - start));
	j->more = false;
}

static void
put_escaped(struct buf *b, unsigned char c)
{
	char text[6] = { '\\', escapes[c], '0', '0' };

	if (text[1] != 'u') {
		buf_add(b, text, 2);
		return;
	}
	text[4] = (char)('0' + (c >> 4));
	text[5] = "0123456789abcdef"[c & 15];
	buf_add(b, text, 6);
}

/* Marks in `w` the bytes that are zero, and perhaps some above the first. */
static uint64_t
zero_bytes(uint64_t w)
{
	return (w - ONES) & ~w & HIGHS;
}

/* Bytes at the front that stand for themselves; eight at a time. */
static size_t
plain_run(const unsigned char *s, size_t len)
{
	size_t i = 0;
	uint64_t w, controls;

	for (; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		controls = (w - ' ' * ONES) & ~w & HIGHS;
		if ((controls | zero_bytes(w ^ '"' * ONES) |
		    zero_bytes(w ^ '\\' * ONES)) != 0)
			break;
	}
	while (i < len && escapes[s[i]] == '\0')
		i++;
	return i;
}

void
json_text_n(struct json *j, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	const unsigned char *end = s + len;

	put_value(j, "\"", 1);
	for (;;) {
		size_t run = plain_run(s, (size_t)(end - s));

		buf_add(j->buf, s, run);
		s += run;
		if (s == end)
			break;
		put_escaped(j->buf, *s++);
	}
	buf_char(j->buf, '"');
}

void
json_text(struct json *j, const char *text)
{
	if (text == NULL)
		json_null(j);
	else
		json_text_n(j, text, strlen(text));
}

void
json_int(struct json *j, int64_t value)
{
	char text[INT_TEXT], *p = text + sizeof(text);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		*--p = '-';
	put_value(j, p, (size_t)(text + sizeof(text) - p));
}

/* JSON has no spelling for what is not finite: null. */
void
json_real(struct json *j, double value)
{
	char text[REAL_TEXT];
	int len = 0;

	if (!isfinite(value)) {
		json_null(j);
		return;
	}
	if (fabs(value) < 1e15 && value == (double)(int64_t)value) {
		json_int(j, (int64_t)value);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		len = snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	put_value(j, text, (size_t)len);
}

void
json_bool(struct json *j, bool value)
{
	if (value)
		put_value(j, "true", 4);
	else
		put_value(j, "false", 5);
}

void
json_null(struct json *j)
{
	put_value(j, "null", 4);
}

void
json_pair(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}
