/* Heartbeat and housekeeping; see housekeeping.h. */

#include "job/housekeeping.h"

#include <limits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/point.h"
#include "base/task.h"
#include "store/pg.h"
#include "store/row.h"

#define BEAT	(5 * SECOND)
#define RETRY	(2 * SECOND)
#define AGAIN	(5 * MINUTE)	/* after a sweep that failed */
#define BATCH	10000		/* of one kind, as job_housekeeping() has it */

static const struct statement job_beat = {
	"job_beat",
	"SELECT FROM job_beat($1::text, $2::integer, 'dispatcher', $3::text)",
};
static const struct statement sweep = {
	"job_housekeeping", "SELECT job_housekeeping()"
};
const struct statement *const housekeeping_statements[] = {
	&job_beat, &sweep, NULL
};

int64_t
beat(struct task *t)
{
	struct params p = { .n = 0 };
	char host[HOST_NAME_MAX + 1] = "";

	(void)gethostname(host, sizeof(host) - 1);
	param_text(&p, host);
	param_int(&p, t->arena, getpid());
	param_text(&p, CK_VERSION);
	return pg_do(t, &job_beat, &p, NULL) ? BEAT : RETRY;
}

int64_t
housekeeping(struct task *t)
{
	const struct result *result;

	if (!pg_do(t, &sweep, NULL, &result))
		return AGAIN;
	POINT("housekeeping.done");
	struct row row = { result, 0 };
	log_event(LOG_INFO, "housekeeping", "rows",
	    log_int(row_int(&row, 0)), NULL);
	/* There may be more of it. */
	return row_int(&row, 0) >= BATCH ? BEAT : HOUR;
}
