/* The tables in words: routes, the way of a request, the statements. */

#include <string.h>

#include "api/openapi.h"
#include "base/task.h"
#include "model/policy.h"
#include "model/statement.h"

static void
print_roles(struct buf *b, unsigned roles)
{
	size_t	 start = b->len;

	if ((roles & ALL) == ALL) {
		buf_text(b, "all");
		return;
	}
	if (roles & PUBLIC)
		buf_text(b, "public");
	for (unsigned i = 0; role_names[i] != NULL; i++) {
		if (roles & (1U << i))
			buf_printf(b, "%s%s", b->len > start ? "," : "",
			    role_names[i]);
	}
}

static const char *
permission_of(const struct surface *surface, const struct route *route)
{
	return permission_names[route_access(surface, route).permission];
}

void
routes_print(struct buf *b)
{
	for (size_t i = 0; surfaces[i] != NULL; i++) {
		for (size_t k = 0; k < surfaces[i]->nroutes; k++) {
			const struct route	*r = &surfaces[i]->routes[k];

			buf_printf(b, "%s\t%s\t%s%s\t", surfaces[i]->name,
			    method_name(r->method),
			    surfaces[i]->prefix, r->path);
			print_roles(b, r->roles);
			buf_printf(b, "\t%s\t%s\t%s\n",
			    permission_of(surfaces[i], r),
			    route_action(r),
			    shape_of(surfaces[i], r->handler)->name);
		}
	}
}

static void
print_statement(struct buf *b, const struct statement *s)
{
	buf_printf(b, "  %s: %s\n", s->name, s->text);
}

static void
print_sql(struct buf *b, const struct surface *surface,
    const struct route *route)
{
	const struct resource	*r = route->view->resource;
	const struct derived	*d = derived_of(r);
	enum naming		 naming = surface->dialect->by_uid ? BY_UID :
				    BY_NUMBER;
	enum work		 work = shape_of(surface,
				    route->handler)->work;

	buf_text(b, "sql:\n");
	print_statement(b, actor_statements[0]);
	if (work == LISTS)
		print_statement(b, list_by(r, route->page, naming));
	if (work == FINDS)
		print_statement(b, &d->find[naming]);
	if (work == CREATES)
		print_statement(b, &d->create[naming]);
	if (work == CHANGES || work == ARCHIVES)
		print_statement(b, &d->lock[naming]);
	if (work == CHANGES)
		print_statement(b, &d->change[naming]);
	if (work == ARCHIVES)
		print_statement(b, &d->archive);
	if (work == OTHER)
		buf_text(b, "  (the handler's own)\n");
}

static bool
role_calls(unsigned roles, const char *role)
{
	if (roles & PUBLIC)
		return true;
	for (unsigned i = 0; role_names[i] != NULL; i++) {
		if (strcmp(role_names[i], role) == 0)
			return roles & (1U << i);
	}
	return false;
}

static void
print_gates(struct buf *b, const struct surface *surface,
    const struct route *route, const char *role)
{
	struct access	 access = route_access(surface, route);
	bool		 changes = !(route->method & GET);

	buf_text(b, "gates:\n  1 roles of the route: ");
	print_roles(b, route->roles);
	buf_printf(b, " -> %s %s\n", role, role_calls(route->roles, role) ?
	    "may call" : "is refused (403)");
	if (access.permission == NO_PERMISSION)
		buf_text(b, "  2 permission matrix: not asked, one's own\n");
	else
		buf_printf(b, "  2 permission matrix: %s, %s (resource %d)\n",
		    permission_names[access.permission], access.action,
		    (int)access.permission);
	if (route->view == NULL)
		return;
	buf_printf(b, "  3 seeing: row-level security of %s; else 404\n",
	    route->view->resource->name);
	if (changes)
		buf_printf(b, "  4 changing: %s%s; else 403\n",
		    policy_words(route->view->resource->may_change),
		    route->guard != NULL ? ", and the route's guard" : "");
}

static void
print_columns(struct buf *b, const struct view *view)
{
	buf_text(b, "members:\n");
	for (size_t i = 0; i < view->nmembers; i++) {
		const struct member	*m = &view->members[i];
		const struct column	*c = &view->resource->columns[
		    column_at(view->resource, m->column)];

		buf_printf(b, "  %s = %s (%s%s%s)\n", m->key, c->name,
		    kinds[c->kind].name,
		    c->flags & SEALED ? ", sealed" : "",
		    c->flags & SERVER || m->flags & MEMBER_SHOWN ?
		    ", read only" : "");
	}
}

bool
explain_print(struct task *t, const struct request *request,
    const char *role, struct buf *b)
{
	const struct surface	*surface;
	const struct route	*route;
	struct captures		 captures;
	unsigned		 allowed;

	(void)t;
	route = route_find(request, &surface, &captures, &allowed);
	if (route == NULL)
		return false;
	buf_printf(b, "%s\nsurface: %s\nhandler: %s\n",
	    route_label(route_number(surface, route)), surface->name,
	    shape_of(surface, route->handler)->name);
	if (route->doc != NULL)
		buf_printf(b, "about: %s\n", route->doc);
	print_gates(b, surface, route, role);
	if (route->view != NULL) {
		print_columns(b, route->view);
		print_sql(b, surface, route);
	}
	return true;
}

void
statements_print(struct buf *b)
{
	const struct statement *const	*all;
	size_t				 n;

	all = statements_all(&n);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "-- %s\n%s;\n\n", all[i]->name, all[i]->text);
}
