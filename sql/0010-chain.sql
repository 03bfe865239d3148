-- floor: 0.1.0
--
-- The seals of the trail. Rows of audit are sealed in batches, in the order of
-- (xact, id). A batch takes only transactions below the xmin of the snapshot
-- that finds its rows: these have ended, so nothing can come between later.
-- Each batch has an HMAC over its rows and over the batch before it, with a key
-- that is not in the database: who owns the tables can change what they like
-- in sealed rows, and `chartkeep audit verify` finds it. It cannot find what was
-- done to rows before they were sealed, nor what a superuser of the database or
-- a server that lies keeps from it. The program computes and compares
-- (src/model/batch.h) and asks the catalogue whether these tables are as they
-- are made here (src/main/verification_table.c, which a column more concerns);
-- here is only what decides which rows are next.

SET LOCAL search_path = chartkeep, pg_temp;

CREATE TABLE audit_batch (
	number		bigint PRIMARY KEY CHECK (number > 0),
	last_xact	bigint NOT NULL,
	last_id		bigint NOT NULL,
	rows		integer NOT NULL CHECK (rows > 0),
	first_at	timestamptz NOT NULL,
	last_at		timestamptz NOT NULL,
	entries		bytea NOT NULL
			    CHECK (octet_length(entries) = 32 * rows),
	digest		digest NOT NULL,
	mac		digest NOT NULL,
	made_at		timestamptz NOT NULL DEFAULT instant()
);
COMMENT ON TABLE audit_batch IS 'seals of the trail: rows behind the batch before, up to the last';
COMMENT ON COLUMN audit_batch.first_at IS 'the earliest time of its rows, last_at the latest';
COMMENT ON COLUMN audit_batch.entries IS 'id, time and 16 bytes of an HMAC of each row, in order';
COMMENT ON COLUMN audit_batch.mac IS 'over the other columns but made_at, and the mac of the batch before';
COMMENT ON COLUMN audit_batch.made_at IS 'for who looks how far it is; no seal covers it';
-- Half of it is random.
ALTER TABLE audit_batch ALTER entries SET STORAGE EXTERNAL;

CREATE TABLE audit_checkpoint (
	month		date PRIMARY KEY CHECK (extract(day FROM month) = 1),
	batch		bigint NOT NULL,
	rows		bigint NOT NULL,
	digest		digest NOT NULL,
	mac		digest NOT NULL,
	made_at		timestamptz NOT NULL DEFAULT instant()
);
COMMENT ON TABLE audit_checkpoint IS 'months of the trail that were dropped, signed';
COMMENT ON COLUMN audit_checkpoint.batch IS 'the last one when it was dropped; later ones lack no row';
COMMENT ON COLUMN audit_checkpoint.digest IS 'over the entries of the rows that went';

-- Numbers of transactions begin anew where a dump is restored; then audit_rebase()
-- adds this to them, in the default of audit.xact, so that they go on.
CREATE TABLE audit_base (
	one		boolean PRIMARY KEY DEFAULT true CHECK (one),
	added		bigint NOT NULL
);
COMMENT ON TABLE audit_base IS 'what is added to the number of a transaction in audit.xact';
INSERT INTO audit_base (added) VALUES (0);

ALTER TABLE audit_batch      ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_checkpoint ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_base       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON audit_batch      TO chartkeep_admin USING (true);
CREATE POLICY owner ON audit_checkpoint TO chartkeep_admin USING (true);
CREATE POLICY owner ON audit_base       TO chartkeep_admin USING (true);

-- ----------------------------------------------------------------- reading

-- The first n rows behind one place and up to another, as they are sealed: the
-- program digests every column. Without the setting a plan made for any
-- parameters would read whole partitions. Who verifies asks the table and no
-- function, which could hide what it likes.
CREATE FUNCTION audit_rows(after_xact bigint, after_id bigint,
	upto_xact bigint, upto_id bigint, n integer)
RETURNS TABLE (id bigint, at timestamptz, xact bigint, account_id bigint,
	role text, route text, action text, outcome text, patients bigint[],
	request_id uuid, peer inet)
LANGUAGE sql STABLE
SET search_path = chartkeep, pg_temp SET enable_seqscan = off
BEGIN ATOMIC
	SELECT a.id, a.at, a.xact, a.account_id, a.role, a.route, a.action,
	    a.outcome, a.patients, a.request_id, a.peer
	FROM audit a
	WHERE a.xact >= audit_rows.after_xact AND a.xact <= audit_rows.upto_xact
	AND (a.xact, a.id) > (audit_rows.after_xact, audit_rows.after_id)
	AND (a.xact, a.id) <= (audit_rows.upto_xact, audit_rows.upto_id)
	ORDER BY a.xact, a.id LIMIT audit_rows.n;
END;

-- Where the seals end. stale: at a transaction that is still to come, so the
-- numbers began anew, and what is written now would count as sealed long ago.
-- The rest is for the mac, which the program looks at before it seals more.
CREATE FUNCTION job_audit_end(OUT number bigint, OUT last_xact bigint,
	OUT last_id bigint, OUT mac bytea, OUT stale boolean, OUT rows bigint,
	OUT first_at timestamptz, OUT last_at timestamptz, OUT digest bytea,
	OUT before bytea)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	SELECT coalesce(b.number, 0), coalesce(b.last_xact, -1),
	    coalesce(b.last_id, 0), coalesce(b.mac, decode(repeat('00', 32), 'hex')),
	    coalesce(b.last_xact >= pg_snapshot_xmax(pg_current_snapshot())
		::text::bigint + o.added, false),
	    b.rows, b.first_at, b.last_at, b.digest::bytea,
	    coalesce(p.mac, decode(repeat('00', 32), 'hex'))
	FROM audit_base o
	LEFT JOIN (SELECT * FROM audit_batch ORDER BY number DESC LIMIT 1) b
	    ON true
	LEFT JOIN audit_batch p ON p.number = b.number - 1;
END;

CREATE FUNCTION job_audit_mac(number bigint) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	SELECT b.mac::bytea FROM audit_batch b
	WHERE b.number = job_audit_mac.number;
END;

-- The rows of the next batch, at most n of them, and fewer where they name very
-- many patients. Being stable, all of it uses the snapshot of the calling
-- statement. It looks at a stretch of transactions, wide enough for half a batch,
-- so that what waits is not sorted as a whole for each.
CREATE FUNCTION job_audit_next(n integer)
RETURNS TABLE (id bigint, at timestamptz, xact bigint, account_id bigint,
	role text, route text, action text, outcome text, patients bigint[],
	request_id uuid, peer inet)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = chartkeep, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
	sealed	record;
	ended	bigint;		-- transactions up to it
	upto	bigint;
	width	bigint := 2 * n;
BEGIN
	SELECT * INTO sealed FROM job_audit_end();
	IF sealed.stale THEN
		RETURN;
	END IF;
	SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1
	    + added INTO ended FROM audit_base;
	LOOP
		upto := least(sealed.last_xact + width, ended);
		EXIT WHEN upto = ended OR n / 2 <= (SELECT count(*)
		    FROM (SELECT FROM audit a WHERE a.xact <= upto
			AND a.xact >= sealed.last_xact AND (a.xact, a.id) >
			(sealed.last_xact, sealed.last_id) LIMIT n / 2) w);
		width := 2 * width;
	END LOOP;
	RETURN QUERY
	SELECT r.id, r.at, r.xact, r.account_id, r.role, r.route, r.action,
	    r.outcome, r.patients, r.request_id, r.peer
	FROM (SELECT f.*, sum(coalesce(cardinality(f.patients), 0))
		OVER (ORDER BY f.xact, f.id) AS named
	    FROM audit_rows(sealed.last_xact, sealed.last_id, upto,
		9223372036854775807, n) f) r
	WHERE r.named - coalesce(cardinality(r.patients), 0) < 200000
	ORDER BY r.xact, r.id;
END $$;

-- A month's rows, sealed or not: what dropping it would take away.
CREATE FUNCTION audit_month(month date, OUT rows bigint, OUT unsealed bigint)
LANGUAGE plpgsql STABLE
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	IF to_regclass('audit_' || to_char(month, 'YYYY_MM')) IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT count(*), count(*) FILTER (WHERE (a.xact, a.id) >'
	    ' (e.last_xact, e.last_id)) FROM %I a, job_audit_end() e',
	    'audit_' || to_char(month, 'YYYY_MM')) INTO rows, unsealed;
END $$;

-- How far it is sealed, and how many rows wait (a million stands for more).
CREATE FUNCTION audit_state(OUT number bigint, OUT last_at timestamptz,
	OUT made_at timestamptz, OUT waiting bigint, OUT stale boolean)
LANGUAGE sql STABLE
SET search_path = chartkeep, pg_temp SET enable_seqscan = off
BEGIN ATOMIC
	SELECT e.number, b.last_at, b.made_at,
	    (SELECT count(*) FROM (SELECT FROM audit a
		WHERE a.xact >= e.last_xact
		AND (a.xact, a.id) > (e.last_xact, e.last_id)
		LIMIT 1000000) w),
	    e.stale
	FROM job_audit_end() e
	LEFT JOIN audit_batch b ON b.number = e.number;
END;

-- ----------------------------------------------------------------- sealing

-- Without the key all but the mac can be looked at: rows that have ended, all of
-- them up to the last, of these times.
CREATE FUNCTION job_audit_seal(number bigint, last_xact bigint, last_id bigint,
	rows integer, first_at bigint, last_at bigint, entries bytea,
	digest bytea, mac bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	sealed	record;
	us	interval := interval '1 microsecond';
	since	timestamptz := timestamptz 'epoch' + first_at * us;
	until	timestamptz := timestamptz 'epoch' + last_at * us;
	ended	bigint;		-- transactions up to it
BEGIN
	SELECT * INTO sealed FROM job_audit_end();
	SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1
	    + added INTO ended FROM audit_base;
	IF sealed.stale OR number <> sealed.number + 1 OR last_xact > ended OR
	    (last_xact, last_id) <= (sealed.last_xact, sealed.last_id) OR
	    digest <> sha256(entries) OR NOT (
		SELECT count(*) = rows AND min(r.at) = since
		    AND max(r.at) = until AND bool_or((r.xact, r.id) =
		    (last_xact, last_id))
		FROM audit_rows(sealed.last_xact, sealed.last_id, last_xact,
		    last_id, rows + 1) r) THEN
		RAISE EXCEPTION 'this batch is not the next'
		    USING ERRCODE = 'CK004';
	END IF;
	INSERT INTO audit_batch VALUES (number, last_xact, last_id, rows,
	    since, until, entries, digest, mac);
END $$;

-- The numbers of transactions go on behind whatever is there. Rows that waited
-- for a seal are numbered anew from the last seal on, in their order: no row,
-- whatever its number, decides where the others go on. What was written since
-- the numbers began anew moves behind these; it is later than the last seal.
-- lost: the head that was told and is not there, and is given up with it.
CREATE FUNCTION audit_rebase(route text, request uuid, lost bigint,
	OUT outcome text, OUT rebased boolean, OUT moved bigint)
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	sealed	record;
	old	bigint;
	base	bigint;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('chartkeep audit seal'));
	LOCK TABLE audit IN ACCESS EXCLUSIVE MODE;
	SELECT * INTO sealed FROM job_audit_end();
	outcome := 'ok';
	rebased := sealed.stale;
	moved := 0;
	IF rebased THEN
		SELECT added INTO old FROM audit_base;
		SELECT sealed.last_xact + count(DISTINCT xact) INTO base
		    FROM audit WHERE xact > sealed.last_xact;
		UPDATE audit a SET xact = sealed.last_xact + w.place
		    FROM (SELECT at, id, dense_rank() OVER (ORDER BY xact)
			AS place FROM audit WHERE xact > sealed.last_xact) w
		    WHERE a.at = w.at AND a.id = w.id;
		UPDATE audit SET xact = xact - old + base
		    WHERE xact <= sealed.last_xact
		    AND at > (SELECT max(last_at) FROM audit_batch);
		GET DIAGNOSTICS moved = ROW_COUNT;
		UPDATE audit_base SET added = base;
		EXECUTE format('ALTER TABLE audit ALTER xact SET DEFAULT'
		    ' (pg_current_xact_id()::text)::bigint + %s', base);
	END IF;
	INSERT INTO audit (role, route, action, outcome, request_id)
	VALUES ('system', concat(route, ' --lost ' || lost), 'rebase', 'ok',
	    request);
END $$;

-- Drops a month whose rows were verified up to a batch, and leaves the signed
-- note of it. changed: they are not as many any more. While it waited for the
-- lock that a drop takes, every request would wait behind it: not for long.
CREATE FUNCTION audit_drop(route text, request uuid, month date, batch bigint,
	rows bigint, digest bytea, mac bytea, OUT outcome text)
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
	there	record;
BEGIN
	-- Nobody writes there any more, and nobody has to wait while it counts.
	IF to_regclass('audit_' || to_char(month, 'YYYY_MM')) IS NOT NULL THEN
		EXECUTE format('LOCK TABLE %I IN SHARE MODE',
		    'audit_' || to_char(month, 'YYYY_MM'));
	END IF;
	SELECT * INTO there FROM audit_month(month);
	outcome := CASE WHEN there.rows IS NULL THEN 'missing'
	    WHEN there.rows <> rows OR there.unsealed > 0 THEN 'changed'
	    ELSE 'ok' END;
	IF outcome <> 'ok' THEN
		RETURN;
	END IF;
	EXECUTE format('DROP TABLE %I', 'audit_' || to_char(month, 'YYYY_MM'));
	INSERT INTO audit_checkpoint VALUES (month, batch, rows, digest, mac);
	INSERT INTO audit (role, route, action, outcome, request_id)
	VALUES ('system', route, 'drop', 'ok', request);
END $$;

GRANT EXECUTE ON FUNCTION
	job_audit_end(),
	job_audit_mac(bigint),
	job_audit_next(integer),
	job_audit_seal(bigint, bigint, bigint, integer, bigint, bigint, bytea,
	    bytea, bytea)
	TO chartkeep_job;
