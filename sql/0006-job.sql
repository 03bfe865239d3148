-- floor: 0.1.0
--
-- The dispatcher's half: what is due, what is to be mailed, what is to be swept
-- up. Several dispatchers may run: each claims by locking, and passes over what
-- another holds. It needs no actor, and sees of the clinical tables only what a
-- claim hands it, sealed.

SET LOCAL search_path = chartkeep, pg_temp;

-- ----------------------------------------------------------------- delivery

-- The next n occurrences by time, for who has no queue elsewhere.
CREATE FUNCTION job_due(n integer)
RETURNS TABLE (kind text, row_id bigint, occurrence_id bigint, epoch bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	SELECT o.kind, o.row_id, o.id, ceil(extract(epoch FROM o.at))::bigint
	FROM occurrence o WHERE o.state = 'waiting'
	ORDER BY o.at LIMIT job_due.n;
END;

-- All of them, page by page, to rebuild a queue that was lost.
CREATE FUNCTION job_waiting(after_id bigint, n integer)
RETURNS TABLE (kind text, row_id bigint, occurrence_id bigint, epoch bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	SELECT o.kind, o.row_id, o.id, ceil(extract(epoch FROM o.at))::bigint
	FROM occurrence o
	WHERE o.state = 'waiting' AND o.id > job_waiting.after_id
	ORDER BY o.id LIMIT job_waiting.n;
END;

-- Claims what is due of one row until the transaction ends, and hands out what
-- its announcement needs. verdict: announce; missed: found later than grace;
-- none: not due, done, cancelled, or in the hands of another dispatcher.
CREATE FUNCTION job_delivery(kind text, row_id bigint, grace interval,
	OUT occurrence_id bigint, OUT verdict text, OUT account_id bigint,
	OUT account_uid uuid, OUT row_uid uuid, OUT sealed_text bytea,
	OUT kek text, OUT wrapped bytea, OUT key_uid uuid,
	OUT due_at timestamptz, OUT has_mail boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	verdict := 'none';
	SELECT o.id, o.account_id, o.at INTO occurrence_id, account_id, due_at
	    FROM occurrence o
	    WHERE o.kind = job_delivery.kind AND o.row_id = job_delivery.row_id
	    AND o.state = 'waiting' AND o.at <= instant()
	    ORDER BY o.at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	verdict := CASE WHEN due_at < instant() - grace THEN 'missed'
	    ELSE 'announce' END;
	SELECT a.uid, a.email IS NOT NULL, k.kek, k.wrapped, k.uid,
	    r.uid, r.text
	    INTO account_uid, has_mail, kek, wrapped, key_uid,
	    row_uid, sealed_text
	    FROM account a
	    LEFT JOIN data_key k ON k.account_id = a.id
	    LEFT JOIN reminder r ON job_delivery.kind = 'reminder'
		AND r.id = job_delivery.row_id
	    WHERE a.id = job_delivery.account_id;
END $$;

-- Claims up to n mails for as long as lease; one whose claimer died is claimed
-- again. at is when what it speaks of is due, else when it was written.
CREATE FUNCTION job_mail(n integer, lease interval)
RETURNS TABLE (outbox_id bigint, uid uuid, template text, attempts integer,
	email text, given text, family text, zone text, notification_uid uuid,
	sealed_text bytea, kek text, wrapped bytea, key_uid uuid,
	account_uid uuid, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
#variable_conflict use_column
BEGIN
	-- Claimed in vain for the last time, or for nobody.
	UPDATE outbox SET state = 'parked',
	    last_error = coalesce(last_error, 'no answer within the lease')
	    WHERE state = 'sending' AND next_at <= instant() AND attempts >= 8;
	UPDATE outbox o SET state = 'parked', last_error = 'no address'
	    FROM account a
	    WHERE o.state IN ('waiting', 'sending') AND o.next_at <= instant()
	    AND a.id = o.account_id
	    AND (a.archived_at IS NOT NULL OR a.email IS NULL);

	RETURN QUERY
	WITH claimed AS (
		UPDATE outbox SET state = 'sending', attempts = attempts + 1,
		    next_at = instant() + lease
		WHERE id IN (SELECT o.id FROM outbox o
		    WHERE o.state IN ('waiting', 'sending')
		    AND o.next_at <= instant()
		    ORDER BY o.next_at LIMIT n FOR NO KEY UPDATE SKIP LOCKED)
		RETURNING *)
	SELECT m.id, m.uid, m.template, m.attempts, a.email, p.given, p.family,
	    a.time_zone, t.uid, t.text::bytea, k.kek, k.wrapped, k.uid, a.uid,
	    coalesce(o.at, m.created_at)
	FROM claimed m
	JOIN account a ON a.id = m.account_id
	LEFT JOIN person p ON p.account_id = a.id
	LEFT JOIN data_key k ON k.account_id = a.id
	LEFT JOIN notification t ON t.id = m.notification_id
	LEFT JOIN occurrence o ON o.id = t.occurrence_id
	ORDER BY m.id;
END $$;

-- outcome: sent; failed: again after retry, and what failed eight times waits
-- for a human; parked: waits for one at once.
CREATE FUNCTION job_mail_done(outbox_id bigint, outcome text, error text,
	retry interval) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	UPDATE outbox o SET
	    state = CASE WHEN job_mail_done.outcome = 'sent' THEN 'sent'
		WHEN job_mail_done.outcome = 'parked' OR o.attempts >= 8
		    THEN 'parked' ELSE 'waiting' END,
	    sent_at = CASE WHEN job_mail_done.outcome = 'sent'
		THEN instant() END,
	    last_error = CASE WHEN job_mail_done.outcome <> 'sent'
		THEN left(job_mail_done.error, 500) END,
	    next_at = instant() + coalesce(job_mail_done.retry, interval '0')
	WHERE o.id = job_mail_done.outbox_id AND o.state = 'sending';
END;

-- Where no mail leaves: throws away those that tell of what others did, which
-- wait as soon as it is done. Returns how many.
CREATE FUNCTION job_mail_discard() RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	WITH gone AS (
		DELETE FROM outbox o
		WHERE o.author_id IS NOT NULL AND o.state = 'waiting'
		RETURNING o.id)
	SELECT count(*) FROM gone;
END;

-- --------------------------------------------------------------- upkeep

CREATE FUNCTION job_beat(host text, pid integer, kind text, program text)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	INSERT INTO process AS p (host, pid, kind, program)
	VALUES (job_beat.host, job_beat.pid, job_beat.kind, job_beat.program)
	ON CONFLICT (host, pid, kind) DO UPDATE
	    SET seen_at = excluded.seen_at, program = excluded.program,
		-- a pid that comes round again is another process
		started_at = CASE
		    WHEN p.seen_at < excluded.seen_at - interval '5 minutes'
		    THEN excluded.started_at ELSE p.started_at END;
END;

-- Lengths of the queues, for metrics and status; oldest tells how late.
CREATE FUNCTION queue_lengths()
RETURNS TABLE (queue text, length bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	SELECT 'waiting'::text, count(*), min(at) FROM occurrence
	    WHERE state = 'waiting'
	UNION ALL
	SELECT 'due', count(*), min(at) FROM occurrence
	    WHERE state = 'waiting' AND at <= instant()
	UNION ALL
	SELECT 'mail', count(*), min(next_at) FROM outbox
	    WHERE state IN ('waiting', 'sending')
	UNION ALL
	SELECT 'parked', count(*), min(created_at) FROM outbox
	    WHERE state = 'parked';
END;

-- Makes the audit partitions of this month and the next two. Rows that came
-- while one was missing lie in audit_rest, and stay there: their month gets
-- none. DDL has no parameters, hence the only SQL put together at run time; all
-- of its words are made here.
CREATE FUNCTION audit_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp
SET TimeZone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
	month	timestamptz;
	upto	timestamptz;
	name	text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('chartkeep audit partitions'));
	FOR i IN 0 .. 2 LOOP
		month := date_trunc('month', instant())
		    + i * interval '1 month';
		upto := month + interval '1 month';
		name := 'audit_' || to_char(month, 'YYYY_MM');
		CONTINUE WHEN to_regclass(name) IS NOT NULL OR EXISTS (
		    SELECT FROM audit_rest WHERE at >= month AND at < upto);
		EXECUTE format('CREATE TABLE %I PARTITION OF audit'
		    ' FOR VALUES FROM (%L) TO (%L)', name, month, upto);
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY,'
		    ' FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY owner ON %I TO chartkeep_admin'
		    ' USING (true)', name);
	END LOOP;
END $$;

-- Throws away what has no further use; returns how many rows. Of mails and
-- notices there may be millions: not more than so many at once, then more by
-- the next call.
CREATE FUNCTION job_housekeeping() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	batch	CONSTANT integer := 10000;
	n	bigint;
	total	bigint := 0;
BEGIN
	DELETE FROM session
	    WHERE least(expires_at, ended_at) < instant() - interval '30 days';
	GET DIAGNOSTICS n = ROW_COUNT;
	total := total + n;
	DELETE FROM idempotency
	    WHERE created_at < instant() - interval '24 hours';
	GET DIAGNOSTICS n = ROW_COUNT;
	total := total + n;
	DELETE FROM process WHERE seen_at < instant() - interval '1 day';
	GET DIAGNOSTICS n = ROW_COUNT;
	total := total + n;
	DELETE FROM outbox WHERE id IN (
	    SELECT o.id FROM outbox o WHERE o.state = 'sent'
		AND o.sent_at < instant() - interval '30 days'
	    ORDER BY o.sent_at LIMIT batch);
	GET DIAGNOSTICS n = ROW_COUNT;
	total := total + n;
	DELETE FROM outbox WHERE id IN (
	    SELECT o.id FROM outbox o WHERE o.state = 'parked'
		AND o.created_at < instant() - interval '180 days'
	    ORDER BY o.id LIMIT batch);
	GET DIAGNOSTICS n = ROW_COUNT;
	total := total + n;
	DELETE FROM notification WHERE id IN (
	    SELECT t.id FROM notification t
	    WHERE (t.read_at IS NOT NULL OR t.archived_at IS NOT NULL)
		AND least(t.read_at, t.archived_at)
		    < instant() - interval '400 days'
		AND NOT EXISTS (SELECT FROM outbox o
		    WHERE o.notification_id = t.id)
	    ORDER BY least(t.read_at, t.archived_at) LIMIT batch);
	GET DIAGNOSTICS n = ROW_COUNT;
	total := total + n;
	BEGIN
		PERFORM audit_partitions();
	EXCEPTION WHEN lock_not_available THEN
		RAISE WARNING 'somebody holds audit: no partitions today';
	END;
	RETURN total;
END $$;

GRANT EXECUTE ON FUNCTION
	job_due(integer),
	job_waiting(bigint, integer),
	job_delivery(text, bigint, interval),
	job_mail(integer, interval),
	job_mail_done(bigint, text, text, interval),
	job_mail_discard(),
	job_beat(text, integer, text, text),
	job_housekeeping()
	TO chartkeep_job;
-- The supervisor beats as well, and metrics are a worker's answer.
GRANT EXECUTE ON FUNCTION job_beat(text, integer, text, text) TO chartkeep;
GRANT EXECUTE ON FUNCTION queue_lengths() TO chartkeep, chartkeep_job;

SELECT audit_partitions();
