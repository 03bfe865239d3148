# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# Who writes what: rows, columns, and one's own name under them.

# record_for PATIENT AUTHOR DOCTOR
record_for() {
	echo "INSERT INTO record (uid, patient_id, author_id, doctor_id, text)
	    VALUES (gen_random_uuid(), $1, $2, $3, '\\x01' || sha256('x'))
	    RETURNING patient_id"
}
reminder_for() {
	echo "INSERT INTO reminder (uid, patient_id, author_id, text, due_at)
	    VALUES (gen_random_uuid(), $1, $2, '\\x01' || sha256('x'), now())
	    RETURNING patient_id"
}

is 'a patient writes for herself' "$(as ann "$(record_for 101 101 NULL)")" 101
is 'and may name a doctor' "$(as ann "$(record_for 101 101 109)")" 101
is 'a connected doctor writes for her' "$(as dora "$(record_for 101 103 NULL)")" 101
is 'a verified nurse of her provider too' \
    "$(as vera "$(record_for 101 106 NULL)")" 101
is 'an admin too' "$(as ruth "$(record_for 101 113 NULL)")" 101
is 'nobody writes in another'\''s name' \
    "$(as dora "$(record_for 101 101 NULL)")" "$refused"
is 'nobody writes for a stranger' "$(as bob "$(record_for 101 102 NULL)")" "$refused"
is 'nor as the doctor whom he names' \
    "$(as phil "$(record_for 101 110 110)")" "$refused"
is 'an assigned doctor reads, and adds nothing' \
    "$(as adam "$(record_for 101 109 109)")" "$refused"
is 'who was only asked writes nothing' \
    "$(as pete "$(record_for 101 104 104)")" "$refused"
is 'who is not verified writes nothing for the provider'\''s patients' \
    "$(as una "$(record_for 101 107 NULL)")" "$refused"
is 'without an actor nothing is written' \
    "$(worker "$(record_for 101 101 NULL)")" "$refused"
is 'an account that never was looks the same' \
    "$(as ann "$(record_for 999 101 NULL)")" "$refused"
is 'a clear word is not stored' "$(as ann "INSERT INTO record (uid, patient_id,
    author_id, text) VALUES (gen_random_uuid(), 101, 101,
    'a clear word that is long enough')")" 'ERROR:  23514'
is 'reminders alike: oneself' "$(as ann "$(reminder_for 101 101)")" 101
is 'reminders alike: a stranger' "$(as bob "$(reminder_for 101 102)")" "$refused"
is 'reminders alike: another'\''s name' \
    "$(as dora "$(reminder_for 101 101)")" "$refused"

# A column that is decided once: its UPDATE is not granted.
for column in uid patient_id author_id created_at archived_at; do
	for table in record reminder; do
		is "$table.$column is fixed" "$(as ann \
		    "UPDATE $table SET $column = $column")" "$refused"
	done
done
for column in uid role verified created_at archived_at; do
	is "account.$column is fixed" "$(as ruth \
	    "UPDATE account SET $column = $column")" "$refused"
done
for column in uid account_id archived_at; do
	is "person.$column is fixed" "$(as ruth \
	    "UPDATE person SET $column = $column")" "$refused"
done
for column in uid author_id archived_at; do
	is "provider.$column is fixed" "$(as ruth \
	    "UPDATE provider SET $column = $column")" "$refused"
done
for column in uid patient_id clinician_id archived_at; do
	is "connection.$column is fixed" "$(as ann \
	    "UPDATE connection SET $column = $column")" "$refused"
done
is 'whose a key is, is fixed' "$(as ann 'UPDATE data_key SET kek = kek')" "$refused"

is 'an update reaches what one sees' "$(as ann "UPDATE record
    SET version = version + 1 RETURNING id")" $'11\n12\n13'
is 'and nothing else' "$(as bob 'UPDATE record SET version = 9 RETURNING id')" 15
is 'what one sees can be locked' \
    "$(as ann 'SELECT id FROM record WHERE id = 12 FOR UPDATE')" 12

# Accounts and people.
is 'one changes one'\''s own e-mail' "$(as ann "UPDATE account
    SET email = 'new@test.invalid' WHERE id = 101 RETURNING id")" 101
is 'an admin changes another'\''s' "$(as ruth "UPDATE account
    SET email = 'new@test.invalid' WHERE id = 101 RETURNING id")" 101
is 'a doctor does not' "$(as dora "UPDATE account SET email = 'x@test.invalid'
    WHERE id = 101")" "$refused"
is 'a time zone that there is' "$(as ann "UPDATE account
    SET time_zone = 'Asia/Kolkata' WHERE id = 101 RETURNING time_zone")" Asia/Kolkata
for zone in Mars/Olympus 1 "UTC-5; x" PST ''; do
	is "no time zone: '$zone'" "$(as ann "UPDATE account SET time_zone = '$zone'
	    WHERE id = 101")" 'ERROR:  23514'
done
people="UPDATE people x SET given = 'Anna', version = x.version + 1,
    changed_at = instant() WHERE x.id = 101 RETURNING x.given, x.version"
is 'one changes oneself' "$(as ann "$people")" 'Anna|2'
is 'staff changes a patient of theirs' "$(as vera "$people")" 'Anna|2'
is 'an admin changes anybody' "$(as ruth "$people")" 'Anna|2'
is 'a stranger finds nobody to change' "$(as bob "$people")" ''
is 'the directory is not for writing' "$(as ann "UPDATE people
    SET given = 'X' WHERE id = 103")" "$refused"
is 'a person and her account are locked as one' \
    "$(as vera 'SELECT x.id FROM people x WHERE x.id = 101 FOR UPDATE OF x')" 101

# Providers.
provider="INSERT INTO provider (uid, name, author_id)
    VALUES (gen_random_uuid(), 'New', me()) RETURNING name"
is 'a verified clinician enters a provider' "$(as phil "$provider")" New
is 'an admin too' "$(as ruth "$provider")" New
is 'an unverified one does not' "$(as una "$provider")" "$refused"
is 'a patient does not' "$(as ann "$provider")" "$refused"
is 'nobody does' "$(worker "$provider")" "$refused"
is 'its author changes it' "$(as otto "UPDATE provider SET name = 'N' WHERE id = 2
    RETURNING name")" N
is 'another does not' "$(as phil "UPDATE provider SET name = 'N' WHERE id = 2")" \
    "$refused"

# The institution's policy.
matrix="UPDATE permission SET can_add = true WHERE id = 12 RETURNING id"
is 'an admin changes the matrix' "$(as ruth "$matrix")" 12
is 'a doctor does not' "$(as dora "$matrix")" 'ERROR:  42501'
is 'nobody does' "$(worker "$matrix")" ''
is 'an admin cannot lock all admins out: view' \
    "$(as ruth 'UPDATE permission SET can_view = false WHERE id = 61')" 'ERROR:  CK001'
is 'an admin cannot lock all admins out: edit' \
    "$(as ruth 'UPDATE permission SET can_edit = false WHERE id = 61')" 'ERROR:  CK001'
is 'but may say that nobody adds' "$(as ruth 'UPDATE permission
    SET can_add = false WHERE id = 61 RETURNING id')" 61

# Archiving.
is 'one archives a record that one sees' "$(as ann "SELECT archive('record', 12);
    SELECT count(*) FROM record WHERE id = 12")" $'t\n0'
is 'it is gone for all at once' "$(as ann "SELECT archive('record', 11)
    \\g /dev/null
    $(entered dora) SELECT count(*) FROM record WHERE id = 11;
    $(entered ruth) SELECT count(*) FROM record WHERE id = 11")" $'0\n0'
is 'a stranger archives nothing' "$(as bob "SELECT archive('record', 11)")" f
is 'nobody archives nothing' "$(worker "SELECT archive('record', 11)")" f
is 'nothing is archived twice' "$(as ann "SELECT archive('record', 14)")" f
is 'reminders: one'\''s own' "$(as ann "SELECT archive('reminder', 21)")" t
is 'reminders: a stranger'\''s' "$(as bob "SELECT archive('reminder', 21)")" f
is 'notifications: one'\''s own' "$(as ann "SELECT archive('notification', 31)")" t
is 'notifications: another'\''s' "$(as ruth "SELECT archive('notification', 31)")" f
is 'a provider: its author' "$(as otto "SELECT archive('provider', 2)")" t
is 'a provider: not its staff' "$(as vera "SELECT archive('provider', 1)")" f
is 'a provider ends what its staff saw' "$(as ruth "SELECT archive('provider', 1);
    $(entered vera) SELECT count(*) FROM record")" $'t\n0'
is 'what cannot be archived' "$(as ruth "SELECT archive('account', 101)")" \
    'ERROR:  20000'

# Evidence, notes to oneself and mail.
audit="INSERT INTO audit (account_id, role, route, action, outcome, patients)
    VALUES"
is 'evidence of oneself' "$(as ann "$audit (101, 'patient', 'r', 'a', 'ok', '{101}')")" ''
is 'not of another' "$(as ann "$audit (102, 'patient', 'r', 'a', 'ok', NULL)")" \
    "$refused"
is 'of nobody, if there is nobody' "$(worker "$audit (NULL, NULL, 'r', 'a', 'no', NULL)")" ''
is 'of somebody, if there is nobody' \
    "$(worker "$audit (101, 'patient', 'r', 'a', 'ok', NULL)")" "$refused"
key="INSERT INTO idempotency AS i (account_id, route, key, request_digest)
    VALUES (101, 'r', 'k', sha256('x'))
    ON CONFLICT (account_id, route, key) DO UPDATE
    SET request_digest = excluded.request_digest, kind = NULL, row_id = NULL,
    created_at = instant() WHERE i.created_at < instant() - interval '24 hours'
    RETURNING 'claimed'"
is 'a key is claimed once' "$(as ann "$key; $key")" claimed
is 'and by nobody else' "$(as bob "$key")" "$refused"
is 'a notification is read by whom it is for' \
    "$(as ann 'UPDATE notification SET read_at = now() RETURNING id')" 31
