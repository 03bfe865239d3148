/* Any bytes as JSON.  What is taken must be clean text and read back. */

#include "base/json.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/task.h"
#include "base/text.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What a writer made of a text must read as that text. */
static void
read_back(struct task *t, const char *text)
{
	struct buf buf;
	struct json json;
	struct input input;

	buf_init(&buf, t->arena, 0);
	json_start(&json, &buf);
	json_object(&json);
	json_pair(&json, "k", text);
	json_end_object(&json);
	if (!json_read(t, buf.data, buf.len, &input))
		abort();
	assert(strcmp(input_find(&input, "k")->text, text) == 0);
}

static void
look_at(struct task *t, const struct input_field *f)
{
	int64_t number;
	char *end;

	assert(text_is_utf8(f->name, strlen(f->name)));
	assert(text_is_utf8(f->value.text, strlen(f->value.text)));
	read_back(t, f->value.text);
	if (f->value.type != INPUT_NUMBER ||
	    text_to_int(f->value.text, &number))
		return;
	strtod(f->value.text, &end);
	assert(end > f->value.text && *end == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task task = { .arena = arena_new(0) };
	struct input input;

	if (json_read(&task, (const char *)data, size, &input)) {
		assert(task.fault.code == FAULT_NONE);
		for (size_t i = 0; i < input.nfields; i++)
			look_at(&task, &input.fields[i]);
	} else
		assert(task.fault.code == FAULT_BAD_REQUEST);
	arena_free(task.arena);
	return 0;
}
