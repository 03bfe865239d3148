#ifndef CK_MAIN_PROMPT_H
#define CK_MAIN_PROMPT_H

/* Secrets come from the terminal, unseen, or from standard input. */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"
#include "crypto/password.h"

/*
 * On a terminal asks twice without echo; else takes the first line.  False
 * with the reason when there is none or the two differ.
 */
bool	 prompt_password(char password_r[PASSWORD_MAX + 1], char *why,
	    size_t size) MUST_USE;

#endif
