/*
 * OpenAPI 3.1 from the tables: an operation for each route; the schemas are in
 * openapi_view.c.
 */

#include "api/openapi.h"

#include <string.h>

#include "api/openapi_inside.h"
#include "base/task.h"

static void
write_components(struct task *t, struct json *j,
    const struct surface *surface)
{
	json_key(j, "components");
	json_object(j);
	json_key(j, "securitySchemes");
	schema_raw(j, "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\","
	    "\"bearerFormat\":\"JWT\"}}");
	json_key(j, "schemas");
	json_object(j);
	json_key(j, "Fault");
	schema_raw(j, surface->dialect->fault_schema);
	if (schema_is_used(surface, NULL, false, GIVES_DONE)) {
		json_key(j, "Done");
		schema_raw(j, surface->dialect->done_schema);
	}
	schema_views(t, j, surface);
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
write_given(struct task *t, struct json *j, const struct view *view,
    unsigned gives)
{
	if (gives == GIVES_LIST) {
		json_object(j);
		json_pair(j, "type", "array");
		json_key(j, "items");
		write_reference(j, schema_name(t, view, ""));
		json_end_object(j);
	} else {
		write_reference(j, gives == GIVES_DONE ? "Done" :
		    schema_name(t, view, ""));
	}
}

static void
write_answer(struct task *t, struct json *j, const struct route *route,
    const struct shape *shape)
{
	if (shape->answer != NULL) {
		schema_raw(j, shape->answer);
		return;
	}
	if ((shape->gives & (shape->gives - 1)) == 0 && shape->also == NULL) {
		write_given(t, j, route->view, shape->gives);
		return;
	}
	json_object(j);
	json_key(j, "anyOf");
	json_array(j);
	for (unsigned bit = GIVES_LIST; bit <= GIVES_DONE; bit <<= 1) {
		if (shape->gives & bit)
			write_given(t, j, route->view, bit);
	}
	if (shape->also != NULL)
		write_given(t, j, shape->also, GIVES_LIST);
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
	json_key(j, "responses");
	json_object(j);
	json_key(j, arena_printf(t->arena, "%d", shape->status > 0 ?
	    shape->status : shape->work == CREATES &&
	    surface->dialect->made > 0 ? surface->dialect->made : 200));
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
	schema_raw(j, schema);
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
	for (size_t i = 0; shape->query != NULL && shape->query[i] != NULL;
	    i++)
		write_parameter(j, shape->query[i], strlen(shape->query[i]),
		    "query", "{\"type\":\"string\"}");
	json_end_array(j);
}

static void
write_body(struct task *t, struct json *j, const struct route *route,
    const struct shape *shape)
{
	if (shape->takes == NULL && !shape_takes_view(shape))
		return;
	json_key(j, "requestBody");
	json_object(j);
	json_key(j, "required");
	json_bool(j, true);
	open_content(j);
	if (shape->takes != NULL)
		schema_raw(j, shape->takes);
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
		if (*at == '/' || *at == '-')
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
	schema_raw(j, route->roles & PUBLIC ? "[]" : "[{\"bearer\":[]}]");
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
