# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# Who sees what; and nobody sees anything without enter().

for table in account person people data_key provider membership connection \
    activity activity_invite record reminder notification session idempotency care \
    professional party; do
	is "without an actor: no $table" \
	    "$(worker "SELECT count(*) FROM $table")" 0
	is "after a refused enter(): no $table" "$(worker "BEGIN; $(entered nobody)
	    SELECT count(*) FROM $table")" 0
done
is 'an actor ends with the transaction' \
    "$(worker "BEGIN; $(entered ann) COMMIT; SELECT count(*) FROM record")" 0
is 'a second enter() that is refused takes the first away' "$(worker "BEGIN;
    $(entered ann) $(entered nobody) SELECT count(*) FROM record")" 0

# Ann's records are 11 12 13, of which 13 is assigned to Adam; 14 is archived.
# Bob's is 15, 16 is of one who will go, 17 Dora's own.
sees ann   record '11 12 13'
sees bob   record '15'
sees dora  record '11 12 13 16 17'
sees pete  record ''
sees fred  record ''
sees vera  record '11 12 13'
sees una   record ''
sees otto  record '15'
sees adam  record '13'
sees phil  record ''
sees olga  record ''
sees wanda record ''
sees ruth  record '11 12 13 15 16 17'

sees ann   reminder '21 22'
sees bob   reminder '24'
sees dora  reminder '21 22 25'
sees pete  reminder ''
sees fred  reminder ''
sees vera  reminder '21 22'
sees una   reminder ''
sees otto  reminder '24'
sees adam  reminder ''
sees phil  reminder ''
sees olga  reminder ''
sees ruth  reminder '21 22 24 25'

directory='103 104 105 106 107 108 109 110 111 112'
sees ann   account "101 $directory"
sees bob   account "102 $directory"
sees dora  account "101 $directory 115"
sees pete  account "$directory"
sees vera  account "101 $directory"
sees una   account "$directory"
sees ruth  account "101 102 $directory 113 114 115"
sees vera  people  "101 $directory"
sees bob   people  "102 $directory"
is 'a person shows with her account' "$(as bob 'SELECT count(*) FROM person')" 11
sees ann   connection '1 2 3'
sees dora  connection '1 4 5'
sees pete  connection '2'
sees phil  connection ''
sees ruth  connection '1 2 3 4 5'
sees ann   provider '1 2 4'
sees ann   notification '31'
sees ruth  notification ''
is 'one sees one'\''s own memberships' \
    "$(as ann 'SELECT provider_id FROM membership')" 1
is 'one sees one'\''s own sessions' "$(as ann 'SELECT account_id FROM session')" 101
is 'the policy is nobody'\''s secret' "$(worker 'SELECT count(*) FROM permission')" 95

is 'an ended connection closes at once' "$(as ann "
    SELECT archive('connection', 1) \\g /dev/null
    $(entered dora)
    SELECT count(*) FROM record WHERE patient_id = 101")" 0
is 'so does an ended membership' "$(owner "BEGIN; UPDATE membership
    SET archived_at = now() WHERE provider_id = 1 AND account_id = 106;
    $(entered vera)
    SELECT count(*) FROM care; ROLLBACK")" 0
is 'and a verification that is taken back' "$(owner "BEGIN;
    SELECT account_set_verified(106, false) \\g /dev/null
    $(entered vera)
    SELECT count(*) FROM care; ROLLBACK")" 0
is 'a role that was changed, too' "$(owner "BEGIN;
    SELECT account_set_role(103, 'patient') \\g /dev/null
    UPDATE session SET ended_at = NULL WHERE account_id = 103;
    $(entered dora)
    SELECT count(*) FROM care; ROLLBACK")" 0
