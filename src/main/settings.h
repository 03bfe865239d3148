#ifndef CK_MAIN_SETTINGS_H
#define CK_MAIN_SETTINGS_H

/*
 * The settings' table: name, type, default and one line of help of each, and
 * the reader of the configuration file.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/settings.h"
#include "base/table.h"

#define SETTINGS_FILE	CK_SYSCONFDIR "/chartkeep/chartkeep.conf"
#define WORKERS_MAX	256

/*
 * The file over the defaults.  What is unknown, given twice or not
 * acceptable is refused with "FILE:LINE: reason" in `why`.  Texts live in
 * the arena.
 */
bool	 settings_read(struct settings *settings_r, struct arena *,
	    const char *path, char *why, size_t size) MUST_USE;
/* The defaults alone. */
void	 settings_preset(struct settings *settings_r, struct arena *);

/* For documents and tests: the row's texts; false past the last. */
bool	 settings_row(size_t at, const char **name_r, const char **preset_r,
	    const char **doc_r);
/* "name = value" lines of what is in effect after the last settings_read. */
void	 settings_print(struct buf *);

#endif
