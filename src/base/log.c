/*
 * A line is put together on the stack and leaves with one write(2), so that
 * lines of several processes do not mix.  What does not fit is cut; quotes
 * are closed all the same.
 */

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE	2000
#define TAIL		2	/* kept for a closing quote and the newline */

struct line {
	char	text[LINE_SIZE];
	size_t	len;
};

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO]  = "info",
	[LOG_WARN]  = "warn",
	[LOG_ERROR] = "error",
};

static enum log_level least_level = LOG_INFO;
static char process_name[32];

bool
log_set_level(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(level_names); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			least_level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void
log_set_name(const char *name)
{
	snprintf(process_name, sizeof(process_name), "%s", name);
}

/* All of it or nothing; false when there is no room. */
static bool
put(struct line *line, const char *text)
{
	size_t len = strlen(text);

	if (len > LINE_SIZE - TAIL - line->len)
		return false;
	memcpy(line->text + line->len, text, len);
	line->len += len;
	return true;
}

/* Printable ASCII without blank and quote; the rest could forge a line. */
static bool
is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '"';
}

static bool
is_plain_text(const char *text)
{
	const char *p = text;

	while (is_plain((unsigned char)*p))
		p++;
	return *p == '\0' && p > text;
}

static bool
put_quoted_char(struct line *line, unsigned char c)
{
	char text[5] = { (char)c };

	if (c == '"' || c == '\\')
		snprintf(text, sizeof(text), "\\%c", c);
	else if (c == '\n')
		snprintf(text, sizeof(text), "\\n");
	else if (c < ' ' || c >= 0x7f)
		snprintf(text, sizeof(text), "\\x%02x", c);
	return put(line, text);
}

static bool
put_quoted(struct line *line, const char *text)
{
	bool whole = put(line, "\"");

	while (whole && *text != '\0')
		whole = put_quoted_char(line, (unsigned char)*text++);
	line->text[line->len++] = '"';
	return whole;
}

/* False when the line is full. */
static bool
put_pair(struct line *line, const char *key, const char *value)
{
	size_t start = line->len;

	if ((start == 0 || put(line, " ")) && put(line, key) &&
	    put(line, "=")) {
		if (!is_plain_text(value))
			return put_quoted(line, value);
		/* A plain value that is too long is cut like a quoted one. */
		return put(line, value) || put_quoted(line, value);
	}
	line->len = start;
	return false;
}

static void
put_pairs(struct line *line, va_list args)
{
	const char *key, *value;

	while ((key = va_arg(args, const char *)) != NULL) {
		value = va_arg(args, const char *);
		if (value != NULL && !put_pair(line, key, value))
			return;
	}
}

void
log_event(enum log_level level, const char *event, ...)
{
	int saved = errno;
	struct line line;
	ssize_t n;
	va_list args;

	if (level < least_level)
		return;
	line.len = 0;
	put_pair(&line, "level", level_names[level]);
	if (process_name[0] != '\0')
		put_pair(&line, "name", process_name);
	put_pair(&line, "event", event);
	va_start(args, event);
	put_pairs(&line, args);
	va_end(args);
	line.text[line.len++] = '\n';
	do {
		n = write(STDERR_FILENO, line.text, line.len);
	} while (n < 0 && errno == EINTR);
	errno = saved;
}

const char *
log_int(int64_t value)
{
	static char texts[8][24];
	static unsigned next;
	char *text = texts[next++ % 8];

	snprintf(text, sizeof(texts[0]), "%" PRId64, value);
	return text;
}
