#ifndef CK_MAIN_OPTIONS_H
#define CK_MAIN_OPTIONS_H

/* Command lines: a table of options, in both programs. */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

struct option_row {
	const char	*name;		/* "--email" */
	const char	*value;		/* "ADDRESS" follows; NULL: none */
	const char	*help;
};

#define OPTIONS_MAX	16

/* What a command line says. */
struct options {
	const struct option_row	*rows;
	size_t			 nrows;
	const char		*given[OPTIONS_MAX];	/* "" without value */
	const char		**words;	/* what is no option */
	int			 nwords;
};

/*
 * Takes options out of `argv` (from argv[0] on); the rest are words.  After
 * "--" everything is a word.  With `stop_at_word` the first word ends it.
 * False with the reason in `why`.
 */
bool	 options_read(struct options *, const struct option_row *rows,
	    size_t nrows, bool stop_at_word, const char **argv, char *why,
	    size_t size) MUST_USE;
/* The value of an option, "" for one without, NULL when not given. */
const char	*option(const struct options *, const char *name);
/* One line for each, for --help. */
void	 options_print(const struct option_row *rows, size_t nrows);

#endif
