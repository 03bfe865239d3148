/*
 * Reading JSON.  json-c makes the tree; before it, the text's strings and
 * numbers are looked at, because json-c (0.16) takes silently what RFC 8259
 * does not: raw control characters, halves of surrogate pairs, NaN, "01",
 * "1.", keys in single quotes.  And it ends keys at "\u0000" and clamps
 * great integers.
 */

#include "base/json_read.h"

#include <assert.h>
#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/task.h"
#include "base/text.h"

struct scan {
	struct task	*task;
	const char	*at;
	const char	*end;
};

static char
peek(const struct scan *s)
{
	return s->at < s->end ? *s->at : '\0';
}

/* The four hexadecimal digits of \uXXXX, or -1. */
static int
scan_hex(struct scan *s)
{
	int value = 0;

	for (int i = 0; i < 4; i++, s->at++) {
		char c = peek(s);

		value *= 16;
		if (c >= '0' && c <= '9')
			value += c - '0';
		else if (c >= 'a' && c <= 'f')
			value += c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			value += c - 'A' + 10;
		else
			return -1;
	}
	return value;
}

/* Behind the backslash.  json-c checks the letters, this the numbers. */
static bool
scan_escape(struct scan *s)
{
	int code;

	if (peek(s) != 'u') {
		s->at += s->at < s->end;
		return true;
	}
	s->at++;
	code = scan_hex(s);
	if (code == 0)
		return fail(s->task, FAULT_BAD_REQUEST, "NUL in a string");
	if (code < 0xd800 || code > 0xdfff)
		return true;
	if (code < 0xdc00 && s->end - s->at >= 6 &&
	    memcmp(s->at, "\\u", 2) == 0) {
		s->at += 2;
		code = scan_hex(s);
		if (code >= 0xdc00 && code <= 0xdfff)
			return true;
	}
	return fail(s->task, FAULT_BAD_REQUEST,
	    "half of a surrogate pair in a string");
}

/* Behind the opening quote. */
static bool
scan_string(struct scan *s)
{
	while (s->at < s->end) {
		unsigned char c = (unsigned char)*s->at++;

		if (c == '"')
			return true;
		if (c < ' ')
			return fail(s->task, FAULT_BAD_REQUEST,
			    "raw control character in a string");
		if (c == '\\' && !scan_escape(s))
			return false;
	}
	return true;		/* json-c will miss the quote */
}

static size_t
scan_digits(struct scan *s)
{
	const char *start = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return (size_t)(s->at - start);
}

/* RFC 8259's grammar, until something else begins. */
static bool
scan_number_form(struct scan *s, bool *real_r)
{
	bool zero;

	s->at += peek(s) == '-';
	zero = peek(s) == '0';
	if (scan_digits(s) != 1 && zero)
		return false;
	if (s->at[-1] == '-')
		return false;
	if (peek(s) == '.') {
		*real_r = true;
		s->at++;
		if (scan_digits(s) == 0)
			return false;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		*real_r = true;
		s->at++;
		s->at += peek(s) == '-' || peek(s) == '+';
		if (scan_digits(s) == 0)
			return false;
	}
	return peek(s) == '\0' || strchr(".+-eE", peek(s)) == NULL;
}

static bool
scan_number(struct scan *s)
{
	const char *start = s->at;
	bool real = false, in_range;
	int64_t value;
	char *text;

	if (!scan_number_form(s, &real))
		return fail(s->task, FAULT_BAD_REQUEST, "malformed number");
	if (!real && s->at - start < 18)
		return true;
	text = arena_copy(s->task->arena, start, (size_t)(s->at - start));
	in_range = real ? isfinite(strtod(text, NULL)) :
	    text_to_int(text, &value);
	return in_range ||
	    fail(s->task, FAULT_BAD_REQUEST, "number out of range");
}

static bool
scan(struct scan *s)
{
	while (s->at < s->end) {
		char c = *s->at;

		if (c == '-' || (c >= '0' && c <= '9')) {
			if (!scan_number(s))
				return false;
			continue;
		}
		s->at++;
		if (c == '"' && !scan_string(s))
			return false;
		if (c == '\'' || c == 'N' || c == 'I')
			return fail(s->task, FAULT_BAD_REQUEST,
			    "malformed JSON");
	}
	return true;
}

static void
free_tokener(void *tokener)
{
	json_tokener_free(tokener);
}

static void
put_object(void *object)
{
	json_object_put(object);
}

static struct json_object *
parse(struct task *t, const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH);
	struct json_object *object;
	enum json_tokener_error error;

	assert(tok != NULL);
	arena_defer(t->arena, free_tokener, tok);
	json_tokener_set_flags(tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tok, text, (int)len);
	arena_defer(t->arena, put_object, object);
	error = json_tokener_get_error(tok);
	if (error == json_tokener_error_depth)
		fail(t, FAULT_BAD_REQUEST, "JSON nested too deep");
	else if (error == json_tokener_continue)
		fail(t, FAULT_BAD_REQUEST, "JSON ends too early");
	else if (error != json_tokener_success)
		fail(t, FAULT_BAD_REQUEST, "malformed JSON at byte %zu",
		    json_tokener_get_parse_end(tok));
	else if (!json_object_is_type(object, json_type_object))
		fail(t, FAULT_BAD_REQUEST, "JSON object expected");
	else
		return object;
	return NULL;
}

static struct input_value
value_of(struct json_object *value)
{
	static const enum input_type types[] = {
		[json_type_null]    = INPUT_NULL,
		[json_type_boolean] = INPUT_BOOL,
		[json_type_double]  = INPUT_NUMBER,
		[json_type_int]     = INPUT_NUMBER,
		[json_type_object]  = INPUT_OBJECT,
		[json_type_array]   = INPUT_LIST,
		[json_type_string]  = INPUT_TEXT,
	};
	enum json_type type = json_object_get_type(value);
	const char *text;

	if (type == json_type_null)
		text = "";
	else if (type == json_type_string)
		text = json_object_get_string(value);
	else
		text = json_object_to_json_string_ext(value,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	assert(text != NULL);
	return (struct input_value){ types[type], text };
}

static void
take_members(struct arena *arena, struct json_object *object,
    struct input *input_r)
{
	struct json_object_iterator at = json_object_iter_begin(object);
	struct json_object_iterator end = json_object_iter_end(object);
	size_t n = (size_t)json_object_object_length(object), i = 0;
	struct input_field *fields = arena_alloc(arena, n * sizeof(*fields));

	while (!json_object_iter_equal(&at, &end)) {
		fields[i].name = json_object_iter_peek_name(&at);
		fields[i].value = value_of(json_object_iter_peek_value(&at));
		json_object_iter_next(&at);
		i++;
	}
	*input_r = (struct input){ fields, n, .typed = true };
}

bool
json_read(struct task *t, const char *text, size_t len,
    struct input *input_r)
{
	struct scan s = { t, text, text + len };
	struct json_object *object;

	if (len > INT_MAX)
		return fail(t, FAULT_TOO_LARGE, "too much JSON");
	if (!text_is_utf8(text, len))
		return fail(t, FAULT_BAD_REQUEST,
		    "not well-formed UTF-8, or NUL in it");
	if (!scan(&s))
		return false;
	object = parse(t, text, len);
	if (object == NULL)
		return false;
	take_members(t->arena, object, input_r);
	return true;
}
