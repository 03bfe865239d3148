#ifndef CK_API_FORMAT_H
#define CK_API_FORMAT_H

/* Spellings that several surfaces share; see struct format in api/view.h. */

#include "api/view.h"

struct arena;

/* Given and family name joined by a blank; read: split at the last one. */
extern const struct format full_name;
/* A role as its place in role_names, from 1. */
extern const struct format role_number;
/* A BOOL as 0 or 1; read: true, false, 0, 1; absent: false. */
extern const struct format flag_number;

/* A TEXT; null reads as "". */
extern const struct format text_or_empty;
/* The same as full_name, of texts (may be NULL). */
const char	*full_name_text(struct arena *, const char *given,
		    const char *family);
/* Splits it the same way. */
void	 full_name_split(struct arena *, const char *name,
	    const char **given_r, const char **family_r);

/* Times (microseconds since 1970) for dialects. */
void	 time_naive(struct json *, int64_t);	/* 2024-01-05T10:00:00 */
void	 time_micro(struct json *, int64_t);	/* ...T10:00:00.000000Z */
void	 time_micro_naive(struct json *, int64_t);	/* without the Z */

#endif
