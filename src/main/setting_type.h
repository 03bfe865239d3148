#ifndef CK_MAIN_SETTING_TYPE_H
#define CK_MAIN_SETTING_TYPE_H

/*
 * The types of settings: how a value is spelled and where it goes.
 *
 *	text	as it stands; one of the choices if the row has some
 *	bool	one of two words, the first means true
 *	count	12
 *	time	30s 60m 12h 7d; stored as microseconds, bounds in seconds
 *	size	4096 64K 1M; stored as bytes
 *	rate	10 per minute (second, minute, hour, day)
 *	list	a, b, c; stored NULL-terminated; empty: no member
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct setting_value;

struct setting_type {
	/* Reads to `place`; false with the reason when it can't. */
	bool	(*read)(const struct setting_value *, void *place);
};

struct setting {
	const char			*name;
	const struct setting_type	*type;
	size_t				 offset;
	const char			*preset;
	const char			*doc;
	int64_t				 least, most;
	const char			*choices;	/* words, or NULL */
	bool	(*check)(const struct setting_value *);
};

/* A value on its way, and where to say what is wrong with it. */
struct setting_value {
	const struct setting	*setting;
	struct arena		*arena;
	const char		*text;
	char			*why;
	size_t			 size;
};

extern const struct setting_type setting_text, setting_bool, setting_count,
    setting_time, setting_size, setting_rate, setting_list;

/* "NAME: reason"; false. */
bool	 setting_refuse(const struct setting_value *, const char *, ...)
	    PRINTF_LIKE(2, 3);
/* The members of a list, blanks around them dropped. */
const char	**setting_members(const struct setting_value *);

#endif
