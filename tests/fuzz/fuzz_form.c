/* Any bytes as a form and as a path segment: clean text, or refused. */

#include "http/form.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/task.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
add_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_printf(out, "%%%02x", (unsigned char)*text);
}

/* Every byte escaped, it must read as the same fields. */
static void
read_back(struct task *t, const struct input *input)
{
	struct input again;
	struct buf text;

	buf_init(&text, t->arena, 0);
	for (size_t i = 0; i < input->nfields; i++) {
		add_escaped(&text, input->fields[i].name);
		buf_char(&text, '=');
		add_escaped(&text, input->fields[i].value.text);
		buf_char(&text, '&');
	}
	if (!form_read(t, text.data, text.len, &again))
		abort();
	assert(again.nfields == input->nfields);
	for (size_t i = 0; i < input->nfields; i++) {
		assert(text_equal(again.fields[i].name,
		    input->fields[i].name));
		assert(text_equal(again.fields[i].value.text,
		    input->fields[i].value.text));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct task task = { .arena = arena_new(0) };
	const char *text = (const char *)data;
	struct input input;
	const char *segment = form_segment(&task, text, size);

	if (segment != NULL)
		assert(text_is_utf8(segment, strlen(segment)));
	if (form_read(&task, text, size, &input)) {
		assert(task.fault.code == FAULT_NONE);
		assert(input.nfields <= 1000);
		for (size_t i = 0; i < input.nfields; i++) {
			const char *name = input.fields[i].name;

			assert(text_is_utf8(name, strlen(name)));
		}
		read_back(&task, &input);
	} else {
		assert(task.fault.code == FAULT_BAD_REQUEST);
		assert(input.nfields == 0);
	}
	arena_free(task.arena);
	return 0;
}
