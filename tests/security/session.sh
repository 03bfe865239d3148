# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# enter(), login, renewal, logout.

# enters WHO RESOURCE ACTION: the outcome, and who it says it is.
enters() {
	worker "SELECT outcome, account_id, role FROM enter(md5('$1')::uuid, $2, '$3',
	    'UTC', true, '1 hour', false)"
}
is 'the matrix admits' "$(enters ann 2 view)" 'ok|101|patient'
is 'the matrix denies, and says whom' "$(enters ann 6 view)" 'denied|101|patient'
is 'oneself needs no matrix' "$(enters ann 0 edit)" 'ok|101|patient'
is 'an action that is none' "$(enters ann 2 own)" 'denied|101|patient'
is 'a resource that is none' "$(enters ann 99 view)" 'denied|101|patient'
is 'no session' "$(enters nobody 2 view)" 'session||'
is 'no session id' "$(worker "SELECT outcome FROM enter(NULL, 2, 'view', 'UTC',
    true, '1 hour', false)")" session

# lapsed CHANGE: Ann's session, changed so.
lapsed() {
	owner "BEGIN; UPDATE session SET $1 WHERE account_id = 101; $(entered ann)
	    SELECT outcome, account_id, me() FROM enter(md5('ann')::uuid, 2, 'view',
	    'UTC', true, '1 hour', false); ROLLBACK"
}
is 'an ended session' "$(lapsed "ended_at = instant()")" 'session||'
is 'an expired one' "$(lapsed "expires_at = instant()")" 'idle||'
is 'an idle one' "$(lapsed "seen_at = instant() - interval '61 minutes'")" 'idle||'
is 'one that is almost idle' \
    "$(lapsed "seen_at = instant() - interval '59 minutes'")" 'ok|101|101'
is 'it notes that it was seen' "$(owner "BEGIN; UPDATE session
    SET seen_at = seen_at - interval '2 minutes' WHERE account_id = 101; $(entered ann)
    SELECT seen_at = instant() FROM session WHERE account_id = 101; ROLLBACK")" t
is 'but not each time' "$(owner "BEGIN; UPDATE session
    SET seen_at = instant() - interval '20 seconds' WHERE account_id = 101;
    $(entered ann) SELECT seen_at = instant() - interval '20 seconds' FROM session
    WHERE account_id = 101; ROLLBACK")" t
is 'the zone is one'\''s own, or the server'\''s' "$(owner "BEGIN; UPDATE account
    SET time_zone = 'Asia/Tokyo' WHERE id = 101;
    SELECT zone, current_setting('TimeZone') FROM enter(md5('ann')::uuid, 0, 'view',
	'Europe/Berlin', true, '1 hour', false);
    SELECT zone, current_setting('TimeZone') FROM enter(md5('ann')::uuid, 0, 'view',
	'Europe/Berlin', false, '1 hour', false);
    SELECT zone, current_setting('TimeZone') FROM enter(md5('bob')::uuid, 0, 'view',
	'Europe/Berlin', true, '1 hour', false); ROLLBACK")" \
    $'Asia/Tokyo|Asia/Tokyo\nEurope/Berlin|Europe/Berlin\nEurope/Berlin|Europe/Berlin'
is 'and ends with the transaction' "$(worker "SELECT 1 FROM enter(md5('ann')::uuid, 0,
    'view', 'Asia/Tokyo', true, '1 hour', true) WHERE outcome = '';
    SELECT current_setting('TimeZone'), current_setting('synchronous_commit')")" \
    "UTC|$(worker 'SHOW synchronous_commit')"
is 'lazy does not wait for the disk' "$(worker "BEGIN; SELECT 1 FROM
    enter(md5('ann')::uuid, 0, 'view', 'UTC', true, '1 hour', true) WHERE outcome = '';
    SHOW synchronous_commit")" off

# While somebody holds a session that wants to be noted, nobody waits.
owner "UPDATE session SET seen_at = seen_at - interval '5 minutes'
    WHERE account_id = 101" >/dev/null
owner "BEGIN; SELECT 1 FROM session WHERE account_id = 101 FOR UPDATE;
    SELECT FROM pg_sleep(2)" >/dev/null &
sleep 0.5
is 'enter() never waits' "$(worker "SET statement_timeout = '500ms';
    SELECT outcome FROM enter(md5('ann')::uuid, 0, 'view', 'UTC', true, '1 hour',
    false)")" ok
wait

# Login.
is 'login finds by e-mail' \
    "$(worker "SELECT account_id, hash, given FROM login_find('ann@test.invalid')")" \
    '101|$y$101|Ann'
is 'login finds by name' "$(owner "BEGIN; UPDATE account SET username = 'annie'
    WHERE id = 101; SELECT account_id FROM login_find('annie'); ROLLBACK")" 101
is 'login finds nobody else' "$(worker "SELECT * FROM login_find('a%')")" ''
opened="SELECT outcome, role FROM session_open(101, md5('new')::uuid, sha256('n'),
    '7 days', 'rehashed', 'POST /login', NULL, '::1'"
at="(SELECT password_at FROM login_find('ann@test.invalid'))"
is 'a login opens a session' "$(worker "BEGIN; $opened, $at); $(entered new)
    SELECT me(), password_hash_of_me(); ROLLBACK")" $'ok|patient\n101|rehashed'
is 'a new hash is no new password' "$(worker "BEGIN; $opened, $at); SELECT
    password_at < now() FROM login_find('ann@test.invalid'); ROLLBACK")" $'ok|patient\nt'
is 'not with the password of before' "$(worker "BEGIN; $opened, 'epoch'); ROLLBACK")" \
    'changed|patient'
is 'nor for who is not there' "$(worker "SELECT outcome FROM session_open(999,
    md5('new')::uuid, sha256('n'), '7 days', NULL, 'r', NULL, NULL)")" missing

# Renewal. token N: of Ann's session, one after the other.
token() { echo "sha256('ann@test.invalid$1')"; }
renew() {
	echo "SELECT outcome, account_id FROM session_renew($1, $2, '20 seconds',
	    'POST /refresh', NULL, '::1');"
}
first=$(token '') second=$(token 2) third=$(token 3) fourth=$(token 4)
late="UPDATE session SET rotated_at = rotated_at - interval '1 minute';"
is 'a token is renewed' "$(owner "BEGIN; $(renew "$first" "$second")
    $(renew "$second" "$third") ROLLBACK")" $'ok|101\nok|101'
is 'a lost answer is given again' "$(owner "BEGIN; $(renew "$first" "$second")
    $(renew "$first" "$third") $(renew "$first" "$fourth") $(renew "$fourth" "$second")
    ROLLBACK")" $'ok|101\ngrace|101\ngrace|101\nok|101'
is 'grace does not grow' "$(owner "BEGIN; $(renew "$first" "$second") $late
    UPDATE session SET rotated_at = rotated_at + interval '50 seconds';
    $(renew "$first" "$third")
    UPDATE session SET rotated_at = rotated_at - interval '15 seconds';
    $(renew "$first" "$fourth") ROLLBACK")" $'ok|101\ngrace|101\nreplayed|101'
is 'a replayed one ends the session for both' "$(owner "BEGIN;
    $(renew "$first" "$second") $late $(renew "$first" "$third")
    $(renew "$second" "$third") $(entered ann) SELECT me() IS NULL;
    SELECT ended_why FROM session WHERE account_id = 101; ROLLBACK")" \
    $'ok|101\nreplayed|101\nunknown|\nt\nreplayed'
is 'any token that was spent ends it, not only the last' "$(owner "BEGIN;
    $(renew "$first" "$second") $(renew "$second" "$third")
    $(renew "$third" "$fourth") $late $(renew "$first" "$second")
    SELECT ended_why FROM session WHERE account_id = 101; ROLLBACK")" \
    $'ok|101\nok|101\nok|101\nreplayed|101\nreplayed'
is 'so does the token of an answer that was said to be lost' "$(owner "BEGIN;
    $(renew "$first" "$second") $(renew "$first" "$third")
    $(renew "$second" "$fourth") ROLLBACK")" \
    $'ok|101\ngrace|101\nreplayed|101'
is 'an ended session is not renewed' "$(owner "BEGIN; UPDATE session
    SET ended_at = now(); $(renew "$first" "$second") ROLLBACK")" 'unknown|'
is 'nor an expired one' "$(owner "BEGIN; UPDATE session
    SET expires_at = now(); $(renew "$first" "$second") ROLLBACK")" 'unknown|'
is 'nor what never was' "$(worker "$(renew "$fourth" "$second")")" 'unknown|'
is 'nor nothing' "$(worker "$(renew NULL "$second")")" 'unknown|'
is 'a renewed session lives on' "$(owner "BEGIN; SELECT outcome FROM
    session_renew($first, $second, '20 s', 'r', NULL, NULL, '30 days');
    SELECT expires_at = instant() + interval '30 days' FROM session
    WHERE account_id = 101; ROLLBACK")" $'ok\nt'
is 'two at once: one is first, the other in grace' "$(
	for token in "$second" "$third"; do
		worker "BEGIN; $(renew "$first" "$token") SELECT FROM pg_sleep(0.5);
		    COMMIT" &
	done | sort
	wait)" $'grace|101\nok|101'

# Logout.
end="SELECT session_end(md5('bob')::uuid, 'logout')"
is 'nobody ends another'\''s session' "$(as ann "$end")" f
is 'nobody at all' "$(worker "$end")" f
is 'an admin does' "$(as ruth "$end")" t
is 'one ends one'\''s own, once' "$(as bob "$end; $end; $(entered bob)
    SELECT me() IS NULL")" $'t\nf\nt'
