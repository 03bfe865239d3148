-- What `chartkeep access-test` adds to its scratch schema, and nobody else to
-- any: one call makes an actor, a subject, whatever relates the two, and rows
-- of the subject's; another tells what was written since. The owner calls
-- them; the workers may not.
--
-- The columns that access_stage() returns are the names in braces of
-- tests/access.eval.

-- The matrix as the migrations made it, and as it is tried out.
CREATE TABLE access_initial AS
	SELECT resource, role, can_add, can_view, can_edit FROM permission;
CREATE TABLE access_matrix AS TABLE access_initial;

-- Does the policy say otherwise than the one that the migrations made?
CREATE FUNCTION access_differs(resource integer, role text, action text,
	OUT closed boolean, OUT opened boolean)
LANGUAGE sql STABLE AS $$
	SELECT coalesce(bool_or(had AND NOT has), false),
	    coalesce(bool_or(has AND NOT had), false)
	FROM (SELECT CASE action WHEN 'add' THEN i.can_add
		WHEN 'view' THEN i.can_view ELSE i.can_edit END AS had,
	    CASE action WHEN 'add' THEN m.can_add
		WHEN 'view' THEN m.can_view ELSE m.can_edit END AS has
	    FROM access_initial i JOIN access_matrix m USING (resource, role)
	    WHERE i.resource = access_differs.resource
	    AND i.role = access_differs.role) AS t
$$;

-- Every row of every table that a refused request must leave as it was. What
-- it may write is evidence.
DO $$
DECLARE
	parts	text;
BEGIN
	SELECT string_agg(format('SELECT %L AS name, xmin::text::bigint AS at'
	    ' FROM %I', relname, relname), ' UNION ALL ' ORDER BY relname)
	INTO parts FROM pg_class
	WHERE relnamespace = to_regnamespace(current_schema())
	    AND relkind = 'r' AND relname !~ '^(access|audit|process|idempotency)';
	EXECUTE 'CREATE VIEW access_rows AS ' || parts;
END $$;

-- Which tables were written to since a transaction, how many rows are left, and
-- how many rows of evidence the actor has left. PL/pgSQL keeps the plan.
CREATE FUNCTION access_written(since bigint, actor bigint, OUT tables text,
	OUT total bigint, OUT evidence bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT string_agg(DISTINCT r.name, ', ') FILTER (WHERE r.at > since),
	    count(*)
	INTO tables, total FROM access_rows r;
	evidence := (SELECT count(*) FROM audit a
	    WHERE a.account_id = access_written.actor);
END $$;

-- Empties everything, so that no list is cut, but for an administrator: the
-- last one stays, and that is not what is tried here.
CREATE FUNCTION access_clear() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	standing	bigint;
BEGIN
	TRUNCATE account, provider CASCADE;
	INSERT INTO account (uid, username, role, verified)
	VALUES (gen_random_uuid(), 'standing', 'admin', true)
	RETURNING id INTO standing;
	INSERT INTO person (uid, account_id) VALUES (gen_random_uuid(), standing);
END $$;

CREATE FUNCTION access_account(role text, verified boolean, name text,
	email text, hash text, uid uuid, key_uid uuid, kek text, wrapped bytea)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	made	bigint;
BEGIN
	INSERT INTO account (uid, email, role, verified)
	VALUES (access_account.uid, access_account.email, access_account.role,
	    access_account.verified)
	RETURNING id INTO made;
	INSERT INTO person (uid, account_id, given, family, phone)
	VALUES (gen_random_uuid(), made, 'Given', name, '5550100');
	INSERT INTO data_key (account_id, account_uid, uid, kek, wrapped)
	VALUES (made, access_account.uid, key_uid, access_account.kek,
	    access_account.wrapped);
	INSERT INTO credential (account_id, hash)
	VALUES (made, access_account.hash);
	RETURN made;
END $$;

-- What relates actor and subject, whatever their roles allow by themselves.
-- connection is the row between the two, or else what the third has asked.
CREATE FUNCTION access_relate(relation text, actor bigint, subject bigint,
	third bigint, hospital bigint, asked text, OUT connection bigint)
LANGUAGE plpgsql AS $$
DECLARE
	between	CONSTANT boolean := relation IN ('connected', 'pending',
		    'asking', 'rejected', 'former');
BEGIN
	INSERT INTO connection AS c (uid, patient_id, clinician_id, status,
	    initiator_id, asked, archived_at)
	VALUES (gen_random_uuid(), subject,
	    CASE WHEN between THEN actor ELSE third END,
	    CASE WHEN relation IN ('connected', 'former') THEN 'accepted'
		WHEN relation = 'rejected' THEN 'rejected' ELSE 'pending' END,
	    CASE WHEN NOT between THEN third
		WHEN relation = 'asking' THEN actor ELSE subject END,
	    CASE WHEN relation = 'asking' OR NOT between
		THEN access_relate.asked END,
	    CASE WHEN relation = 'former' THEN instant() END)
	RETURNING c.id INTO access_relate.connection;
	INSERT INTO membership (provider_id, account_id, kind, archived_at)
	VALUES (hospital, third, 'staff', NULL), (hospital, subject, 'patient',
	    CASE relation WHEN 'moved' THEN instant() END);
	IF relation IN ('provider', 'left', 'moved') THEN
		INSERT INTO membership (provider_id, account_id, kind,
		    archived_at)
		VALUES (hospital, actor, 'staff',
		    CASE relation WHEN 'left' THEN instant() END);
	END IF;
END $$;

-- An activity with an invitation of the subject, who is not its author.
CREATE FUNCTION access_activity(author bigint, subject bigint, title text,
	uid uuid, description bytea, OUT activity bigint, OUT invite bigint)
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO activity AS a (uid, author_id, title, description)
	VALUES (access_activity.uid, author, access_activity.title,
	    access_activity.description)
	RETURNING a.id INTO access_activity.activity;
	IF subject <> author THEN
		INSERT INTO activity_invite AS i (uid, activity_id, author_id,
		    patient_id)
		VALUES (gen_random_uuid(), access_activity.activity, author,
		    subject)
		RETURNING i.id INTO invite;
	END IF;
END $$;

-- uids, key_uids: of the actor, the subject, a third (a clinician who treats the
-- subject). rows, texts: sealed by the program, in the order of the table in
-- src/main/access_stage.c.
CREATE FUNCTION access_stage(role text, verified boolean, relation text,
	word text, hash text, session uuid, uids uuid[], key_uids uuid[],
	kek text, wrapped bytea[], row_uids uuid[], texts bytea[],
	OUT actor bigint, OUT subject bigint, OUT third bigint,
	OUT asked text, OUT third_email text, OUT third_activity bigint,
	OUT name text, OUT email text, OUT login text, OUT new_email text,
	OUT secret text, OUT hospital bigint, OUT hospital_name text,
	OUT connection bigint,
	OUT record bigint, OUT noted bigint, OUT written bigint,
	OUT reminder bigint, OUT noted_reminder bigint,
	OUT written_reminder bigint, OUT activity bigint, OUT invite bigint,
	OUT own_activity bigint, OUT sent_invite bigint,
	OUT empty_activity bigint,
	OUT xid bigint, OUT total bigint)
LANGUAGE plpgsql AS $$
DECLARE
	own		CONSTANT boolean := relation = 'own';
	tomorrow	CONSTANT timestamptz := date_trunc('day', instant())
			    + interval '1 day';
	treats		CONSTANT boolean :=
			    access_stage.role IN ('doctor', 'nurse', 'pharmacist');
BEGIN
	name := 'Name' || word;
	secret := 'secret' || word;
	hospital_name := 'Hospital' || word;
	email := word || '@subject.example';
	asked := word || '@asked.example';
	third_email := word || '@third.example';
	new_email := word || '@new.example';
	login := CASE WHEN own THEN email ELSE word || '@actor.example' END;
	-- Who is no clinician was one when all this began: so it has relations
	-- that it could not come by any more.
	actor := access_account(
	    CASE WHEN treats THEN access_stage.role ELSE 'doctor' END,
	    access_stage.verified,
	    CASE WHEN own THEN name ELSE 'Actor' || word END, login, hash,
	    uids[1], key_uids[1], kek, wrapped[1]);
	subject := actor;
	IF NOT own THEN
		subject := access_account('patient', false, name, email, hash,
		    uids[2], key_uids[2], kek, wrapped[2]);
	END IF;
	third := access_account('doctor', true, 'Third' || word,
	    third_email, hash, uids[3], key_uids[3], kek, wrapped[3]);
	INSERT INTO provider AS p (uid, name, author_id)
	VALUES (gen_random_uuid(), hospital_name, third)
	RETURNING p.id INTO hospital;
	connection := access_relate(relation, actor, subject, third, hospital,
	    asked);

	INSERT INTO record AS r (uid, patient_id, author_id, doctor_id, text)
	VALUES (row_uids[1], subject, subject,
	    CASE relation WHEN 'assigned' THEN actor END, texts[1])
	RETURNING r.id INTO record;
	INSERT INTO record AS r (uid, patient_id, author_id, text)
	VALUES (row_uids[2], subject, third, texts[2]) RETURNING r.id INTO noted;
	INSERT INTO record AS r (uid, patient_id, author_id, text)
	VALUES (row_uids[3], subject, actor, texts[3]) RETURNING r.id INTO written;
	INSERT INTO record (uid, patient_id, author_id, text)
	VALUES (row_uids[4], actor, actor, texts[4]);

	INSERT INTO reminder AS r (uid, patient_id, author_id, text, due_at)
	VALUES (row_uids[5], subject, subject, texts[5], tomorrow)
	RETURNING r.id INTO reminder;
	INSERT INTO reminder AS r (uid, patient_id, author_id, text, due_at)
	VALUES (row_uids[6], subject, third, texts[6], tomorrow)
	RETURNING r.id INTO noted_reminder;
	INSERT INTO reminder AS r (uid, patient_id, author_id, text, due_at)
	VALUES (row_uids[7], subject, actor, texts[7], tomorrow)
	RETURNING r.id INTO written_reminder;
	INSERT INTO reminder (uid, patient_id, author_id, text, due_at)
	VALUES (row_uids[8], actor, actor, texts[8], tomorrow);

	SELECT a.activity, a.invite INTO third_activity, invite
	    FROM access_activity(third, subject, secret, row_uids[9],
		texts[9]) AS a;
	SELECT a.activity, a.invite INTO own_activity, sent_invite
	    FROM access_activity(actor, subject,
		CASE WHEN own THEN secret ELSE 'Own' || word END, row_uids[10],
		texts[10]) AS a;
	activity := CASE WHEN own THEN own_activity ELSE third_activity END;
	INSERT INTO activity AS a (uid, author_id, title)
	VALUES (gen_random_uuid(), actor, 'Empty' || word)
	RETURNING a.id INTO empty_activity;
	UPDATE account a SET role = access_stage.role
	    WHERE a.id = actor AND NOT treats;

	INSERT INTO audit (account_id, role, route, action, outcome, patients)
	VALUES (third, 'doctor', 'GET /' || secret, 'view', 'ok',
	    ARRAY[subject]);
	UPDATE permission p SET can_add = m.can_add, can_view = m.can_view,
	    can_edit = m.can_edit
	FROM access_matrix m
	WHERE m.resource = p.resource AND m.role = p.role
	    AND (m.can_add, m.can_view, m.can_edit)
	    <> (p.can_add, p.can_view, p.can_edit);
	INSERT INTO session (id, account_id, expires_at)
	VALUES (access_stage.session, actor, instant() + interval '1 hour');

	xid := pg_current_xact_id()::text::bigint & 4294967295;
	total := (SELECT w.total FROM access_written(xid, actor) AS w);
END $$;
