/*
 * inih splits names from values and drops comments.  Lines reach it through
 * next_line(), which refuses what inih would pass over and keeps aside the
 * values that inih's buffer (200 bytes in Debian) would cut.
 */

#include "base/ini.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#define VALUE_MAX	4096
#define LINE_SIZE	(VALUE_MAX + 512)

static const char blanks[] = " \t\r\v\f";

struct reader {
	FILE		*file;
	ini_fn		*fn;
	void		*ctx;
	int		 line;
	bool		 failed;
	char		 reason[256];
	char		 text[LINE_SIZE];	/* the present line */
	const char	*value;			/* if too long for inih */
};

static bool
refuse(struct reader *r, const char *reason)
{
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
	r->failed = true;
	return false;
}

/* The next line without its end; false at the end of the file too. */
static bool
read_line(struct reader *r)
{
	size_t len = 0;
	int c = getc(r->file);

	if (c == EOF)
		return false;
	r->line++;
	for (; c != EOF && c != '\n'; c = getc(r->file)) {
		if (c == '\0')
			return refuse(r, "NUL byte");
		if (len == sizeof(r->text) - 1)
			return refuse(r, "line too long");
		r->text[len++] = (char)c;
	}
	r->text[len] = '\0';
	return true;
}

/* The value behind '=' as inih has it: no blanks around, no comment. */
static const char *
bare_value(char *equals)
{
	char *start = equals + 1 + strspn(equals + 1, blanks), *end = start;

	while (*end != '\0' &&
	    (*end != ';' || strchr(blanks, end[-1]) == NULL))
		end++;
	while (end > start && strchr(blanks, end[-1]) != NULL)
		end--;
	*end = '\0';
	return start;
}

/* Copies "NAME =" for inih and keeps the value for on_setting(). */
static bool
set_value_aside(struct reader *r, char *line, char *to, size_t size)
{
	char *equals = strchr(line, '=');
	size_t len;

	if (equals == NULL)
		return refuse(r, "not a setting");
	len = (size_t)(equals - line) + 1;
	if (len >= size)
		return refuse(r, "name too long");
	memcpy(to, line, len);
	to[len] = '\0';
	r->value = bare_value(equals);
	return true;
}

/* Fills inih's buffer, as fgets() would. */
static char *
next_line(char *to, int size, void *reader)
{
	struct reader *r = reader;
	char *line;

	r->value = NULL;
	if (r->failed || !read_line(r))
		return NULL;
	/* Indented, inih would take it for more of the last value. */
	line = r->text + strspn(r->text, blanks);
	if (*line == '[') {
		refuse(r, "sections are not used");
		return NULL;
	}
	if (*line == '#' || *line == ';')
		*line = '\0';
	if (strlen(line) < (size_t)size)
		return strcpy(to, line);
	return set_value_aside(r, line, to, (size_t)size) ? to : NULL;
}

static int
on_setting(void *reader, const char *section, const char *name,
    const char *value)
{
	struct reader *r = reader;
	char reason[sizeof(r->reason)] = "bad value";

	(void)section;
	if (r->value != NULL)
		value = r->value;
	if (strlen(value) > VALUE_MAX)
		return refuse(r, "value too long");
	if (r->fn(r->ctx, name, value, reason, sizeof(reason)))
		return true;
	return refuse(r, reason);
}

/* inih goes on after a line that it cannot read and returns its number. */
static bool
read_all(struct reader *r)
{
	int line = ini_parse_stream(next_line, r, on_setting, r);

	if (ferror(r->file))
		return refuse(r, strerror(errno));
	if (line < 0)
		return refuse(r, "out of memory");
	if (line > 0 && (line < r->line || !r->failed)) {
		r->line = line;
		return refuse(r, "not a setting");
	}
	return !r->failed;
}

bool
ini_read(const char *path, ini_fn *fn, void *ctx, char *why, size_t why_size)
{
	struct reader r = { .file = fopen(path, "re"), .fn = fn, .ctx = ctx };

	if (r.file == NULL) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return false;
	}
	if (!read_all(&r))
		snprintf(why, why_size, "%s:%d: %s", path, r.line, r.reason);
	fclose(r.file);
	return !r.failed;
}
