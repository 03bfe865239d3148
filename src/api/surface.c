/*
 * From a request to a row of a route table, through the gates that every
 * request passes, to an answer.
 */

#include "api/surface.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/cors.h"
#include "api/handlers.h"
#include "api/healthcare.h"
#include "api/phr.h"
#include "api/status.h"
#include "base/clock.h"
#include "base/settings.h"
#include "base/task.h"
#include "crypto/token.h"
#include "model/audit.h"
#include "store/pg.h"
#include "store/redis.h"

#define LABELS_MAX	512

const struct surface *const surfaces[] = {
	&status_surface, &phr_surface, &healthcare_surface, NULL
};

const struct surface *
surface_named(const char *name)
{
	for (size_t i = 0; surfaces[i] != NULL; i++) {
		if (strcmp(surfaces[i]->name, name) == 0)
			return surfaces[i];
	}
	return NULL;
}

const struct shape *
shape_of(const struct surface *surface, handler_fn *handler)
{
	for (size_t i = 0; i < surface->nshapes; i++) {
		if (surface->shapes[i].handler == handler)
			return &surface->shapes[i];
	}
	for (size_t i = 0; i < ncommon_shapes; i++) {
		if (common_shapes[i].handler == handler)
			return &common_shapes[i];
	}
	return NULL;
}

static const struct surface *
own_surface(void)
{
	size_t	 i = 0;

	while (!surfaces[i]->own)
		i++;
	return surfaces[i];
}

static bool
is_served(const struct settings *settings, const struct surface *surface)
{
	if (settings == NULL || surface->own)
		return true;
	for (size_t i = 0; settings->surfaces[i] != NULL; i++) {
		if (strcmp(settings->surfaces[i], surface->name) == 0)
			return true;
	}
	return false;
}

static const char *
default_action(enum method method)
{
	if (method == GET)
		return "view";
	return method == POST ? "add" : "edit";
}

const char *
route_action(const struct route *route)
{
	return route->action != NULL ? route->action :
	    default_action(route->method);
}

struct access
route_access(const struct surface *surface, const struct route *route)
{
	const char	*action = route_action(route);
	bool		 own = strcmp(action, OWN) == 0;
	enum permission	 asked = route->permission;

	if (asked == NO_PERMISSION && route->view != NULL)
		asked = route->view->resource->permission;
	return (struct access){
		.permission = own ? NO_PERMISSION : asked,
		.action = own ? default_action(route->method) : action,
		.zone = surface->dialect->zone,
		.own_zone = surface->dialect->own_zone,
		.by_uid = surface->dialect->by_uid,
	};
}

/* What a request's path leads to, so far. */
struct found {
	const struct surface	*surface;
	const struct route	*route;
	struct captures		 captures;
	unsigned		 allowed;	/* methods of matching paths */
};

static void
consider(const struct surface *surface, const struct route *route,
    const char *pattern, const struct request *request, struct found *found)
{
	struct captures	 captures;
	unsigned	 method = request->method == HEAD ? GET :
			    request->method;

	if (!path_match(pattern, request, &captures))
		return;
	found->allowed |= route->method;
	if (found->surface == NULL)
		found->surface = surface;
	if (route->method != method)
		return;
	if (found->route != NULL && !path_beats(&captures, &found->captures,
	    request->nsegments))
		return;
	found->surface = surface;
	found->route = route;
	found->captures = captures;
}

static void
find(const struct settings *settings, const struct request *request,
    struct found *found)
{
	size_t	 number = 0;

	memset(found, 0, sizeof(*found));
	for (size_t i = 0; surfaces[i] != NULL; i++) {
		if (!is_served(settings, surfaces[i])) {
			number += surfaces[i]->nroutes;
			continue;
		}
		for (size_t k = 0; k < surfaces[i]->nroutes; k++)
			consider(surfaces[i], &surfaces[i]->routes[k],
			    route_pattern(number++), request, found);
	}
	if (found->allowed & GET)
		found->allowed |= HEAD;
}

const struct route *
route_find(const struct request *request, const struct surface **surface_r,
    struct captures *captures_r, unsigned *allowed_r)
{
	struct found	 found;

	find(NULL, request, &found);
	*surface_r = found.surface;
	*captures_r = found.captures;
	*allowed_r = found.allowed;
	return found.route;
}

/*
 * The token in the Authorization header, or NULL without one.
 */
static const char *
token_text(const struct surface *surface, const struct request *request)
{
	const char	*header = request->authorization;
	const char	*blank;

	if (header == NULL || header[0] == '\0')
		return NULL;
	blank = strchr(header, ' ');
	if (surface->dialect->bare_token)
		return blank != NULL && strchr(blank + 1, ' ') == NULL ?
		    blank + 1 : header;
	return strncasecmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

static bool
token_fault(struct task *t, enum token_outcome outcome)
{
	switch (outcome) {
	case TOKEN_OK:
		return true;
	case TOKEN_EXPIRED:
		return fail(t, FAULT_EXPIRED_TOKEN, NULL);
	case TOKEN_WRONG_TYPE:
		return fail(t, FAULT_WRONG_TOKEN, NULL);
	default:
		return fail(t, FAULT_BAD_TOKEN, NULL);
	}
}

/* Reads the token, if any: what is not signed by us is as good as none. */
static bool
read_token(struct task *t, const struct call *call)
{
	const char		*text = token_text(call->surface,
				    call->request);
	struct token		*token;
	enum token_outcome	 outcome;
	unsigned char		 sid[16];

	if (text == NULL)
		return fail(t, FAULT_NO_TOKEN, NULL);
	token = arena_alloc(t->arena, sizeof(*token));
	outcome = token_read(t->keyring, text, strlen(text),
	    clock_now(), token);
	if (outcome == TOKEN_OK && !uuid_parse(token->sid, sid))
		outcome = TOKEN_MALFORMED;
	if (outcome == TOKEN_OK)
		t->token = token;
	return token_fault(t, outcome);
}

/* A route for this role?  Roles end sessions when they change. */
static bool
role_is_admitted(const struct route *route, const char *role)
{
	for (unsigned i = 0; role_names[i] != NULL; i++) {
		if (strcmp(role_names[i], role) == 0)
			return route->roles & (1U << i);
	}
	return false;
}

/* The first gates, without PostgreSQL. */
static bool
admit(struct task *t, struct call *call)
{
	const struct route	*route = call->route;

	if (call->request->body_too_large)
		return fail(t, FAULT_TOO_LARGE, NULL);
	if (call->request->body_is_cut)
		return fail(t, FAULT_BAD_REQUEST, "the body is cut off");
	if (!read_token(t, call)) {
		if (!(route->roles & PUBLIC))
			return false;
		fault_clear(t);
		return true;
	}
	if (route->roles & PUBLIC)
		return true;
	if (route->method != GET && t->redis != NULL &&
	    redis_session_ended(t->redis, t->token->sid))
		return fail(t, FAULT_BAD_TOKEN, NULL);
	if (role_is_admitted(route, t->token->role))
		return true;
	/* An ended session comes first: its role may not be the role now. */
	fail(t, FAULT_FORBIDDEN, NULL);
	(void)fail_in_order(call, true);
	t->actor = NULL;
	return false;
}

/* Who was refused leaves a trace; what is only malformed does not. */
static bool
is_refusal(enum fault_code code)
{
	int	 status = fault_kinds[code].status;

	return status == 401 || status == 403 || status == 404 ||
	    status == 409 || status == 412 || status == 429;
}

static void
write_fault(struct task *t, const struct dialect *dialect,
    struct response *response)
{
	const struct fault_kind	*kind = &fault_kinds[t->fault.code];

	response_clear(response);
	response->status = kind->status;
	response->content_type = "application/json";
	if (t->fault.retry_after > 0)
		response_header(response, "Retry-After",
		    arena_printf(t->arena, "%d", t->fault.retry_after));
	else if (kind->status == 503)
		response_header(response, "Retry-After", "2");
	dialect->fault(t, response);
}

static void
run(struct task *t, struct call *call)
{
	t->surface = call->surface;
	t->route = call->route;
	t->route_name = route_label(route_number(call->surface, call->route));
	t->action = route_access(call->surface, call->route).action;
	if (admit(t, call) && call->route->handler(call))
		return;
	assert(t->fault.code != FAULT_NONE);
	/* Before anything is sent: a slow client must hold no lock. */
	pg_settle(t->pg);
	if (!t->audited && is_refusal(t->fault.code))
		audit_refusal(t);
	write_fault(t, call->surface->dialect, call->response);
}

static bool
host_is_ours(const struct settings *settings, const char *host)
{
	if (host == NULL)
		return false;
	for (size_t i = 0; settings->hosts[i] != NULL; i++) {
		if (strcmp(settings->hosts[i], "*") == 0 ||
		    strcmp(settings->hosts[i], host) == 0)
			return true;
	}
	return false;
}

const char *
methods_text(struct arena *arena, unsigned methods)
{
	struct buf	 b;

	buf_init(&b, arena, 64);
	for (unsigned m = GET; m <= DELETE; m <<= 1) {
		if (methods & m)
			buf_printf(&b, "%s%s", b.len > 0 ? ", " : "",
			    method_name(m));
	}
	return b.data;
}

/*
 * The manner of faults on paths that lead nowhere: under /api all surfaces'
 * at once, elsewhere that of the surface which lives at the root.
 */
static const struct dialect *
dialect_nowhere(const struct settings *settings,
    const struct request *request)
{
	bool	 api = request->nsegments > 0 &&
		    strcmp(request->segments[0], "api") == 0;

	for (size_t i = 0; !api && surfaces[i] != NULL; i++) {
		if (!surfaces[i]->own &&
		    surfaces[i]->prefix[0] == '\0' &&
		    is_served(settings, surfaces[i]))
			return surfaces[i]->dialect;
	}
	return own_surface()->dialect;
}

/* What led to no route; the fault in the form of the path's surface. */
static void
answer_unrouted(struct task *t, const struct request *request,
    const struct found *found, struct response *response)
{
	const char	*allow = methods_text(t->arena, found->allowed);

	if (request->method == OPTIONS && found->surface != NULL) {
		response->status = 204;
		response_header(response, "Allow", allow);
		return;
	}
	fail(t, found->surface != NULL ? FAULT_METHOD : FAULT_NO_ROUTE, NULL);
	t->surface = found->surface;
	write_fault(t, found->surface != NULL ? found->surface->dialect :
	    dialect_nowhere(t->settings, request), response);
	if (found->surface != NULL)
		response_header(response, "Allow", allow);
}

void
surface_answer(struct task *t, const struct request *request,
    struct response *response)
{
	struct found	 found;
	struct call	 call;

	t->request = request;
	t->response = response;
	t->peer = request->peer;
	t->route_name = "none";
	response_header(response, "X-Request-Id", t->request_id);
	if (!host_is_ours(t->settings, request->host)) {
		fail(t, FAULT_BAD_REQUEST, "this host is not served here");
		write_fault(t, own_surface()->dialect, response);
		return;
	}
	memset(&found, 0, sizeof(found));
	if (request->path_is_bad) {
		fail(t, FAULT_BAD_REQUEST, "%s", request->bad_why);
		write_fault(t, dialect_nowhere(t->settings, request),
		    response);
		return;
	}
	find(t->settings, request, &found);
	if (cors_answer(t, request, found.allowed, response))
		return;
	if (found.route == NULL) {
		answer_unrouted(t, request, &found, response);
		return;
	}
	call = (struct call){ t, found.surface, found.route, &found.captures,
	    request, response };
	run(t, &call);
}

static char		 labels[LABELS_MAX][64];
static size_t		 nlabels;

static void
make_labels(void)
{
	for (size_t i = 0; surfaces[i] != NULL; i++) {
		for (size_t k = 0; k < surfaces[i]->nroutes; k++) {
			const struct route	*r = &surfaces[i]->routes[k];

			assert(nlabels < LABELS_MAX);
			snprintf(labels[nlabels++], sizeof(labels[0]),
			    "%s %s%s", method_name(r->method),
			    surfaces[i]->prefix, r->path);
		}
	}
}

size_t
route_number(const struct surface *surface, const struct route *route)
{
	size_t	 n = 0;

	for (size_t i = 0; surfaces[i] != surface; i++)
		n += surfaces[i]->nroutes;
	return n + (size_t)(route - surface->routes);
}

size_t
route_count(void)
{
	if (nlabels == 0)
		make_labels();
	return nlabels;
}

const char *
route_label(size_t number)
{
	return number < route_count() ? labels[number] : "none";
}

const char *
route_pattern(size_t number)
{
	const char	*blank = strchr(route_label(number), ' ');

	return blank != NULL ? blank + 1 : "";
}
