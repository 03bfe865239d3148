/*
 * The PHR System's API: one object with a `message` for every success and
 * fault, ids as numbers, times naive in the account's zone.
 */

#include "api/phr.h"

#include <string.h>

#include "api/account.h"
#include "api/format.h"
#include "api/handlers.h"
#include "base/task.h"
#include "model/family.h"
#include "model/people.h"

static const struct member profile_members[] = {
	{ "fullname", "given", &full_name, MEMBER_REQUIRED },
	{ "contact",  "phone", .flags = MEMBER_REQUIRED },
	{ "email",    "email" },
};
static const struct view profile_view = { "profile", &person, ROWS(profile_members) };

static const struct member user_members[] = {
	{ "user_id",  "id" },
	{ "type_id",  "role",  &role_number },
	{ "fullname", "given", &full_name },
	{ "contact",  "phone" },
	{ "email",    "email" },
};
static const struct view user_view = { "user", &person, ROWS(user_members) };

static const struct member provider_members[] = {
	{ "provider_id",      "id" },
	{ "provider_name",    "name" },
	{ "provider_address", "address" },
	{ "provider_contact", "contact", .flags = MEMBER_REQUIRED },
};
static const struct view provider_view = {
	"healthcare provider", &provider, ROWS(provider_members)
};

static const struct member record_members[] = {
	{ "record_id",   "id" },
	{ "user_id",     "patient_id", .flags = MEMBER_SHOWN },
	{ "record_date", "recorded_at", .flags = MEMBER_SHOWN },
	{ "record_text", "text", .flags = MEMBER_REQUIRED },
};
static const struct view record_view = { "health record", &record, ROWS(record_members) };

static const struct member permission_members[] = {
	{ "resource_id", "resource" },
	{ "type_id",     "role",     &role_number },
	{ "can_add",     "can_add",  &flag_number, MEMBER_ABSENT },
	{ "can_view",    "can_view", &flag_number, MEMBER_ABSENT },
	{ "can_edit",    "can_edit", &flag_number, MEMBER_ABSENT },
};
static const struct view permission_view = {
	"permission", &permission, ROWS(permission_members)
};

static const struct member reminder_members[] = {
	{ "reminder_id",   "id" },
	{ "user_id",       "patient_id", .flags = MEMBER_SHOWN },
	{ "reminder_text", "text",   .flags = MEMBER_REQUIRED },
	{ "reminder_date", "due_at", .flags = MEMBER_REQUIRED },
};
static const struct view reminder_view = { "reminder", &reminder, ROWS(reminder_members) };

/* {"message": text}, and a token where there is one. */
static bool
say(struct call *call, const char *text, const char *token)
{
	struct json	 j;

	json_start(&j, &call->response->body);
	json_object(&j);
	json_pair(&j, "message", text);
	if (token != NULL)
		json_pair(&j, "token", token);
	json_end_object(&j);
	call->response->status = 200;
	call->response->content_type = "application/json";
	return true;
}

/* The texts of an input: all of them, or FAULT_INVALID. */
static bool
read_texts(struct call *call, const struct input *input,
    const char *const *keys, const char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		texts[i] = input_text(input, keys[i]);
		if (texts[i] == NULL)
			fail_field(call->task, keys[i], FIELD_REQUIRED, 0,
			    NULL);
	}
	return call->task->fault.code == FAULT_NONE;
}

static bool
login(struct call *call)
{
	static const char *const keys[] = { "email", "password" };
	const char	*texts[COUNT_OF(keys)];
	struct input	 input;
	struct login	 login;
	bool		 known;

	if (!call_input(call, &input) ||
	    !read_texts(call, &input, keys, texts, COUNT_OF(keys)))
		return false;
	if (account_login(call, texts[0], texts[1], &login, &known))
		return say(call, "login successful", login.access);
	if (call->task->fault.code != FAULT_BAD_LOGIN || known)
		return false;
	/* The contract tells who exists; attempts are limited before. */
	fault_clear(call->task);
	return fail(call->task, FAULT_NOT_FOUND, "user not found!");
}

/* The role by its number, in `input`'s type_id. */
static bool
read_role(struct call *call, const struct input *input, const char **role_r)
{
	const struct input_value	*value = input_find(input, "type_id");
	int64_t				 place;

	if (value == NULL || !text_to_int(value->text, &place) ||
	    place < 1 || place > 5)
		return fail_field(call->task, "type_id", FIELD_CHOICE, 0,
		    NULL);
	*role_r = role_names[place - 1];
	return true;
}

static bool
register_account(struct call *call)
{
	static const char *const keys[] = { "email", "password" };
	const char		*texts[COUNT_OF(keys)];
	struct input		 input;
	struct values		 person_values;
	struct registration	 wanted = { 0 };
	struct login		 login;

	if (!call_input(call, &input))
		return false;
	(void)read_role(call, &input, &wanted.role);
	(void)read_texts(call, &input, keys, texts, COUNT_OF(keys));
	if (!view_parse(call->task, call->route->view, &input, true,
	    &person_values))
		return false;
	wanted.email = texts[0];
	wanted.password = texts[1];
	wanted.given = values_text(&person_values, "given");
	wanted.family = values_text(&person_values, "family");
	wanted.phone = values_text(&person_values, "phone");
	if (!account_register(call, &wanted, &login))
		return false;
	return say(call, "user created successfully", login.access);
}

/* The caller's own account, by number. */
static const char *
own_id(struct call *call)
{
	return arena_printf(call->task->arena, "%lld",
	    call->task->token != NULL ?
	    (long long)call->task->token->account : 0LL);
}

static bool
show_profile(struct call *call)
{
	struct access	 access = route_access(call->surface, call->route);
	struct item	 item;

	return crud_find(call->task, &access, &person, own_id(call), &item) &&
	    item_write(call, &item);
}

static bool
change_profile(struct call *call)
{
	return change_row_at(call, own_id(call));
}

static bool
delete_user(struct call *call)
{
	struct access	 access = route_access(call->surface, call->route);

	if (!people_archive(call->task, &access,
	    capture(call->captures, "id"))) {
		if (call->task->fault.code == FAULT_NOT_FOUND)
			call->task->fault.text = "selected user not found";
		return false;
	}
	return say(call, "user deleted successfully", NULL);
}

static bool
show_own_provider(struct call *call)
{
	struct items	 items;
	struct item	 first;

	if (!list_find(call, &items))
		return false;
	if (items.n == 0)
		return fail(call->task, FAULT_NOT_FOUND,
		    "no healthcare provider found,"
		    " pls contact with customer service");
	first = items_at(&items, 0);
	return item_write(call, &first);
}

static bool
list_reminders(struct call *call)
{
	struct items	 items;

	if (!list_find(call, &items))
		return false;
	if (items.n == 0)
		return fail(call->task, FAULT_NOT_FOUND,
		    "no reminders found");
	return list_write(call, &items);
}

static bool
list_due(struct call *call)
{
	struct items	 items;

	if (!list_find(call, &items))
		return false;
	if (items.n == 0)
		return say(call, "no due reminders", NULL);
	return list_write(call, &items);
}

/* The row of a resource and a role; see permission_columns. */
static bool
change_permission(struct call *call)
{
	const char	*resource = capture(call->captures, "resource");
	const char	*role = capture(call->captures, "role");
	int64_t		 of, place;
	const char	*id = "";

	if (text_to_int(resource, &of) && of > 0 && of < PERMISSIONS_END &&
	    text_to_int(role, &place) && place > 0 && place < 10)
		id = arena_printf(call->task->arena, "%lld",
		    (long long)(of * 10 + place));
	return change_row_at(call, id);
}

static const struct route phr_routes[] = {
	{ GET,    "/login",        PUBLIC, login,            &profile_view, .action = OWN,
	    .doc = "Logs in; the JSON body is read like that of POST." },
	{ POST,   "/login",        PUBLIC, login,            &profile_view, .action = OWN },
	{ POST,   "/register",     PUBLIC, register_account, &profile_view, .action = OWN,
	    .doc = "Makes an account; an administrator only with an administrator's token." },
	{ GET,    "/profile",      ALL, show_profile,   &profile_view, .action = OWN },
	{ PUT,    "/profile",      ALL, change_profile, &profile_view, .action = OWN },
	{ GET,    "/users",        ALL, list_rows,      &user_view },
	{ DELETE, "/users/{id}",   ALL, delete_user,    &user_view,
	    .doc = "Archives the account; its sessions end, its rows are hidden." },
	{ GET,    "/healthcare",    ALL, list_rows,         &provider_view },
	{ POST,   "/healthcare",    ALL, create_row,        &provider_view },
	{ GET,    "/healthcare/me", ALL, show_own_provider, &provider_view,
	    .page = "own_provider_page", .doc = "The caller's first provider." },
	{ GET,    "/health_records",      ALL, list_rows,   &record_view },
	{ POST,   "/health_records",      ALL, create_row,  &record_view },
	{ GET,    "/health_records/{id}", ALL, show_row,    &record_view },
	{ PUT,    "/health_records/{id}", ALL, change_row,  &record_view },
	{ DELETE, "/health_records/{id}", ALL, archive_row, &record_view },
	{ GET,    "/permissions", ALL, list_rows, &permission_view },
	{ PUT,    "/permissions/{resource}/{role}", ALL, change_permission, &permission_view },
	{ GET,    "/reminders",      ALL, list_reminders, &reminder_view,
	    .doc = "404 when there is none." },
	{ GET,    "/reminders/due",  ALL, list_due,    &reminder_view,
	    .page = "reminder_due_page",
	    .doc = "From today 00:00 to tomorrow 00:00 in the account's time zone." },
	{ POST,   "/reminders",      ALL, create_row,  &reminder_view },
	{ GET,    "/reminders/{id}", ALL, show_row,    &reminder_view },
	{ PUT,    "/reminders/{id}", ALL, change_row,  &reminder_view },
	{ DELETE, "/reminders/{id}", ALL, archive_row, &reminder_view },
};

/* A fault's message where it needs no thought; else see message_of(). */
static const char *const messages[FAULT_CODES] = {
	[FAULT_BAD_REQUEST]	= "bad request",
	[FAULT_NO_TOKEN]	= "unauthorized, no authorization header provided",
	[FAULT_BAD_TOKEN]	= "invalid token. pls log in again.",
	[FAULT_EXPIRED_TOKEN]	= "token expired. pls log in again.",
	[FAULT_WRONG_TOKEN]	= "invalid token. pls log in again.",
	[FAULT_BAD_LOGIN]	= "incorrect password",
	[FAULT_NO_ROUTE]	= "not found",
	[FAULT_METHOD]		= "method not allowed",
	[FAULT_CONFLICT]	= "conflict",
	[FAULT_TAKEN]		= "user already exists",
	[FAULT_PRECONDITION]	= "it was changed since it was read",
	[FAULT_TOO_LARGE]	= "request too large",
	[FAULT_MEDIA_TYPE]	= "bad request",
	[FAULT_INVALID]		= "bad request",
	[FAULT_MISMATCH]	= "this Idempotency-Key was used for another request",
	[FAULT_LIMITED]		= "too many requests",
	[FAULT_INTERNAL]	= "internal error",
	[FAULT_UNAVAILABLE]	= "service unavailable",
};

static const char *
message_of(struct task *t)
{
	const struct view	*view = t->route != NULL ? t->route->view :
				    NULL;

	switch (t->fault.code) {
	case FAULT_FORBIDDEN:
		return arena_printf(t->arena, "no %s permission", t->action);
	case FAULT_NOT_FOUND:
		return t->fault.text != NULL || view == NULL ? t->fault.text :
		    arena_printf(t->arena, "%s not found", view->noun);
	case FAULT_CONFLICT:
		return t->fault.text != NULL ? t->fault.text : "conflict";
	case FAULT_INVALID:
		/* The predecessor's words for a profile without a field. */
		return t->route != NULL &&
		    t->route->handler == change_profile ?
		    "user not found" : "bad request";
	default:
		return messages[t->fault.code];
	}
}

/* The names of the fields that failed, for people; clients read `message`. */
static void
name_fields(struct task *t, struct response *response)
{
	struct buf	 b;

	buf_init(&b, t->arena, 64);
	for (const struct field_fault *f = t->fault.fields; f != NULL;
	    f = f->next)
		buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", f->field);
	if (b.len > 0)
		response_header(response, "Chartkeep-Fields", b.data);
}

static void
write_fault(struct task *t, struct response *response)
{
	struct json	 j;

	/* This surface has 400 for what others call a conflict. */
	if (t->fault.code == FAULT_TAKEN)
		response->status = 400;
	name_fields(t, response);
	json_start(&j, &response->body);
	json_object(&j);
	json_pair(&j, "message", message_of(t));
	if (response->status >= 500)
		json_pair(&j, "request_id", t->request_id);
	json_end_object(&j);
}

static bool
write_done(struct task *t, struct response *response,
    const struct view *view, const struct item *item, enum event event)
{
	static const char *const verbs[] = {
		[CREATED] = "created", [CHANGED] = "updated",
		[ARCHIVED] = "deleted"
	};
	struct json	 j;

	(void)item;
	json_start(&j, &response->body);
	json_object(&j);
	json_pair(&j, "message", arena_printf(t->arena,
	    "%s %s successfully", view->noun, verbs[event]));
	json_end_object(&j);
	response->status = 200;
	response->content_type = "application/json";
	return true;
}

static const struct dialect phr_dialect = {
	.own_zone = true,
	.bare_token = true,
	.bodies = BODY_ANYHOW,
	.time = time_naive,
	.fault = write_fault,
	.done = write_done,
	.fault_schema = "{\"type\":\"object\",\"required\":[\"message\"],"
	    "\"properties\":{\"message\":{\"type\":\"string\"},"
	    "\"request_id\":{\"type\":\"string\",\"format\":\"uuid\"}}}",
	.done_schema = "{\"type\":\"object\",\"required\":[\"message\"],"
	    "\"properties\":{\"message\":{\"type\":\"string\"}}}",
};

static const char	 login_takes[] =
    "{\"type\":\"object\",\"required\":[\"email\",\"password\"],"
    "\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"password\":{\"type\":\"string\",\"maxLength\":511}}}";
static const char	 register_takes[] =
    "{\"type\":\"object\",\"required\":[\"type_id\",\"fullname\","
    "\"contact\",\"email\",\"password\"],\"properties\":{"
    "\"type_id\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":5},"
    "\"fullname\":{\"type\":\"string\",\"maxLength\":255},"
    "\"contact\":{\"type\":\"string\",\"maxLength\":32},"
    "\"email\":{\"type\":\"string\",\"maxLength\":254},"
    "\"password\":{\"type\":\"string\",\"maxLength\":511}}}";
static const char	 token_answer[] =
    "{\"type\":\"object\",\"required\":[\"message\",\"token\"],"
    "\"properties\":{\"message\":{\"type\":\"string\"},"
    "\"token\":{\"type\":\"string\"}}}";

static const struct shape phr_shapes[] = {
	{ login,             "login",             OTHER, 0, login_takes, token_answer },
	{ register_account,  "register_account",  OTHER, 0, register_takes, token_answer },
	{ show_profile,      "show_profile",      FINDS,    GIVES_ROW },
	{ change_profile,    "change_profile",    CHANGES,  GIVES_DONE },
	{ delete_user,       "delete_user",       OTHER,    GIVES_DONE },
	{ show_own_provider, "show_own_provider", LISTS,    GIVES_ROW },
	{ list_reminders,    "list_reminders",    LISTS,    GIVES_LIST },
	{ list_due,          "list_due",          LISTS,    GIVES_LIST | GIVES_DONE },
	{ change_permission, "change_permission", CHANGES,  GIVES_DONE },
};

const struct surface phr_surface = {
	"phr", "PHR System API", "", ROWS(phr_routes), &phr_dialect,
	ROWS(phr_shapes)
};
