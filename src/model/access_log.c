/* The audit as its subject may read it; sql/0011-access.sql finds the rows. */

#include "model/access_log.h"

#include "base/task.h"
#include "model/actor.h"
#include "model/audit.h"
#include "model/statement.h"
#include "store/row.h"

/* One row at least for a patient that there is: without a time, if no more. */
static const struct statement find_log = {
	"access_log",
	"WITH subject AS (SELECT p.id FROM party p"
	" WHERE p.id = coalesce($4::bigint, me())),"
	" page AS MATERIALIZED (SELECT l.* FROM subject s,"
	" LATERAL access_log(s.id, 'epoch'::timestamptz"
	" + $5::bigint * interval '1 microsecond', $6::bigint, $7::integer,"
	" $8::boolean) WITH ORDINALITY AS l (at, account_id, given, family,"
	" role, action, route, outcome, place)),"
	" logged AS (INSERT INTO audit (route, request_id, peer, action,"
	" outcome, account_id, role, patients) SELECT $1::text, $2::uuid,"
	" $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing'"
	" END, me(), my_role(), array_agg(s.id) FROM subject s"
	" HAVING me() IS NOT NULL)"
	" SELECT g.at AT TIME ZONE 'UTC' AS at, g.account_id, g.given,"
	" g.family, g.role, g.action, g.route, g.outcome"
	" FROM subject s LEFT JOIN page g ON true ORDER BY g.place",
};

static void
log_params(struct task *t, const struct access_log *log, struct params *p)
{
	audit_params(t, p);
	if (log->patient > 0)
		param_int(p, t->arena, log->patient);
	else
		param_text(p, NULL);
	if (log->after_at > 0)
		param_int(p, t->arena, log->after_at);
	else
		param_text(p, NULL);
	param_int(p, t->arena, log->skip);
	param_int(p, t->arena, log->limit + 1);
	param_bool(p, log->own);
}

bool
access_log_find(struct task *t, const struct access *access,
    const struct access_log *log, const struct result **result_r)
{
	const struct result	*results[2];
	struct params		 p = { 0 };

	/* A round trip of its own tells who asks, before anything is read. */
	if (log->patient > 0 && !actor_enter(t, access))
		return false;
	if (log->patient > 0 && !actor_is(t->actor, "admin"))
		return fail(t, FAULT_FORBIDDEN,
		    "only administrators read the log of others");
	t->subject = log->patient;
	if (!actor_queue(t, access))
		return false;
	log_params(t, log, &p);
	pg_queue(t, &find_log, &p);
	if (!pg_run(t, results, 2) || !actor_take(t, results[0]))
		return false;
	t->audited = true;
	if (result_rows(results[1]) == 0)
		return fail(t, FAULT_NOT_FOUND, "no such patient");
	*result_r = results[1];
	return true;
}

const struct statement *const access_log_statements[] = { &find_log, NULL };
