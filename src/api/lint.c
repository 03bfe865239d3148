/*
 * Bad rows of the tables.  The compiler can't see that a member names a
 * column or that a text has a bound; this does, in a unit test and at every
 * start, and a program with a bad table does not run.
 */

#include <string.h>

#include "api/openapi.h"
#include "base/task.h"
#include "model/derive.h"
#include "model/statement.h"
#include "model/values.h"

#define EXPANSION_MOST	3

static struct buf	*out;
static size_t		 found;

static void
bad(const char *where, const char *what, const char *why)
{
	buf_printf(out, "%s %s: %s\n", where, what, why);
	found++;
}

/* Joins of joins of joins: a circle, or more than anybody shows. */
static bool
expands_to_an_end(const struct column *c, int most)
{
	const struct resource	*target = c->target;

	if (most == 0 || target == NULL || !derive_has_uid(target))
		return false;
	for (size_t i = 0; i < target->ncolumns; i++) {
		if ((target->columns[i].flags & EXPANDED) &&
		    !expands_to_an_end(&target->columns[i], most - 1))
			return false;
	}
	return true;
}

static void
lint_column(const struct resource *r, const struct column *c)
{
	if (c->kind == NO_KIND || c->kind >= KINDS)
		bad(r->name, c->name, "has no kind");
	if (c->kind == TEXT && c->max <= 0)
		bad(r->name, c->name, "is a text without a bound");
	if (c->kind == REF && c->target == NULL)
		bad(r->name, c->name, "refers to nothing");
	if ((c->flags & SEALED) && c->kind != TEXT)
		bad(r->name, c->name, "is sealed and no text");
	if ((c->flags & SEALED) && (c->flags & SORTABLE))
		bad(r->name, c->name, "is sealed and sortable");
	if ((c->flags & (OWNER | AUTHOR)) && c->kind != REF && c->kind != ID)
		bad(r->name, c->name, "is owner or author and no account");
	if ((c->flags & EXPANDED) && !expands_to_an_end(c, EXPANSION_MOST))
		bad(r->name, c->name, "is expanded without an end");
	if ((c->flags & NOW) && c->kind != TIME)
		bad(r->name, c->name, "is NOW and no time");
	if (c->choices != NULL && c->choices[0] == NULL)
		bad(r->name, c->name, "has no choices");
}

static void
lint_resource(const struct resource *r)
{
	if (r->ncolumns > COLUMNS_MAX)
		bad(r->name, "columns", "are too many");
	if (column_at(r, "id") != 0)
		bad(r->name, "id", "is not the first column");
	if (r->page == NULL)
		bad(r->name, "page", "is missing");
	if (r->permission == NO_PERMISSION)
		bad(r->name, "permission", "is missing");
	if (resource_is_sealed(r) && (column_with(r, OWNER) < 0 ||
	    column_at(r, "uid") < 0))
		bad(r->name, "sealed columns", "need an owner and a uid");
	for (size_t i = 0; i < r->ncolumns; i++) {
		lint_column(r, &r->columns[i]);
		if (column_at(r, r->columns[i].name) != (int)i)
			bad(r->name, r->columns[i].name, "stands twice");
	}
}

static void	 lint_members(const struct view *);

static void
lint_nested(const struct view *v, const struct member *m)
{
	int	 at = column_at(v->resource, m->column);

	if (at < 0 || !(v->resource->columns[at].flags & EXPANDED) ||
	    v->resource->columns[at].target != m->view->resource)
		bad(v->noun, m->key, "has a view of what is not expanded");
	else
		lint_members(m->view);
}

static void
lint_members(const struct view *v)
{
	for (size_t i = 0; i < v->nmembers; i++) {
		const struct member	*m = &v->members[i];

		if (column_at(v->resource, m->column) < 0)
			bad(v->noun, m->key, "names no column");
		if (member_named(v, m->key) != m)
			bad(v->noun, m->key, "stands twice");
		if (m->format != NULL && m->format->print == NULL)
			bad(v->noun, m->key, "has a format that can't print");
		if (m->view != NULL)
			lint_nested(v, m);
	}
}

static void
lint_view(const struct view *v)
{
	if (derived_of(v->resource) == NULL)
		bad(v->noun, v->resource->name, "is not in resources[]");
	lint_members(v);
}

static void
lint_changing(const char *label, const struct route *r,
    const struct shape *shape)
{
	if (shape->work != CREATES && shape->work != CHANGES &&
	    shape->work != ARCHIVES)
		return;
	if (r->view == NULL) {
		bad(label, "view", "is missing");
		return;
	}
	if (r->view->resource->may_change == NULL)
		bad(label, r->view->resource->name,
		    "is changed and has no rule");
	if (shape->work == CREATES && r->view->resource->make != NULL)
		bad(label, r->view->resource->name,
		    "is made by a function of its own");
	if (shape->work != CHANGES &&
	    column_with(r->view->resource, AUTHOR) < 0)
		bad(label, r->view->resource->name,
		    "is made or archived and has no author");
}

static void
lint_route(const struct surface *s, const struct route *r)
{
	const char		*label = route_label(route_number(s, r));
	const struct shape	*shape = shape_of(s, r->handler);

	if (r->path[0] != '/')
		bad(label, "path", "does not begin with a slash");
	if (r->roles == NOBODY)
		bad(label, "roles", "admit nobody");
	if (r->method != GET && r->method != POST && r->method != PUT &&
	    r->method != PATCH && r->method != DELETE)
		bad(label, "method", "is not one that a row may have");
	if (shape == NULL) {
		bad(label, "handler", "has no shape");
		return;
	}
	if (r->view == NULL && r->permission == NO_PERMISSION &&
	    !(r->roles & PUBLIC))
		bad(label, "view", "is missing");
	lint_changing(label, r, shape);
	if (r->view != NULL)
		lint_view(r->view);
}

/* The same path and method twice, on whatever surface. */
static void
lint_twice(const struct surface *s, const struct route *r)
{
	size_t		 mine = route_number(s, r);
	const char	*path = route_pattern(mine);

	for (size_t i = 0; surfaces[i] != NULL; i++) {
		for (size_t k = 0; k < surfaces[i]->nroutes; k++) {
			const struct route	*o = &surfaces[i]->routes[k];
			size_t			 n = route_number(
						    surfaces[i], o);

			if (n < mine && o->method == r->method &&
			    strcmp(route_pattern(n), path) == 0)
				bad(s->name, route_label(mine),
				    "is there twice");
		}
	}
}

static void
announce_route(const struct surface *s, const struct route *r)
{
	const struct shape	*shape = shape_of(s, r->handler);

	if (s->dialect->by_uid)
		statements_by_uid(r->view->resource);
	if (s->dialect->by_uid && shape != NULL && shape->also != NULL)
		statements_by_uid(shape->also->resource);
	statements_page(r->view->resource, r->page);
	for (size_t i = 0; shape != NULL && shape->pages != NULL &&
	    shape->pages[i] != NULL; i++)
		statements_page(r->view->resource, shape->pages[i]);
}

void
tables_announce(void)
{
	for (size_t i = 0; surfaces[i] != NULL; i++) {
		for (size_t k = 0; k < surfaces[i]->nroutes; k++) {
			const struct route	*r = &surfaces[i]->routes[k];

			if (r->view != NULL)
				announce_route(surfaces[i], r);
		}
	}
}

size_t
tables_lint(struct buf *b)
{
	out = b;
	found = 0;
	for (size_t i = 0; resources[i] != NULL; i++)
		lint_resource(resources[i]);
	for (size_t i = 0; surfaces[i] != NULL; i++) {
		for (size_t k = 0; k < surfaces[i]->nroutes; k++) {
			lint_route(surfaces[i], &surfaces[i]->routes[k]);
			lint_twice(surfaces[i], &surfaces[i]->routes[k]);
		}
	}
	return found;
}
