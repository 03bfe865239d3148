-- floor: 0.1.0
--
-- Who sees and changes which row. enter() is the first statement of every
-- transaction: it admits the session and leaves the actor in settings of the
-- transaction, which the policies below read. Without it, or after it refused,
-- the settings are unset or empty, read as null, and null sees nothing.
--
-- A worker could set them itself. That is accepted: the worker is the program
-- that seals and opens the data, its SQL is constant text, and what it must
-- never do (list password hashes, change its evidence or the schema) depends
-- on grants and not on settings.
--
-- The shape of the policies is measured, not fashion. (SELECT f()) is evaluated
-- once per statement, a bare f() once per row. OFFSET 0 keeps the planner from
-- reading all of care to answer for one row. Only leakproof operators reach an
-- index under a policy: = on bigint, uuid, text. Read EXPLAIN for each kind of
-- actor before changing a policy.

SET LOCAL search_path = chartkeep, pg_temp;

-- --------------------------------------------------------------- the actor

CREATE FUNCTION me() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('chartkeep.account', true), '')::bigint;

CREATE FUNCTION my_role() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('chartkeep.role', true), '');

CREATE FUNCTION is_admin() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('chartkeep.role', true), '') = 'admin';

-- Also me(), but only for those whom a connection or an assignment opens rows.
CREATE FUNCTION my_clinician() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('chartkeep.clinician', true), '')::bigint;

-- Where a verified clinician belongs to the staff; null for everybody else.
CREATE FUNCTION my_providers() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('chartkeep.providers', true), '')::bigint[];

CREATE FUNCTION is_verified() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('chartkeep.providers', true), '') <> '';

-- Whether the matrix lets the actor's role view a resource: for lists that hold
-- what enter() was not asked for.
CREATE FUNCTION may_view(resource integer) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM permission p
	    WHERE p.resource = may_view.resource AND p.role = my_role()
	    AND p.can_view);
END;

-- The administrator's command and migrations, which log in as the owner.
CREATE FUNCTION is_owner() RETURNS boolean
LANGUAGE sql STABLE
RETURN pg_has_role(session_user, 'chartkeep_admin', 'MEMBER');

-- outcome: ok; session: unknown, ended, or its account archived; idle: expired,
-- or unused for too long; denied: by the permission matrix, which resource 0 (a
-- route about oneself) does not ask. account_id and role also tell who was
-- denied; for the other two there is nobody.
--
-- It runs on every request and costs 13 microseconds, 16 for clinicians. Hence
-- one query of bare columns and the rest in PL/pgSQL, which is cheaper than
-- expressions in the query; and no SET clause: every table is named with its
-- schema instead, and operators are safe, for the caller can create none.
CREATE FUNCTION enter(session uuid, resource integer, action text,
	default_zone text, own_zone boolean, idle interval, lazy boolean,
	OUT outcome text, OUT account_id bigint, OUT account_uid uuid,
	OUT role text, OUT verified boolean, OUT zone text, OUT now timestamptz)
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	gone		boolean;
	seen		timestamptz;
	expires		timestamptz;
	may_add		boolean;
	may_view		boolean;
	may_edit		boolean;
	clinician	text := '';
	providers	text := '';
	done		text;
BEGIN
	now := chartkeep.instant();
	SELECT a.id, a.uid, a.role, a.verified, a.time_zone,
	    s.seen_at, s.expires_at,
	    s.ended_at IS NOT NULL OR a.archived_at IS NOT NULL,
	    p.can_add, p.can_view, p.can_edit
	INTO account_id, account_uid, role, verified, zone,
	    seen, expires, gone, may_add, may_view, may_edit
	FROM chartkeep.session s
	JOIN chartkeep.account a ON a.id = s.account_id
	LEFT JOIN chartkeep.permission p
	    ON p.resource = enter.resource AND p.role = a.role
	WHERE s.id = enter.session;

	IF NOT FOUND OR gone THEN
		outcome := 'session';
	ELSIF expires <= now OR seen < now - idle THEN
		outcome := 'idle';
	ELSIF resource = 0 OR action = 'view' AND may_view
	    OR action = 'add' AND may_add OR action = 'edit' AND may_edit THEN
		outcome := 'ok';
	ELSE
		outcome := 'denied';
	END IF;

	IF outcome <> 'ok' THEN
		done := set_config('chartkeep.account', '', true)
		    || set_config('chartkeep.role', '', true)
		    || set_config('chartkeep.clinician', '', true)
		    || set_config('chartkeep.providers', '', true);
		IF outcome <> 'denied' THEN
			account_id := NULL;
			account_uid := NULL;
			role := NULL;
			verified := NULL;
			zone := NULL;
		END IF;
		RETURN;
	END IF;

	IF role IN ('doctor', 'nurse', 'pharmacist') THEN
		clinician := account_id::text;
		IF verified THEN
			providers := ARRAY(SELECT m.provider_id
			    FROM chartkeep.membership m
			    WHERE m.account_id = enter.account_id
			    AND m.kind = 'staff'
			    AND m.archived_at IS NULL)::text;
		END IF;
	END IF;
	IF zone IS NULL OR NOT own_zone THEN
		zone := default_zone;
	END IF;
	done := set_config('chartkeep.account', account_id::text, true)
	    || set_config('chartkeep.role', role, true)
	    || set_config('chartkeep.clinician', clinician, true)
	    || set_config('chartkeep.providers', providers, true)
	    || set_config('TimeZone', zone, true);
	IF lazy THEN
		done := set_config('synchronous_commit', 'off', true);
	END IF;
	-- Once a minute, without waiting: who holds it is noting the same.
	IF seen < now - least(interval '1 minute', idle / 4) THEN
		UPDATE chartkeep.session SET seen_at = now WHERE id = (
		    SELECT s.id FROM chartkeep.session s
		    WHERE s.id = enter.session FOR NO KEY UPDATE SKIP LOCKED);
	END IF;
END $$;

-- The actor's patients. A view of the owner's, so that it reads what the actor
-- may not. Archiving an account or a provider archives its connections and
-- memberships (0003-account.sql, 0004-row.sql), so nothing dead is left here.
CREATE VIEW care AS
SELECT patient_id FROM connection
WHERE clinician_id = (SELECT my_clinician()) AND status = 'accepted'
    AND archived_at IS NULL
UNION ALL
SELECT account_id FROM membership
WHERE provider_id = ANY ((SELECT my_providers())::bigint[]) AND kind = 'patient'
    AND archived_at IS NULL;

-- Who wrote a row stays readable when the writer has left.
CREATE VIEW professional WITH (security_barrier) AS
SELECT a.id AS account_id, a.uid, p.given, p.family
FROM account a JOIN person p ON p.account_id = a.id
WHERE a.role IN ('doctor', 'nurse', 'pharmacist') AND (SELECT me()) IS NOT NULL;

-- Whom a row names, whoever that is and whether or not still there. Joined from
-- the columns of rows that row-level security has already shown, it tells of
-- clinicians who they are, and of a patient only to whom the patient lets in,
-- or has asked: a clinician who asks an address learns no name by it.
--
-- It is no security barrier, for such a join could then not be by index; and
-- none is needed where nobody can write a function or SQL to look past the
-- WHERE. OFFSET 0 keeps what is known from being asked once a column.
CREATE VIEW party AS
SELECT a.id, a.uid, CASE WHEN k.known THEN p.given END AS given,
    CASE WHEN k.known THEN p.family END AS family,
    CASE WHEN k.known AND (a.role <> 'admin' OR (SELECT is_admin()))
	THEN a.email END AS email, a.role
FROM account a JOIN person p ON p.account_id = a.id,
LATERAL (SELECT a.role <> 'patient' OR a.id = (SELECT me())
	OR (SELECT is_admin())
	OR EXISTS (SELECT FROM care c WHERE c.patient_id = a.id OFFSET 0)
	OR EXISTS (SELECT FROM connection c
	    WHERE c.patient_id = a.id AND c.clinician_id = (SELECT my_clinician())
	    AND c.initiator_id = a.id AND c.archived_at IS NULL OFFSET 0)
	OR EXISTS (SELECT FROM record r
	    WHERE r.patient_id = a.id AND r.doctor_id = (SELECT my_clinician())
	    AND r.archived_at IS NULL OFFSET 0) AS known OFFSET 0) k
WHERE (SELECT me()) IS NOT NULL;

-- An account and its person as one row; the version is the person's. With the
-- caller's rights, so that the policies of both tables hold.
CREATE VIEW people WITH (security_invoker) AS
SELECT a.id, a.uid, a.email, a.username, a.role, a.verified, a.time_zone,
    p.uid AS person_uid, p.given, p.family, p.phone, p.birth_date, p.sex,
    p.address, p.national_id, p.national_id_digest, p.licence, p.licence_digest,
    p.specialization, p.years_of_experience, p.work_phone, p.work_address,
    p.profile_at, a.created_at, p.changed_at, a.archived_at, p.version
FROM account a JOIN person p ON p.account_id = a.id
WHERE a.archived_at IS NULL;

-- ---------------------------------------------------------------- policies
-- FORCE binds the owner too, who gets a policy that says so: whatever else may
-- come to own a table sees nothing by accident.

ALTER TABLE account      ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE credential   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE data_key     ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE person       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE provider     ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE membership   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE connection   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE permission   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE record       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE reminder     ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE occurrence   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE notification ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE session      ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE session_spent ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotency  ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit        ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_rest   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE process      ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY owner ON account      TO chartkeep_admin USING (true);
CREATE POLICY owner ON credential   TO chartkeep_admin USING (true);
CREATE POLICY owner ON data_key     TO chartkeep_admin USING (true);
CREATE POLICY owner ON person       TO chartkeep_admin USING (true);
CREATE POLICY owner ON provider     TO chartkeep_admin USING (true);
CREATE POLICY owner ON membership   TO chartkeep_admin USING (true);
CREATE POLICY owner ON connection   TO chartkeep_admin USING (true);
CREATE POLICY owner ON permission   TO chartkeep_admin USING (true);
CREATE POLICY owner ON record       TO chartkeep_admin USING (true);
CREATE POLICY owner ON reminder     TO chartkeep_admin USING (true);
CREATE POLICY owner ON occurrence   TO chartkeep_admin USING (true);
CREATE POLICY owner ON notification TO chartkeep_admin USING (true);
CREATE POLICY owner ON outbox       TO chartkeep_admin USING (true);
CREATE POLICY owner ON session      TO chartkeep_admin USING (true);
CREATE POLICY owner ON session_spent TO chartkeep_admin USING (true);
CREATE POLICY owner ON idempotency  TO chartkeep_admin USING (true);
CREATE POLICY owner ON audit        TO chartkeep_admin USING (true);
CREATE POLICY owner ON audit_rest   TO chartkeep_admin USING (true);
CREATE POLICY owner ON process      TO chartkeep_admin USING (true);

-- What may be seen may be locked, so that a change asks the program's own rule
-- and is refused as such; WITH CHECK and the restrictive policies are the net
-- under that rule.

-- Oneself, one's patients, and the directory of clinicians.
CREATE POLICY visible ON account TO chartkeep USING (archived_at IS NULL AND (
    (SELECT is_admin())
 OR id = (SELECT me())
 OR (SELECT me()) IS NOT NULL AND role IN ('doctor', 'nurse', 'pharmacist')
 OR EXISTS (SELECT FROM care c WHERE c.patient_id = account.id OFFSET 0)));
CREATE POLICY change ON account AS RESTRICTIVE FOR UPDATE TO chartkeep
    USING (true)
    WITH CHECK ((SELECT is_admin()) OR id = (SELECT me()));

CREATE POLICY visible ON person TO chartkeep USING (archived_at IS NULL AND (
    account_id = (SELECT me())
 OR EXISTS (SELECT FROM account a WHERE a.id = person.account_id OFFSET 0)));
CREATE POLICY change ON person AS RESTRICTIVE FOR UPDATE TO chartkeep
    USING (true)
    WITH CHECK ((SELECT is_admin()) OR account_id = (SELECT me())
	OR EXISTS (SELECT FROM care c WHERE c.patient_id = person.account_id OFFSET 0));

-- A wrapped key opens nothing by itself.
CREATE POLICY visible ON data_key FOR SELECT TO chartkeep
    USING ((SELECT me()) IS NOT NULL);

CREATE POLICY visible ON provider TO chartkeep
    USING (archived_at IS NULL AND (SELECT me()) IS NOT NULL)
    WITH CHECK ((SELECT is_admin()) OR (SELECT is_verified()) AND author_id = (SELECT me()));
CREATE POLICY author ON provider AS RESTRICTIVE FOR INSERT TO chartkeep
    WITH CHECK (author_id = (SELECT me()));

CREATE POLICY visible ON membership FOR SELECT TO chartkeep
    USING (archived_at IS NULL AND ((SELECT is_admin()) OR account_id = (SELECT me())));

CREATE POLICY visible ON permission FOR SELECT TO chartkeep USING (true);
CREATE POLICY change ON permission FOR UPDATE TO chartkeep
    USING ((SELECT me()) IS NOT NULL)
    WITH CHECK ((SELECT is_admin()));

-- Which step may follow which is connection_step()'s.
CREATE POLICY visible ON connection TO chartkeep USING (archived_at IS NULL AND (
    (SELECT is_admin())
 OR patient_id = (SELECT me())
 OR clinician_id = (SELECT my_clinician())));
CREATE POLICY ask ON connection AS RESTRICTIVE FOR INSERT TO chartkeep
    WITH CHECK (status = 'pending' AND initiator_id = (SELECT me())
	AND (patient_id = (SELECT me())
	OR clinician_id = (SELECT my_clinician())));

CREATE POLICY visible ON record TO chartkeep USING (archived_at IS NULL AND (
    (SELECT is_admin())
 OR patient_id = (SELECT me())
 OR doctor_id = (SELECT my_clinician())
 OR EXISTS (SELECT FROM care c WHERE c.patient_id = record.patient_id OFFSET 0)));
-- Without the doctor: naming oneself would open a stranger's record.
CREATE POLICY author ON record AS RESTRICTIVE FOR INSERT TO chartkeep
    WITH CHECK (author_id = (SELECT me()) AND (
	(SELECT is_admin())
     OR patient_id = (SELECT me())
     OR EXISTS (SELECT FROM care c WHERE c.patient_id = record.patient_id OFFSET 0)));

CREATE POLICY visible ON reminder TO chartkeep USING (archived_at IS NULL AND (
    (SELECT is_admin())
 OR patient_id = (SELECT me())
 OR EXISTS (SELECT FROM care c WHERE c.patient_id = reminder.patient_id OFFSET 0)));
CREATE POLICY author ON reminder AS RESTRICTIVE FOR INSERT TO chartkeep
    WITH CHECK (author_id = (SELECT me()));

CREATE POLICY visible ON notification TO chartkeep
    USING (archived_at IS NULL AND account_id = (SELECT me()));
CREATE POLICY announce ON notification TO chartkeep_job USING (true);

CREATE POLICY announce ON outbox TO chartkeep_job USING (true);

CREATE POLICY announce ON occurrence TO chartkeep_job USING (true);

CREATE POLICY visible ON session FOR SELECT TO chartkeep
    USING (account_id = (SELECT me()));
CREATE POLICY visible ON idempotency TO chartkeep
    USING (account_id = (SELECT me()));

-- Also without an actor, but then only for nobody.
CREATE POLICY witness ON audit FOR INSERT TO chartkeep
    WITH CHECK (account_id IS NOT DISTINCT FROM (SELECT me()));

CREATE POLICY visible ON process FOR SELECT TO chartkeep, chartkeep_job USING (true);

-- ------------------------------------------------------------------ grants
-- By column wherever one writes: whose a row is, who wrote it, its uid and when
-- it was archived is decided once, elsewhere.

GRANT EXECUTE ON FUNCTION instant(), is_zone(text), me(), my_role(), is_admin(),
	my_clinician(), my_providers(), is_verified(), is_owner()
	TO chartkeep, chartkeep_job;
GRANT EXECUTE ON FUNCTION
	enter(uuid, integer, text, text, boolean, interval, boolean)
	TO chartkeep;

GRANT SELECT ON account, person, data_key, provider, membership, connection,
	permission, record, reminder, notification, idempotency, process,
	care, professional, party, people TO chartkeep;
GRANT SELECT (id, account_id, created_at, seen_at, expires_at, ended_at,
	ended_why) ON session TO chartkeep;

GRANT UPDATE (email, username, time_zone, changed_at, version)
	ON account TO chartkeep;
GRANT UPDATE (given, family, phone, birth_date, sex, address, national_id,
	national_id_digest, licence, licence_digest, specialization,
	years_of_experience, work_phone, work_address, profile_at, changed_at,
	version)
	ON person TO chartkeep;
GRANT UPDATE (given, family, phone, birth_date, sex, address, national_id,
	national_id_digest, licence, licence_digest, specialization,
	years_of_experience, work_phone, work_address, profile_at, changed_at,
	version)
	ON people TO chartkeep;
GRANT INSERT (uid, name, address, contact, author_id),
	UPDATE (name, address, contact, changed_at, version)
	ON provider TO chartkeep;
GRANT UPDATE (can_add, can_view, can_edit, changed_at, version)
	ON permission TO chartkeep;
GRANT INSERT (uid, patient_id, clinician_id, initiator_id, asked),
	UPDATE (status, changed_at, version)
	ON connection TO chartkeep;
GRANT INSERT (uid, patient_id, author_id, doctor_id, type, recorded_at, name,
	text, diagnosis),
	UPDATE (doctor_id, type, recorded_at, name, text, diagnosis, changed_at,
	version)
	ON record TO chartkeep;
GRANT INSERT (uid, patient_id, author_id, text, due_at),
	UPDATE (text, due_at, changed_at, version)
	ON reminder TO chartkeep;
GRANT UPDATE (read_at) ON notification TO chartkeep;
GRANT INSERT (account_id, route, key, request_digest),
	UPDATE (request_digest, kind, row_id, created_at)
	ON idempotency TO chartkeep;
GRANT INSERT (account_id, role, route, action, outcome, patients, request_id,
	peer) ON audit TO chartkeep;

-- The dispatcher. NOINHERIT keeps these from the workers that it logs in as.
GRANT SELECT (id, kind, row_id, account_id, at, state, done_at),
	UPDATE (state, done_at) ON occurrence TO chartkeep_job;
GRANT INSERT (uid, account_id, kind, text, occurrence_id, record_id),
	SELECT (id, uid, account_id, kind, occurrence_id, created_at)
	ON notification TO chartkeep_job;
GRANT INSERT (uid, account_id, template, notification_id),
	SELECT (id, uid, account_id, template, notification_id, state, next_at)
	ON outbox TO chartkeep_job;
GRANT SELECT ON process TO chartkeep_job;
