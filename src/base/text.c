#include "base/text.h"

#include <string.h>

#define ONES	UINT64_C(0x0101010101010101)
#define HIGHS	UINT64_C(0x8080808080808080)

/* Bytes at the front that are ASCII without NUL, eight at a time. */
static size_t
ascii_run(const unsigned char *s, size_t len)
{
	size_t i = 0;
	uint64_t w;

	while (len - i >= sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		if (((w | (w - ONES)) & HIGHS) != 0)
			break;
		i += sizeof(w);
	}
	return i;
}

static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Bytes of the well-formed character at `s`, or 0. */
static size_t
utf8_char(const unsigned char *s, size_t len)
{
	unsigned char c = s[0], low = 0x80, high = 0xbf;
	size_t n;

	if (c < 0x80)
		return c != '\0';
	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	/* Overlong forms, surrogates and what is past U+10FFFF. */
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (!is_tail(s[i]))
			return 0;
	}
	return n;
}

bool
text_is_utf8(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0;

	while (i < len) {
		size_t n = ascii_run(s + i, len - i);

		if (n == 0)
			n = utf8_char(s + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t
text_length(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += !is_tail((unsigned char)*text);
	return n;
}

size_t
text_point(const char *point, bool *control_r)
{
	const unsigned char *c = (const unsigned char *)point;

	*control_r = c[0] < ' ' || c[0] == 0x7f ||
	    (c[0] == 0xc2 && c[1] < 0xa0) ||
	    (c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9));
	return c[0] < 0xc0 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
}

bool
text_is_line(const char *text)
{
	bool control = false;

	while (*text != '\0' && !control)
		text += text_point(text, &control);
	return !control;
}

bool
text_equal(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
text_equal_nocase(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool
text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

char *
text_trimmed(struct arena *arena, const char *text)
{
	static const char blanks[] = " \t\n\v\f\r";
	size_t len;

	text += strspn(text, blanks);
	len = strlen(text);
	while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
		len--;
	return arena_copy(arena, text, len);
}

char *
text_normal(struct arena *arena, const char *text)
{
	char *normal = text_trimmed(arena, text);

	for (char *p = normal; *p != '\0'; p++)
		*p = lower(*p);
	return normal;
}

bool
text_to_int(const char *text, int64_t *value_r)
{
	bool negative = *text == '-';
	const char *p = text + negative;
	int64_t value = 0;

	if (*p == '\0' || (*p == '0' && (p[1] != '\0' || negative)))
		return false;
	/* Downwards, as there is one negative number more. */
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, *p - '0', &value))
			return false;
	}
	if (*p != '\0' || (!negative && value == INT64_MIN))
		return false;
	*value_r = negative ? value : -value;
	return true;
}

size_t
hex_encode(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[s[i] >> 4];
		out[2 * i + 1] = digits[s[i] & 15];
	}
	out[2 * len] = '\0';
	return 2 * len;
}

/* The digit's value, or -1; encoding makes lower case only. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
hex_decode(const char *text, size_t len, void *out, size_t size,
    size_t *len_r)
{
	unsigned char *bytes = out;

	if (len % 2 != 0 || len / 2 > size)
		return false;
	for (size_t i = 0; i < len / 2; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	*len_r = len / 2;
	return true;
}

size_t
base64_encode(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *s = bytes;
	char *start = out;
	unsigned bits = 0, nbits = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | s[i];
		for (nbits += 8; nbits >= 6; nbits -= 6)
			*out++ = digits[bits >> (nbits - 6) & 63];
	}
	if (nbits > 0)
		*out++ = digits[bits << (6 - nbits) & 63];
	*out = '\0';
	return (size_t)(out - start);
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool
base64_decode(const char *text, size_t len, void *out, size_t size,
    size_t *len_r)
{
	unsigned char *bytes = out;
	unsigned bits = 0, nbits = 0;
	size_t n = 0;

	if (len % 4 == 1 || len / 4 * 3 + len % 4 * 3 / 4 > size)
		return false;
	for (size_t i = 0; i < len; i++) {
		int digit = base64_digit(text[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (unsigned)digit;
		nbits += 6;
		if (nbits >= 8) {
			nbits -= 8;
			bytes[n++] = (unsigned char)(bits >> nbits);
		}
	}
	*len_r = n;
	/* Encoding leaves the bits at the end zero. */
	return (bits & ((1u << nbits) - 1)) == 0;
}

/* Where the hyphens stand. */
static bool
uuid_hyphen(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

void
uuid_print(const unsigned char uuid[16], char out[UUID_TEXT])
{
	char digits[HEX_SIZE(16)], *from = digits;

	hex_encode(uuid, 16, digits);
	for (size_t i = 0; i < UUID_TEXT - 1; i++)
		out[i] = uuid_hyphen(i) ? '-' : *from++;
	out[UUID_TEXT - 1] = '\0';
}

bool
uuid_parse(const char *text, unsigned char uuid_r[16])
{
	size_t at = 0, len;

	if (strlen(text) != UUID_TEXT - 1)
		return false;
	for (size_t i = 0; i < 16; i++) {
		char pair[2];

		if (uuid_hyphen(at) && text[at++] != '-')
			return false;
		pair[0] = lower(text[at++]);
		pair[1] = lower(text[at++]);
		if (!hex_decode(pair, 2, uuid_r + i, 1, &len))
			return false;
	}
	return true;
}
