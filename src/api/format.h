#ifndef CK_API_FORMAT_H
#define CK_API_FORMAT_H

/* Spellings that several surfaces share; see struct format in api/view.h. */

#include "api/view.h"

/* Given and family name joined by a blank; read: split at the last one. */
extern const struct format full_name;
/* A role as its place in role_names, from 1. */
extern const struct format role_number;
/* A BOOL as 0 or 1; read: true, false, 0, 1; absent: false. */
extern const struct format flag_number;

/* Times (microseconds since 1970) for dialects. */
void	 time_naive(struct json *, int64_t);	/* 2024-01-05T10:00:00 */
void	 time_micro(struct json *, int64_t);	/* ...T10:00:00.000000Z */

#endif
