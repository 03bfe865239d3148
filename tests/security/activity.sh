# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# Activities and invites: whose they are, who is invited, who answers, who is
# told; and two at once. Dora's 61 has invited Ann, Gone and Bob, who declined.

owner "INSERT INTO activity (id, uid, author_id, title, description) VALUES
	(61, gen_random_uuid(), 103, 'Walk', '\\x01' || sha256('w')),
	(62, gen_random_uuid(), 104, 'Swim', NULL),
	(63, gen_random_uuid(), 103, 'Old', NULL);
    INSERT INTO activity_invite (id, uid, activity_id, author_id, patient_id, status)
    VALUES (51, gen_random_uuid(), 61, 103, 101, 'pending'),
	(52, gen_random_uuid(), 61, 103, 115, 'accepted'),
	(53, gen_random_uuid(), 61, 103, 102, 'declined'),
	(54, gen_random_uuid(), 63, 103, 101, 'pending');
    UPDATE activity SET archived_at = instant() WHERE id = 63;
    UPDATE activity_invite SET archived_at = instant() WHERE id = 54;
    SELECT setval('activity_id_seq', 1000000), setval('activity_invite_id_seq', 1000000)
    " >/dev/null

sees ann   activity '61'
sees bob   activity '61'
sees dora  activity '61'
sees pete  activity '62'
sees fred  activity ''
sees vera  activity ''
sees ruth  activity '61 62'
sees ann   activity_invite '51'
sees bob   activity_invite '53'
sees dora  activity_invite '51 52 53'
sees pete  activity_invite ''
sees ruth  activity_invite '51 52 53'

# Making one, and changing it.
makes() {
	echo "INSERT INTO activity (uid, author_id, title) VALUES (gen_random_uuid(),
	    $1, '${2-Run}') RETURNING title"
}
is 'a clinician makes one' "$(as phil "$(makes 110)")" Run
is 'not in another'\''s name' "$(as phil "$(makes 103)")" "$refused"
is 'a patient makes none' "$(as ann "$(makes 101)")" "$refused"
is 'nor does an admin' "$(as ruth "$(makes 113)")" "$refused"
is 'nor in a clinician'\''s name' "$(as ruth "$(makes 103)")" "$refused"
is 'nobody makes one' "$(worker "$(makes 103)")" "$refused"
is 'it has a title' "$(as phil "$(makes 110 '')")" 'ERROR:  23514'
is 'of 100 characters' "$(as phil "$(makes 110 "$(printf '%0100d' 0)")")" \
    "$(printf '%0100d' 0)"
is 'and no more' "$(as phil "$(makes 110 "$(printf '%0101d' 0)")")" 'ERROR:  23514'
is 'a clear word is not stored as its description' "$(as phil "INSERT INTO activity
    (uid, author_id, title, description) VALUES (gen_random_uuid(), 110, 'Run',
    'a clear word that is long enough')")" 'ERROR:  23514'
rename="UPDATE activity SET title = 'New' WHERE id = 61 RETURNING title"
is 'its author changes it' "$(as dora "$rename")" New
is 'who is invited does not' "$(as ann "$rename")" "$refused"
is 'another finds nothing to change' "$(as pete "$rename")" ''
for column in uid author_id created_at archived_at; do
	is "activity.$column is fixed" "$(as dora \
	    "UPDATE activity SET $column = $column")" "$refused"
done

# Inviting.
invites() {
	echo "SELECT outcome, id IS NOT NULL FROM activity_invite_make($1, $2,
	    gen_random_uuid(), 'POST /invite', NULL, '::1');"
}
step() { echo "UPDATE activity_invite SET status = '$2' WHERE id = $1 RETURNING status;"; }
ends() { echo "SELECT archive('$1', $2);"; }
mine="INSERT INTO activity (uid, author_id, title)
    VALUES (gen_random_uuid(), me(), 'Mine');"
last="(SELECT max(id) FROM activity)"
is 'a connected patient is invited, and sees it' "$(as dora "$mine $(invites "$last" 101)
    $(entered ann) SELECT i.status, i.author_id, a.title FROM activity_invite i
    JOIN activity a ON a.id = i.activity_id WHERE a.id <> 61")" \
    $'ok|t\npending|103|Mine'
is 'once' "$(as dora "$(invites 61 101)")" 'exists|f'
is 'whatever the answer was' "$(owner "BEGIN; UPDATE connection SET status = 'accepted'
    WHERE id = 4; $(entered dora) $(invites 61 102) ROLLBACK")" 'exists|f'
is 'who was only asked is not' "$(as dora "$(invites 61 102)")" 'missing|f'
is 'nor by who was only asked' "$(as pete "$(invites 62 101)")" 'missing|f'
is 'nor who was connected once' "$(owner "BEGIN; UPDATE connection
    SET archived_at = instant() WHERE id = 1; UPDATE activity_invite
    SET archived_at = instant() WHERE id = 51;
    $(entered dora) $(invites 61 101) ROLLBACK")" 'missing|f'
is 'nor a stranger' "$(as pete "$(invites 62 102)")" 'missing|f'
is 'nor whom there is not' "$(as dora "$(invites 61 999)")" 'missing|f'
is 'nor oneself' "$(as dora "$(invites 61 103)")" 'missing|f'
is 'membership is no connection' "$(as vera "$mine $(invites "$last" 101)")" \
    'missing|f'
is 'nobody invites to another'\''s' "$(as dora "$(invites 62 101)")" 'activity|f'
is 'nor to what was cancelled' "$(as dora "$(invites 63 101)")" 'activity|f'
is 'nor to what there is not' "$(as dora "$(invites 999 101)")" 'activity|f'
is 'nor an admin' "$(as ruth "$(invites 61 101)")" 'activity|f'
is 'nor who is invited' "$(as ann "$(invites 61 115)")" 'activity|f'
is 'nobody does' "$(worker "$(invites 61 101)")" 'activity|f'
is 'it leaves evidence' "$(owner "BEGIN; $(entered dora) $(invites 61 101)
    $(invites 61 102) $(invites 62 101)
    SELECT account_id, role, route, action, outcome, patients, peer FROM audit
    WHERE at = instant() ORDER BY id; ROLLBACK")" \
    $'exists|f\nmissing|f\nactivity|f
103|doctor|POST /invite|add|exists|{101}|::1
103|doctor|POST /invite|add|missing||::1
103|doctor|POST /invite|add|activity||::1'
is 'a worker learns nothing of others'\'' connections' \
    "$(as bob 'SELECT connection_holds(101)')" f

# Forged rows.
invite() {
	echo "INSERT INTO activity_invite (uid, activity_id, author_id, patient_id)
	    VALUES (gen_random_uuid(), $1, $2, $3) RETURNING status"
}
is 'a worker may write what one may invite' "$(as dora "$mine $(invite "$last" 103 101)")" pending
is 'not in another'\''s name' "$(as dora "$(invite 62 104 101)")" "$refused"
is 'not another'\''s activity in one'\''s own' "$(as dora "$(invite 62 103 101)")" \
    "$refused"
is 'nor a cancelled one' "$(as dora "$(invite 63 103 101)")" "$refused"
is 'nor to whom is not connected' "$(as dora "$(invite 61 103 102)")" "$refused"
is 'nor to whom there is not' "$(as dora "$(invite 61 103 999)")" "$refused"
is 'nor for oneself' "$(as bob "$(invite 61 103 102)")" "$refused"
is 'nor as an admin' "$(as ruth "$(invite 61 103 101)")" "$refused"
is 'nor answered' "$(as dora "INSERT INTO activity_invite (uid, activity_id, author_id,
    patient_id, status) VALUES (gen_random_uuid(), 61, 103, 101, 'accepted')")" \
    "$refused"
is 'the owner'\''s, too, has its activity'\''s author' "$(owner "BEGIN;
    $(invite 61 104 1001); ROLLBACK")" 'ERROR:  23503'
for column in uid activity_id author_id patient_id created_at archived_at; do
	is "invite.$column is fixed" "$(as dora \
	    "UPDATE activity_invite SET $column = $column")" "$refused"
done

# Answering.
is 'who is invited accepts' "$(as ann "$(step 51 accepted)")" accepted
is 'or declines' "$(as ann "$(step 51 declined)")" declined
is 'once' "$(as ann "$(step 51 declined) $(step 51 accepted)")" $'declined\nERROR:  CK003'
is 'and not back' "$(as bob "$(step 53 pending)")" 'ERROR:  CK003'
is 'who invites does not' "$(as dora "$(step 51 accepted)")" 'ERROR:  CK003'
is 'nor an admin' "$(as ruth "$(step 51 accepted)")" 'ERROR:  CK003'
is 'nor another who is invited' "$(as bob "$(step 51 accepted)")" ''
is 'the owner is free' "$(owner "BEGIN; $(step 51 accepted) ROLLBACK")" accepted

# Cancelling, and what an end leaves.
is 'its author cancels it, and the invites with it' "$(owner "BEGIN; $(entered dora)
    $(ends activity 61) SELECT count(*), count(DISTINCT archived_at), min(version)
    FROM activity_invite WHERE activity_id = 61; ROLLBACK")" $'t\n3|1|2'
is 'then nobody sees it' "$(as dora "$(ends activity 61)
    SELECT count(*) FROM activity; $(entered ann)
    SELECT count(*) FROM activity; SELECT count(*) FROM activity_invite")" $'t\n0\n0\n0'
is 'an admin, too' "$(as ruth "$(ends activity 61)")" t
is 'who is invited does not' "$(as ann "$(ends activity 61)")" f
is 'nor another' "$(as pete "$(ends activity 61)")" f
is 'nor nobody' "$(worker "$(ends activity 61)")" f
is 'it is cancelled once' "$(as dora "$(ends activity 61) $(ends activity 61)")" $'t\nf'
is 'an invite outlives its connection' "$(as ann "$(ends connection 1)
    SELECT count(*) FROM activity; $(step 51 accepted)")" $'t\n1\naccepted'
is 'with its author goes the activity' "$(as ruth "SELECT account_archive(103); $(entered ann)
    SELECT count(*) FROM activity; SELECT count(*) FROM activity_invite")" $'ok\n0\n0'
is 'with the role as well' "$(as ruth "SELECT account_set_role(103, 'patient'); $(entered ann)
    SELECT count(*) FROM activity")" $'ok\n0'
is 'with a patient go the invites' "$(as ruth "SELECT account_archive(101); $(entered dora)
    SELECT string_agg(id::text, ' ') FROM activity_invite")" $'ok\n52 53'

# Who is told.
is 'who is invited is told' "$(acts dora "$mine $(invites "$last" 101)")" \
    $'ok|t\n101|activity_invited|103|activity_invited'
is 'invited in vain, nobody is' "$(acts dora "$(invites 61 101) $(invites 61 102)")" \
    $'exists|f\nmissing|f'
is 'of a yes, who invited' "$(acts ann "$(step 51 accepted)")" \
    $'accepted\n103|invite_accepted|101|invite_accepted'
is 'of a no, too' "$(acts ann "$(step 51 declined)")" \
    $'declined\n103|invite_declined|101|invite_declined'
is 'of a cancelling, who had not declined' "$(acts dora "$(ends activity 61)")" \
    $'t\n101|activity_cancelled|103|activity_cancelled\n115|activity_cancelled|103|activity_cancelled'
is 'of a patient'\''s going, nobody by the invite' "$(acts ruth \
    "SELECT account_archive(102);" | grep -v connection)" ok

# Pages.
is 'one'\''s own activities' "$(owner "BEGIN; INSERT INTO activity (id, uid, author_id,
    title) VALUES (71, gen_random_uuid(), 103, 'Mine'); $(entered dora)
    $(page 'activity_page(NULL, 9, false)') $(page 'activity_page(NULL, 1, true)')
    $(page 'activity_page(61, 9, false)') ROLLBACK")" $'61 71\n71\n71'
is 'nobody else'\''s' "$(as ann "$(page 'activity_page(NULL, 9, false)')")" ''
is 'invites to oneself' "$(as ann "$(page 'invite_page(NULL, 9, false)')
    $(page 'invite_page(51, 9, false)')")" 51
is 'none to whom one invited' "$(as dora "$(page 'invite_page(NULL, 9, true)')")" ''
is 'nobody'\''s' "$(worker "$(page 'invite_page(NULL, 9, false)')
    $(page 'activity_page(NULL, 9, false)')")" ''

# Two at once.
work=$(mktemp -d)
for n in 31 32 33 34 35; do
	pair $n
	connected ${n}1 ${n}2 accepted >/dev/null
	owner "INSERT INTO activity (id, uid, author_id, title)
	    VALUES ($n, gen_random_uuid(), ${n}2, 'Race')" >/dev/null
done
of() { owner "SELECT id FROM connection WHERE patient_id = $1"; }
left() { owner "SELECT count(*) FROM activity_invite WHERE activity_id = $1
    AND archived_at IS NULL"; }
is 'invite against end: the end' "$(holding p31 "$(ends connection "$(of 311)")" \
    d31 "$(invites 31 311)")$(left 31)" $'missing|f\nt0'
is 'end against invite: both, in this order' "$(holding d32 "$(invites 32 321)" \
    p32 "$(ends connection "$(of 321)")")$(left 32)" $'t\nok|t1'
is 'invite against archive: the archive' "$(holding ruth 'SELECT account_archive(331);' \
    d33 "$(invites 33 331)")$(left 33)" $'missing|f\nok0'
is 'archive against invite: both, and none is left' "$(holding d34 "$(invites 34 341)" \
    ruth 'SELECT account_archive(341);')$(left 34)" $'ok\nok|t0'
is 'two invite: one invite' "$(holding d35 "$(invites 35 351)" \
    d35 "$(invites 35 351)")$(left 35)" $'exists|f\nok|t1'
id=$(owner 'SELECT id FROM activity_invite WHERE activity_id = 35')
is 'answer against cancelling: the cancelling' "$(holding d35 "$(ends activity 35)" \
    p35 "$(step "$id" accepted)")" t
is 'invite against cancelling: the cancelling' "$(
	owner "UPDATE activity SET archived_at = NULL WHERE id = 35" >/dev/null
	holding d35 "$(ends activity 35)" d35 "$(invites 35 351)")" $'activity|f\nt'
is 'an activity beside its author'\''s archiving: none' "$(holding ruth \
    'SELECT account_archive(352);' d35 "$(makes 352)")" "$refused"$'\nok'
owner "DELETE FROM outbox WHERE id > 1000; DELETE FROM notification WHERE id > 1000;
    DELETE FROM connection WHERE id > 1000; DELETE FROM activity_invite;
    DELETE FROM activity" >/dev/null
rm -rf "$work"
