/* A connection over TLS, to a server of the test's own. */

#include "store/pg.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "pg_things.h"

/* Much larger than one of TLS' records or libpq's buffer. */
START_TEST(test_pg_tls_carries_large_answers)
{
	static char large[3 * 1024 * 1024];
	const struct result *result;
	struct params params = { .n = 0 };
	size_t len;

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 31 + i / 4096);
	param_bytes(&params, large, sizeof(large));
	for (int i = 0; i < 5; i++) {
		ck_assert(pg_do(&task, &echo, &params, &result));
		ck_assert_mem_eq(row_bytes(&(struct row){ result, 0 }, 0,
		    &len), large, sizeof(large));
	}
	check_usable(&task);
}
END_TEST

/* It has begun to answer: the limit holds for the rest, too. */
START_TEST(test_pg_tls_silence_within_an_answer_is_given_up)
{
	static char large[100 * 1024];
	const struct result *results[2];
	struct params params = { .n = 0 };

	close_task(&task);
	open_task(&task, "-c statement_timeout=100ms");
	ck_assert(pg_script(&task, "SET statement_timeout = 0"));
	param_bytes(&params, large, sizeof(large));
	pg_queue(&task, &echo, &params);
	queue_int(&task, &sleep_for, 40);
	int64_t start = clock_monotonic();
	ck_assert(!pg_run(&task, results, 2));
	ck_assert_int_lt(clock_monotonic() - start, 20 * SECOND);
	check_fault(FAULT_UNAVAILABLE,
	    "the connection to the database broke");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pg_tls");
	TCase *tests = tcase_create("pg_tls");

	unsetenv("PGHOST");
	servers_start = "start-tls";
	servers_need();
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_pg_tls_carries_large_answers);
	tcase_add_test(tests, test_pg_tls_silence_within_an_answer_is_given_up);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
