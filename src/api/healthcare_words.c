/*
 * What the Healthcare Management System's API says: a `message` for every
 * success and fault, mostly that of the route; token faults also as `msg`.
 */

#include <string.h>

#include "api/format.h"
#include "api/healthcare_inside.h"
#include "base/task.h"

/* A fault's message where it needs no thought; else see message_of(). */
static const char *const messages[FAULT_CODES] = {
	[FAULT_BAD_REQUEST]	= "Bad request",
	[FAULT_BAD_TOKEN]	= "Invalid token",
	[FAULT_EXPIRED_TOKEN]	= "Token has expired",
	[FAULT_WRONG_TOKEN]	= "Only access tokens are allowed",
	[FAULT_BAD_LOGIN]	= "Invalid credentials",
	[FAULT_NO_ROUTE]	= "Not found",
	[FAULT_METHOD]		= "Method not allowed",
	[FAULT_CONFLICT]	= "Conflict",
	[FAULT_TAKEN]		= "User already exists",
	[FAULT_PRECONDITION]	= "It was changed since it was read",
	[FAULT_TOO_LARGE]	= "Request too large",
	[FAULT_MEDIA_TYPE]	= "Content-Type must be application/json",
	[FAULT_MISMATCH]	= "This Idempotency-Key was used for another request",
	[FAULT_LIMITED]		= "Too many requests",
	[FAULT_INTERNAL]	= "Internal error",
	[FAULT_UNAVAILABLE]	= "Service unavailable",
};

static const char *
no_token(const struct task *t)
{
	return t->request->authorization == NULL ?
	    "Missing Authorization Header" :
	    "Missing 'Bearer' type in 'Authorization' header."
	    " Expected 'Authorization: Bearer <JWT>'";
}

/* What is missing is said by the route, what is wrong by its name. */
static const char *
field_message(struct task *t)
{
	const struct field_fault	*first = t->fault.fields;

	for (const struct field_fault *f = first; f != NULL; f = f->next) {
		if (f->reason <= FIELD_NULL && t->route != NULL &&
		    t->route->needs != NULL)
			return t->route->needs;
	}
	return first == NULL ? "Bad request" :
	    arena_printf(t->arena, "Invalid %s", first->field);
}

/* The fault's text as this surface begins its own. */
static const char *
sentence(const struct task *t)
{
	char	*text = arena_text(t->arena, t->fault.text);

	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return text;
}

/* A route's own word, else the fault's. */
static const char *
route_message(const struct task *t)
{
	const struct route	*r = t->route;

	if (r == NULL)
		return NULL;
	switch (t->fault.code) {
	case FAULT_FORBIDDEN:
		/* Of the row's rule, or of role and permission matrix. */
		return t->actor != NULL || r->forbids == NULL ?
		    "Unauthorized" : r->forbids;
	case FAULT_NOT_FOUND:
		return t->fault.text != NULL ? t->fault.text : r->lacks;
	case FAULT_CONFLICT:
		return t->fault.text != NULL ? sentence(t) : r->clashes;
	case FAULT_BAD_REQUEST:
		return t->fault.text != NULL ? sentence(t) : NULL;
	default:
		return NULL;
	}
}

static const char *
message_of(struct task *t)
{
	const char	*message = route_message(t);

	if (message != NULL)
		return message;
	if (t->fault.code == FAULT_NO_TOKEN)
		return no_token(t);
	if (t->fault.code == FAULT_INVALID)
		return field_message(t);
	return messages[t->fault.code] != NULL ? messages[t->fault.code] :
	    "Not found";
}

static void
write_fault(struct task *t, struct response *response)
{
	const char	*message = message_of(t);
	struct json	 j;

	/* This surface has 400 for what others call a conflict. */
	if (response->status == 409)
		response->status = 400;
	json_start(&j, &response->body);
	json_object(&j);
	json_pair(&j, "message", message);
	if (response->status == 401 && t->fault.code != FAULT_BAD_LOGIN)
		json_pair(&j, "msg", message);
	if (response->status >= 500)
		json_pair(&j, "request_id", t->request_id);
	json_end_object(&j);
}

bool
healthcare_say(struct task *t, struct response *response, const char *text,
    const struct view *view, const struct item *item)
{
	struct json	 j;

	json_start(&j, &response->body);
	json_object(&j);
	json_pair(&j, "message", text);
	if (item != NULL) {
		json_key(&j, view->noun);
		if (!view_print(t, view, &j, item))
			return false;
	}
	json_end_object(&j);
	response->status = 200;
	response->content_type = "application/json";
	return true;
}

static bool
write_done(struct task *t, struct response *response,
    const struct view *view, const struct item *item, enum event event)
{
	if (!healthcare_say(t, response, t->route->says, view,
	    event != ARCHIVED ? item : NULL))
		return false;
	if (event == CREATED)
		response->status = 201;
	return true;
}

const struct dialect healthcare_dialect = {
	.zone = "UTC",
	.bodies = BODY_JSON,
	.fields_first = true,
	.made = 201,
	.time = time_micro_naive,
	.fault = write_fault,
	.done = write_done,
	.fault_schema = "{\"type\":\"object\",\"required\":[\"message\"],"
	    "\"properties\":{\"message\":{\"type\":\"string\"},"
	    "\"msg\":{\"type\":\"string\"},"
	    "\"request_id\":{\"type\":\"string\",\"format\":\"uuid\"}}}",
	.done_schema = "{\"type\":\"object\",\"required\":[\"message\"],"
	    "\"properties\":{\"message\":{\"type\":\"string\"},"
	    "\"connection\":{\"$ref\":\"#/components/schemas/Connection\"},"
	    "\"activity\":{\"$ref\":\"#/components/schemas/Activity\"},"
	    "\"invite\":{\"$ref\":\"#/components/schemas/Invite\"}}}",
};
