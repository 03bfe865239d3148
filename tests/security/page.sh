# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# A page function shows what the policy shows: all of it, in order, once, from
# the first page to an empty one, up and down, for every kind of actor.

# pages WHO TABLE FUNCTION N: t, if so; in one statement, because the worker has
# no tables of its own to collect them in.
pages() {
	as "$1" "
	WITH RECURSIVE walk (newest, place, page) AS (
	    SELECT newest, 1, ARRAY(SELECT * FROM $3(NULL, $4, newest))
	    FROM (VALUES (false), (true)) v (newest)
	UNION ALL
	    SELECT newest, place + 1,
		ARRAY(SELECT * FROM $3(page[cardinality(page)], $4, newest))
	    FROM walk WHERE cardinality(page) > 0),
	shown (newest, id, place) AS (
	    SELECT newest, u.id, (walk.place - 1) * $4 + u.place FROM walk
	    CROSS JOIN unnest(page) WITH ORDINALITY AS u (id, place))
	SELECT newest, (SELECT array_agg(id ORDER BY place) FROM shown
		WHERE shown.newest = v.newest)
	    IS NOT DISTINCT FROM (SELECT CASE WHEN newest
		THEN array_agg(id ORDER BY id DESC) ELSE array_agg(id ORDER BY id) END
		FROM $2),
	    NOT EXISTS (SELECT FROM walk WHERE cardinality(page) > $4)
	FROM (VALUES (false), (true)) v (newest) ORDER BY 1"
}
all_well=$'f|t|t\nt|t|t'

# Wanda has 700 patients: wide for pages of 1 and 3, not for those of 100.
for who in ann bob dora pete vera una adam wanda ruth nobody; do
	for n in 1 3 100; do
		is "$who's records in pages of $n" \
		    "$(pages $who record record_page $n)" "$all_well"
		is "$who's reminders in pages of $n" \
		    "$(pages $who reminder reminder_page $n)" "$all_well"
	done
	is "whom $who sees in pages of 7" \
	    "$(pages $who account account_page 7)" "$all_well"
	is "providers in pages of 2 for $who" \
	    "$(pages $who provider provider_page 2)" "$all_well"
done
is 'Wanda is wide for small pages' "$(owner "BEGIN; $(entered wanda)
    SELECT care_is_wide(3), care_is_wide(100); ROLLBACK")" 't|f'
is 'the matrix in pages of 10' "$(as ann 'SELECT count(*), count(DISTINCT id)
    FROM permission_page(NULL, 100, false) AS p (id)')" '95|95'
is 'the matrix goes on' "$(as ann 'SELECT * FROM permission_page(193, 5, false)')" \
    $'194\n195'
is 'the matrix is nobody'\''s page' \
    "$(worker 'SELECT count(*) FROM permission_page(NULL, 100, false)')" 0
is 'where one belongs, first joined first' \
    "$(as bob 'SELECT * FROM own_provider_page(NULL, 10, false)')" $'2\n1'
is 'and the other way' \
    "$(as bob 'SELECT * FROM own_provider_page(NULL, 10, true)')" $'1\n2'
is 'from 0 is from the start' "$(as bob 'SELECT * FROM own_provider_page(0, 1, false)
    UNION ALL SELECT * FROM record_page(0, 1, true)
    UNION ALL SELECT * FROM permission_page(0, 1, true)')" $'2\n15\n195'
is 'in pages of one' "$(as bob 'SELECT * FROM own_provider_page(2, 1, false)')" 1
is 'an archived provider is nowhere' \
    "$(as olga 'SELECT count(*) FROM own_provider_page(NULL, 10, false)')" 0
is 'a page of a record that is gone is empty' \
    "$(as ann 'SELECT * FROM own_provider_page(99, 10, false)')" ''

# What is due today: the day of the actor's zone, with both its ends; on the
# 29th of March 2026 it has 23 hours in Berlin. The clock is the owner's.
due() {
	owner "BEGIN;
	CREATE OR REPLACE FUNCTION instant() RETURNS timestamptz LANGUAGE sql
	    STABLE RETURN '2026-03-29 12:00+00'::timestamptz;
	UPDATE account SET time_zone = '$2' WHERE email = '$1@test.invalid';
	UPDATE session SET seen_at = instant();
	INSERT INTO reminder (id, uid, patient_id, author_id, text, due_at)
	SELECT 50 + n, gen_random_uuid(), 101, 101, '\\x01' || sha256('x'),
	    '2026-03-28 23:00+00'::timestamptz + at
	FROM (VALUES (1, interval '-1 second'), (2, '0'), (3, '23 hours'),
	    (4, '23 hours 1 second'), (5, '25 hours'), (6, '25 hours 1 second'))
	    v (n, at);
	$(entered "$1")
	SELECT string_agg(id::text, ' ') FROM reminder_due_page($3) AS p (id);
	ROLLBACK"
}
is 'due in Berlin' "$(due ann Europe/Berlin 'NULL, 9, false')" '52 53'
is 'due in Reykjavik' "$(due ann Atlantic/Reykjavik 'NULL, 9, false')" '53 54 55'
is 'the newest of it' "$(due ann Europe/Berlin 'NULL, 1, true')" 53
is 'the page after' "$(due ann Europe/Berlin '52, 9, false')" 53
is 'due for her nurse' "$(due vera Europe/Berlin 'NULL, 9, false')" '52 53'
is 'due for the admin' "$(due ruth Europe/Berlin 'NULL, 9, false')" '52 53'
is 'due for a stranger' "$(due bob Europe/Berlin 'NULL, 9, false')" ''
