/*
 * The Healthcare Management System's accounts: signing up, logging in, and
 * the directory.
 */

#include <string.h>
#include <strings.h>

#include "api/account.h"
#include "api/format.h"
#include "api/handlers.h"
#include "api/healthcare_inside.h"
#include "base/task.h"
#include "model/actor.h"
#include "model/family.h"

/* Roles as this surface names them: whoever treats is a professional. */
const char *
healthcare_role(const char *role)
{
	if (text_equal(role, "admin"))
		return "admin";
	return text_equal(role, "patient") ? "client" : "professional";
}

static bool
print_role(struct task *t, struct json *j, const struct item *item,
    int column)
{
	const char	*role;

	if (!item_text(t, item, column, &role))
		return false;
	json_text(j, healthcare_role(role));
	return true;
}

static const struct format role_spelled = {
	print_role, NULL, "string", NULL, "professional"
};

static const struct member user_members[] = {
	{ "id",         "id" },
	{ "name",       "given", &full_name },
	{ "email",      "email", &text_or_empty },
	{ "role",       "role",  &role_spelled },
	{ "created_at", "created_at" },
};
const struct view healthcare_user = { "user", &person, ROWS(user_members) };

static void
print_user(struct task *t, struct json *j, const struct login *login)
{
	json_key(j, "user");
	json_object(j);
	json_key(j, "id");
	json_int(j, login->account);
	json_pair(j, "name", full_name_text(t->arena, login->given,
	    login->family));
	json_pair(j, "email", login->email != NULL ? login->email : "");
	json_pair(j, "role", healthcare_role(login->role));
	json_key(j, "created_at");
	time_micro_naive(j, login->created);
	json_end_object(j);
}

static bool
say_user(struct call *call, const struct login *login, int status)
{
	struct json	 j;

	json_start(&j, &call->response->body);
	json_object(&j);
	json_pair(&j, "message", call->route->says);
	print_user(call->task, &j, login);
	json_pair(&j, "token", login->access);
	json_end_object(&j);
	call->response->status = status;
	call->response->content_type = "application/json";
	return true;
}

const char *
healthcare_text(struct call *call, const struct input *input, const char *key)
{
	const char	*text = input_text(input, key);

	if (text == NULL || text_trimmed(call->task->arena, text)[0] == '\0')
		fail_field(call->task, key, FIELD_REQUIRED, 0, NULL);
	return text;
}

bool
healthcare_login(struct call *call)
{
	struct input	 input;
	struct login	 login;
	const char	*email, *password;
	bool		 known;

	if (!call_input(call, &input))
		return false;
	email = healthcare_text(call, &input, "email");
	password = healthcare_text(call, &input, "password");
	return call->task->fault.code == FAULT_NONE &&
	    account_login(call, email, password, &login, &known) &&
	    say_user(call, &login, 200);
}

static bool
read_role(struct call *call, const struct input *input,
    struct registration *wanted)
{
	const char	*role = healthcare_text(call, input, "role");

	if (role == NULL)
		return false;
	if (strcasecmp(role, "professional") == 0)
		wanted->role = "doctor";
	else if (strcasecmp(role, "client") == 0)
		wanted->role = "patient";
	else
		return fail_field(call->task, "role", FIELD_CHOICE, 0, NULL);
	return true;
}

static bool
read_name(struct call *call, const struct input *input,
    struct registration *wanted)
{
	const struct input_value	*value = input_find(input, "name");
	const char			*name;

	if (value == NULL || value->type == INPUT_NULL)
		return true;
	name = text_trimmed(call->task->arena, value->text);
	if (value->type != INPUT_TEXT || text_length(name) > 255)
		return fail_field(call->task, "name", FIELD_TYPE, 0, NULL);
	if (!text_is_line(name))
		return fail_field(call->task, "name", FIELD_FORMAT, 0, name);
	full_name_split(call->task->arena, name, &wanted->given,
	    &wanted->family);
	return true;
}

bool
healthcare_signup(struct call *call)
{
	struct registration	 wanted = { 0 };
	struct input		 input;
	struct login		 login;

	if (!call_input(call, &input))
		return false;
	wanted.email = healthcare_text(call, &input, "email");
	wanted.password = healthcare_text(call, &input, "password");
	(void)read_role(call, &input, &wanted);
	(void)read_name(call, &input, &wanted);
	return call->task->fault.code == FAULT_NONE &&
	    account_register(call, &wanted, &login) &&
	    say_user(call, &login, 201);
}

/* The pages of those whom ?role= asks for. */
static const struct {
	const char	*role, *page;
} role_pages[] = {
	{ "professional", "clinician_page" },
	{ "client",       "patient_page" },
	{ "admin",        "admin_page" },
};
const char *const healthcare_pages[] = {
	"clinician_page", "patient_page", "admin_page", "directory_page", NULL
};

const char *const healthcare_query[] = { "role", NULL };

bool
healthcare_list_users(struct call *call)
{
	const struct input_value	*role;
	struct access			 access;
	struct items			 items = { .n = 0 };
	const char			*page;

	access = route_access(call->surface, call->route);
	role = input_find(&call->request->query, "role");
	page = role == NULL ? "directory_page" : NULL;
	for (size_t i = 0; role != NULL && i < COUNT_OF(role_pages); i++) {
		if (strcmp(role_pages[i].role, role->text) == 0)
			page = role_pages[i].page;
	}
	if (page == NULL)
		return actor_enter(call->task, &access) &&
		    list_write(call, &items);
	return list_find_by(call, page, &items) && list_write(call, &items);
}

const char	 healthcare_login_takes[] =
    "{\"type\":\"object\",\"required\":[\"email\",\"password\"],"
    "\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"password\":{\"type\":\"string\",\"maxLength\":511}}}";
const char	 healthcare_signup_takes[] =
    "{\"type\":\"object\",\"required\":[\"email\",\"password\",\"role\"],"
    "\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":255},"
    "\"email\":{\"type\":\"string\",\"maxLength\":254},"
    "\"password\":{\"type\":\"string\",\"maxLength\":511},"
    "\"role\":{\"type\":\"string\",\"examples\":[\"professional\","
    "\"client\"]}}}";
const char	 healthcare_user_answer[] =
    "{\"type\":\"object\",\"required\":[\"message\",\"user\",\"token\"],"
    "\"properties\":{\"message\":{\"type\":\"string\"},"
    "\"user\":{\"$ref\":\"#/components/schemas/User\"},"
    "\"token\":{\"type\":\"string\"}}}";
