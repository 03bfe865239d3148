#include "main/options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static size_t
row_of(const struct option_row *rows, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(rows[i].name) == len &&
		    memcmp(rows[i].name, name, len) == 0)
			return i;
	}
	return n;
}

/* One option; *argv_r moves over its value.  "--name=value" is taken too. */
static bool
read_option(struct options *o, const char ***argv_r, char *why, size_t size)
{
	const char	*word = **argv_r;
	size_t		 len = strcspn(word, "=");
	size_t		 at = row_of(o->rows, o->nrows, word, len);
	const char	*value = word[len] == '=' ? word + len + 1 : NULL;

	if (at == o->nrows) {
		snprintf(why, size, "there is no option %.*s", (int)len, word);
		return false;
	}
	if (o->rows[at].value == NULL && value == NULL)
		value = "";
	else if (o->rows[at].value == NULL) {
		snprintf(why, size, "%s takes no value", o->rows[at].name);
		return false;
	}
	if (value == NULL && (value = (*argv_r)[1]) != NULL)
		(*argv_r)++;
	if (value == NULL) {
		snprintf(why, size, "%s wants %s", o->rows[at].name,
		    o->rows[at].value);
		return false;
	}
	o->given[at] = value;
	return true;
}

bool
options_read(struct options *o, const struct option_row *rows, size_t nrows,
    bool stop_at_word, const char **argv, char *why, size_t size)
{
	bool	 only_words = false;

	assert(nrows <= OPTIONS_MAX);
	*o = (struct options){ .rows = rows, .nrows = nrows };
	/* Words move to the front, where options have been read already. */
	o->words = argv;
	for (; *argv != NULL; argv++) {
		if (!only_words && strcmp(*argv, "--") == 0) {
			only_words = true;
		} else if (!only_words && (*argv)[0] == '-' &&
		    (*argv)[1] != '\0') {
			if (!read_option(o, &argv, why, size))
				return false;
		} else if (stop_at_word) {
			for (o->words = argv; *argv != NULL; argv++)
				o->nwords++;
			return true;
		} else {
			o->words[o->nwords++] = *argv;
		}
	}
	return true;
}

const char *
option(const struct options *o, const char *name)
{
	size_t	 at = row_of(o->rows, o->nrows, name, strlen(name));

	assert(at < o->nrows);
	return o->given[at];
}

void
options_print(const struct option_row *rows, size_t nrows)
{
	char	 left[40];

	for (size_t i = 0; i < nrows; i++) {
		snprintf(left, sizeof(left), "%s %s", rows[i].name,
		    rows[i].value != NULL ? rows[i].value : "");
		printf("  %-24s %s\n", left, rows[i].help);
	}
}
