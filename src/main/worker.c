/*
 * The loop of a worker.  Everything about a request is in its task and its
 * task's arena; what is kept from one to the next is the connections and
 * whether the schema was found to serve this program.
 */

#include "main/worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/status.h"
#include "api/surface.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/point.h"
#include "base/settings.h"
#include "base/task.h"
#include "crypto/keyring.h"
#include "crypto/random.h"
#include "http/fcgi.h"
#include "model/actor.h"
#include "model/key.h"
#include "model/schema.h"
#include "model/service.h"
#include "model/statement.h"
#include "store/pg.h"
#include "store/redis.h"

#define IDLE_LOOK	(10 * SECOND)
#define WAIT_FOR_SCHEMA	SECOND
#define SCHEMA_RETRY	(3 * SECOND)
#define BEAT_EVERY	(15 * SECOND)

struct worker {
	const struct settings		*settings;
	const struct keyring		*keyring;
	const struct worker_place	*place;
	struct arena			*arena;
	struct fcgi			*fcgi;
	struct pg			*pg;
	struct redis			*redis;
	bool				 agrees;	/* the schema */
	int64_t				 looked, beaten;
	int64_t				 answered;
};

static volatile sig_atomic_t	 stopping;

static void
stop(int unused)
{
	(void)unused;
	stopping = 1;
}

/* Let in only while the worker waits; see http/fcgi.h. */
static void
take_signals(sigset_t *idle_mask)
{
	struct sigaction	 sa = { .sa_handler = stop };
	sigset_t		 blocked;

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	sigemptyset(idle_mask);
}

static void
task_begin(struct worker *w, struct task *t)
{
	unsigned char	 uuid[16];

	*t = (struct task){
		.arena = w->arena,
		.settings = w->settings,
		.keyring = w->keyring,
		.pg = w->pg,
		.redis = w->redis,
		.route_name = "none",
	};
	random_uuid(uuid);
	uuid_print(uuid, t->request_id);
}

static void
task_end(struct worker *w)
{
	pg_settle(w->pg);
	arena_reset(w->arena);
}

/*
 * Asked again every few seconds until database and program agree, and after
 * the connection was lost: it may have come back with another schema.
 */
static void
look_at_schema(struct worker *w)
{
	int64_t		 now = clock_monotonic();
	struct task	 t;

	if (w->agrees && pg_is_up(w->pg))
		return;
	if (w->looked != 0 && now - w->looked < SCHEMA_RETRY)
		return;
	task_begin(w, &t);
	w->agrees = schema_agrees(&t);
	/* A server that is away is not asked too often by pg_ready(). */
	w->looked = pg_is_up(w->pg) ? now : 0;
	if (!w->agrees && pg_is_up(w->pg))
		log_event(LOG_ERROR, "schema_disagrees", "why",
		    t.fault.text, NULL);
	task_end(w);
}

/* The supervisor has no connection; its first worker says that it lives. */
static void
beat(struct worker *w)
{
	int64_t		 now = clock_monotonic();
	char		 host[256] = "";
	struct task	 t;

	if (!w->place->first || !w->agrees || !pg_is_up(w->pg) ||
	    (w->beaten != 0 && now - w->beaten < BEAT_EVERY))
		return;
	w->beaten = now;
	gethostname(host, sizeof(host) - 1);
	task_begin(w, &t);
	if (!service_beat(&t, host, getppid()))
		log_event(LOG_WARN, "beat_failed", "why", t.fault.text, NULL);
	task_end(w);
}

/* While the schema disagrees only the program's own surface answers. */
static void
answer(struct worker *w, struct task *t, const struct request *request,
    struct response *response)
{
	const struct surface	*surface;
	struct captures		 captures;
	unsigned		 allowed;

	if (!w->agrees && pg_is_up(w->pg) && !request->path_is_bad &&
	    route_find(request, &surface, &captures, &allowed) != NULL &&
	    surface != &status_surface) {
		fail(t, FAULT_UNAVAILABLE, "the database does not fit");
		response->status = fault_kinds[FAULT_UNAVAILABLE].status;
		response->content_type = "application/json";
		response_header(response, "Retry-After", "5");
		surface->dialect->fault(t, response);
		return;
	}
	surface_answer(t, request, response);
}

struct times {
	int64_t	 total, pg, redis;
};

static void
log_request(const struct task *t, const struct response *response,
    const struct times *times)
{
	log_event(response->status >= 500 ? LOG_WARN : LOG_INFO, "request",
	    "id", t->request_id,
	    "account", t->actor != NULL ? log_int(t->actor->account) : NULL,
	    "route", t->route_name,
	    "status", log_int(response->status),
	    "bytes", log_int(response_has_body(response) ?
	    (int64_t)response->body.len : 0),
	    "total", log_int(times->total),
	    "pg", log_int(times->pg),
	    "redis", log_int(times->redis),
	    "fault", response->status >= 500 ? t->fault.text : NULL, NULL);
}

static void
count_request(const struct task *t, const struct response *response,
    const struct times *times)
{
	size_t	 route = t->route == NULL ? route_count() :
		    route_number(t->surface, t->route);

	status_count(route, response->status, times->total, times->pg,
	    times->redis);
}

static void
serve(struct worker *w)
{
	struct request	 request;
	struct response	 response;
	struct task	 t;
	struct times	 times;
	int64_t		 start = clock_monotonic();

	status_beat(start);
	look_at_schema(w);
	/* What was spent before this request is not its own. */
	(void)pg_time(w->pg);
	if (w->redis != NULL)
		(void)redis_time(w->redis);
	task_begin(w, &t);
	response_init(&response, w->arena);
	request_read(&t, w->settings->prefix, fcgi_param, w->fcgi, &request);
	fcgi_body(w->fcgi, &t, (size_t)w->settings->body_limit, &request);
	POINT("request.read");
	answer(w, &t, &request, &response);
	POINT("request.answered");
	(void)fcgi_answer(w->fcgi, &response, request.method == HEAD);
	times.total = clock_monotonic() - start;
	times.pg = pg_time(w->pg);
	times.redis = w->redis != NULL ? redis_time(w->redis) : 0;
	count_request(&t, &response, &times);
	log_request(&t, &response, &times);
	task_end(w);
	status_beat(0);
	w->answered++;
}

static void
progress(void *unused)
{
	(void)unused;
	status_beat(clock_monotonic());
}

static void
say_ready(struct worker *w)
{
	status_ready();
	if (w->place->ready_fd >= 0)
		(void)!write(w->place->ready_fd, "r", 1);
}

static void
worker_open(struct worker *w)
{
	const struct statement *const	*statements;
	size_t				 n;
	char				 name[32];

	snprintf(name, sizeof(name), "worker-%zu", w->place->number);
	log_set_name(name);
	keyring_guard(w->keyring);
	statements = statements_all(&n);
	w->arena = arena_new(0);
	w->pg = pg_new(w->settings->database, NULL, NULL, statements, n);
	if (w->settings->redis[0] != '\0')
		w->redis = redis_new(w->settings->redis,
		    w->settings->redis_prefix);
	w->fcgi = fcgi_new(w->place->listen_fd);
	fcgi_on_progress(w->fcgi, progress, NULL);
}

int
worker_run(const struct settings *settings, const struct keyring *keyring,
    const struct worker_place *place)
{
	struct worker	 w = { settings, keyring, place };
	sigset_t	 idle_mask;
	bool		 worn = false;
	int64_t		 life = settings->requests_per_worker;

	/* Not all in the same moment: their seats are empty for one. */
	life -= life / 2 * (int64_t)place->number / settings->workers;
	take_signals(&idle_mask);
	worker_open(&w);
	look_at_schema(&w);
	say_ready(&w);
	while (!stopping && !worn) {
		if (fcgi_accept(w.fcgi, &idle_mask,
		    w.agrees ? IDLE_LOOK : WAIT_FOR_SCHEMA))
			serve(&w);
		/* What came was no request. */
		status_beat(0);
		if (!stopping)
			look_at_schema(&w);
		beat(&w);
		worn = w.answered >= life;
	}
	log_event(LOG_DEBUG, "worker_ends", "answered",
	    log_int(w.answered), NULL);
	key_forget_all();
	pg_free(w.pg);
	if (w.redis != NULL)
		redis_free(w.redis);
	arena_free(w.arena);
	return worn ? WORKER_WORN : 0;
}
