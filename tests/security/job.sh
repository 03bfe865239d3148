# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# The dispatcher: what it may, and what it is given.

is 'the dispatcher'\''s rights are not the worker'\''s' \
    "$(worker 'SELECT count(*) FROM job_due(1)')" "$refused"
for table in account person credential data_key record reminder session permission; do
	is "the dispatcher reads no $table" \
	    "$(job "SELECT count(*) FROM $table")" "$refused"
done
is 'nor the text of a notification' "$(job 'SELECT text FROM notification')" "$refused"
is 'it changes no notification' "$(job 'UPDATE notification SET kind = kind')" \
    "$refused"
is 'it moves no occurrence' "$(job 'UPDATE occurrence SET at = now()')" "$refused"
is 'it makes no mail sent' "$(job "UPDATE outbox SET state = 'sent'")" "$refused"
is 'it enters as nobody' "$(job "$(entered ann) SELECT 1")" "$refused"
is 'it archives nothing' "$(job 'SELECT account_archive(101)')" "$refused"
is 'it makes no partition by itself' "$(job 'SELECT audit_partitions()')" "$refused"
is 'it makes no table' "$(job 'CREATE TEMP TABLE t (a int)')" "$refused"

# deliveries STATEMENTS: with the reminders 71 due for a minute, 72 for two days,
# 73 not yet, as the dispatcher; the owner's clock has gone on since they were made.
deliveries() {
	owner "BEGIN;
	INSERT INTO reminder (id, uid, patient_id, author_id, text, due_at)
	SELECT 70 + n, md5('r' || n)::uuid, 101, 101, '\\x01' || sha256('x'),
	    instant() + due
	FROM (VALUES (1, interval '3 days'), (2, '1 day'), (3, '4 days')) v (n, due);
	UPDATE occurrence SET state = 'cancelled' WHERE row_id NOT BETWEEN 71 AND 73;
	CREATE OR REPLACE FUNCTION instant() RETURNS timestamptz LANGUAGE sql
	    STABLE RETURN now() + interval '3 days 1 minute';
	$1; ROLLBACK"
}
delivery() {
	echo "SELECT verdict, account_id, row_uid = md5('r' || $1 - 70)::uuid,
	    octet_length(sealed_text), kek, wrapped, has_mail
	    FROM job_delivery('reminder', $1, '24 hours');"
}
told="UPDATE occurrence SET state = 'announced', done_at = instant()
    WHERE kind = 'reminder' AND row_id = 71 AND state = 'waiting';"
is 'the next by time' "$(deliveries 'SELECT row_id FROM job_due(2)')" $'72\n71'
is 'all that wait, by id' \
    "$(deliveries 'SELECT row_id FROM job_waiting(0, 100)')" $'71\n72\n73'
is 'page by page' "$(deliveries 'SELECT row_id FROM job_waiting((SELECT occurrence_id
    FROM job_waiting(0, 2) ORDER BY 1 DESC LIMIT 1), 2)')" 73
is 'what is due is announced' "$(deliveries "$(delivery 71)")" \
    'announce|101|t|33|k1|\xabcd|t'
is 'what is found late is missed' "$(deliveries "$(delivery 72)")" \
    'missed|101|t|33|k1|\xabcd|t'
is 'what is not due is left' "$(deliveries "$(delivery 73)")" 'none||||||'
is 'what is done is done' "$(deliveries "$told $(delivery 71)")" 'none||||||'
is 'what is archived is left' "$(deliveries "UPDATE reminder SET archived_at = now()
    WHERE id = 71; $(delivery 71)")" 'none||||||'
is 'what there is not' "$(deliveries "$(delivery 99)")" 'none||||||'
is 'what is no kind' \
    "$(deliveries "SELECT verdict FROM job_delivery('moon', 71, '24 hours')")" none

# The whole of it, as the dispatcher writes it: one transaction, committed.
owner "INSERT INTO reminder (id, uid, patient_id, author_id, text, due_at) VALUES
    (81, gen_random_uuid(), 101, 101, '\\x01' || sha256('x'),
    instant() + interval '0.2 s'); SELECT FROM pg_sleep(0.3)" >/dev/null
announce="SELECT occurrence_id, account_id FROM job_delivery('reminder', 81,
	'24 hours') \\gset
    UPDATE occurrence SET state = 'announced', done_at = instant()
	WHERE id = :occurrence_id AND state = 'waiting';
    WITH told AS (INSERT INTO notification (uid, account_id, kind, text,
	    occurrence_id) VALUES (gen_random_uuid(), :account_id, 'reminder',
	    '\\x01' || sha256('y'), :occurrence_id) RETURNING id)
	INSERT INTO outbox (uid, account_id, template, notification_id)
	SELECT gen_random_uuid(), :account_id, 'reminder', id FROM told;"
job "BEGIN; $announce SELECT FROM pg_sleep(1); COMMIT" >/dev/null &
sleep 0.5
is 'what another holds is passed over' "$(job "SET statement_timeout = '400ms';
    SELECT verdict FROM job_delivery('reminder', 81, '24 hours')")" none
wait
is 'it is announced once' "$(job "SELECT count(*), (SELECT count(*) FROM outbox
    WHERE notification_id = n.id) FROM notification n
    WHERE occurrence_id IS NOT NULL GROUP BY n.id")" '1|1'
is 'and no second time' "$(job "INSERT INTO notification (uid, account_id, kind,
    occurrence_id) SELECT gen_random_uuid(), account_id, kind, occurrence_id
    FROM notification WHERE occurrence_id IS NOT NULL")" 'ERROR:  23505'
is 'she is notified' \
    "$(as ann "SELECT kind FROM notification WHERE occurrence_id IS NOT NULL")" reminder

# Mail. later STATEMENTS: as the owner, who may see what became of it.
later() { owner "BEGIN; $1 ROLLBACK"; }
mail="SELECT email, given, template, attempts, octet_length(sealed_text)
    FROM job_mail(9, '1 minute');"
became='SELECT state, attempts, last_error FROM outbox WHERE account_id = 101;'
outcome() {
	echo "SELECT count(job_mail_done(id, '$1', '$2', '$3')) FROM outbox
	    WHERE account_id = 101 HAVING count(*) = 0;"
}
is 'a mail is claimed once' "$(later "$mail $mail $became")" \
    $'ann@test.invalid|Ann|reminder|1|33\nsending|1|'
is 'the dispatcher may' "$(job "BEGIN; $mail ROLLBACK")" \
    'ann@test.invalid|Ann|reminder|1|33'
is 'and again when the lease ran out' "$(later "$mail
    UPDATE outbox SET next_at = instant() WHERE account_id = 101; $mail")" \
    $'ann@test.invalid|Ann|reminder|1|33\nann@test.invalid|Ann|reminder|2|33'
is 'sent is sent' "$(later "$mail $(outcome sent '' '0 s') $mail $became")" \
    $'ann@test.invalid|Ann|reminder|1|33\nsent|1|'
is 'what failed comes again' "$(later "$mail $(outcome failed down '0 s') $became
    $mail")" $'ann@test.invalid|Ann|reminder|1|33\nwaiting|1|down\nann@test.invalid|Ann|reminder|2|33'
is 'but not at once' "$(later "$mail $(outcome failed down '1 hour') $mail")" \
    'ann@test.invalid|Ann|reminder|1|33'
is 'what failed eight times is parked' "$(later "UPDATE outbox SET attempts = 7;
    $mail $(outcome failed down '0 s') $mail $became")" \
    $'ann@test.invalid|Ann|reminder|8|33\nparked|8|down'
is 'what was refused for good, too' "$(later "$mail $(outcome parked no '0 s')
    $became")" $'ann@test.invalid|Ann|reminder|1|33\nparked|1|no'
is 'and what crashed eight times' "$(later "UPDATE outbox SET attempts = 8,
    state = 'sending'; $mail $became")" 'parked|8|no answer within the lease'
is 'what has no address' "$(later "UPDATE account SET email = NULL,
    username = 'a' WHERE id = 101; $mail $became")" 'parked|0|no address'
is 'lengths of the queues' "$(later "$mail SELECT queue, length FROM queue_lengths()
    WHERE queue IN ('mail', 'parked') ORDER BY 1;")" \
    $'ann@test.invalid|Ann|reminder|1|33\nmail|2\nparked|0'
is 'for the metrics of a worker' "$(worker 'SELECT count(*) FROM queue_lengths()')" 4

# Upkeep.
is 'a heartbeat' "$(job "SELECT job_beat('h', 1, 'dispatcher', '0.1.0') \\g /dev/null
    SELECT job_beat('h', 1, 'dispatcher', '0.1.1') \\g /dev/null
    SELECT host, pid, program FROM process")" 'h|1|0.1.1'
is 'that workers see' "$(worker 'SELECT kind FROM process')" dispatcher
is 'housekeeping sweeps up' "$(owner "BEGIN; DELETE FROM process;
    UPDATE session SET ended_at = instant() - interval '31 days'
	WHERE account_id = 101;
    UPDATE session SET ended_at = instant() - interval '29 days'
	WHERE account_id = 102;
    INSERT INTO idempotency (account_id, route, key, request_digest, created_at)
    VALUES (101, 'r', 'old', sha256('x'), instant() - interval '25 hours'),
	(101, 'r', 'new', sha256('x'), instant());
    SELECT job_housekeeping(); SELECT key FROM idempotency; ROLLBACK")" $'2\nnew'
is 'mails go 30 days after they were sent, and half a year after they were parked' \
    "$(owner "BEGIN; DELETE FROM process;
    INSERT INTO outbox (id, uid, account_id, template, state, created_at, sent_at)
    SELECT 900 + n, gen_random_uuid(), 101, 'test', state,
	instant() - age * interval '1 day',
	CASE state WHEN 'sent' THEN instant() - age * interval '1 day' END
    FROM (VALUES (1, 'sent', 29), (2, 'sent', 31), (3, 'parked', 179),
	(4, 'parked', 181), (5, 'waiting', 500), (6, 'sending', 500)) v (n, state, age);
    SELECT job_housekeeping();
    SELECT string_agg(id::text, ' ' ORDER BY id) FROM outbox WHERE id BETWEEN 901 AND 909;
    ROLLBACK")" $'2\n901 903 905 906'
is 'notices go 400 days after they were read or archived, once their mails have' \
    "$(owner "BEGIN; DELETE FROM process;
    INSERT INTO notification (id, uid, account_id, kind, created_at, read_at, archived_at)
    SELECT 900 + n, gen_random_uuid(), 101, 'test', instant() - interval '500 days',
	instant() - was_read * interval '1 day', instant() - gone * interval '1 day'
    FROM (VALUES (1, NULL, NULL), (2, 399, NULL), (3, 401, NULL), (4, NULL, 399),
	(5, NULL, 401), (6, 401, 1), (7, 401, NULL)) v (n, was_read, gone);
    INSERT INTO outbox (uid, account_id, template, notification_id, state)
    VALUES (gen_random_uuid(), 101, 'test', 907, 'parked');
    SELECT job_housekeeping();
    SELECT string_agg(id::text, ' ' ORDER BY id) FROM notification
    WHERE id BETWEEN 901 AND 909; ROLLBACK")" $'3\n901 902 904 907'
is 'not more than some thousands at once' "$(owner "BEGIN; DELETE FROM process;
    INSERT INTO outbox (uid, account_id, template, state, sent_at)
    SELECT gen_random_uuid(), 101, 'test', 'sent', instant() - interval '31 days'
    FROM generate_series(1, 10001);
    SELECT job_housekeeping(), job_housekeeping(), job_housekeeping(); ROLLBACK")" '10000|1|0'
is 'the dispatcher may do it' "$(job 'SELECT job_housekeeping()')" 0
is 'next month has its partition' "$(owner "SELECT count(*) FROM pg_inherits
    WHERE inhparent = 'audit'::regclass")" 4
is 'and three months on, as sealed as the others' "$(owner "BEGIN;
    CREATE OR REPLACE FUNCTION instant() RETURNS timestamptz LANGUAGE sql
	STABLE RETURN '2031-12-31 23:59+00'::timestamptz;
    SELECT audit_partitions() \\g /dev/null
    INSERT INTO audit (route, action, outcome) VALUES ('r', 'a', 'ok');
    SELECT tableoid::regclass FROM audit WHERE at > '2031-01-01';
    SELECT relname, relforcerowsecurity FROM pg_class
    WHERE relname ~ '^audit_203._..\$' AND relkind = 'r' ORDER BY 1; ROLLBACK")" \
    $'audit_2031_12\naudit_2031_12|t\naudit_2032_01|t\naudit_2032_02|t'
is 'a month whose rows came first keeps them where they are' "$(owner "BEGIN;
    CREATE OR REPLACE FUNCTION instant() RETURNS timestamptz LANGUAGE sql
	STABLE RETURN '2031-06-15 12:00+00'::timestamptz;
    INSERT INTO audit (route, action, outcome) VALUES ('r', 'a', 'ok');
    SELECT audit_partitions() \\g /dev/null
    INSERT INTO audit (route, action, outcome) VALUES ('r', 'a', 'ok');
    SELECT tableoid::regclass, count(*) FROM audit WHERE at > '2031-01-01'
    GROUP BY 1; ROLLBACK")" 'audit_rest|2'
