#ifndef CK_API_SURFACE_H
#define CK_API_SURFACE_H

/*
 * A surface is a table of routes with a dialect.  The worker gives each
 * request to surface_answer(), which finds the row, checks the token's
 * signature and calls the row's handler.
 */

#include <stdbool.h>
#include <stddef.h>

#include "api/dialect.h"
#include "api/view.h"
#include "http/path.h"
#include "http/request.h"
#include "http/response.h"
#include "model/crud.h"

/* Who may call a route at all; the first gate. */
enum roles {
	NOBODY		= 0,
	ADMIN		= 1,	/* 1 << place in role_names */
	DOCTOR		= 2,
	PATIENT		= 4,
	NURSE		= 8,
	PHARMACIST	= 16,
	ALL		= ADMIN | DOCTOR | PATIENT | NURSE | PHARMACIST,
	PUBLIC		= 32	/* without a token */
};

struct call;
typedef bool	 handler_fn(struct call *);
typedef bool	 guard_fn(struct task *, const struct item *);

struct route {
	enum method		 method;
	const char		*path;		/* "/vital/{id}" */
	unsigned		 roles;		/* 0 admits nobody */
	handler_fn		*handler;
	const struct view	*view;		/* what it reads and writes */
	guard_fn		*guard;		/* tightens may_change */
	const char		*action;	/* NULL: by the method */
	const char		*doc;		/* only where it is special */
	const char		*page;		/* list's function, or NULL */
	enum permission		 permission;	/* instead of the view's */
	/* Words of dialects that answer each route in its own. */
	const char		*says;		/* when it is done */
	const char		*forbids;	/* to other roles */
	const char		*needs;		/* when fields are missing */
	const char		*lacks;		/* when there is no such row */
	const char		*clashes;	/* with a row that there is */
};

/* The action of a route that concerns only the caller's own things. */
#define OWN	"own"

/* What a handler does, for documents; a row for each handler. */
enum work {
	OTHER, LISTS, FINDS, CREATES, CHANGES, ARCHIVES
};
enum gives {
	GIVES_NOTHING	= 0,
	GIVES_LIST	= 1,	/* an array of the view */
	GIVES_ROW	= 2,	/* one object of the view */
	GIVES_DONE	= 4	/* what the dialect says to a change */
};
struct shape {
	handler_fn	*handler;
	const char	*name;
	enum work	 work;
	unsigned	 gives;		/* several: any of them */
	const char	*takes;		/* schema of the body; NULL: the view */
	const char	*answer;	/* JSON schema, instead of `gives` */
	int		 status;	/* of success; 0: 200, or as made */
	const char *const *query;	/* names beside limit and after */
	const char *const *pages;	/* that it may list by; NULL-ended */
	const struct view *also;	/* a second view that it lists */
};
/* The engine's handlers. */
extern const struct shape common_shapes[];
extern const size_t	 ncommon_shapes;

struct surface {
	const char		*name;
	const char		*title;		/* for documents */
	const char		*prefix;	/* "" or "/api" */
	const struct route	*routes;
	size_t			 nroutes;
	const struct dialect	*dialect;
	const struct shape	*shapes;	/* of its own handlers */
	size_t			 nshapes;
	bool			 own;		/* the program's, always on */
};
/* Never NULL for a linted table. */
const struct shape	*shape_of(const struct surface *, handler_fn *);

/* All surfaces of the program, NULL-terminated. */
extern const struct surface *const surfaces[];
const struct surface	*surface_named(const char *);

/* One request on its way. */
struct call {
	struct task		*task;
	const struct surface	*surface;
	const struct route	*route;
	const struct captures	*captures;
	const struct request	*request;
	struct response		*response;
};

/*
 * Answers any request: always leaves a complete response.  Only the
 * surfaces named in the settings are served.
 */
void	 surface_answer(struct task *, const struct request *,
	    struct response *);
/* The row that a method and path lead to; for explain.  NULL: none. */
const struct route	*route_find(const struct request *,
			    const struct surface **surface_r,
			    struct captures *captures_r,
			    unsigned *allowed_r);
/* "view", "add", "edit", or OWN for a route. */
const char	*route_action(const struct route *);
struct access	 route_access(const struct surface *, const struct route *);
/* Dense number of a route over all surfaces, for metrics; and their count. */
size_t	 route_number(const struct surface *, const struct route *);
size_t	 route_count(void);
/* "GET, HEAD" for several. */
const char	*methods_text(struct arena *, unsigned methods);
/* "GET /health_records/{id}" by number, from a static store. */
const char	*route_label(size_t number);
/* Its path alone, with the surface's prefix. */
const char	*route_pattern(size_t number);

#endif
