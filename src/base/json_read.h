#ifndef CK_BASE_JSON_READ_H
#define CK_BASE_JSON_READ_H

/*
 * Reading JSON (RFC 8259) with json-c, strictly: UTF-8 is checked, depth is
 * at most 32, nothing may follow, "\u0000" is refused, and so are integers
 * beyond int64_t; of a key that stands twice the last value counts.
 *
 * Apart from base/json.h, whose names json-c takes for its types; that one
 * includes this.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/input.h"
#include "base/table.h"

#define JSON_DEPTH	32

struct task;

/* A JSON object's members.  Else FAULT_BAD_REQUEST with the reason. */
bool	 json_read(struct task *, const char *text, size_t len,
	    struct input *input_r) MUST_USE;

#endif
