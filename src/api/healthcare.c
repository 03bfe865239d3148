/*
 * The Healthcare Management System's API: professionals and clients who
 * connect, and group activities.  Every fault and change has a `message` of
 * its route's own; ids are numbers or numeric texts, times naive in UTC.
 */

#include "api/healthcare.h"

#include <string.h>

#include "api/etag.h"
#include "api/format.h"
#include "api/handlers.h"
#include "api/healthcare_inside.h"
#include "api/idempotent.h"
#include "base/settings.h"
#include "base/task.h"
#include "crypto/token.h"
#include "model/connection.h"
#include "model/family.h"
#include "store/limit.h"

#define CLINICIANS	(DOCTOR | NURSE | PHARMACIST)

static const struct member party_members[] = {
	{ "id",    "id" },
	{ "name",  "given", &full_name },
	{ "email", "email", &text_or_empty },
};
static const struct view party_view = { "party", &party, ROWS(party_members) };

/* A client who has not accepted yet is known by the address asked for. */
static bool
print_client(struct task *t, struct json *j, const struct item *item,
    int column)
{
	struct item	 client;
	const char	*email, *asked;

	if (!item_nested(item, column, &client)) {
		json_null(j);
		return true;
	}
	if (!item_text_of(t, &client, "email", &email) ||
	    !item_text_of(t, item, "asked", &asked))
		return false;
	if (email != NULL || asked == NULL)
		return view_print(t, &party_view, j, &client);
	json_object(j);
	json_key(j, "id");
	json_int(j, item_number(&client));
	json_pair(j, "name", "");
	json_pair(j, "email", asked);
	json_end_object(j);
	return true;
}

static const struct format client_asked = {
	print_client, NULL, "object", NULL, NULL
};

static const struct member connection_members[] = {
	{ "id",           "id" },
	{ "status",       "status" },
	{ "initiated_by", "initiator_id" },
	{ "created_at",   "created_at" },
	{ "professional", "clinician_id", .view = &party_view },
	{ "client",       "patient_id", &client_asked, .view = &party_view },
};
static const struct view connection_view = {
	"connection", &connection, ROWS(connection_members)
};

static const struct member activity_members[] = {
	{ "id",          "id" },
	{ "title",       "title" },
	{ "description", "description", &text_or_empty },
	{ "created_at",  "created_at" },
	{ "creator",     "author_id", .view = &party_view },
};
static const struct view activity_view = { "activity", &activity, ROWS(activity_members) };

static const struct member invite_members[] = {
	{ "id",       "id" },
	{ "status",   "status" },
	{ "activity", "activity_id", .view = &activity_view },
	{ "client",   "patient_id",  .view = &party_view },
};
static const struct view invite_view = { "invite", &activity_invite, ROWS(invite_members) };

/* --------------------------------------------------------- those who ask */

/* Digits, perhaps behind a minus. */
static bool
is_integer(const char *text)
{
	text += text[0] == '-';
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* A row's number; an integer that can name none reads 0. */
static bool
read_id(struct call *call, const struct input *input, const char *key,
    int64_t *id_r)
{
	const struct input_value	*value = input_find(input, key);

	*id_r = 0;
	if (value == NULL || value->text[0] == '\0')
		return fail_field(call->task, key, FIELD_REQUIRED, 0, NULL);
	if ((value->type != INPUT_TEXT && value->type != INPUT_NUMBER) ||
	    !is_integer(value->text))
		return fail_field(call->task, key, FIELD_TYPE, 0, NULL);
	if (!text_to_int(value->text, id_r) || *id_r < 1)
		*id_r = 0;
	return true;
}

/* What an invitation names. */
struct asking {
	int64_t		 clinician, activity, patient;
	const char	*login;
};

static bool
ask(struct call *call, const struct making *making)
{
	struct task	*t = call->task;
	struct access	 access = route_access(call->surface, call->route);
	struct item	 made;

	if (t->fault.code != FAULT_NONE)
		return fail_in_order(call, t->fault.code != FAULT_INVALID);
	return idempotent(call, &access, making, &made);
}

/*
 * Asking is limited, because it mails others, and because the answer tells
 * which addresses have accounts.  An earlier answer again costs nothing.
 */
static bool
may_ask(struct call *call)
{
	struct task	*t = call->task;

	return (limit_take(t, "invite_peer", limit_peer(t, t->peer),
	    &t->settings->invitations_per_peer) &&
	    limit_take(t, "invite", arena_printf(t->arena, "%lld",
	    (long long)t->token->account),
	    &t->settings->invitations_per_account)) ||
	    fail_in_order(call, false);
}

static bool
make_connection(struct call *call, const struct access *access, void *ctx,
    struct item *made_r)
{
	struct asking	*asking = ctx;

	return may_ask(call) && connection_ask(call->task, access,
	    asking->clinician, asking->login, made_r);
}

static bool
ask_professional(struct call *call)
{
	struct asking	 asking = { 0 };
	struct making	 making = { make_connection, write_made, &asking };
	struct input	 input;

	if (call_input(call, &input))
		(void)read_id(call, &input, "professional_id",
		    &asking.clinician);
	return ask(call, &making);
}

static bool
ask_client(struct call *call)
{
	struct asking	 asking = { 0 };
	struct making	 making = { make_connection, write_made, &asking };
	struct input	 input;
	const char	*email;

	if (call_input(call, &input)) {
		email = healthcare_text(call, &input, "client_email");
		if (email != NULL)
			asking.login = text_normal(call->task->arena, email);
	}
	return ask(call, &making);
}

static bool
make_invite(struct call *call, const struct access *access, void *ctx,
    struct item *made_r)
{
	struct asking	*asking = ctx;
	struct task	*t = call->task;
	bool		 has_activity = false;

	if (!may_ask(call))
		return false;
	if (activity_invite_make(t, access, asking->activity,
	    asking->patient, &has_activity, made_r))
		return true;
	if (t->fault.code == FAULT_NOT_FOUND && has_activity)
		t->fault.text = "Client not found";
	return false;
}

static bool
invite_to_activity(struct call *call)
{
	struct asking	 asking = { 0 };
	struct making	 making = { make_invite, write_made, &asking };
	struct input	 input;

	if (call_input(call, &input)) {
		(void)read_id(call, &input, "activity_id", &asking.activity);
		(void)read_id(call, &input, "client_id", &asking.patient);
	}
	return ask(call, &making);
}

/* ------------------------------------------------------ those who answer */

struct answer {
	const char	*action, *status, *says;
};

static const struct answer *
answer_named(const struct answer *answers, const char *action)
{
	for (; answers->action != NULL; answers++) {
		if (strcmp(answers->action, action) == 0)
			return answers;
	}
	return NULL;
}

static bool
is_pending(struct task *t, const struct item *item)
{
	const char	*status;

	if (!item_text_of(t, item, "status", &status))
		return false;
	if (text_equal(status, "pending"))
		return true;
	return fail(t, FAULT_CONFLICT, "already %s", status);
}

/* An answer on its way: to which row, and what it makes of it. */
struct answering {
	const struct answer	*answers, *answer;
	/* The resource's rule, tightened for this answer; or NULL. */
	bool			(*may)(struct task *, const struct item *,
				    const char *status);
	int64_t			 id;
};

/* The checks of a locked row, in the surface's order. */
static bool
may_answer(struct call *call, const struct answering *a,
    const struct item *item)
{
	struct task	*t = call->task;

	if (!item->resource->may_change(t, item) || (a->may != NULL &&
	    !a->may(t, item, a->answer != NULL ? a->answer->status : NULL)))
		return false;
	if (a->answer == NULL)
		return fail_field(t, "action", FIELD_CHOICE, 0, NULL);
	return is_pending(t, item) &&
	    etag_precondition(call, item_version(item));
}

static bool
take_answer(struct call *call, const struct access *access, void *ctx,
    struct item *made_r)
{
	const struct resource	*resource = call->route->view->resource;
	struct answering	*a = ctx;
	struct task		*t = call->task;
	struct values		 values;

	if (!crud_lock(t, access, resource, arena_printf(t->arena,
	    "%lld", (long long)a->id), made_r) ||
	    !may_answer(call, a, made_r))
		return false;
	values_init(&values, resource);
	values_set(&values, "status", a->answer->status);
	return crud_change(t, access, made_r, &values, made_r);
}

static bool
write_answer(struct call *call, const struct item *item, void *ctx)
{
	const struct answering	*a = ctx;

	return healthcare_say(call->task, call->response, a->answer->says,
	    call->route->view, item);
}

static bool
answer(struct call *call, const char *key, struct answering *a)
{
	struct task	*t = call->task;
	struct access	 access = route_access(call->surface, call->route);
	struct making	 making = { take_answer, write_answer, a };
	struct input	 input;
	struct item	 made;
	const char	*action = "";

	if (call_input(call, &input)) {
		(void)read_id(call, &input, key, &a->id);
		action = healthcare_text(call, &input, "action");
	}
	if (t->fault.code != FAULT_NONE)
		return fail_in_order(call, t->fault.code != FAULT_INVALID);
	a->answer = answer_named(a->answers, action);
	return idempotent(call, &access, &making, &made);
}

static bool
answer_connection(struct call *call)
{
	static const struct answer	 answers[] = {
		{ "accept", "accepted", "Connection accepted" },
		{ "reject", "rejected", "Connection rejected" },
		{ NULL, NULL, NULL }
	};
	struct answering	 a = { answers, .may = connection_may_become };

	return answer(call, "connection_id", &a);
}

static bool
answer_invite(struct call *call)
{
	static const struct answer	 answers[] = {
		{ "accept",  "accepted", "Invite accepted" },
		{ "decline", "declined", "Invite declined" },
		{ NULL, NULL, NULL }
	};
	struct answering	 a = { answers };

	return answer(call, "invite_id", &a);
}

/* What a professional made; what a client is invited to. */
static bool
list_activities(struct call *call)
{
	const char	*role = healthcare_role(call->task->token->role);

	return list_view(call, strcmp(role, "professional") == 0 ?
	    &activity_view : &invite_view);
}

static const struct route healthcare_routes[] = {
	{ POST,   "/auth/signup", PUBLIC, healthcare_signup, &healthcare_user, .action = OWN,
	    .says = "User created successfully", .needs = "Missing required fields",
	    .forbids = "Registration is closed",
	    .doc = "Makes an account; a professional begins as an unverified doctor." },
	{ POST,   "/auth/login",  PUBLIC, healthcare_login,  &healthcare_user, .action = OWN,
	    .says = "Login successful", .needs = "Missing required fields" },
	{ GET,    "/users", ALL, healthcare_list_users, &healthcare_user,
	    .permission = PRACTITIONERS,
	    .doc = "The professionals, oneself, and one's clients; ?role= keeps one kind." },
	{ POST,   "/connection/request-pro", PATIENT, ask_professional, &connection_view,
	    .says = "Connection request sent", .needs = "Professional ID is required",
	    .forbids = "Only clients can request professionals",
	    .lacks = "Professional not found", .clashes = "Connection request already exists" },
	{ POST,   "/connection/invite-client", CLINICIANS, ask_client, &connection_view,
	    .says = "Invitation sent", .needs = "Client email is required",
	    .forbids = "Only professionals can invite clients",
	    .lacks = "Client not found", .clashes = "Connection already exists",
	    .doc = "The client's name is shown once the client has accepted." },
	{ POST,   "/connection/respond", ALL, answer_connection, &connection_view, .action = "edit",
	    .needs = "Missing required fields", .lacks = "Connection not found",
	    .doc = "Who asked cannot accept; what is decided stays so." },
	{ GET,    "/connection/list", ALL, list_rows, &connection_view },
	{ DELETE, "/connection/{id}", ALL, archive_row, &connection_view,
	    .says = "Connection removed", .lacks = "Connection not found",
	    .doc = "Ends it, and with it the professional's sight of the client's data." },
	{ POST,   "/activities", CLINICIANS, create_row, &activity_view,
	    .says = "Activity created", .needs = "Title is required",
	    .forbids = "Only professionals can create activities" },
	{ POST,   "/activities/invite", CLINICIANS, invite_to_activity, &invite_view,
	    .says = "Client invited to activity",
	    .needs = "Activity ID and Client ID are required",
	    .forbids = "Only professionals can invite to activities",
	    .lacks = "Activity not found or unauthorized", .clashes = "Invite already exists" },
	{ POST,   "/activities/respond", ALL, answer_invite, &invite_view, .action = "edit",
	    .needs = "Missing required fields", .lacks = "Invite not found" },
	{ GET,    "/activities/list", ALL, list_activities, &activity_view,
	    .doc = "A professional's own activities; for others their invitations." },
	{ DELETE, "/activities/{id}", CLINICIANS, archive_row, &activity_view,
	    .says = "Activity deleted", .lacks = "Activity not found",
	    .forbids = "Only professionals can delete activities" },
};

#define TAKES_ID(key)							\
    "\"" key "\":{\"type\":[\"integer\",\"string\"],\"examples\":[1]}"
static const char	 professional_takes[] =
    "{\"type\":\"object\",\"required\":[\"professional_id\"],"
    "\"properties\":{" TAKES_ID("professional_id") "}}";
static const char	 client_takes[] =
    "{\"type\":\"object\",\"required\":[\"client_email\"],"
    "\"properties\":{\"client_email\":{\"type\":\"string\"}}}";
static const char	 connection_takes[] =
    "{\"type\":\"object\",\"required\":[\"connection_id\",\"action\"],"
    "\"properties\":{" TAKES_ID("connection_id") ","
    "\"action\":{\"type\":\"string\",\"enum\":[\"accept\",\"reject\"]}}}";
static const char	 invitation_takes[] =
    "{\"type\":\"object\",\"required\":[\"activity_id\",\"client_id\"],"
    "\"properties\":{" TAKES_ID("activity_id") ","
    TAKES_ID("client_id") "}}";
static const char	 invite_takes[] =
    "{\"type\":\"object\",\"required\":[\"invite_id\",\"action\"],"
    "\"properties\":{" TAKES_ID("invite_id") ","
    "\"action\":{\"type\":\"string\",\"enum\":[\"accept\",\"decline\"]}}}";

static const struct shape healthcare_shapes[] = {
	{ healthcare_signup,  "signup",             OTHER, 0, healthcare_signup_takes,
	    healthcare_user_answer, 201 },
	{ healthcare_login,   "login",              OTHER, 0, healthcare_login_takes,
	    healthcare_user_answer },
	{ healthcare_list_users, "list_users",      LISTS, GIVES_LIST,
	    .query = healthcare_query, .pages = healthcare_pages },
	{ ask_professional,   "ask_professional",   OTHER, GIVES_DONE, professional_takes,
	    .status = 201 },
	{ ask_client,         "ask_client",         OTHER, GIVES_DONE, client_takes,
	    .status = 201 },
	{ answer_connection,  "answer_connection",  CHANGES, GIVES_DONE, connection_takes },
	{ invite_to_activity, "invite_to_activity", OTHER, GIVES_DONE, invitation_takes,
	    .status = 201 },
	{ answer_invite,      "answer_invite",      CHANGES, GIVES_DONE, invite_takes },
	{ list_activities,    "list_activities",    LISTS, GIVES_LIST, .also = &invite_view },
};

const struct surface healthcare_surface = {
	"healthcare", "Healthcare Management System API", "/api", ROWS(healthcare_routes),
	&healthcare_dialect, ROWS(healthcare_shapes)
};
