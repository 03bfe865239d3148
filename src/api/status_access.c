/*
 * /api/access_log: who saw and changed a patient's data.  `after` is the
 * moment of the row behind which a page begins, and the how manieth it is of
 * that moment, as the link has them: what is written meanwhile moves nothing,
 * and no number tells how much others do.
 */

#include "api/status.h"

#include <string.h>

#include "api/format.h"
#include "api/handlers.h"
#include "base/settings.h"
#include "base/task.h"
#include "crypto/token.h"
#include "model/access_log.h"
#include "store/row.h"

#define LOG_MOST	1000
#define SKIP_MOST	100000	/* rows of one moment */
#define YEAR_10000	253402300800000000	/* no moment is later */

const char *const access_log_query[] = {
	"limit", "after", "own", "patient", NULL
};

const char access_log_answer[] =
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":["
    "\"at\",\"who\",\"action\",\"route\",\"outcome\"],\"properties\":{"
    "\"at\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"who\":{\"type\":\"object\",\"required\":[\"id\",\"name\",\"role\"],"
    "\"properties\":{\"id\":{\"type\":[\"integer\",\"null\"]},"
    "\"name\":{\"type\":[\"string\",\"null\"],\"description\":"
    "\"null of other patients\"},"
    "\"role\":{\"type\":[\"string\",\"null\"]}}},"
    "\"action\":{\"type\":\"string\"},\"route\":{\"type\":\"string\"},"
    "\"outcome\":{\"type\":\"string\"}}}}";

static bool
read_after(struct task *t, const char *text, struct access_log *log)
{
	const char	*dash = strchr(text, '-');

	if (dash != NULL && text_to_int(arena_printf(t->arena, "%.*s",
	    (int)(dash - text), text), &log->after_at) &&
	    text_to_int(dash + 1, &log->skip) && log->skip > 0 &&
	    log->skip <= SKIP_MOST &&
	    log->after_at > 0 && log->after_at < YEAR_10000)
		return true;
	return fail(t, FAULT_BAD_REQUEST, "after is not that of a link");
}

static bool
read_query(struct task *t, const struct input *query, struct access_log *log)
{
	const char	*limit = input_text(query, "limit");
	const char	*after = input_text(query, "after");
	const char	*patient = input_text(query, "patient");
	const char	*own = input_text(query, "own");

	log->limit = LOG_MOST;
	log->own = own != NULL && strcmp(own, "1") == 0;
	if (limit != NULL && (!text_to_int(limit, &log->limit) ||
	    log->limit < 1))
		return fail(t, FAULT_BAD_REQUEST,
		    "limit is not a number from 1 to %d", LOG_MOST);
	if (log->limit > LOG_MOST)
		log->limit = LOG_MOST;
	if (patient != NULL && (!text_to_int(patient, &log->patient) ||
	    log->patient < 1))
		return fail(t, FAULT_BAD_REQUEST, "patient is not an id");
	if (log->patient == t->token->account)
		log->patient = 0;
	return after == NULL || read_after(t, after, log);
}

static void
write_who(struct task *t, struct json *j, const struct row *row)
{
	json_key(j, "who");
	json_object(j);
	json_key(j, "id");
	if (row_null(row, ACCESS_ACCOUNT))
		json_null(j);
	else
		json_int(j, row_int(row, ACCESS_ACCOUNT));
	json_pair(j, "name", row_null(row, ACCESS_GIVEN) ? NULL :
	    full_name_text(t->arena, row_text(row, ACCESS_GIVEN),
	    row_text(row, ACCESS_FAMILY)));
	json_pair(j, "role", row_text(row, ACCESS_ROLE));
	json_end_object(j);
}

static void
write_row(struct task *t, struct json *j, const struct row *row)
{
	json_object(j);
	json_key(j, "at");
	time_micro(j, row_time(row, ACCESS_AT));
	write_who(t, j, row);
	json_pair(j, "action", row_text(row, ACCESS_ACTION));
	json_pair(j, "route", row_text(row, ACCESS_ROUTE));
	json_pair(j, "outcome", row_text(row, ACCESS_OUTCOME));
	json_end_object(j);
}

/* How many rows of the last one's moment have been given, on all pages. */
static int64_t
given_of_moment(const struct access_log *log, const struct row *last)
{
	int64_t		 moment = row_time(last, ACCESS_AT);
	struct row	 row = *last;
	int64_t		 n = 0;

	for (; row.at >= 0 && row_time(&row, ACCESS_AT) == moment; row.at--)
		n++;
	return row.at < 0 && moment == log->after_at ? n + log->skip : n;
}

static void
link_next(struct call *call, const struct access_log *log,
    const struct row *last)
{
	const struct settings	*settings = call->task->settings;
	struct buf		 b;

	buf_init(&b, call->task->arena, 256);
	buf_printf(&b, "<%s%s/api/access_log?", settings->base_url,
	    settings->prefix);
	if (log->own)
		buf_text(&b, "own=1&");
	if (log->patient > 0)
		buf_printf(&b, "patient=%lld&", (long long)log->patient);
	buf_printf(&b, "limit=%lld&after=%lld-%lld>; rel=\"next\"",
	    (long long)log->limit, (long long)row_time(last, ACCESS_AT),
	    (long long)given_of_moment(log, last));
	response_header(call->response, "Link", b.data);
}

bool
show_access_log(struct call *call)
{
	struct access		 access;
	struct access_log	 log = { 0 };
	const struct result	*result;
	struct row		 row = { 0 };
	struct json		 j;

	access = route_access(call->surface, call->route);
	if (!read_query(call->task, &call->request->query, &log))
		return fail_in_order(call, false);
	if (!access_log_find(call->task, &access, &log, &result))
		return false;
	json_start(&j, &call->response->body);
	json_array(&j);
	for (int i = 0; i < result_rows(result) && i < log.limit; i++) {
		row = (struct row){ result, i };
		if (!row_null(&row, ACCESS_AT))
			write_row(call->task, &j, &row);
	}
	json_end_array(&j);
	if (result_rows(result) > log.limit)
		link_next(call, &log, &row);
	call->response->status = 200;
	call->response->content_type = "application/json";
	return true;
}
