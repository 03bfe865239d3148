/*
 * Percent-encoding: forms and query strings as fields, path segments as text.
 * Used by http/request, which knows where each of them stands.
 */

#include "http/form.h"

#include <string.h>

#include "base/buf.h"
#include "base/task.h"

#define FIELDS_MAX	1000

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes into the arena; NULL for bad escapes, NUL and bad UTF-8. */
static const char *
decode(struct arena *arena, const char *text, size_t len, bool plus_is_blank)
{
	char *out = arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '+' && plus_is_blank) {
			c = ' ';
		} else if (c == '%') {
			int high = len - i > 2 ? hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

			if (low < 0)
				return NULL;
			c = (char)(high << 4 | low);
			i += 2;
		}
		out[n++] = c;
	}
	return text_is_utf8(out, n) ? out : NULL;
}

const char *
form_segment(struct task *t, const char *text, size_t len)
{
	return decode(t->arena, text, len, false);
}

static size_t
count_fields(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] != '&' && (i == 0 || text[i - 1] == '&');
	return n;
}

/* "name=value", or a name alone, whose value is then empty. */
static bool
read_field(struct arena *arena, const char *text, size_t len,
    struct input_field *field_r)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - text) : len;
	const char *value = "";

	if (equals != NULL)
		value = decode(arena, equals + 1, len - name_len - 1, true);
	field_r->name = decode(arena, text, name_len, true);
	field_r->value.type = INPUT_TEXT;
	field_r->value.text = value;
	return field_r->name != NULL && value != NULL;
}

bool
form_read(struct task *t, const char *text, size_t len, struct input *input_r)
{
	size_t most = count_fields(text, len);

	*input_r = (struct input){ 0 };
	if (most > FIELDS_MAX)
		return fail(t, FAULT_BAD_REQUEST,
		    "the form has over %d fields", FIELDS_MAX);

	struct input_field *fields =
	    arena_alloc(t->arena, most * sizeof(fields[0]));
	size_t n = 0;

	for (const char *end = text + len; text < end; ) {
		const char *stop = memchr(text, '&', (size_t)(end - text));

		if (stop == NULL)
			stop = end;
		if (stop > text && !read_field(t->arena, text,
		    (size_t)(stop - text), &fields[n++]))
			return fail(t, FAULT_BAD_REQUEST,
			    "the form is not well-formed");
		text = stop < end ? stop + 1 : end;
	}
	input_r->fields = fields;
	input_r->nfields = n;
	return true;
}

void
form_escape(struct buf *b, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0';
	    c++) {
		if ((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
		    (*c >= 'a' && *c <= 'z') || strchr("-._~", *c) != NULL)
			buf_char(b, (char)*c);
		else
			buf_printf(b, "%%%02X", *c);
	}
}
