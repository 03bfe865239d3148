/* The two spellings of an import: JSON, and CSV as a stream. */

#include <string.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "model/loader_inside.h"

#define FIELD_MAX	(1 << 20)	/* bytes of one CSV field */

/* ------------------------------------------------------------------ JSON */

/*
 * The next element of an array's text, which json_read() has checked; NULL
 * at its end.  *at_r moves behind it.
 */
static const char *
next_element(const char **at_r, size_t *len_r)
{
	const char	*p = *at_r + strspn(*at_r, "[, \t\r\n"), *start = p;
	bool		 quoted = false;
	int		 depth = 0;

	if (*p == ']' || *p == '\0')
		return NULL;
	for (; *p != '\0'; p++) {
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (depth == 0 && (*p == ',' || *p == ']'))
			break;
		else if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
	}
	*len_r = (size_t)(p - start);
	*at_r = p;
	return start;
}

static void
put_members(struct load_batch *b, struct load_row *row,
    const struct input *input)
{
	for (size_t i = 0; i < input->nfields; i++) {
		const struct input_field	*f = &input->fields[i];

		if (f->value.type == INPUT_NULL)
			continue;
		if (f->value.type == INPUT_LIST ||
		    f->value.type == INPUT_OBJECT)
			load_refuse(b, row, arena_printf(b->arena,
			    "%s is no single value", f->name));
		else if (!load_put(b, row, f->name, f->value.text,
		    strlen(f->value.text)))
			load_refuse(b, row, arena_printf(b->arena,
			    "there is no column %s", f->name));
	}
}

static bool
load_array(struct load_batch *b, const char *array)
{
	struct arena	*kept = b->task->arena;
	struct load_row	*row;
	struct input	 input;
	const char	*element;
	size_t		 len;

	while ((element = next_element(&array, &len)) != NULL) {
		if ((row = load_row(b)) == NULL)
			return false;
		b->task->arena = b->arena;
		if (json_read(b->task, element, len, &input)) {
			put_members(b, row, &input);
		} else {
			load_refuse(b, row, "is no object");
			fault_clear(b->task);
		}
		b->task->arena = kept;
	}
	return true;
}

static bool
load_member(struct task *t, const struct load_table *table,
    const struct input *document, const struct load_watch *watch,
    struct load_count *count)
{
	const struct input_value	*value = input_find(document,
					    table->name);
	struct load_batch		 b;
	bool				 good;

	if (value == NULL)
		return true;
	if (value->type != INPUT_LIST)
		return fail(t, FAULT_BAD_REQUEST, "\"%s\" is no array",
		    table->name);
	load_begin(&b, t, table, watch, count);
	good = load_array(&b, value->text);
	return load_end(&b) && good;
}

bool
load_json(struct task *t, const char *text, size_t len,
    const struct load_watch *watch, struct load_count *count_r)
{
	struct input	 document;

	*count_r = (struct load_count){ .accepted = 0 };
	if (!json_read(t, text, len, &document))
		return false;
	for (size_t i = 0; i < document.nfields; i++) {
		if (load_table_named(document.fields[i].name) == NULL)
			return fail(t, FAULT_BAD_REQUEST, "there is no table"
			    " \"%s\"; there are %s",
			    document.fields[i].name, load_tables());
	}
	if (!load_zone(t))
		return false;
	/* In the order in which rows refer to each other. */
	for (size_t i = 0; i < load_table_count; i++) {
		if (!load_member(t, &load_table_rows[i], &document, watch,
		    count_r))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- CSV */

struct csv {
	FILE		*file;
	struct buf	 field;
	bool		 quoted;	/* so empty is not absent */
	bool		 bad;
};

enum csv_end { CSV_COMMA, CSV_LINE, CSV_FILE };

/* Behind the opening quote, up to the closing one. */
static int
read_quoted(struct csv *csv)
{
	int	 c;

	csv->quoted = true;
	while ((c = getc_unlocked(csv->file)) != EOF) {
		if (c == '"' && (c = getc_unlocked(csv->file)) != '"')
			return c;
		if (csv->field.len < FIELD_MAX)
			buf_char(&csv->field, (char)c);
		else
			csv->bad = true;
	}
	csv->bad = true;
	return c;
}

static enum csv_end
read_field(struct csv *csv)
{
	int	 c = getc_unlocked(csv->file);

	buf_cut(&csv->field, 0);
	csv->quoted = false;
	if (c == '"')
		c = read_quoted(csv);
	while (c != ',' && c != '\n' && c != EOF) {
		if (c != '\r' && (csv->quoted || c == '"' || c == '\0' ||
		    csv->field.len >= FIELD_MAX))
			csv->bad = true;
		else if (c != '\r')
			buf_char(&csv->field, (char)c);
		c = getc_unlocked(csv->file);
	}
	return c == ',' ? CSV_COMMA : c == '\n' ? CSV_LINE : CSV_FILE;
}

struct heads {
	const char	*names[LOAD_COLUMNS];
	size_t		 n;
};

static bool
read_heads(struct task *t, struct csv *csv, const struct load_table *table,
    struct heads *heads)
{
	enum csv_end	 end;

	do {
		const char	*name;

		end = read_field(csv);
		name = text_normal(t->arena, csv->field.data);
		for (size_t i = 0; i <= table->ncolumns; i++) {
			if (i == table->ncolumns || csv->bad ||
			    heads->n == LOAD_COLUMNS)
				return fail(t, FAULT_BAD_REQUEST, "%s has no"
				    " column \"%s\"", table->name, name);
			if (strcmp(table->columns[i].name, name) == 0)
				break;
		}
		heads->names[heads->n++] = name;
	} while (end == CSV_COMMA);
	return true;
}

/* One line; its row when it holds anything. */
static enum csv_end
read_line(struct load_batch *b, struct csv *csv, const struct heads *heads,
    struct load_row *row)
{
	enum csv_end	 end;
	size_t		 n = 0;

	csv->bad = false;
	do {
		end = read_field(csv);
		if (n < heads->n && (csv->field.len > 0 || csv->quoted))
			load_put(b, row, heads->names[n], csv->field.data,
			    csv->field.len);
		if (!text_is_utf8(csv->field.data, csv->field.len))
			csv->bad = true;
		n++;
	} while (end == CSV_COMMA);
	if (csv->bad)
		load_refuse(b, row, "the line is not well-formed");
	else if (n != heads->n)
		load_refuse(b, row, "the line has more or fewer fields than"
		    " the head");
	return end;
}

static bool
at_end(FILE *file)
{
	int	 c = getc_unlocked(file);

	return c == EOF || ungetc(c, file) == EOF;
}

static bool
load_lines(struct load_batch *b, struct csv *csv, const struct heads *heads)
{
	struct load_row	*row;

	while (!at_end(csv->file)) {
		if ((row = load_row(b)) == NULL)
			return false;
		read_line(b, csv, heads, row);
	}
	if (ferror(csv->file))
		return fail(b->task, FAULT_BAD_REQUEST, "the file cannot be"
		    " read");
	return true;
}

bool
load_csv(struct task *t, FILE *file, const char *name,
    const struct load_watch *watch, struct load_count *count_r)
{
	const struct load_table	*table = load_table_named(name);
	struct csv		 csv = { .file = file };
	struct heads		 heads = { .n = 0 };
	struct load_batch	 b;
	bool			 good;

	*count_r = (struct load_count){ .accepted = 0 };
	if (table == NULL)
		return fail(t, FAULT_BAD_REQUEST, "there is no table \"%s\";"
		    " there are %s", name, load_tables());
	buf_init(&csv.field, t->arena, 4096);
	if (!read_heads(t, &csv, table, &heads) || !load_zone(t))
		return false;
	load_begin(&b, t, table, watch, count_r);
	good = load_lines(&b, &csv, &heads);
	return load_end(&b) && good;
}
