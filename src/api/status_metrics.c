/* /metrics, in Prometheus' text format (version 0.0.4). */

#include "api/status.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/task.h"
#include "model/service.h"
#include "store/redis.h"

static bool
peer_is_admitted(const struct call *call)
{
	const char	**peers = call->task->settings->metrics_peers;

	for (size_t i = 0; peers[i] != NULL; i++) {
		if (strcmp(peers[i], call->request->peer) == 0)
			return true;
	}
	return false;
}

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
put_seconds(struct buf *b, const char *name, int64_t time)
{
	buf_printf(b, "%s %lld.%06lld\n", name, (long long)(time / SECOND),
	    (long long)(time % SECOND));
}

static void
put_number(struct buf *b, const char *name, const char *labels,
    int64_t value)
{
	buf_printf(b, "%s%s %lld\n", name, labels, (long long)value);
}

static uint64_t
requests_of(const struct shared *shared, size_t worker, size_t route,
    size_t outcome)
{
	uint64_t	 n = status_requests(shared, 2 * worker, route,
			    outcome);

	if (2 * worker + 1 < status_slots(shared))
		n += status_requests(shared, 2 * worker + 1, route,
		    outcome);
	return n;
}

static void
put_requests(struct buf *b, const struct shared *shared, size_t worker,
    size_t route)
{
	for (size_t i = 0; i < OUTCOMES; i++) {
		uint64_t	 n = requests_of(shared, worker, route, i);

		if (n == 0)
			continue;
		buf_printf(b, "chartkeep_requests_total{route=\"%s\","
		    "status=\"%s\",worker=\"%zu\"} %llu\n",
		    route_label(route),
		    i == 0 ? "other" : log_int(outcomes[i]), worker,
		    (unsigned long long)n);
	}
}

static void
put_all_requests(struct buf *b, const struct shared *shared)
{
	head(b, "chartkeep_requests_total", "counter",
	    "Requests answered, by route, status and worker.");
	for (size_t w = 0; 2 * w < status_slots(shared); w++) {
		for (size_t r = 0; r <= route_count(); r++)
			put_requests(b, shared, w, r);
	}
}

static void
put_histogram(struct buf *b, const struct shared *shared)
{
	struct timing	 t;
	uint64_t	 sum = 0;

	status_timing(shared, &t);
	head(b, "chartkeep_request_seconds", "histogram",
	    "Time from a request's arrival to the end of its answer.");
	for (size_t i = 0; i < BUCKETS; i++) {
		sum += t.bucket[i];
		if (bucket_bounds[i] == INT64_MAX)
			buf_text(b, "chartkeep_request_seconds_bucket"
			    "{le=\"+Inf\"}");
		else
			buf_printf(b, "chartkeep_request_seconds_bucket"
			    "{le=\"%g\"}", (double)bucket_bounds[i] / SECOND);
		buf_printf(b, " %llu\n", (unsigned long long)sum);
	}
	put_seconds(b, "chartkeep_request_seconds_sum", t.total);
	put_number(b, "chartkeep_request_seconds_count", "",
	    (int64_t)t.count);
	head(b, "chartkeep_postgresql_seconds_total", "counter",
	    "Time that requests waited for PostgreSQL.");
	put_seconds(b, "chartkeep_postgresql_seconds_total", t.pg);
	head(b, "chartkeep_redis_seconds_total", "counter",
	    "Time that requests waited for Redis.");
	put_seconds(b, "chartkeep_redis_seconds_total", t.redis);
}

static void
put_restarts(struct buf *b, const struct shared *shared)
{
	static const char *const labels[RESTARTS] = {
		[RESTART_CRASHED]  = "{why=\"crashed\"}",
		[RESTART_STUCK]    = "{why=\"stuck\"}",
		[RESTART_WORN]     = "{why=\"worn\"}",
		[RESTART_RELOADED] = "{why=\"reloaded\"}",
	};

	head(b, "chartkeep_worker_restarts_total", "counter",
	    "Workers that were replaced, by the reason.");
	for (int i = 0; i < RESTARTS; i++)
		put_number(b, "chartkeep_worker_restarts_total", labels[i],
		    (int64_t)status_restarts(shared, i));
}

static void
put_redis_queues(struct buf *b, struct redis *redis)
{
	int64_t	 due = redis_due_length(redis, false);
	int64_t	 claimed = redis_due_length(redis, true);

	if (due >= 0)
		put_number(b, "chartkeep_queue_length",
		    "{queue=\"redis_due\"}", due);
	if (claimed >= 0)
		put_number(b, "chartkeep_queue_length",
		    "{queue=\"redis_claimed\"}", claimed);
}

/* What can't be asked is left out: a gap, not a zero. */
static void
put_queues(struct buf *b, struct task *t)
{
	struct service	 s = { .silence = -1 };

	head(b, "chartkeep_queue_length", "gauge",
	    "Occurrences to come and due, mails to send and parked;"
	    " Redis' share of them.");
	if (service_ask(t, &s)) {
		put_number(b, "chartkeep_queue_length",
		    "{queue=\"occurrences_waiting\"}", s.waiting);
		put_number(b, "chartkeep_queue_length",
		    "{queue=\"occurrences_due\"}", s.due);
		put_number(b, "chartkeep_queue_length",
		    "{queue=\"mail\"}", s.mail);
		put_number(b, "chartkeep_queue_length",
		    "{queue=\"mail_parked\"}", s.parked);
	}
	fault_clear(t);
	if (t->redis != NULL)
		put_redis_queues(b, t->redis);
	if (s.silence < 0)
		return;
	head(b, "chartkeep_dispatcher_silence_seconds", "gauge",
	    "Since a dispatcher was last seen.");
	put_number(b, "chartkeep_dispatcher_silence_seconds", "", s.silence);
}

bool
show_metrics(struct call *call)
{
	struct buf	*b = &call->response->body;

	if (!peer_is_admitted(call))
		return fail(call->task, FAULT_NO_ROUTE, NULL);
	if (status_shared() != NULL) {
		put_all_requests(b, status_shared());
		put_histogram(b, status_shared());
		put_restarts(b, status_shared());
	}
	put_queues(b, call->task);
	call->response->status = 200;
	call->response->content_type =
	    "text/plain; version=0.0.4; charset=utf-8";
	return true;
}
