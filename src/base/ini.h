#ifndef CK_BASE_INI_H
#define CK_BASE_INI_H

/* Configuration files: "name = value" lines, read with inih. */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

/* False: the value is bad; the reader says why in `why`. */
typedef bool	 ini_fn(void *ctx, const char *name, const char *value,
		    char *why, size_t why_size);

/*
 * Calls back for each line.  A failure is "FILE:LINE: reason" in `why`.
 * Sections, lines that are no setting, values over 4096 bytes and NUL bytes
 * are refused.
 */
bool	 ini_read(const char *path, ini_fn *, void *ctx, char *why,
	    size_t why_size) MUST_USE;

#endif
