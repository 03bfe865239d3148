# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# Who may read whose access log, and what of it shows.

# reads WHO PATIENT AFTER_AT SKIP N OWN: which rows, newest first.
reads() {
	as "$1" "SELECT string_agg(substr(l.route, 5), ' ') FROM access_log($2, $3, $4, $5, $6) l
	    WHERE l.route LIKE 'log %'"
}
owner "SET TimeZone = 'UTC'; CREATE TABLE audit_2020_01 PARTITION OF audit
	FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
    INSERT INTO audit (id, at, account_id, role, route, action, outcome, patients,
	request_id, peer)
    SELECT 9000 + n, at, account_id, role, 'log ' || n, 'view', 'ok', patients,
	gen_random_uuid(), '192.0.2.1'
    FROM (VALUES (1, '2019-12-31 23:59:59+00'::timestamptz, 103, 'doctor', '{101}'::bigint[]),
	(2, '2020-01-15 12:00+00', 103, 'doctor', '{101,102}'),
	(3, '2020-01-15 12:00+00', 101, 'patient', '{101}'),
	(4, '2020-01-15 12:00+00', 102, 'patient', '{102,101}'),
	(5, '2020-02-01 00:00+00', 106, 'nurse', '{101}'),
	(6, instant() - interval '1 second', 113, 'admin', '{101}'),
	(7, instant() - interval '2 seconds', NULL, 'system', '{101}'),
	(8, instant(), 103, 'doctor', '{102}'),
	(9, instant(), 103, 'doctor', NULL)) AS v (n, at, account_id, role, patients)
    " >/dev/null

is 'what others did to one'\''s data, newest first' \
    "$(reads ann 101 NULL NULL 100 false)" '6 7 5 4 2 1'
is 'with one'\''s own doing' \
    "$(reads ann 101 NULL NULL 100 true)" '6 7 5 4 3 2 1'
is 'not another'\''s' "$(reads bob 101 NULL NULL 100 true)" ''
is 'nor a patient'\''s of one'\''s own' "$(reads dora 101 NULL NULL 100 true)" ''
is 'an admin reads anybody'\''s' "$(reads ruth 102 NULL NULL 100 true)" '8 4 2'
is 'nobody reads any' "$(worker "SELECT count(*) FROM access_log(101, NULL, NULL, 9, true)")" 0
is 'nor of nobody' "$(as ruth "SELECT count(*) FROM access_log(NULL, NULL, NULL, 9, true)")" 0
is 'page by page, across months and within a moment' "$(as ann "
    WITH RECURSIVE w AS (SELECT 0 AS n, NULL::timestamptz AS at, 0::bigint AS skip,
	NULL::text AS route UNION ALL
	SELECT w.n + 1, l.at, CASE WHEN l.at = w.at THEN w.skip + 1 ELSE 1 END, l.route
	FROM w, LATERAL access_log(101, w.at, w.skip, 1, true) l WHERE w.n < 30)
    SELECT string_agg(substr(route, 5), ' ' ORDER BY n) FROM w WHERE route LIKE 'log %'")" \
    '6 7 5 4 3 2 1'
is 'so many as are asked for' "$(as ann "SELECT count(*) FROM
    access_log(101, '2020-03-01', NULL, 3, true)")" 3
is 'to the end' "$(as ann "SELECT count(*) FROM
    access_log(101, '2019-12-31 23:59:59+00', 1, 3, true)")" 0
is 'of other patients no name, of others theirs' "$(as ann "
    SELECT l.account_id, l.given, l.role FROM access_log(101, '2020-03-01', NULL, 4, true) l")" \
    $'106|Vera|nurse\n||patient\n101|Ann|patient\n103|Dora|doctor'
is 'and nothing of where it came from' "$(worker "SELECT array_agg(name) FROM (
    SELECT unnest(proargnames[6:]) AS name FROM pg_proc WHERE proname = 'access_log') v")" \
    '{at,account_id,given,family,role,action,route,outcome}'
owner "DELETE FROM audit WHERE id BETWEEN 9001 AND 9009; DROP TABLE audit_2020_01" \
    >/dev/null
