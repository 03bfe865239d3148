/* Counters in shared memory, /metrics and /api/health/. */

#include "api/status.h"

#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/settings.h"
#include "base/task.h"
#include "store/pg.h"

static const char *peers[] = { "192.0.2.1", "::1", NULL };
static struct settings settings = { .metrics_peers = peers };
static struct task task;
static struct request request;
static struct response response;
static struct shared *shared;

static void
setup(void)
{
	shared = status_map(8);
	task = (struct task){
		.arena = arena_new(0), .settings = &settings,
		/* Nobody is there. */
		.pg = pg_new("host=/nonexistent dbname=x", NULL, NULL, NULL,
		    0),
	};
	request = (struct request){ .method = GET, .peer = "192.0.2.1" };
	response_init(&response, task.arena);
}

static void
teardown(void)
{
	pg_free(task.pg);
	arena_free(task.arena);
}

/* Calls the route of that path, as surface_answer() does. */
static bool
call_route(const char *path)
{
	struct call call = {
		.task = &task, .surface = &status_surface,
		.request = &request, .response = &response
	};

	for (size_t i = 0; i < status_surface.nroutes; i++) {
		call.route = &status_surface.routes[i];
		if (strcmp(call.route->path, path) == 0)
			return call.route->handler(&call);
	}
	ck_abort_msg("no route %s", path);
	return false;
}

START_TEST(test_status_slot_belongs_to_its_process)
{
	pid_t pid;
	int status;

	status_clear(shared, 1);
	ck_assert_uint_eq(status_slots(shared), 2);
	ck_assert(!status_is_ready(shared, 1));
	pid = fork();
	if (pid == 0) {
		status_attach(shared, 1);
		status_beat(4711);
		status_ready();
		status_count(0, 204, 300, 200, 100);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(status_is_ready(shared, 1));
	ck_assert_int_eq(status_started(shared, 1), 4711);
	ck_assert_int_eq(status_started(shared, 0), 0);
	ck_assert_uint_eq(status_requests(shared, 1, 0, 3), 1);
	ck_assert_uint_eq(status_requests(shared, 0, 0, 3), 0);
	/* The next process there begins idle, and goes on counting. */
	status_clear(shared, 1);
	ck_assert(!status_is_ready(shared, 1));
	ck_assert_int_eq(status_started(shared, 1), 0);
	ck_assert_uint_eq(status_requests(shared, 1, 0, 3), 1);
}
END_TEST

START_TEST(test_status_dispatcher_beats_beside_the_slots)
{
	struct shared *shared = status_map(2);
	pid_t pid;
	int status;

	status_clear(shared, DISPATCHER_SLOT);
	pid = fork();
	if (pid == 0) {
		status_attach(shared, DISPATCHER_SLOT);
		status_beat(4711);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(status_started(shared, DISPATCHER_SLOT), 4711);
	ck_assert_uint_eq(status_slots(shared), 0);
	status_clear(shared, DISPATCHER_SLOT);
	ck_assert_int_eq(status_started(shared, DISPATCHER_SLOT), 0);
}
END_TEST

START_TEST(test_status_times_are_summed_by_bucket)
{
	struct timing t;

	status_clear(shared, 0);
	status_clear(shared, 3);
	status_attach(shared, 0);
	status_count(0, 200, 250, 10, 1);	/* on the bound: below it */
	status_count(0, 200, 251, 20, 2);
	status_attach(shared, 3);
	status_count(1, 500, INT64_C(60000000), 30, 3);
	status_timing(shared, &t);
	ck_assert_uint_eq(t.count, 3);
	ck_assert_uint_eq(t.bucket[0], 1);
	ck_assert_uint_eq(t.bucket[1], 1);
	ck_assert_uint_eq(t.bucket[BUCKETS - 1], 1);
	ck_assert_int_eq(t.total, 60000501);
	ck_assert_int_eq(t.pg, 60);
	ck_assert_int_eq(t.redis, 6);
}
END_TEST

START_TEST(test_status_metrics_show_every_counter)
{
	const char *body;

	status_clear(shared, 0);
	status_clear(shared, 1);
	status_clear(shared, 2);
	status_attach(shared, 0);
	status_count(route_count(), 404, 1500000, 0, 0);
	status_attach(shared, 1);
	status_count(route_count(), 404, 1500000, 0, 0);
	status_attach(shared, 2);
	status_count(0, 200, 700, 500, 0);
	status_count(0, 418, 700, 0, 0);
	status_restarted(shared, RESTART_STUCK);
	ck_assert(call_route("/metrics"));
	body = response.body.data;
	ck_assert_int_eq(response.status, 200);
	/* Both slots of worker 0 are one. */
	ck_assert_ptr_nonnull(strstr(body, "chartkeep_requests_total{"
	    "route=\"none\",status=\"404\",worker=\"0\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(body, "chartkeep_requests_total{"
	    "route=\"GET /api/health\",status=\"200\",worker=\"1\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(body, "chartkeep_requests_total{"
	    "route=\"GET /api/health\",status=\"other\",worker=\"1\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(body, "_bucket{le=\"0.001\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(body, "_bucket{le=\"1\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(body, "_bucket{le=\"5\"} 4\n"));
	ck_assert_ptr_nonnull(strstr(body, "_bucket{le=\"+Inf\"} 4\n"));
	ck_assert_ptr_nonnull(strstr(body, "_seconds_sum 3.001400\n"));
	ck_assert_ptr_nonnull(strstr(body,
	    "chartkeep_postgresql_seconds_total 0.000500\n"));
	ck_assert_ptr_nonnull(strstr(body, "{why=\"stuck\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(body, "{why=\"crashed\"} 0\n"));
	/* What can't be asked is a gap. */
	ck_assert_ptr_null(strstr(body, "{queue="));
	ck_assert_int_eq(task.fault.code, FAULT_NONE);
}
END_TEST

START_TEST(test_status_metrics_are_for_their_peers)
{
	request.peer = "192.0.2.2";
	ck_assert(!call_route("/metrics"));
	ck_assert_int_eq(task.fault.code, FAULT_NO_ROUTE);
	ck_assert_uint_eq(response.body.len, 0);
	fault_clear(&task);
	request.peer = "::1";
	ck_assert(call_route("/metrics"));
}
END_TEST

START_TEST(test_status_health_asks_nobody)
{
	ck_assert(call_route("/api/health"));
	ck_assert_int_eq(response.status, 200);
	ck_assert_str_eq(response.body.data, "{\"status\":\"ok\"}");
	ck_assert_str_eq(pg_why(task.pg), "not connected yet");
}
END_TEST

START_TEST(test_status_deep_health_names_what_is_down)
{
	const struct input_field deep = { "deep", { INPUT_TEXT, "1" } };

	request.query = (struct input){ &deep, 1, false };
	ck_assert(call_route("/api/health"));
	ck_assert_int_eq(response.status, 503);
	ck_assert_str_eq(response.body.data,
	    "{\"status\":\"down\",\"parts\":{\"database\":\"away\"}}");
	ck_assert_str_eq(response_find(&response, "Retry-After"), "5");
}
END_TEST

START_TEST(test_status_faults_are_for_every_client)
{
	fail(&task, FAULT_NO_ROUTE, NULL);
	response.status = 404;
	status_surface.dialect->fault(&task, &response);
	ck_assert_str_eq(response.body.data, "{\"detail\":\"there is no such"
	    " path\",\"message\":\"there is no such path\","
	    "\"error\":\"there is no such path\"}");
	fault_clear(&task);
	response_clear(&response);
	strcpy(task.request_id, "an-id");
	fail(&task, FAULT_INTERNAL, "a secret of ours");
	response.status = 500;
	status_surface.dialect->fault(&task, &response);
	ck_assert_ptr_null(strstr(response.body.data, "secret"));
	ck_assert_ptr_nonnull(strstr(response.body.data,
	    "\"request_id\":\"an-id\""));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("status");
	TCase *tests = tcase_create("status");
	SRunner *runner = srunner_create(suite);
	int failed;

	log_set_level("error");
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_status_slot_belongs_to_its_process);
	tcase_add_test(tests, test_status_dispatcher_beats_beside_the_slots);
	tcase_add_test(tests, test_status_times_are_summed_by_bucket);
	tcase_add_test(tests, test_status_metrics_show_every_counter);
	tcase_add_test(tests, test_status_metrics_are_for_their_peers);
	tcase_add_test(tests, test_status_health_asks_nobody);
	tcase_add_test(tests, test_status_deep_health_names_what_is_down);
	tcase_add_test(tests, test_status_faults_are_for_every_client);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
