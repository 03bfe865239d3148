# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# Connections: who asks, who answers, who ends, who is told; and two at once.

# asks_of ID: as a patient. asks_for LOGIN: as a clinician.
asks_of() {
	echo "SELECT outcome, id IS NOT NULL FROM connection_ask($1, NULL,
	    gen_random_uuid(), 'POST /ask', NULL, '::1');"
}
asks_for() {
	echo "SELECT outcome, id IS NOT NULL FROM connection_ask(NULL, '$1',
	    gen_random_uuid(), 'POST /ask', NULL, '::1');"
}
step() { echo "UPDATE connection SET status = '$2' WHERE id = $1 RETURNING status;"; }
ends() { echo "SELECT archive('connection', $1);"; }
# told ID…: by owner(), what they were told in this transaction, and who by mail.
told() {
	echo "SELECT n.account_id, n.kind, n.author_id, o.template
	    FROM notification n LEFT JOIN outbox o ON o.notification_id = n.id
	    WHERE n.created_at = instant() ORDER BY n.id;"
}
# acts WHO STATEMENTS: as the owner with her as the actor, then what was told.
acts() { owner "BEGIN; $(entered "$1") $2 $(told) ROLLBACK"; }

is 'a patient asks a clinician' "$(as bob "$(asks_of 110) SELECT status, initiator_id,
    patient_id, clinician_id FROM connection WHERE id > 1000")" \
    $'ok|t\npending|102|102|110'
is 'who sees it as well' "$(as bob "$(asks_of 110) $(entered phil)
    SELECT patient_id FROM connection")" $'ok|t\n102'
is 'and sees nothing else by it' "$(as bob "$(asks_of 110) $(entered phil)
    SELECT count(*) FROM record; SELECT count(*) FROM account WHERE id = 102")" \
    $'ok|t\n0\n0'
is 'a clinician asks a patient by e-mail' "$(as phil "$(asks_for bob@test.invalid)
    SELECT initiator_id, patient_id FROM connection WHERE id > 1000")" $'ok|t\n110|102'
is 'and not by user name' "$(owner "BEGIN; UPDATE account SET username = 'bobby'
    WHERE id = 102; $(entered phil) $(asks_for bobby) ROLLBACK")" 'missing|f'
is 'nobody asks a patient by id' "$(as bob "$(asks_of 101)")" 'missing|f'
is 'nor an admin' "$(as bob "$(asks_of 113)")" 'missing|f'
is 'nor whom there is not' "$(as bob "$(asks_of 999)")" 'missing|f'
is 'nor oneself' "$(as phil "$(asks_of 110)")" 'missing|f'
is 'a clinician is no patient to ask' "$(as phil "$(asks_for dora@test.invalid)")" \
    'missing|f'
is 'nor is an e-mail that nobody has' "$(as phil "$(asks_for x@test.invalid)")" \
    'missing|f'
is 'a patient asks nobody by e-mail' "$(as ann "$(asks_for bob@test.invalid)")" \
    'missing|f'
is 'nor does an admin' "$(as ruth "$(asks_for bob@test.invalid)")" 'missing|f'
is 'nobody asks' "$(worker "$(asks_of 110) $(asks_for bob@test.invalid)")" \
    $'missing|f\nmissing|f'
is 'who went is not asked' "$(owner "BEGIN;
    SELECT account_archive(110) \\g /dev/null
    SELECT account_archive(102) \\g /dev/null
    $(entered ann) $(asks_of 110) $(entered dora) $(asks_for bob@test.invalid)
    ROLLBACK")" $'missing|f\nmissing|f'
is 'the two have a row: accepted' "$(as ann "$(asks_of 103)")" 'exists|f'
is 'pending' "$(as ann "$(asks_of 104)")" 'exists|f'
is 'pending, from the other side' "$(as pete "$(asks_for ann@test.invalid)")" 'exists|f'
is 'rejected' "$(as ann "$(asks_of 105)")" 'exists|f'
is 'ended: one asks again' "$(as ann "$(ends 3) $(asks_of 105) $(entered fred)
    SELECT status, initiator_id FROM connection")" $'t\nok|t\npending|101'
is 'it leaves evidence' "$(owner "BEGIN; $(entered phil) $(asks_for bob@test.invalid)
    $(asks_for bob@test.invalid) $(asks_for x@test.invalid)
    SELECT account_id, role, route, action, outcome, patients, peer FROM audit
    WHERE at = instant() ORDER BY id; ROLLBACK")" \
    $'ok|t\nexists|f\nmissing|f
110|pharmacist|POST /ask|add|ok|{102}|::1
110|pharmacist|POST /ask|add|exists|{102}|::1
110|pharmacist|POST /ask|add|missing||::1'

# Not more than 50 clinicians, who sign up as they like, wait for a patient, of
# whom Dora is one, nor 1,000 patients for a clinician.
waiting() {
	echo "INSERT INTO account (id, uid, email, role)
	    SELECT 20000 + i, gen_random_uuid(), 'm' || i || '@test.invalid', '$2'
	    FROM generate_series(1, $1) i;
	INSERT INTO connection (uid, patient_id, clinician_id, initiator_id)
	    SELECT gen_random_uuid(), CASE '$2' WHEN 'patient' THEN id ELSE 102 END,
		CASE '$2' WHEN 'patient' THEN 110 ELSE id END, id
	    FROM account WHERE id > 20000;"
}
is '49 wait for a patient' "$(owner "BEGIN; $(waiting 48 doctor) $(entered phil)
    $(asks_for bob@test.invalid) ROLLBACK")" 'ok|t'
is '50 are many; who asks again, or is asked, is told nothing of it' "$(owner "BEGIN;
    $(waiting 49 doctor) $(entered phil) $(asks_for bob@test.invalid)
    $(asks_for ann@test.invalid) $(entered dora) $(asks_for bob@test.invalid)
    $(entered bob) $(asks_of 110) SELECT outcome, count(*) FROM audit
    WHERE at = instant() GROUP BY 1 ORDER BY 1; ROLLBACK")" \
    $'many|f\nok|t\nexists|f\nok|t\nexists|1\nmany|1\nok|2'
is '1,000 wait for a clinician' "$(owner "BEGIN; $(waiting 1000 patient)
    $(entered bob) $(asks_of 110) $(asks_of 109) $(entered phil)
    $(asks_for bob@test.invalid) ROLLBACK")" $'many|f\nok|t\nok|t'
is 'nobody learns how many wait for others' "$(as ann "SELECT connection_room(102, 110);
    SELECT connection_room(102, 101); SELECT connection_room(102, NULL)")" $'f\nf\nf'

# Forged rows: what the functions refuse, a worker's INSERT is refused too.
connect() {
	echo "INSERT INTO connection (uid, patient_id, clinician_id, initiator_id)
	    VALUES (gen_random_uuid(), $1, $2, $3) RETURNING status"
}
is 'a worker may write what one may ask' "$(as bob "$(connect 102 110 102)")" pending
is 'in nobody else'\''s name' "$(as phil "$(connect 102 110 102)")" "$refused"
is 'nor for others' "$(as phil "$(connect 102 103 110)")" "$refused"
is 'nor as an admin for others' "$(as ruth "$(connect 102 103 113)")" "$refused"
is 'nor with who is no clinician' "$(as bob "$(connect 102 101 102)")" "$refused"
is 'nor with who went' "$(as ruth "SELECT account_archive(110); $(entered bob)
    $(connect 102 110 102)")" $'ok\nERROR:  42501'
is 'nor with whom there is not' "$(as bob "$(connect 102 999 102)")" "$refused"
is 'nor without an actor' "$(worker "$(connect 102 110 102)")" "$refused"
is 'none begins accepted' "$(as phil "INSERT INTO connection (uid, patient_id,
    clinician_id, initiator_id, status) VALUES (gen_random_uuid(), 102, 110, 110,
    'accepted')")" "$refused"
for column in initiator_id patient_id clinician_id archived_at uid; do
	is "nobody changes $column" "$(as pete \
	    "UPDATE connection SET $column = $column WHERE id = 2")" "$refused"
done
is 'nobody holds others'\'' accounts' "$(as bob "SELECT parties_hold(101, 103)")" f

# Steps.
is 'the other accepts' "$(as pete "$(step 2 accepted) SELECT count(*) > 0 FROM record
    WHERE patient_id = 101")" $'accepted\nt'
is 'who asked does not' "$(as ann "$(step 2 accepted)")" 'ERROR:  CK002'
is 'the other rejects' "$(as pete "$(step 2 rejected)")" rejected
is 'who asked takes it back' "$(as ann "$(step 2 rejected)")" rejected
is 'an admin accepts for nobody' "$(as ruth "$(step 2 accepted)")" 'ERROR:  CK002'
is 'nor rejects' "$(as ruth "$(step 2 rejected)")" 'ERROR:  CK002'
is 'a stranger finds nothing to accept' "$(as bob "$(step 2 accepted)")" ''
is 'rejected is rejected' "$(as fred "$(step 3 accepted)")" 'ERROR:  CK002'
is 'for both' "$(as ann "$(step 3 pending)")" 'ERROR:  CK002'
is 'accepted is accepted' "$(as dora "$(step 1 rejected)")" 'ERROR:  CK002'
is 'and not asked again' "$(as ann "$(step 1 pending)")" 'ERROR:  CK002'
is 'the same again is no step' "$(as ann "$(step 1 accepted)")" accepted
is 'the owner is free' "$(owner "BEGIN; $(step 1 pending) ROLLBACK")" pending

# The end of it.
is 'the patient ends it; it closes at once' "$(as ann "$(ends 1) $(entered dora)
    SELECT count(*) FROM record WHERE patient_id = 101;
    SELECT count(*) FROM connection WHERE id = 1")" $'t\n0\n0'
is 'the clinician too' "$(as dora "$(ends 1) SELECT count(*) FROM care
    WHERE patient_id = 101")" $'t\n0'
is 'and an admin' "$(as ruth "$(ends 1)")" t
is 'a stranger does not' "$(as bob "$(ends 1)")" f
is 'nobody does' "$(worker "$(ends 1)")" f
is 'it ends once' "$(as ann "$(ends 1) $(ends 1)")" $'t\nf'
is 'ended, it has changed' "$(owner "BEGIN; $(entered ann) $(ends 1)
    SELECT version, archived_at = changed_at FROM connection WHERE id = 1; ROLLBACK")" \
    $'t\n2|t'

# Who is told.
is 'who is asked is told, and mailed' "$(acts bob "$(asks_of 110)")" \
    $'ok|t\n110|connection_asked|102|connection_asked'
is 'asked in vain, nobody is' "$(acts ann "$(asks_of 104) $(asks_of 999)")" \
    $'exists|f\nmissing|f'
is 'who asked is told of a yes' "$(acts pete "$(step 2 accepted)")" \
    $'accepted\n101|connection_accepted|104|connection_accepted'
is 'and of a no' "$(acts pete "$(step 2 rejected)")" \
    $'rejected\n101|connection_rejected|104|connection_rejected'
is 'of an end, the other' "$(acts dora "$(ends 1)")" \
    $'t\n101|connection_ended|103|connection_ended'
is 'of an admin'\''s end, both' "$(acts ruth "$(ends 1)")" \
    $'t\n101|connection_ended|113|connection_ended\n103|connection_ended|113|connection_ended'
is 'who asked withdraws, without a mail' "$(acts ann "$(ends 2)")" \
    $'t\n104|connection_withdrawn|101|'
is 'who was asked and ends it rejects' "$(acts pete "$(ends 2)")" \
    $'t\n101|connection_rejected|104|connection_rejected'
is 'an admin withdraws it, for both' "$(acts ruth "$(ends 2)")" \
    $'t\n101|connection_withdrawn|113|\n104|connection_withdrawn|113|'
again="$(asks_of 110) SELECT archive('connection', max(id)) FROM connection
    WHERE clinician_id = 110;"
is 'one mail a day of one author and kind' "$(owner "BEGIN; $(entered bob) $again $again
    $(entered ann) $again UPDATE outbox SET created_at = created_at - interval '25 hours';
    $(entered bob) $again SELECT n.author_id, count(*), count(o.id) FROM notification n
    LEFT JOIN outbox o ON o.notification_id = n.id WHERE n.created_at = instant()
    AND n.kind = 'connection_asked' GROUP BY 1 ORDER BY 1; ROLLBACK" | grep '|.*|')" \
    $'101|1|1\n102|3|2'
is 'what was rejected ends without a word' "$(acts ann "$(ends 3)")" t
is 'no address, no mail' "$(owner "BEGIN; UPDATE account SET email = NULL,
    username = 'phil' WHERE id = 110; $(entered bob) $(asks_of 110) $(told) ROLLBACK")" \
    $'ok|t\n110|connection_asked|102|'
is 'of the owner'\''s doing nobody is told' "$(owner "BEGIN; $(step 2 accepted)
    UPDATE connection SET archived_at = instant() WHERE id = 1; $(told) ROLLBACK")" \
    accepted
is 'without mail, it is thrown away' "$(owner "BEGIN; $(entered bob) $(asks_of 110)
    SELECT job_mail_discard(); $(told)
    SELECT count(*) FROM outbox; ROLLBACK")" $'ok|t\n1\n110|connection_asked|102|\n1'
is 'by the dispatcher alone' "$(worker 'SELECT job_mail_discard()')" "$refused"
is 'who may' "$(job 'SELECT job_mail_discard()')" 0
is 'one reads what one was told' "$(as bob "$(asks_of 110) $(entered phil)
    SELECT kind, author_id, text IS NULL, read_at IS NULL FROM notification")" \
    $'ok|t\nconnection_asked|102|t|t'
party="SELECT id, given, email IS NULL, role FROM party
    WHERE id IN (101, 103, 113) ORDER BY id"
is 'a patient has a name for whom it lets in' "$(as dora "$party")" \
    $'101|Ann|f|patient\n103|Dora|f|doctor\n113|Ruth|t|admin'
is 'and none for others' "$(as phil "$party")" \
    $'101||t|patient\n103|Dora|f|doctor\n113|Ruth|t|admin'
is 'nor for whom it was asked by' "$(as phil "$(asks_for bob@test.invalid)
    SELECT given, family, email FROM party WHERE id = 102")" $'ok|t\n||'
is 'but for whom it asks' "$(as bob "$(asks_of 110) $(entered phil)
    SELECT given FROM party WHERE id = 102")" $'ok|t\nBob'
is 'and for whom it assigns a record' "$(owner "BEGIN; UPDATE record SET doctor_id = 110
    WHERE patient_id = 101; $(entered phil) SELECT given FROM party WHERE id = 101;
    ROLLBACK")" Ann
is 'and for itself' "$(as ann 'SELECT given FROM party WHERE id = 101')" Ann

# An account that goes, a role that changes.
is 'with an account end its connections, and the other is told' \
    "$(acts ruth "SELECT account_archive(103);")" \
    $'ok\n101|connection_ended|113|connection_ended\n102|connection_withdrawn|113|\n115|connection_ended|113|connection_ended'
is 'who goes is told nothing' "$(acts ann "SELECT account_archive(101);")" \
    $'ok\n103|connection_ended|101|connection_ended\n104|connection_withdrawn|101|'
is 'who is no clinician any more has no patients' "$(owner "BEGIN; $(entered ruth)
    SELECT account_set_role(103, 'patient'), account_set_role(103, 'doctor');
    SELECT count(*) FROM connection WHERE clinician_id = 103 AND archived_at IS NULL;
    ROLLBACK")" $'ok|ok\n0'
is 'a doctor who becomes a nurse keeps them' "$(owner "BEGIN; $(entered ruth)
    SELECT account_set_role(103, 'nurse');
    SELECT count(*) FROM connection WHERE clinician_id = 103 AND archived_at IS NULL;
    ROLLBACK")" $'ok\n3'


# A clinician with very many patients goes in the time that a worker has.
crowd() {
	echo "BEGIN; INSERT INTO account (id, uid, email, role)
	    SELECT 20000 + i, gen_random_uuid(), 'c' || i || '@test.invalid', 'patient'
	    FROM generate_series(1, 8000) i;
	INSERT INTO connection (uid, patient_id, clinician_id, initiator_id, status)
	    SELECT gen_random_uuid(), 20000 + i, 110, 110,
		(ARRAY['accepted', 'pending', 'rejected'])[1 + i % 3]
	    FROM generate_series(1, 8000) i;
	INSERT INTO activity (id, uid, author_id, title)
	    SELECT 20000 + i, gen_random_uuid(), 110, 'Crowd' FROM generate_series(1, 9) i;
	INSERT INTO activity_invite (uid, activity_id, author_id, patient_id)
	    SELECT gen_random_uuid(), 20001 + i % 9, 110, 20001 + i % 2000
	    FROM generate_series(1, 9000) i;
	$(entered ruth) SET LOCAL statement_timeout = '10s'; $1
	SELECT kind, count(*), count(DISTINCT account_id) FROM notification
	    WHERE account_id > 20000 AND created_at = instant() GROUP BY kind ORDER BY kind;
	SELECT count(*) FROM notification WHERE account_id = 110; ROLLBACK"
}
is 'who goes leaves 8,000 patients, and each is told' \
    "$(owner "$(crowd "SELECT account_archive(110);")")" \
    $'ok\nactivity_cancelled|2000|2000\nconnection_ended|2666|2666\nconnection_withdrawn|2667|2667\n0'
is 'whose role changes, too, and hears of it once' \
    "$(owner "$(crowd "SELECT account_set_role(110, 'patient');")")" \
    $'ok\nactivity_cancelled|2000|2000\nconnection_ended|2666|2666\nconnection_withdrawn|2667|2667\n2'

# Pages.
page() { echo "SELECT string_agg(id::text, ' ') FROM $1 AS p (id) WHERE id < 1000;"; }
is 'a patient'\''s connections' "$(as ann "$(page 'connection_page(NULL, 9, false)')
    $(page 'connection_page(1, 1, false)') $(page 'connection_page(3, 9, true)')")" \
    $'1 2 3\n2\n2 1'
is 'a clinician'\''s' "$(as dora "$(page 'connection_page(NULL, 9, false)')
    $(page 'connection_page(NULL, 2, true)')")" $'1 4 5\n5 4'
is 'an admin'\''s' "$(as ruth "$(page 'connection_page(NULL, 9, true)')")" '5 4 3 2 1'
is 'a stranger'\''s' "$(as phil "$(page 'connection_page(NULL, 9, false)')")" ''
is 'nobody'\''s' "$(worker "$(page 'connection_page(NULL, 9, false)')
    $(page 'clinician_page(NULL, 9, false)') $(page 'patient_page(NULL, 9, false)')
    $(page 'admin_page(NULL, 9, false)')")" ''
is 'the directory' "$(as bob "$(page 'clinician_page(NULL, 99, false)')
    $(page 'clinician_page(111, 2, true)')")" "$directory"$'\n110 109'
is 'patients: oneself' "$(as ann "$(page 'patient_page(NULL, 9, false)')
    $(page 'patient_page(101, 9, false)')")" 101
is 'patients: a doctor'\''s' "$(as dora "$(page 'patient_page(NULL, 9, false)')")" '101 115'
is 'patients: a nurse'\''s' "$(as vera "$(page 'patient_page(NULL, 9, true)')")" 101
is 'patients: who is not verified' "$(as una "$(page 'patient_page(NULL, 9, false)')")" ''
is 'patients: a patient'\''s role' "$(owner "BEGIN; UPDATE account SET role = 'doctor'
    WHERE id = 115; $(entered dora) $(page 'patient_page(NULL, 9, false)') ROLLBACK")" 101
is 'patients: an admin'\''s' "$(as ruth "$(page 'patient_page(NULL, 9, false)')")" \
    '101 102 115'
is 'patients: a big provider'\''s, walked' "$(owner "BEGIN; $(entered wanda)
    WITH RECURSIVE w AS (SELECT max(p) AS last, count(*) AS n
	FROM patient_page(0, 99, false) AS p UNION ALL
	SELECT x.last, x.n FROM w, LATERAL (SELECT max(p) AS last, count(*) AS n
	FROM patient_page(w.last, 99, false) AS p) x WHERE w.n = 99)
    SELECT sum(n), max(last) FROM w;
    SELECT count(*), max(p) FROM patient_page(0, 99, true) AS p; ROLLBACK")" \
    $'700|1700\n99|1700'
# Patients are shown to who may view them: resource 7, which pharmacists may not.
deny() { echo "UPDATE permission SET can_view = false WHERE resource = 7 AND role = '$1';"; }
is 'patients: whose role may not view them' "$(owner "BEGIN; $(deny doctor)
    $(entered dora) $(page 'patient_page(NULL, 9, false)') ROLLBACK")" ''
is 'patients: a pharmacist'\''s' "$(owner "BEGIN;
    UPDATE connection SET clinician_id = 110 WHERE id = 1; $(entered phil)
    SELECT count(*) FROM care; $(page 'patient_page(NULL, 9, false)') ROLLBACK")" 1
is 'patients: oneself all the same' "$(owner "BEGIN; $(deny patient)
    $(entered ann) $(page 'patient_page(NULL, 9, false)') ROLLBACK")" 101
is 'patients: an admin'\''s role, too' "$(owner "BEGIN; $(deny admin)
    $(entered ruth) $(page 'patient_page(NULL, 9, false)') ROLLBACK")" ''
is 'people: clinicians, oneself and patients' "$(as dora "
    $(page 'directory_page(NULL, 99, false)') $(page 'directory_page(103, 2, true)')")" \
    "101 $directory 115"$'\n101'
is 'people: a patient'\''s' "$(as ann "$(page 'directory_page(NULL, 99, false)')
    $(page 'directory_page(NULL, 2, false)')")" "101 $directory"$'\n101 103'
is 'people: whose role may not view patients' "$(owner "BEGIN; $(deny doctor)
    $(entered dora) $(page 'directory_page(NULL, 99, false)') ROLLBACK")" "$directory"
is 'people: an admin'\''s, if it may' "$(owner "BEGIN; $(entered ruth)
    $(page 'directory_page(NULL, 99, false)')
    $(deny admin) $(page 'directory_page(NULL, 99, false)') ROLLBACK")" \
    "101 102 $directory 113 114 115"$'\n'"$directory 113 114"
is 'people: nobody'\''s' "$(worker "$(page 'directory_page(NULL, 9, false)')")" ''
is 'admins: an admin'\''s' "$(as ruth "$(page 'admin_page(NULL, 9, false)')
    $(page 'admin_page(114, 9, true)')")" $'113 114\n113'
is 'admins: nobody else'\''s' "$(as dora "$(page 'admin_page(NULL, 9, false)')")" ''

# Two at once: what one holds open the other waits for. holding WHO STATEMENTS
# MEANWHILE…: the second, as said, half a second after the first began.
holding() {
	done_by "$1" "$2 SELECT FROM pg_sleep(1)" >"$work/first" &
	sleep 0.4
	done_by "$3" "$4"
	wait
	cat "$work/first"
}
work=$(mktemp -d)
live() { owner "SELECT count(*) FROM connection WHERE archived_at IS NULL AND $1"; }
is 'two ask for the same pair: one row' "$(holding bob "$(asks_of 107)" \
    una "$(asks_for bob@test.invalid)")" $'exists|f\nok|t'
is 'of which there is one' "$(live 'clinician_id = 107')" 1
id=$(owner 'SELECT id FROM connection WHERE clinician_id = 107')
is 'two accept: one does' "$(holding una "$(step "$id" accepted)" \
    una "$(step "$id" accepted) SELECT version FROM connection WHERE id = $id")" \
    $'accepted\n1\naccepted'
is 'and is told once' "$(owner "SELECT count(*) FROM notification
    WHERE account_id = 102 AND kind = 'connection_accepted'")" 1
is 'two end it: one does' "$(holding bob "$(ends "$id")" una "$(ends "$id")")" $'f\nt'
is 'accept against delete: the end' "$(
	done_by bob "$(asks_of 107)" >/dev/null
	id=$(owner 'SELECT max(id) FROM connection WHERE clinician_id = 107')
	holding bob "$(ends "$id")" una "$(step "$id" accepted)"
)" t
is 'delete against accept: both, in this order' "$(
	done_by bob "$(asks_of 107)" >/dev/null
	id=$(owner 'SELECT max(id) FROM connection WHERE clinician_id = 107')
	holding una "$(step "$id" accepted)" bob "$(ends "$id")"
)" $'t\naccepted'
is 'no connection is left' "$(live 'clinician_id = 107')" 0

# pair N: a patient pN and a doctor dN of their own, for who is not there after it.
pair() {
	owner "INSERT INTO account (id, uid, email, role)
	    SELECT $1 * 10 + n, gen_random_uuid(), v || $1 || '@test.invalid', role
	    FROM (VALUES (1, 'p', 'patient'), (2, 'd', 'doctor')) AS v (n, v, role);
	    INSERT INTO session (id, account_id, expires_at)
	    SELECT md5(split_part(email, '@', 1))::uuid, id, instant() + interval '1 day'
	    FROM account WHERE id / 10 = $1" >/dev/null
}
for n in 21 22 23 24; do pair $n; done
is 'ask against archive: the archive' \
    "$(holding ruth 'SELECT account_archive(212);' p21 "$(asks_of 212)")" $'missing|f\nok'
is 'archive against ask: both, and no row is left' "$(holding p22 "$(asks_of 222)" \
    ruth 'SELECT account_archive(222);')$(live 'patient_id = 221')" $'ok\nok|t0'
connected() {
	owner "INSERT INTO connection (uid, patient_id, clinician_id, initiator_id, status)
	    VALUES (gen_random_uuid(), $1, $2, $1, '$3') RETURNING id"
}
id=$(connected 231 232 pending)
is 'accept against archive: the archive, and neither waits for the other' "$(holding \
    ruth 'SELECT account_archive(231);' d23 "$(step "$id" accepted)")" ok
id=$(connected 241 242 pending)
is 'archive against accept: both, and it is ended' "$(holding d24 "$(step "$id" accepted)" \
    ruth 'SELECT account_archive(241);')$(live "id = $id")" $'ok\naccepted0'
is 'who went has nothing to read, and no mail' "$(owner "SELECT count(*) FROM notification
    WHERE account_id = 241 AND archived_at IS NULL UNION ALL
    SELECT count(*) FROM outbox WHERE account_id = 241")" $'0\n0'
owner "DELETE FROM outbox WHERE id > 1000; DELETE FROM notification WHERE id > 1000;
    DELETE FROM connection WHERE id > 1000" >/dev/null
rm -rf "$work"
