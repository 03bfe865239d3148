# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# Registering, passwords, roles, archiving; and two at once.

# registers EMAIL ROLE VERIFIED [ZONE]
registers() {
	echo "SELECT outcome FROM account_register('$1', NULL, '$2', 'New', 'One',
	    NULL, '\$y\$new', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
	    'k1', '\\xabcd', $3, ${4:-NULL}, 'POST /register', NULL, '::1');"
}
is 'anybody registers' "$(worker "BEGIN; $(registers new@test.invalid patient false)
    SELECT hash, verified FROM login_find('new@test.invalid'); ROLLBACK")" $'ok\n$y$new|f'
is 'who has the e-mail is told so' \
    "$(worker "$(registers ann@test.invalid patient false)")" exists
is 'nobody registers as admin' \
    "$(worker "$(registers new@test.invalid admin false)")" forbidden
is 'nor verified' "$(worker "$(registers new@test.invalid doctor true)")" forbidden
is 'nor does a doctor make one' \
    "$(as dora "$(registers new@test.invalid admin false)")" forbidden
is 'an admin makes admins' "$(as ruth "$(registers new@test.invalid admin false)")" ok
is 'and verified doctors' "$(as ruth "$(registers new@test.invalid doctor true)")" ok
is 'so does the owner' \
    "$(owner "BEGIN; $(registers new@test.invalid admin true) ROLLBACK")" ok
is 'a role that is none' "$(worker "$(registers new@test.invalid king false)")" \
    'ERROR:  23514'
is 'a zone that is none' "$(worker "$(registers n@test.invalid doctor false "'X/Y'")")" \
    'ERROR:  23514'
is 'two with one e-mail: one gets it, no one an error' "$(
	for _ in 1 2 3; do
		worker "BEGIN; $(registers race@test.invalid patient false)
		    SELECT 1 FROM pg_sleep(0.3) WHERE false; SELECT FROM pg_sleep(0.5);
		    COMMIT" &
	done | grep . | sort
	wait)" $'exists\nexists\nok'
is 'one account came of it' "$(owner "SELECT count(*) FROM account
    JOIN person ON account_id = account.id JOIN credential USING (account_id)
    JOIN data_key USING (account_id) WHERE email = 'race@test.invalid'
    AND account_uid = account.uid")" 1

# Passwords.
is 'one'\''s own hash' "$(as ann 'SELECT password_hash_of_me()')" '$y$101'
is 'nobody'\''s' "$(worker 'SELECT password_hash_of_me() IS NULL')" t
change="SELECT password_change(101, 'new', NULL, 'password')"
is 'one changes one'\''s password, which ends the sessions' \
    "$(as ann "$change; SELECT password_hash_of_me(); $(entered ann)
    SELECT me() IS NULL")" $'t\nnew\nt'
is 'all but the one that asks' "$(as ann "SELECT password_change(101, 'new',
    md5('ann')::uuid, 'password'); $(entered ann) SELECT me()")" $'t\n101'
is 'another'\''s, no' "$(as bob "$change")" f
is 'nobody, no' "$(worker "$change")" f
is 'an admin, yes' "$(as ruth "$change")" t
is 'of nobody' "$(as ruth "SELECT password_change(999, 'new', NULL, '')")" f

# Roles.
is 'an admin gives a role, which ends the sessions' \
    "$(as ruth "SELECT account_set_role(101, 'nurse'); $(entered ann)
    SELECT me() IS NULL")" $'ok\nt'
is 'a role takes the verification along' "$(as ruth "SELECT account_set_role(103,
    'nurse'); SELECT verified FROM account WHERE id = 103")" $'ok\nf'
is 'the same role changes nothing' "$(as ruth "SELECT account_set_role(103, 'doctor');
    $(entered dora) SELECT me()")" $'ok\n103'
is 'nobody else gives roles' "$(as dora "SELECT account_set_role(103, 'admin')")" \
    forbidden
is 'nor verifies' "$(as una 'SELECT account_set_verified(107, true)')" forbidden
is 'an admin verifies' "$(as ruth "SELECT account_set_verified(107, true);
    $(entered una) SELECT count(*) > 0 FROM record WHERE patient_id = 101")" $'ok\nt'
is 'whom there is not' "$(as ruth 'SELECT account_set_verified(999, true)')" missing
is 'whom there is not, a role' "$(as ruth "SELECT account_set_role(999, 'nurse')")" \
    missing

# Archiving.
archives() { echo "SELECT account_archive($1);"; }
is 'a stranger archives nobody' "$(as bob "$(archives 101)")" forbidden
is 'nor whom there is not' "$(as bob "$(archives 999)")" forbidden
is 'nobody archives nobody' "$(worker "$(archives 101)")" forbidden
is 'one may go oneself' "$(as bob "$(archives 102) $(archives 102)")" \
    $'ok\nmissing'
is 'an admin archives; the session ends' "$(as ruth "$(archives 115) $(entered gone)
    SELECT me() IS NULL; SELECT count(*) FROM login_find('gone@test.invalid')")" \
    $'ok\nt\n0'

done_by ruth "$(archives 115)" >/dev/null
for who in dora ruth; do
	for table in account people person connection record reminder; do
		is "$who sees nothing of the archived: $table" "$(as "$who" "
		    SELECT count(*) FROM $table x WHERE to_jsonb(x) @> '{\"id\": 115}'
		    OR to_jsonb(x) @> '{\"patient_id\": 115}'
		    OR to_jsonb(x) @> '{\"account_id\": 115}'")" 0
	done
	is "nor on a page" "$(as "$who" "SELECT count(*) FROM
	    record_page(NULL, 1000, false) AS p (id) WHERE id = 16")" 0
	is "nor among whom she sees" "$(as "$who" "SELECT count(*) FROM
	    account_page(NULL, 1000, false) AS p (id) WHERE id = 115")" 0
done
is 'nothing of it waits' "$(owner "SELECT state FROM occurrence WHERE account_id = 115;
    SELECT count(*) FROM outbox WHERE account_id = 115")" $'cancelled\n0'
is 'all of it bears one moment' "$(owner "
    SELECT count(DISTINCT archived_at), count(*) FROM (
	SELECT archived_at FROM account WHERE id = 115 UNION ALL
	SELECT archived_at FROM person WHERE account_id = 115 UNION ALL
	SELECT archived_at FROM connection WHERE patient_id = 115 UNION ALL
	SELECT archived_at FROM record WHERE patient_id = 115 UNION ALL
	SELECT archived_at FROM reminder WHERE patient_id = 115 UNION ALL
	SELECT archived_at FROM notification WHERE account_id = 115 UNION ALL
	SELECT ended_at FROM session WHERE account_id = 115) v")" '1|7'
is 'nobody is written for any more' "$(as ruth "$(record_for 115 113 NULL)")" "$refused"
is 'its e-mail is free' \
    "$(worker "$(registers gone@test.invalid patient false)")" ok
owner "INSERT INTO session (id, account_id, expires_at)
    SELECT md5('again')::uuid, account_id, instant() + interval '1 day'
    FROM login_find('gone@test.invalid')" >/dev/null
is 'who takes it is another' "$(as again "SELECT me() <> 115,
    (SELECT count(*) FROM record), (SELECT count(*) FROM reminder),
    (SELECT count(*) FROM connection), (SELECT count(*) FROM notification)")" \
    't|0|0|0|0'
is 'an archived clinician sees nothing, and is named where she wrote' "$(as ruth "
    $(archives 103) SELECT count(*) FROM account WHERE id = 103; $(entered ann)
    SELECT given FROM professional WHERE account_id = 103;
    SELECT count(*) FROM record WHERE author_id = 103;
    SELECT count(*) FROM people WHERE id = 103")" $'ok\n0\nDora\n1\n0'
is 'professionals are no patients' "$(as ann "SELECT count(*) FROM professional
    WHERE account_id IN (101, 102, 113)")" 0

# Who writes for an account while it goes waits for that, and writes nothing.
done_by ruth "$(registers late@test.invalid patient false)" >/dev/null
late=$(owner "SELECT account_id FROM login_find('late@test.invalid')")
done_by ruth "$(archives "$late") SELECT FROM pg_sleep(1)" >/dev/null &
sleep 0.4
is 'nobody slips in beside an archiving' \
    "$(done_by rolf "$(record_for "$late" 114 NULL)")" "$refused"
wait
is 'nothing is left of it' "$(owner "SELECT count(*) FROM record
    WHERE patient_id = $late AND archived_at IS NULL")" 0

# The last admin: Ruth and Rolf are all there are.
is 'one of two admins may go' "$(as ruth "$(archives 114)")" ok
is 'and then none' "$(as ruth "$(archives 114) $(archives 113)")" $'ok\nlast admin'
is 'the last admin keeps the role' "$(as ruth "$(archives 114)
    SELECT account_set_role(113, 'nurse')")" $'ok\nlast admin'
is 'the owner cannot either' "$(owner "BEGIN; $(archives 114) $(archives 113)
    ROLLBACK")" $'ok\nlast admin'
is 'two that go at once leave one' "$(
	{
		done_by ruth "$(archives 113) SELECT FROM pg_sleep(0.5)" &
		done_by rolf "$(archives 114) SELECT FROM pg_sleep(0.5)" &
		wait
	} | grep . | sort)" $'last admin\nok'
is 'one admin is left' "$(owner "SELECT count(*) FROM account
    WHERE role = 'admin' AND archived_at IS NULL")" 1
