#include "model/service.h"

#include <string.h>

#include "base/task.h"
#include "store/pg.h"
#include "store/row.h"

static const struct statement queues = {
	"service_queues",
	"SELECT queue, length FROM queue_lengths()",
};

static const struct statement dispatcher = {
	"service_dispatcher",
	"SELECT extract(epoch FROM instant() - max(seen_at))::bigint"
	" FROM process WHERE kind = 'dispatcher'",
};

static const struct statement beat = {
	"service_beat",
	"SELECT job_beat($1::text, $2::integer, 'supervisor', $3::text)",
};

static int64_t
length_of(const struct result *result, const char *queue)
{
	for (int i = 0; i < result_rows(result); i++) {
		struct row	 row = { result, i };

		if (strcmp(row_text(&row, 0), queue) == 0)
			return row_int(&row, 1);
	}
	return 0;
}

bool
service_ask(struct task *t, struct service *service_r)
{
	const struct result	*results[2];
	struct row		 last;

	if (!pg_ready(t))
		return false;
	pg_queue(t, &queues, NULL);
	pg_queue(t, &dispatcher, NULL);
	if (!pg_run(t, results, 2))
		return false;
	service_r->waiting = length_of(results[0], "waiting");
	service_r->due = length_of(results[0], "due");
	service_r->mail = length_of(results[0], "mail");
	service_r->parked = length_of(results[0], "parked");
	last = (struct row){ results[1], 0 };
	service_r->silence = row_null(&last, 0) ? -1 : row_int(&last, 0);
	return true;
}

bool
service_dispatches(const struct service *s)
{
	return s->silence >= 0 && s->silence < DISPATCHER_SILENCE;
}

bool
service_beat(struct task *t, const char *host, int64_t supervisor)
{
	struct params	 p = { 0 };

	if (!pg_ready(t))
		return false;
	param_text(&p, host);
	param_int(&p, t->arena, supervisor);
	param_text(&p, CK_VERSION);
	return pg_do(t, &beat, &p, NULL);
}

const struct statement *const service_statements[] = {
	&queues, &dispatcher, &beat, NULL
};
