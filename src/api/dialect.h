#ifndef CK_API_DIALECT_H
#define CK_API_DIALECT_H

/*
 * A surface's manner: how ids, dates, nulls, successes and faults are
 * written, how the token is read and in which order faults are reported.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/json.h"
#include "http/request.h"
#include "model/resource.h"

struct item;
struct items;
struct response;
struct task;
struct view;

struct dialect {
	bool	 by_uid;	/* ids are uids, not numbers */
	const char *zone;	/* of times; NULL: the setting time_zone */
	bool	 own_zone;	/* the account's own first, if it has one */
	bool	 bare_token;	/* a token without scheme word is taken */
	enum bodies bodies;	/* which are taken; see http/request.h */
	bool	 omit_nulls;
	/* Field faults are reported before the matrix and the row are asked. */
	bool	 fields_first;
	int	 made;		/* status of a row made; 0: 200 */
	/* Writes a TIME (microseconds, already in the session's zone). */
	void	(*time)(struct json *, int64_t time);
	/* Writes the fault's status, headers and body. */
	void	(*fault)(struct task *, struct response *);
	/* Writes the body of a successful change. */
	bool	(*done)(struct task *, struct response *, const struct view *,
		    const struct item *, enum event);
	/* JSON schemas of a fault's and of a success' body, for OpenAPI. */
	const char	*fault_schema;
	const char	*done_schema;
};

#endif
