#ifndef CK_MODEL_PARSE_H
#define CK_MODEL_PARSE_H

/*
 * One function for each kind of column: a client's value as PostgreSQL's
 * text, or a field fault.  JSON's types are insisted on only where they
 * would mislead; numbers may come as strings, as the predecessors' clients
 * send them.
 */

#include <stdbool.h>

#include "base/input.h"
#include "model/resource.h"

#define PARSER(name)							\
	bool	 name(struct task *, const struct column *,		\
		    const char *field, const struct input_value *,	\
		    const char **text_r)

PARSER(parse_id);	/* 1 to 2^63 - 1 */
PARSER(parse_uid);	/* RFC 9562, as text in lower case */
PARSER(parse_text);	/* column's min and max in characters; choices */
PARSER(parse_count);	/* column's min and max; an integer, also "7" */
PARSER(parse_real);	/* column's min and max; finite */
PARSER(parse_bool);	/* true, false, 0, 1, and these as text */
PARSER(parse_date);	/* YYYY-MM-DD, a day that exists, year 1 to 9999 */
/*
 * ISO 8601: a date, or date and HH:MM[:SS[.f]] behind 'T' or a blank, with
 * an optional Z or offset; without one in the session's zone.
 */
PARSER(parse_time);

#endif
