/* What the program's tables say. */

#include <stdio.h>
#include <string.h>

#include "api/openapi.h"
#include "base/point.h"
#include "main/command.h"
#include "model/resource.h"

static int
print_buf(const struct buf *b)
{
	fwrite(b->data, 1, b->len, stdout);
	return DONE;
}

static int
run_routes(struct command_call *call)
{
	struct buf	 b;

	buf_init(&b, call->task->arena, 0);
	routes_print(&b);
	return print_buf(&b);
}

static int
run_statements(struct command_call *call)
{
	struct buf	 b;

	buf_init(&b, call->task->arena, 0);
	statements_print(&b);
	return print_buf(&b);
}

static int
run_openapi(struct command_call *call)
{
	const struct surface	*surface = surface_named(call->words[0]);
	struct buf		 b;

	if (surface == NULL)
		return refused("there is no surface %s", call->words[0]);
	buf_init(&b, call->task->arena, 0);
	openapi_print(call->task, surface, &b);
	return print_buf(&b);
}

/* A request of a method and a path alone. */
static const char *
request_param(void *ctx, const char *name)
{
	const char	**words = ctx;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return words[0];
	if (strcmp(name, "REQUEST_URI") == 0)
		return words[1];
	return NULL;
}

static int
run_explain(struct command_call *call)
{
	struct request	 request;
	struct buf	 b;
	size_t		 i = 0;

	while (role_names[i] != NULL &&
	    strcmp(role_names[i], call->words[2]) != 0)
		i++;
	if (role_names[i] == NULL)
		return misused("there is no role %s", call->words[2]);
	if (method_named(call->words[0]) == 0)
		return misused("there is no method %s", call->words[0]);
	request_read(call->task, "", request_param, call->words, &request);
	buf_init(&b, call->task->arena, 0);
	if (!explain_print(call->task, &request, call->words[2], &b))
		return refused("no route: %s %s", call->words[0],
		    call->words[1]);
	return print_buf(&b);
}

#ifdef CK_DEVELOPER
static int
run_faults(struct command_call *call)
{
	(void)call;
	point_list(stdout);
	return DONE;
}
#endif

const struct command show_commands[] = {
	{ "routes", "", 0, 0, run_routes, 0,
	    "lists all routes of all surfaces" },
	{ "explain", "METHOD PATH ROLE", 3, 3, run_explain, 0,
	    "says what a request goes through: row, gates, statements" },
	{ "openapi", "SURFACE", 1, 1, run_openapi, 0,
	    "prints a surface as OpenAPI 3.1" },
	{ "statements", "", 0, 0, run_statements, 0,
	    "prints every statement that workers prepare" },
#ifdef CK_DEVELOPER
	{ "faults", "", 0, 0, run_faults, 0,
	    "lists the points where tests can stop a process" },
#endif
	{ NULL }
};
