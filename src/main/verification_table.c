/*
 * What verifying asks of the tables themselves: are they made so that a query
 * shows what they hold, and has every row of the trail been accounted for?
 */

#include "main/verification.h"

#include <stdio.h>

#include "main/command.h"

#define OF_AUDIT \
	"account_id bigint, action text!, at timestamp with time zone!," \
	" id bigint!, outcome text!, patients bigint[], peer inet," \
	" request_id uuid, role text, route text!, xact bigint!"

/*
 * Against the catalogue, which who owns tables cannot write.  The columns are
 * in the order of their names, with ! where null is refused; a policy that
 * concerns reading admits every row to whom it concerns.
 */
static const struct statement find_odd = {
	"verify_odd_table",
	"WITH made AS (SELECT to_regclass(name)::oid AS oid, name, kind, columns"
	" FROM (VALUES ('audit', 'p', '" OF_AUDIT "'),"
	" ('audit_base', 'r', 'added bigint!, one boolean!'),"
	" ('audit_batch', 'r', 'digest digest!, entries bytea!,"
	" first_at timestamp with time zone!,"
	" last_at timestamp with time zone!, last_id bigint!,"
	" last_xact bigint!, mac digest!, made_at timestamp with time zone!,"
	" number bigint!, rows integer!'),"
	" ('audit_checkpoint', 'r', 'batch bigint!, digest digest!,"
	" mac digest!, made_at timestamp with time zone!, month date!,"
	" rows bigint!')) names (name, kind, columns)"
	" UNION ALL SELECT inhrelid, inhrelid::regclass::text, 'r',"
	" '" OF_AUDIT "' FROM pg_inherits WHERE inhparent ="
	" to_regclass('audit')) SELECT m.name FROM made m"
	" LEFT JOIN pg_class c ON c.oid = m.oid"
	" WHERE c.relkind::text IS DISTINCT FROM m.kind"
	" OR (SELECT string_agg(attname || ' ' || format_type(atttypid,"
	" atttypmod) || CASE WHEN attnotnull THEN '!' ELSE '' END, ', '"
	" ORDER BY attname) FROM pg_attribute WHERE attrelid = m.oid"
	" AND attnum > 0 AND NOT attisdropped) IS DISTINCT FROM m.columns"
	" OR (m.kind = 'r' AND EXISTS (SELECT FROM pg_inherits"
	" WHERE inhparent = m.oid))"
	" OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = m.oid)"
	" OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = m.oid)"
	" OR (SELECT bool_and(polpermissive AND"
	" pg_get_expr(polqual, polrelid) = 'true') FROM pg_policy"
	" WHERE polrelid = m.oid AND polcmd::text IN ('r', '*'))"
	" IS NOT TRUE ORDER BY m.name LIMIT 1",
};
/* All rows are read, so not by an index. */
static const struct statement prefer_any = {
	"verify_prefer_any",
	"SELECT set_config('enable_seqscan', 'on', true)",
};
/*
 * Rows, those that wait for a seal, the number that no transaction of this
 * snapshot has reached, and whether the seals are beyond that: then the
 * numbers began anew, and what waits may have any.
 */
static const struct statement count_rows = {
	"verify_count",
	"SELECT r.n, r.waiting, h.upto, h.stale FROM (SELECT next <= $1::bigint"
	" AS stale, CASE WHEN next <= $1::bigint THEN 9223372036854775807"
	" ELSE next END AS upto FROM (SELECT"
	" pg_snapshot_xmax(pg_current_snapshot())::text::bigint +"
	" (SELECT max(added) FROM audit_base) AS next) one) h"
	" CROSS JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER"
	" (WHERE (xact, id) > ($1::bigint, $2::bigint) AND xact < h.upto)"
	" AS waiting FROM audit) r",
};
static const struct statement find_stray = {
	"verify_stray",
	"SELECT id, at FROM audit WHERE"
	" ((xact, id) <= ($1::bigint, $2::bigint)) IS NOT TRUE AND"
	" ((xact, id) > ($1::bigint, $2::bigint) AND xact < $3::bigint)"
	" IS NOT TRUE ORDER BY at, id LIMIT 1",
};
const struct statement *const verification_table_statements[] = {
	&find_odd, &prefer_any, &count_rows, &find_stray, NULL
};

bool
verification_tables(struct verification *v)
{
	const struct result	*result;
	const char		*name;

	if (!pg_do(v->call->task, &find_odd, NULL, &result))
		return false;
	if (result_rows(result) == 0)
		return true;
	name = row_text(&(struct row){ result, 0 }, 0);
	printf("forged: the table %s is not as it was made\n", name);
	v->wrong = true;
	return true;
}

/* Names a row that no batch holds and that does not wait for one. */
static bool
tell_stray(struct verification *v, int64_t upto, int64_t n)
{
	struct task		*t = v->call->task;
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	param_int(&p, t->arena, v->last_xact);
	param_int(&p, t->arena, v->last_id);
	param_int(&p, t->arena, upto);
	if (!pg_do(t, &find_stray, &p, &result))
		return false;
	v->wrong = true;
	row = (struct row){ result, 0 };
	if (result_rows(result) > 0)
		printf("inserted: row %lld of %s, in no batch\n",
		    (long long)row_int(&row, 0),
		    verification_time(v, row_time(&row, 1)));
	else
		printf("forged: the table audit has %lld rows more than it"
		    " shows in order\n", (long long)n);
	return true;
}

bool
verification_count(struct verification *v)
{
	struct task		*t = v->call->task;
	const struct result	*results[2];
	struct params		 p = { 0 };
	struct row		 row;
	int64_t			 stray;

	param_int(&p, t->arena, v->last_xact);
	param_int(&p, t->arena, v->last_id);
	pg_queue(t, &prefer_any, NULL);
	pg_queue(t, &count_rows, &p);
	if (!pg_run(t, results, 2))
		return false;
	row = (struct row){ results[1], 0 };
	v->waiting = row_int(&row, 1);
	v->stale = row_bool(&row, 3);
	stray = row_int(&row, 0) - v->rows - v->waiting;
	return stray == 0 || tell_stray(v, row_int(&row, 2), stray);
}
