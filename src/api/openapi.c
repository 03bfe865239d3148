/*
 * OpenAPI 3.1 from the tables: a schema for each view as it is shown and as
 * it is taken, an operation for each route and method.
 */

#include "api/openapi.h"

#include <string.h>

#include "base/json.h"
#include "base/task.h"

#ifndef CK_VERSION
#define CK_VERSION	"0.1.0"
#endif

/* "health record" as a schema's name: HealthRecord. */
static const char *
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

static void
raw(struct json *j, const char *text)
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

static void
write_member(struct json *j, const struct surface *surface,
    const struct member *m, const struct column *c, bool required)
{
	json_key(j, m->key);
	json_object(j);
	if (m->format != NULL) {
		write_type(j, m->format->json_type, false);
		if (m->format->example != NULL) {
			json_key(j, "examples");
			json_array(j);
			if (strcmp(m->format->json_type, "integer") == 0)
				raw(j, m->format->example);
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
		write_member(j, surface, m, column_of(view, m), shown ?
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

static bool
seen_before(const struct surface *surface, size_t route)
{
	for (size_t i = 0; i < route; i++) {
		if (surface->routes[i].view == surface->routes[route].view)
			return true;
	}
	return false;
}

static void
write_components(struct task *t, struct json *j,
    const struct surface *surface)
{
	json_key(j, "components");
	json_object(j);
	json_key(j, "securitySchemes");
	raw(j, "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\","
	    "\"bearerFormat\":\"JWT\"}}");
	json_key(j, "schemas");
	json_object(j);
	json_key(j, "Fault");
	raw(j, surface->dialect->fault_schema);
	json_key(j, "Done");
	raw(j, surface->dialect->done_schema);
	for (size_t i = 0; i < surface->nroutes; i++) {
		if (surface->routes[i].view == NULL ||
		    seen_before(surface, i))
			continue;
		write_view(t, j, surface, surface->routes[i].view, true);
		write_view(t, j, surface, surface->routes[i].view, false);
	}
	json_end_object(j);
	json_end_object(j);
}

static void
write_reference(struct json *j, const char *name)
{
	json_object(j);
	json_key(j, "$ref");
	buf_printf(j->buf, "\"#/components/schemas/%s\"", name);
	j->more = true;
	json_end_object(j);
}

static void
write_given(struct task *t, struct json *j, const struct route *route,
    unsigned gives)
{
	if (gives == GIVES_LIST) {
		json_object(j);
		json_pair(j, "type", "array");
		json_key(j, "items");
		write_reference(j, schema_name(t, route->view, ""));
		json_end_object(j);
	} else {
		write_reference(j, gives == GIVES_DONE ? "Done" :
		    schema_name(t, route->view, ""));
	}
}

static void
write_answer(struct task *t, struct json *j, const struct route *route,
    const struct shape *shape)
{
	if (shape->answer != NULL) {
		raw(j, shape->answer);
		return;
	}
	if ((shape->gives & (shape->gives - 1)) == 0) {
		write_given(t, j, route, shape->gives);
		return;
	}
	json_object(j);
	json_key(j, "anyOf");
	json_array(j);
	for (unsigned bit = GIVES_LIST; bit <= GIVES_DONE; bit <<= 1) {
		if (shape->gives & bit)
			write_given(t, j, route, bit);
	}
	json_end_array(j);
	json_end_object(j);
}

static void
open_content(struct json *j)
{
	json_key(j, "content");
	json_object(j);
	json_key(j, "application/json");
	json_object(j);
	json_key(j, "schema");
}

static void
close_content(struct json *j)
{
	json_end_object(j);
	json_end_object(j);
}

static void
write_responses(struct task *t, struct json *j, const struct surface *surface,
    const struct route *route, const struct shape *shape)
{
	(void)surface;
	json_key(j, "responses");
	json_object(j);
	json_key(j, "200");
	json_object(j);
	json_pair(j, "description", "Success");
	open_content(j);
	write_answer(t, j, route, shape);
	close_content(j);
	json_end_object(j);
	json_key(j, "default");
	json_object(j);
	json_pair(j, "description", "A fault");
	open_content(j);
	write_reference(j, "Fault");
	close_content(j);
	json_end_object(j);
	json_end_object(j);
}

static void
write_parameter(struct json *j, const char *name, size_t len,
    const char *in, const char *schema)
{
	json_object(j);
	json_key(j, "name");
	json_text_n(j, name, len);
	json_pair(j, "in", in);
	json_key(j, "required");
	json_bool(j, strcmp(in, "path") == 0);
	json_key(j, "schema");
	raw(j, schema);
	json_end_object(j);
}

static void
write_parameters(struct json *j, const struct surface *surface,
    const struct route *route, const struct shape *shape)
{
	json_key(j, "parameters");
	json_array(j);
	for (const char *at = strchr(route->path, '{'); at != NULL;
	    at = strchr(at + 1, '{'))
		write_parameter(j, at + 1, strcspn(at + 1, "}"), "path",
		    surface->dialect->by_uid ?
		    "{\"type\":\"string\",\"format\":\"uuid\"}" :
		    "{\"type\":\"integer\",\"minimum\":1}");
	if (shape->gives & GIVES_LIST) {
		write_parameter(j, "limit", 5, "query", "{\"type\":"
		    "\"integer\",\"minimum\":1,\"maximum\":1000}");
		write_parameter(j, "after", 5, "query",
		    "{\"type\":\"integer\",\"minimum\":0}");
	}
	json_end_array(j);
}

static void
write_body(struct task *t, struct json *j, const struct route *route,
    const struct shape *shape)
{
	if (shape->takes == NULL && shape->work != CREATES &&
	    shape->work != CHANGES)
		return;
	json_key(j, "requestBody");
	json_object(j);
	json_key(j, "required");
	json_bool(j, true);
	open_content(j);
	if (shape->takes != NULL)
		raw(j, shape->takes);
	else
		write_reference(j, schema_name(t, route->view, "Write"));
	close_content(j);
	json_end_object(j);
}

/* "get_health_records_id" */
static const char *
operation_id(struct task *t, const struct route *route, enum method method)
{
	struct buf	 b;

	buf_init(&b, t->arena, 64);
	for (const char *at = method_name(method); *at != '\0'; at++)
		buf_char(&b, (char)(*at - 'A' + 'a'));
	for (const char *at = route->path; *at != '\0'; at++) {
		if (*at == '/')
			buf_char(&b, '_');
		else if (*at != '{' && *at != '}')
			buf_char(&b, *at);
	}
	return b.data;
}

static void
write_operation(struct task *t, struct json *j, const struct surface *surface,
    const struct route *route, enum method method)
{
	const struct shape	*shape = shape_of(surface, route->handler);
	const char		*id = operation_id(t, route, method);

	json_key(j, arena_printf(t->arena, "%.*s",
	    (int)strcspn(id, "_"), id));
	json_object(j);
	json_pair(j, "operationId", id);
	json_key(j, "tags");
	json_array(j);
	json_text(j, route->view != NULL ? route->view->noun : "status");
	json_end_array(j);
	if (route->doc != NULL)
		json_pair(j, "description", route->doc);
	json_key(j, "security");
	raw(j, route->roles & PUBLIC ? "[]" : "[{\"bearer\":[]}]");
	write_parameters(j, surface, route, shape);
	write_body(t, j, route, shape);
	write_responses(t, j, surface, route, shape);
	json_end_object(j);
}

/* All routes of the path that this one is the first of. */
static void
write_path(struct task *t, struct json *j, const struct surface *surface,
    size_t first)
{
	const char	*path = surface->routes[first].path;

	for (size_t i = 0; i < first; i++) {
		if (strcmp(surface->routes[i].path, path) == 0)
			return;
	}
	json_key(j, arena_printf(t->arena, "%s%s", surface->prefix, path));
	json_object(j);
	for (size_t i = first; i < surface->nroutes; i++) {
		const struct route	*route = &surface->routes[i];

		if (strcmp(route->path, path) != 0)
			continue;
		for (unsigned m = GET; m <= DELETE; m <<= 1) {
			if (route->method & m)
				write_operation(t, j, surface, route,
				    (enum method)m);
		}
	}
	json_end_object(j);
}

void
openapi_print(struct task *t, const struct surface *surface, struct buf *b)
{
	struct json	 j;

	json_start(&j, b);
	json_object(&j);
	json_pair(&j, "openapi", "3.1.0");
	json_key(&j, "info");
	json_object(&j);
	json_pair(&j, "title", surface->title);
	json_pair(&j, "version", CK_VERSION);
	json_end_object(&j);
	json_key(&j, "paths");
	json_object(&j);
	for (size_t i = 0; i < surface->nroutes; i++)
		write_path(t, &j, surface, i);
	json_end_object(&j);
	write_components(t, &j, surface);
	json_end_object(&j);
	buf_char(b, '\n');
}
