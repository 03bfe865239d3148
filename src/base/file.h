#ifndef CK_BASE_FILE_H
#define CK_BASE_FILE_H

/* Whole files into memory, for what is read at start or by a command. */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/table.h"

/*
 * All of `path`, at most `limit` bytes.  On failure "PATH: reason" in `why`.
 */
bool	 file_read(const char *path, size_t limit, struct buf *buf_r,
	    char *why, size_t size) MUST_USE;

#endif
