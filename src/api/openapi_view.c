/*
 * Views as JSON schemas: as they are shown, and as they are taken where a
 * route takes them.
 */

#include <assert.h>
#include <string.h>

#include "api/openapi_inside.h"
#include "base/task.h"

#define VIEWS_MOST	64

/* "health record" as a schema's name: HealthRecord. */
const char *
schema_name(struct task *t, const struct view *view, const char *suffix)
{
	struct buf	 b;
	bool		 start = true;

	buf_init(&b, t->arena, 64);
	for (const char *at = view->noun; *at != '\0'; at++) {
		if (*at == ' ')
			start = true;
		else
			buf_char(&b, start && *at >= 'a' && *at <= 'z' ?
			    (char)(*at - 'a' + 'A') : *at);
		if (*at != ' ')
			start = false;
	}
	buf_text(&b, suffix);
	return b.data;
}

void
schema_raw(struct json *j, const char *text)
{
	buf_text(j->buf, text);
	j->more = true;
}

static void
write_type(struct json *j, const char *type, bool nullable)
{
	json_key(j, "type");
	if (!nullable) {
		json_text(j, type);
		return;
	}
	json_array(j);
	json_text(j, type);
	json_text(j, "null");
	json_end_array(j);
}

static void
write_choices(struct json *j, const struct column *c, bool nullable)
{
	json_key(j, "enum");
	json_array(j);
	for (size_t i = 0; c->choices[i] != NULL; i++)
		json_text(j, c->choices[i]);
	if (nullable)
		json_null(j);
	json_end_array(j);
}

static void
write_bounds(struct json *j, const struct column *c)
{
	if (c->kind == TEXT && c->max > 0) {
		json_key(j, "maxLength");
		json_int(j, (int64_t)c->max);
	} else if (c->kind != TEXT && c->min < c->max) {
		json_key(j, "minimum");
		json_real(j, c->min);
		json_key(j, "maximum");
		json_real(j, c->max);
	}
}

static void
write_kind(struct json *j, const struct surface *surface,
    const struct column *c, bool nullable)
{
	const struct kind_row	*kind = &kinds[c->kind];
	const struct dialect	*d = surface->dialect;
	bool			 uid = d->by_uid &&
				    (c->kind == ID || c->kind == REF);
	const char		*format = uid ? "uuid" : kind->json_format;

	/* A naive time is no date-time of RFC 3339. */
	if (c->kind == TIME && (d->zone == NULL || strcmp(d->zone, "UTC")))
		format = NULL;
	write_type(j, uid ? "string" : kind->json_type, nullable);
	if (format != NULL)
		json_pair(j, "format", format);
	if (c->choices != NULL)
		write_choices(j, c, nullable);
	write_bounds(j, c);
}

/* An object of another view; or null, where what it shows is gone. */
static void
write_nested(struct task *t, struct json *j, const struct view *view,
    bool required)
{
	const char	*reference = arena_printf(t->arena,
			    "{\"$ref\":\"#/components/schemas/%s\"}",
			    schema_name(t, view, ""));

	schema_raw(j, required ? reference : arena_printf(t->arena,
	    "{\"anyOf\":[%s,{\"type\":\"null\"}]}", reference));
}

static void
write_member(struct task *t, struct json *j, const struct surface *surface,
    const struct member *m, const struct column *c, bool required)
{
	json_key(j, m->key);
	if (m->view != NULL) {
		write_nested(t, j, m->view, required);
		return;
	}
	json_object(j);
	if (m->format != NULL) {
		write_type(j, m->format->json_type, false);
		if (m->format->example != NULL) {
			json_key(j, "examples");
			json_array(j);
			if (strcmp(m->format->json_type, "integer") == 0)
				schema_raw(j, m->format->example);
			else
				json_text(j, m->format->example);
			json_end_array(j);
		}
	} else {
		write_kind(j, surface, c, !required && c->kind != ID);
	}
	if (c->doc != NULL)
		json_pair(j, "description", c->doc);
	json_end_object(j);
}

static const struct column *
column_of(const struct view *view, const struct member *m)
{
	return &view->resource->columns[column_at(view->resource, m->column)];
}

static bool
is_taken(const struct view *view, const struct member *m)
{
	return !(m->flags & MEMBER_SHOWN) &&
	    !(column_of(view, m)->flags & SERVER);
}

/* Must the client give it? */
static bool
is_demanded(const struct view *view, const struct member *m)
{
	return (m->flags & MEMBER_REQUIRED) ||
	    (column_of(view, m)->flags & REQUIRED);
}

/* Is it always in an answer, and never null? */
static bool
is_certain(const struct view *view, const struct member *m)
{
	const struct column	*c = column_of(view, m);

	return m->format != NULL || c->kind == ID || c->kind == BOOL ||
	    c->choices != NULL ||
	    (c->flags & (REQUIRED | OWNER | AUTHOR | NOW));
}

static void
write_view(struct task *t, struct json *j, const struct surface *surface,
    const struct view *view, bool shown)
{
	json_key(j, schema_name(t, view, shown ? "" : "Write"));
	json_object(j);
	json_pair(j, "type", "object");
	json_key(j, "properties");
	json_object(j);
	for (size_t i = 0; i < view->nmembers; i++) {
		const struct member	*m = &view->members[i];

		if (shown ? m->flags & MEMBER_HIDDEN : !is_taken(view, m))
			continue;
		write_member(t, j, surface, m, column_of(view, m), shown ?
		    is_certain(view, m) : is_demanded(view, m));
	}
	json_end_object(j);
	json_key(j, "required");
	json_array(j);
	for (size_t i = 0; i < view->nmembers; i++) {
		const struct member	*m = &view->members[i];

		if (shown ? !(m->flags & MEMBER_HIDDEN) &&
		    (is_certain(view, m) || !surface->dialect->omit_nulls) :
		    is_taken(view, m) && is_demanded(view, m))
			json_text(j, m->key);
	}
	json_end_array(j);
	json_end_object(j);
}

bool
shape_takes_view(const struct shape *shape)
{
	return shape->takes == NULL &&
	    (shape->work == CREATES || shape->work == CHANGES);
}

/* Does a route of the view (NULL: any) take it, or give one of `gives`? */
bool
schema_is_used(const struct surface *surface, const struct view *view,
    bool taken, unsigned gives)
{
	for (size_t i = 0; i < surface->nroutes; i++) {
		const struct route	*r = &surface->routes[i];
		const struct shape	*shape = shape_of(surface,
					    r->handler);

		if (view != NULL && r->view != view)
			continue;
		if (taken ? shape_takes_view(shape) :
		    shape->answer == NULL && (shape->gives & gives))
			return true;
	}
	return false;
}

/* The views whose schemas are written already. */
struct written {
	const struct view	*views[VIEWS_MOST];
	size_t			 n;
};

static bool
is_new(struct written *written, const struct view *view)
{
	for (size_t i = 0; i < written->n; i++) {
		if (written->views[i] == view)
			return false;
	}
	assert(written->n < VIEWS_MOST);
	written->views[written->n++] = view;
	return true;
}

/* The view as it is shown, and what it nests. */
static void
write_shown(struct task *t, struct json *j, const struct surface *surface,
    struct written *written, const struct view *view)
{
	if (!is_new(written, view))
		return;
	write_view(t, j, surface, view, true);
	for (size_t i = 0; i < view->nmembers; i++) {
		if (view->members[i].view != NULL)
			write_shown(t, j, surface, written,
			    view->members[i].view);
	}
}

void
schema_views(struct task *t, struct json *j, const struct surface *surface)
{
	struct written	 shown = { .n = 0 }, taken = { .n = 0 };

	for (size_t i = 0; i < surface->nroutes; i++) {
		const struct view	*view = surface->routes[i].view;
		const struct shape	*shape = shape_of(surface,
					    surface->routes[i].handler);

		if (view == NULL)
			continue;
		if (schema_is_used(surface, view, false,
		    GIVES_LIST | GIVES_ROW))
			write_shown(t, j, surface, &shown, view);
		if (shape->also != NULL)
			write_shown(t, j, surface, &shown, shape->also);
		if (schema_is_used(surface, view, true, 0) &&
		    is_new(&taken, view))
			write_view(t, j, surface, view, false);
	}
}
