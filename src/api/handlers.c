/*
 * The handlers that serve most routes.  Each is a walk along the tables: the
 * route names the view, the view the resource.  What a client sent and what
 * it may do is reported in the dialect's order of checks.
 */

#include "api/handlers.h"

#include <stdio.h>
#include <string.h>

#include "api/etag.h"
#include "api/idempotent.h"
#include "base/settings.h"
#include "base/task.h"
#include "http/form.h"
#include "model/actor.h"
#include "model/policy.h"

#define LIST_MOST	1000
/*
 * A list ends with the row that passes this.  With that row it fits into the
 * web server's buffers (conf/nginx), so no slow client holds a worker.
 */
#define LIST_BODY	2621440

/* The capture that names the row: "{id}". */
static const char *
row_id(const struct call *call)
{
	const char	*id = capture(call->captures, "id");

	return id != NULL ? id : "";
}

bool
fail_in_order(struct call *call, bool session_only)
{
	struct task	*t = call->task;
	struct access	 access = route_access(call->surface, call->route);
	struct fault	 fault = t->fault;

	if (t->token == NULL)
		return false;
	if (session_only)
		access.permission = NO_PERMISSION;
	fault_clear(t);
	if (actor_enter(t, &access))
		t->fault = fault;
	return false;
}

bool
call_input(struct call *call, struct input *input_r)
{
	return request_input(call->task, call->request,
	    call->surface->dialect->bodies, input_r);
}

bool
call_done(struct call *call, const struct item *item, enum event event)
{
	return call->surface->dialect->done(call->task, call->response,
	    call->route->view, item, event);
}

void
call_after(struct call *call, const struct item *item, enum event event)
{
	const struct resource	*resource = call->route->view->resource;

	if (resource->after != NULL)
		resource->after(call->task, item, event);
}

static bool
read_selection(struct call *call, const char *page,
    struct selection *selection_r)
{
	const char	*limit = input_text(&call->request->query, "limit");
	const char	*after = input_text(&call->request->query, "after");

	*selection_r = (struct selection){
		.page = page, .limit = LIST_MOST
	};
	if (limit != NULL && (!text_to_int(limit, &selection_r->limit) ||
	    selection_r->limit < 1))
		return fail(call->task, FAULT_BAD_REQUEST,
		    "limit is not a number from 1 to %d", LIST_MOST);
	if (selection_r->limit > LIST_MOST)
		selection_r->limit = LIST_MOST;
	if (after != NULL && (!text_to_int(after, &selection_r->after) ||
	    selection_r->after < 0))
		return fail(call->task, FAULT_BAD_REQUEST,
		    "after is not an id");
	return true;
}

static bool
find_rows(struct call *call, const struct resource *resource,
    const char *page, struct items *items_r)
{
	struct access		 access;
	struct selection	 selection;

	access = route_access(call->surface, call->route);
	if (!read_selection(call, page, &selection))
		return fail_in_order(call, false);
	return crud_list(call->task, &access, resource, &selection, items_r);
}

bool
list_find_by(struct call *call, const char *page, struct items *items_r)
{
	return find_rows(call, call->route->view->resource, page, items_r);
}

bool
list_find(struct call *call, struct items *items_r)
{
	return list_find_by(call, call->route->page, items_r);
}

/* What was asked for, but from the row behind the last one. */
static const char *
next_target(struct call *call, const struct items *items)
{
	const struct request	*request = call->request;
	struct item		 last = items_at(items, items->n - 1);
	struct buf		 b;

	buf_init(&b, call->task->arena, 256);
	for (size_t i = 0; i < request->nsegments; i++) {
		buf_char(&b, '/');
		form_escape(&b, request->segments[i]);
	}
	buf_char(&b, '?');
	for (size_t i = 0; i < request->query.nfields; i++) {
		const struct input_field	*f = &request->query.fields[i];

		if (strcmp(f->name, "limit") == 0 ||
		    strcmp(f->name, "after") == 0)
			continue;
		form_escape(&b, f->name);
		buf_char(&b, '=');
		form_escape(&b, f->value.text);
		buf_char(&b, '&');
	}
	buf_printf(&b, "limit=%lld&after=%lld", (long long)items->limit,
	    (long long)item_number(&last));
	return b.data;
}

/* RFC 8288: where the rest of a cut list is. */
static void
link_next(struct call *call, const struct items *items)
{
	const struct settings	*settings = call->task->settings;

	response_header(call->response, "Link", arena_printf(
	    call->task->arena, "<%s%s%s>; rel=\"next\"", settings->base_url,
	    settings->prefix, next_target(call, items)));
}

static bool
write_rows(struct call *call, const struct view *view,
    const struct items *items)
{
	struct response	*response = call->response;
	struct items	 given = *items;
	struct json	 j;

	json_start(&j, &response->body);
	json_array(&j);
	for (size_t i = 0; i < given.n; i++) {
		struct item	 item = items_at(items, i);

		if (!view_print(call->task, view, &j, &item))
			return false;
		if (response->body.len >= LIST_BODY && i + 1 < given.n) {
			given.n = i + 1;
			given.more = true;
		}
	}
	json_end_array(&j);
	if (given.more)
		link_next(call, &given);
	response->status = 200;
	response->content_type = "application/json";
	etag_answer(call, 0);
	return true;
}

bool
list_write(struct call *call, const struct items *items)
{
	return write_rows(call, call->route->view, items);
}

bool
list_view(struct call *call, const struct view *view)
{
	struct items	 items;

	return find_rows(call, view->resource, NULL, &items) &&
	    write_rows(call, view, &items);
}

bool
list_rows(struct call *call)
{
	struct items	 items;

	return list_find(call, &items) && list_write(call, &items);
}

bool
item_write(struct call *call, const struct item *item)
{
	struct response	*response = call->response;
	struct json	 j;

	json_start(&j, &response->body);
	if (!view_print(call->task, call->route->view, &j, item))
		return false;
	response->status = 200;
	response->content_type = "application/json";
	etag_answer(call, item_version(item));
	return true;
}

bool
show_row(struct call *call)
{
	struct access	 access = route_access(call->surface, call->route);
	struct item	 item;

	if (!crud_find(call->task, &access, call->route->view->resource,
	    row_id(call), &item))
		return false;
	if (call->route->guard != NULL &&
	    !call->route->guard(call->task, &item))
		return false;
	return item_write(call, &item);
}

/* Reads the body into values for a new or a changed row. */
static bool
read_values(struct call *call, bool making, struct values *values_r)
{
	struct input	 input;

	if (!call_input(call, &input))
		return false;
	return view_parse(call->task, call->route->view, &input, making,
	    values_r);
}

static bool
make_row(struct call *call, const struct access *access, void *ctx,
    struct item *made_r)
{
	return crud_create(call->task, access, ctx, made_r);
}

bool
write_made(struct call *call, const struct item *item, void *ctx)
{
	(void)ctx;
	return call_done(call, item, CREATED);
}

bool
create_row(struct call *call)
{
	struct access	 access = route_access(call->surface, call->route);
	struct values	 values;
	struct making	 making = { make_row, write_made, &values };
	struct item	 made;

	if (!read_values(call, true, &values))
		return fail_in_order(call,
		    call->task->fault.code != FAULT_INVALID);
	if (!idempotent(call, &access, &making, &made))
		return false;
	if (made.resource != NULL)
		call_after(call, &made, CREATED);
	return true;
}

/* The row's rules, then the guard, which may only tighten them. */
static bool
may_change(struct call *call, const struct item *item)
{
	const struct resource	*resource = call->route->view->resource;
	guard_fn		*guard = call->route->guard;

	if (resource->may_change == NULL)
		return fail(call->task, FAULT_FORBIDDEN, NULL);
	return resource->may_change(call->task, item) &&
	    (guard == NULL || guard(call->task, item)) &&
	    etag_precondition(call, item_version(item));
}

bool
change_row_at(struct call *call, const char *id)
{
	struct task	*t = call->task;
	struct access	 access = route_access(call->surface, call->route);
	struct input	 input;
	struct item	 item;
	struct values	 values;

	if (!call_input(call, &input))
		return fail_in_order(call, true);
	if (call->surface->dialect->fields_first &&
	    !view_parse(t, call->route->view, &input, false, &values))
		return fail_in_order(call, false);
	if (!crud_lock(t, &access, call->route->view->resource, id, &item) ||
	    !may_change(call, &item) ||
	    !view_parse(t, call->route->view, &input, false, &values))
		return false;
	if (!crud_change(t, &access, &item, &values, &item))
		return false;
	call_after(call, &item, CHANGED);
	return call_done(call, &item, CHANGED);
}

bool
change_row(struct call *call)
{
	return change_row_at(call, row_id(call));
}

bool
archive_row(struct call *call)
{
	struct task	*t = call->task;
	struct access	 access = route_access(call->surface, call->route);
	struct item	 item;

	if (!crud_lock(t, &access, call->route->view->resource,
	    row_id(call), &item) || !may_change(call, &item) ||
	    !crud_archive(t, &item))
		return false;
	call_after(call, &item, ARCHIVED);
	return call_done(call, &item, ARCHIVED);
}

const struct shape common_shapes[] = {
	{ list_rows,   "list_rows",   LISTS,    GIVES_LIST },
	{ show_row,    "show_row",    FINDS,    GIVES_ROW },
	{ create_row,  "create_row",  CREATES,  GIVES_DONE },
	{ change_row,  "change_row",  CHANGES,  GIVES_DONE },
	{ archive_row, "archive_row", ARCHIVES, GIVES_DONE },
};
const size_t	 ncommon_shapes = COUNT_OF(common_shapes);
