-- floor: 0.1.0
--
-- Connections: how two come by one, who is told of what becomes of it, and the
-- pages of connections and of the people whom they join. What a connection
-- opens is said by the view care (0002-access.sql), which step may follow which
-- by connection_step() (0004-row.sql).
--
-- Everything that concerns two accounts takes its locks in one order: sessions,
-- accounts by id, then connections, then activities, then invites, each by id. Accounts
-- are held FOR SHARE by who writes for them, FOR NO KEY UPDATE by who archives
-- them or changes their role; foreign keys (FOR KEY SHARE) wait for neither, so
-- that telling an account something never waits.

SET LOCAL search_path = chartkeep, pg_temp;

-- ----------------------------------------------------------------- notices

-- Tells those of the accounts who live, in the program and by mail where they
-- have an address, what the actor did: one kind for each. Nobody is told of
-- one's own doing, nor of the owner's. The kind and the author say all: a
-- notice carries no text, and who would get two alike gets one.
--
-- Whoever signs up can make another's mail of it. So an author mails whom it
-- will once a day for each kind, and nobody of what it took back.
--
-- All that a statement did is told at once, because one who leaves may have
-- 20,000 to tell; and by a plan that looks each up, its foreign keys as well,
-- though the tables may be empty when it is made (OFFSET 0: nor reads once for
-- all what the author mailed).
CREATE FUNCTION notify(accounts bigint[], kinds text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_nestloop = on AS $$
BEGIN
	WITH told AS (
		INSERT INTO notification (uid, account_id, kind, author_id)
		SELECT gen_random_uuid(), a.id, n.kind, me()
		FROM (SELECT u.account, u.kind, min(u.place) AS place
		    FROM unnest(accounts, kinds) WITH ORDINALITY
			AS u (account, kind, place)
		    GROUP BY u.account, u.kind) n
		JOIN account a ON a.id = n.account
		WHERE a.id <> me() AND a.archived_at IS NULL
		ORDER BY n.place
		RETURNING id, account_id, kind)
	INSERT INTO outbox (uid, account_id, template, notification_id,
	    author_id)
	SELECT gen_random_uuid(), t.account_id, t.kind, t.id, me()
	FROM told t JOIN account a ON a.id = t.account_id
	WHERE a.email IS NOT NULL AND t.kind <> 'connection_withdrawn'
	    AND NOT EXISTS (SELECT FROM outbox o
		WHERE o.account_id = t.account_id AND o.author_id = me()
		AND o.template = t.kind
		AND o.created_at > instant() - interval '24 hours' OFFSET 0);
END $$;

-- Both parties but the actor: of an admin's doing both are told. What had been
-- rejected ends without a word, and so does what who asked rejects itself. A
-- request that ends unanswered was rejected by who was asked, or withdrawn.
--
-- A statement's rows are tables without an index, and the plan that is kept is
-- for as many as there were the first time: hence no loops, nor compiling,
-- which their cost would call for.
CREATE FUNCTION connection_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp
SET enable_nestloop = off SET jit = off AS $$
DECLARE
	accounts	bigint[];
	kinds		text[];
BEGIN
	IF me() IS NULL THEN
		RETURN NULL;
	ELSIF TG_OP = 'INSERT' THEN
		SELECT array_agg(p.party ORDER BY c.id, p.place),
		    array_agg('connection_asked'::text)
		    INTO accounts, kinds
		    FROM became c, unnest(ARRAY[c.patient_id, c.clinician_id])
			WITH ORDINALITY AS p (party, place)
		    WHERE c.status = 'pending' AND c.archived_at IS NULL;
	ELSE
		SELECT array_agg(p.party ORDER BY c.id, p.place),
		    array_agg(c.kind ORDER BY c.id, p.place)
		    INTO accounts, kinds
		    FROM (SELECT c.id, c.patient_id, c.clinician_id,
			    CASE WHEN c.archived_at IS NULL
			    THEN 'connection_' || c.status
			    WHEN w.status = 'accepted' THEN 'connection_ended'
			    WHEN c.initiator_id <> me()
			    AND me() IN (c.patient_id, c.clinician_id)
			    THEN 'connection_rejected'
			    ELSE 'connection_withdrawn' END AS kind
			FROM was w JOIN became c ON c.id = w.id
			WHERE w.archived_at IS NULL AND CASE
			    WHEN c.archived_at IS NOT NULL
			    THEN w.status <> 'rejected'
			    ELSE c.status <> w.status
			    AND c.status <> 'pending'
			    AND (c.status <> 'rejected'
			    OR c.initiator_id <> me()) END) c,
			unnest(ARRAY[c.patient_id, c.clinician_id])
			WITH ORDINALITY AS p (party, place);
	END IF;
	IF accounts IS NOT NULL THEN
		PERFORM notify(accounts, kinds);
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER asked AFTER INSERT ON connection
	REFERENCING NEW TABLE AS became
	FOR EACH STATEMENT EXECUTE FUNCTION connection_told();
CREATE TRIGGER decided AFTER UPDATE ON connection
	REFERENCING OLD TABLE AS was NEW TABLE AS became
	FOR EACH STATEMENT EXECUTE FUNCTION connection_told();

-- ------------------------------------------------------------------ asking

-- Whether both live and the second is a clinician; holds both so until the
-- transaction ends. Answers nobody but the two.
CREATE FUNCTION parties_hold(patient bigint, clinician bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	held	integer;
BEGIN
	IF NOT coalesce(me() IN (patient, clinician)
	    OR is_owner() AND me() IS NULL, false) THEN
		RETURN false;
	END IF;
	WITH h AS MATERIALIZED (SELECT FROM account a
	    WHERE a.id IN (patient, clinician) AND a.archived_at IS NULL
	    AND (a.id = patient OR a.role IN ('doctor', 'nurse', 'pharmacist'))
	    ORDER BY a.id FOR SHARE)
	SELECT count(*) INTO held FROM h;
	RETURN held = 2;
END $$;

-- Whether who is to be asked has room for another request: a patient for 50 of
-- clinicians, who sign up as they like, a clinician for 1,000 of patients. For
-- the two alone, as parties_hold().
CREATE FUNCTION connection_room(patient bigint, clinician bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	IF my_clinician() = clinician THEN
		RETURN 50 > (SELECT count(*) FROM connection c
		    WHERE c.patient_id = patient AND c.status = 'pending'
		    AND c.archived_at IS NULL AND c.initiator_id <> patient);
	END IF;
	RETURN me() = patient AND 1000 > (SELECT count(*) FROM connection c
	    WHERE c.clinician_id = clinician AND c.status = 'pending'
	    AND c.archived_at IS NULL AND c.initiator_id <> clinician);
END $$;

-- However a row is written, and as a policy refuses: it tells nobody which
-- accounts there are.
CREATE FUNCTION connection_is_live() RETURNS trigger
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	IF NOT parties_hold(new.patient_id, new.clinician_id) THEN
		RAISE EXCEPTION 'the account is not visible'
		    USING ERRCODE = 'insufficient_privilege';
	END IF;
	RETURN new;
END $$;

CREATE TRIGGER live BEFORE INSERT ON connection FOR EACH ROW
	WHEN (new.archived_at IS NULL) EXECUTE FUNCTION connection_is_live();

-- One of the first two is null: a patient asks a clinician by id, a clinician
-- asks a patient by the normalised e-mail, which stays beside the row: it is all
-- that the clinician knows of the patient yet. outcome: ok; missing: there is
-- no such account of that role; exists: the two have a live row, whatever its
-- status; many: who is asked has no room. Of two callers for the same pair the
-- second waits and gets exists. Without an actor it is missing, and nothing is written.
CREATE FUNCTION connection_ask(clinician bigint, patient_email text, uid uuid,
	route text, request uuid, peer inet, OUT outcome text, OUT id bigint,
	OUT patient bigint)
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	other	bigint := connection_ask.clinician;
BEGIN
	outcome := 'missing';
	patient := me();
	IF me() IS NULL THEN
		RETURN;
	END IF;
	IF other IS NULL THEN
		other := my_clinician();
		patient := (SELECT f.account_id FROM login_find(patient_email) f
		    WHERE f.role = 'patient' AND f.email = patient_email);
	END IF;
	IF NOT parties_hold(patient, other) THEN
		NULL;
	ELSIF NOT connection_room(patient, other) THEN
		outcome := CASE WHEN EXISTS (SELECT FROM connection c
		    WHERE c.clinician_id = other AND c.patient_id = patient
		    AND c.archived_at IS NULL) THEN 'exists' ELSE 'many' END;
	ELSE
		INSERT INTO connection AS c
		    (uid, patient_id, clinician_id, initiator_id, asked)
		VALUES (connection_ask.uid, patient, other,
		    me(), patient_email)
		ON CONFLICT (clinician_id, patient_id)
		    WHERE archived_at IS NULL DO NOTHING
		RETURNING c.id INTO id;
		outcome := CASE WHEN id IS NULL THEN 'exists' ELSE 'ok' END;
	END IF;
	INSERT INTO audit (account_id, role, route, action, outcome, patients,
	    request_id, peer)
	VALUES (me(), my_role(), connection_ask.route, 'add',
	    connection_ask.outcome,
	    CASE WHEN patient IS NOT NULL THEN ARRAY[patient] END,
	    request, connection_ask.peer);
END $$;

-- ------------------------------------------------------------------- pages
-- As 0005-page.sql has them; the arguments mean the same.

-- Where the actor is a party, on either side; an admin's are all.
CREATE FUNCTION connection_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	low	CONSTANT bigint := CASE WHEN newest THEN 0
		    ELSE coalesce(after, 0) END;
	high	CONSTANT bigint := coalesce(CASE WHEN newest
		    THEN nullif(after, 0) END, 9223372036854775807);
BEGIN
	IF is_admin() AND newest THEN
		RETURN QUERY
		SELECT c.id FROM connection c
		WHERE c.id > low AND c.id < high AND c.archived_at IS NULL
		ORDER BY c.id DESC LIMIT n;
	ELSIF is_admin() THEN
		RETURN QUERY
		SELECT c.id FROM connection c
		WHERE c.id > low AND c.id < high AND c.archived_at IS NULL
		ORDER BY c.id LIMIT n;
	ELSIF newest THEN
		RETURN QUERY
		(SELECT c.id FROM connection c
		    WHERE c.patient_id = me() AND c.archived_at IS NULL
		    AND c.id > low AND c.id < high ORDER BY c.id DESC LIMIT n)
		UNION ALL
		(SELECT c.id FROM connection c
		    WHERE c.clinician_id = my_clinician() AND c.archived_at IS NULL
		    AND c.id > low AND c.id < high ORDER BY c.id DESC LIMIT n)
		ORDER BY 1 DESC LIMIT n;
	ELSE
		RETURN QUERY
		(SELECT c.id FROM connection c
		    WHERE c.patient_id = me() AND c.archived_at IS NULL
		    AND c.id > low AND c.id < high ORDER BY c.id LIMIT n)
		UNION ALL
		(SELECT c.id FROM connection c
		    WHERE c.clinician_id = my_clinician() AND c.archived_at IS NULL
		    AND c.id > low AND c.id < high ORDER BY c.id LIMIT n)
		ORDER BY 1 LIMIT n;
	END IF;
END $$;

-- The directory of clinicians, for whoever has signed in.
CREATE FUNCTION clinician_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	low	CONSTANT bigint := CASE WHEN newest THEN 0
		    ELSE coalesce(after, 0) END;
	high	CONSTANT bigint := coalesce(CASE WHEN newest
		    THEN nullif(after, 0) END, 9223372036854775807);
BEGIN
	IF me() IS NULL THEN
		RETURN;
	ELSIF newest THEN
		RETURN QUERY
		SELECT a.id FROM account a
		WHERE a.role IN ('doctor', 'nurse', 'pharmacist')
		    AND a.archived_at IS NULL AND a.id > low AND a.id < high
		ORDER BY a.id DESC LIMIT n;
	ELSE
		RETURN QUERY
		SELECT a.id FROM account a
		WHERE a.role IN ('doctor', 'nurse', 'pharmacist')
		    AND a.archived_at IS NULL AND a.id > low AND a.id < high
		ORDER BY a.id LIMIT n;
	END IF;
END $$;

-- Admins are nobody's business but the admins'.
CREATE FUNCTION admin_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	last	CONSTANT bigint := nullif(after, 0);
BEGIN
	RETURN QUERY
	SELECT a.id FROM account a
	WHERE a.role = 'admin' AND a.archived_at IS NULL AND (SELECT is_admin())
	    AND (last IS NULL OR CASE WHEN newest THEN a.id < last
		ELSE a.id > last END)
	ORDER BY CASE WHEN newest THEN -a.id ELSE a.id END LIMIT n;
END $$;

-- Oneself, if a patient, and one's patients; an admin's are all. Patients are
-- resource 7 of the matrix: without it one sees of them no more than oneself.
CREATE FUNCTION patient_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	low	CONSTANT bigint := CASE WHEN newest THEN 0
		    ELSE coalesce(after, 0) END;
	high	CONSTANT bigint := coalesce(CASE WHEN newest
		    THEN nullif(after, 0) END, 9223372036854775807);
BEGIN
	IF my_role() = 'patient' THEN
		RETURN QUERY SELECT me() WHERE me() > low AND me() < high LIMIT n;
	ELSIF NOT may_view(7) THEN
		RETURN;
	ELSIF is_admin() AND newest THEN
		RETURN QUERY
		SELECT a.id FROM account a
		WHERE a.id > low AND a.id < high AND a.archived_at IS NULL
		    AND a.role = 'patient' ORDER BY a.id DESC LIMIT n;
	ELSIF is_admin() THEN
		RETURN QUERY
		SELECT a.id FROM account a
		WHERE a.id > low AND a.id < high AND a.archived_at IS NULL
		    AND a.role = 'patient' ORDER BY a.id LIMIT n;
	ELSE
		RETURN QUERY
		SELECT * FROM care_next(low, high, n, newest, true);
	END IF;
END $$;

-- Oneself, the clinicians, and whom patient_page() shows; to an admin the admins
-- as well. It is account_page() for who may look up clinicians, but not
-- therefore patients.
CREATE FUNCTION directory_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	low	CONSTANT bigint := CASE WHEN newest THEN 0
		    ELSE coalesce(after, 0) END;
	high	CONSTANT bigint := coalesce(CASE WHEN newest
		    THEN nullif(after, 0) END, 9223372036854775807);
BEGIN
	IF me() IS NULL THEN
		RETURN;
	ELSIF newest THEN
		RETURN QUERY
		SELECT me() WHERE me() > low AND me() < high
		UNION SELECT * FROM clinician_page(after, n, true)
		UNION SELECT * FROM patient_page(after, n, true)
		UNION SELECT * FROM admin_page(after, n, true)
		ORDER BY 1 DESC LIMIT n;
	ELSE
		RETURN QUERY
		SELECT me() WHERE me() > low AND me() < high
		UNION SELECT * FROM clinician_page(after, n, false)
		UNION SELECT * FROM patient_page(after, n, false)
		UNION SELECT * FROM admin_page(after, n, false)
		ORDER BY 1 LIMIT n;
	END IF;
END $$;

GRANT EXECUTE ON FUNCTION
	parties_hold(bigint, bigint),
	connection_room(bigint, bigint),
	connection_ask(bigint, text, uuid, text, uuid, inet),
	connection_page(bigint, integer, boolean),
	clinician_page(bigint, integer, boolean),
	admin_page(bigint, integer, boolean),
	patient_page(bigint, integer, boolean),
	directory_page(bigint, integer, boolean)
	TO chartkeep;
