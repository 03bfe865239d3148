/*
 * /api/health/: cheap for load balancers; ?deep=1 asks everything behind us.
 * It names the part that is down and what disagrees in the schema; hosts and
 * sockets stand in the log only.
 */

#include "api/status.h"

#include <string.h>

#include "base/log.h"
#include "base/task.h"
#include "model/schema.h"
#include "model/service.h"
#include "store/pg.h"
#include "store/redis.h"

#define RETRY_AFTER	"5"

/* What is behind us: NULL when it is well, else why not. */
struct part {
	const char	*name;
	const char	*(*why_not)(struct task *);
};

static const char *
database_why(struct task *t)
{
	return pg_ready(t) || pg_lacks(t->pg) ? NULL : "away";
}

static const char *
redis_why(struct task *t)
{
	return t->redis == NULL || redis_is_up(t->redis) ? NULL : "away";
}

static const char *
schema_why(struct task *t)
{
	if (!pg_ready(t))
		return pg_lacks(t->pg) ? pg_why(t->pg) : NULL;
	if (schema_agrees(t))
		return NULL;
	log_event(LOG_WARN, "schema_disagrees", "why", t->fault.text, NULL);
	return t->fault.text != NULL ? t->fault.text : "cannot be asked";
}

static const char *
dispatcher_why(struct task *t)
{
	struct service	 s;

	if (!pg_ready(t))
		return NULL;
	if (!service_ask(t, &s))
		return "cannot be asked";
	return service_dispatches(&s) ? NULL : "no dispatcher runs";
}

static const struct part parts[] = {
	{ "database",   database_why },
	{ "schema",     schema_why },
	{ "dispatcher", dispatcher_why },
	{ "redis",      redis_why },
};

static bool
is_deep(const struct request *request)
{
	const struct input_value	*deep = input_find(&request->query,
					    "deep");

	return deep != NULL && strcmp(deep->text, "1") == 0;
}

/* Writes the parts that are down; their number. */
static size_t
find_down(struct task *t, struct json *j)
{
	size_t	 down = 0;

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		const char	*why = parts[i].why_not(t);

		fault_clear(t);
		if (why != NULL) {
			json_pair(j, parts[i].name, why);
			down++;
		}
	}
	return down;
}

static void
write_health(struct response *response, const char *status,
    const struct buf *down)
{
	struct json	 j;

	json_start(&j, &response->body);
	json_object(&j);
	json_pair(&j, "status", status);
	if (down != NULL) {
		json_key(&j, "parts");
		buf_add(&response->body, down->data, down->len);
	}
	json_end_object(&j);
	response->content_type = "application/json";
}

static bool
show_health(struct call *call)
{
	struct response	*response = call->response;
	struct json	 j;
	struct buf	 down;

	response->status = 200;
	if (is_deep(call->request)) {
		buf_init(&down, call->task->arena, 256);
		json_start(&j, &down);
		json_object(&j);
		if (find_down(call->task, &j) > 0)
			response->status = 503;
		json_end_object(&j);
	}
	if (response->status == 200) {
		write_health(response, "ok", NULL);
		return true;
	}
	write_health(response, "down", &down);
	response_header(response, "Retry-After", RETRY_AFTER);
	return true;
}

static const struct route status_routes[] = {
	{ GET, "/api/health", PUBLIC, show_health, .action = OWN,
	    .doc = "Well or not; ?deep=1 asks everything behind it." },
	{ GET, "/metrics",    PUBLIC, show_metrics, .action = OWN,
	    .doc = "Counters for Prometheus, for configured peers only." },
	{ GET, "/api/access_log", ALL, show_access_log, .permission = ACCESS_LOG,
	    .doc = "Who saw and changed one's data, newest first; for administrators "
	    "?patient= is anybody's. ?own=1 adds what the patient did." },
};

/* For every client's eyes: three predecessors, three keys. */
static void
write_fault(struct task *t, struct response *response)
{
	/* What broke inside is for the log. */
	const char	*text = t->fault.text != NULL &&
			    response->status < 500 ? t->fault.text :
			    fault_kinds[t->fault.code].doc;
	struct json	 j;

	json_start(&j, &response->body);
	json_object(&j);
	json_pair(&j, "detail", text);
	json_pair(&j, "message", text);
	json_pair(&j, "error", text);
	if (response->status >= 500)
		json_pair(&j, "request_id", t->request_id);
	json_end_object(&j);
}

static const struct dialect status_dialect = {
	.fault = write_fault,
	.fault_schema = "{\"type\":\"object\",\"required\":[\"detail\","
	    "\"message\",\"error\"],\"properties\":{"
	    "\"detail\":{\"type\":\"string\"},"
	    "\"message\":{\"type\":\"string\"},"
	    "\"error\":{\"type\":\"string\"},"
	    "\"request_id\":{\"type\":\"string\"}}}",
	.done_schema = "{\"type\":\"object\"}",
};

static const char	 health_answer[] =
    "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{"
    "\"status\":{\"type\":\"string\"},"
    "\"parts\":{\"type\":\"object\"}}}";

static const struct shape status_shapes[] = {
	{ show_health,  "show_health",  OTHER, GIVES_NOTHING, NULL, health_answer },
	{ show_metrics, "show_metrics", OTHER, GIVES_NOTHING, NULL, "{\"type\":\"string\"}" },
	{ show_access_log, "show_access_log", OTHER, GIVES_NOTHING, NULL, access_log_answer,
	    .query = access_log_query },
};

const struct surface status_surface = {
	"status", "Chartkeep itself", "", ROWS(status_routes), &status_dialect,
	ROWS(status_shapes), .own = true
};
