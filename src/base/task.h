#ifndef CK_BASE_TASK_H
#define CK_BASE_TASK_H

/*
 * One piece of work: a request, a delivery, an administrator's command.  It
 * carries its memory, its fault and what it works with.  The pointers to
 * higher layers are opaque here, so that nobody includes upwards.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/text.h"

struct actor;		/* model/actor.h */
struct keyring;		/* crypto/keyring.h */
struct pg;		/* store/pg.h */
struct redis;		/* store/redis.h */
struct request;		/* http/request.h */
struct response;	/* http/response.h */
struct route;		/* api/surface.h */
struct settings;	/* base/settings.h */
struct surface;		/* api/surface.h */
struct token;		/* crypto/token.h */

struct task {
	struct arena		*arena;
	struct fault		 fault;
	int64_t			 now;		/* the database's; 0: unknown */
	const struct settings	*settings;
	const struct keyring	*keyring;
	struct pg		*pg;
	struct redis		*redis;		/* NULL: none configured */
	const struct token	*token;		/* signed by us; NULL: none */
	const struct actor	*actor;		/* NULL: nobody yet */
	const struct request	*request;
	struct response		*response;
	bool			 open;		/* the actor's transaction */
	bool			 kept;		/* beyond a change */
	bool			 audited;	/* the refusal is noted */
	const struct surface	*surface;
	const struct route	*route;
	const char		*route_name;	/* "GET /health_records/{id}" */
	const char		*action;	/* "view", "add", "edit" */
	const char		*peer;		/* address, or NULL */
	int64_t			 subject;	/* whose row it is; 0: none */
	char			 request_id[UUID_TEXT];
};

#endif
