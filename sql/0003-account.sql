-- floor: 0.1.0
--
-- Accounts, passwords and sessions: what happens before there is an actor, and
-- what no actor may do by itself. All are the owner's functions with a pinned
-- search path; each takes one case and answers in one row, with an outcome in
-- place of an exception wherever two callers can meet.

SET LOCAL search_path = chartkeep, pg_temp;

CREATE FUNCTION may_administer() RETURNS boolean
LANGUAGE sql STABLE
RETURN is_admin() OR is_owner();

-- Live accounts by e-mail or username; the at sign tells which. password_at
-- goes back into session_open().
CREATE FUNCTION login_find(login text) RETURNS TABLE (account_id bigint,
	account_uid uuid, role text, hash text, verified boolean, given text,
	family text, email text, username text, password_at timestamptz,
	created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	SELECT a.id, a.uid, a.role, c.hash, a.verified, p.given, p.family,
	    a.email, a.username, c.changed_at, a.created_at
	FROM account a
	LEFT JOIN person p ON p.account_id = a.id
	LEFT JOIN credential c ON c.account_id = a.id
	WHERE a.archived_at IS NULL
	    AND (a.email = login_find.login OR a.username = login_find.login);
END;

-- Who has just shown the password. outcome: ok; missing: archived meanwhile;
-- changed: it is no longer the password that was shown (password_at, null: not
-- asked). rehash is the same password hashed anew, or null.
CREATE FUNCTION session_open(account bigint, session uuid, refresh bytea,
	lifetime interval, rehash text, route text, request uuid, peer inet,
	password_at timestamptz DEFAULT NULL,
	OUT outcome text, OUT account_uid uuid, OUT role text,
	OUT now timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	now := instant();
	-- Shared: archiving and a new password wait for this session, and
	-- then end it.
	SELECT a.uid, a.role INTO account_uid, role FROM account a
	    WHERE a.id = session_open.account AND a.archived_at IS NULL
	    FOR SHARE;
	IF NOT FOUND THEN
		outcome := 'missing';
		RETURN;
	END IF;
	IF password_at IS NOT NULL AND NOT EXISTS (SELECT FROM credential c
	    WHERE c.account_id = session_open.account
	    AND c.changed_at = password_at) THEN
		outcome := 'changed';
		RETURN;
	END IF;
	INSERT INTO session (id, account_id, created_at, seen_at, expires_at,
	    refresh_digest)
	VALUES (session_open.session, session_open.account, now, now,
	    now + lifetime, refresh);
	IF rehash IS NOT NULL THEN
		UPDATE credential c SET hash = rehash
		    WHERE c.account_id = session_open.account;
	END IF;
	INSERT INTO audit (account_id, role, route, action, outcome,
	    request_id, peer)
	VALUES (session_open.account, session_open.role, session_open.route,
	    'login', 'ok', request, session_open.peer);
	outcome := 'ok';
END $$;

-- Spends a refresh token for a fresh one. Of two callers with the same token
-- the second waits for the row, no longer finds the token in it, and finds it
-- spent. outcome: ok; grace: spent a moment ago, its answer was probably lost;
-- replayed: spent long ago, so two hold it and the session ends for both;
-- unknown. lifetime, if not null, counts anew from each renewal.
CREATE FUNCTION session_renew(refresh bytea, fresh bytea, grace interval,
	route text, request uuid, peer inet, lifetime interval DEFAULT NULL,
	OUT outcome text, OUT session uuid, OUT account_id bigint,
	OUT account_uid uuid, OUT role text, OUT now timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	held	session%ROWTYPE;
BEGIN
	now := instant();
	outcome := 'ok';
	SELECT s.* INTO held FROM session s
	    WHERE s.refresh_digest = refresh FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		SELECT s.* INTO held FROM session_spent p
		    JOIN session s ON s.id = p.session_id
		    WHERE p.digest = refresh FOR NO KEY UPDATE OF s;
		outcome := CASE WHEN held.previous_digest = refresh
		    AND held.rotated_at >= now - grace
		    THEN 'grace' ELSE 'replayed' END;
	END IF;
	SELECT held.id, a.id, a.uid, a.role
	    INTO session, account_id, account_uid, role
	    FROM account a
	    WHERE a.id = held.account_id AND a.archived_at IS NULL
	    AND held.ended_at IS NULL AND held.expires_at > now;
	IF NOT FOUND THEN
		outcome := 'unknown';
		RETURN;
	END IF;

	IF outcome = 'replayed' THEN
		UPDATE session s SET ended_at = session_renew.now,
		    ended_why = 'replayed'
		    WHERE s.id = held.id;
	ELSE
		-- What was good until now is spent: in grace that is the token of
		-- the answer that the client says it never got.
		INSERT INTO session_spent (digest, session_id)
		VALUES (held.refresh_digest, held.id)
		ON CONFLICT DO NOTHING;
		-- In grace the spent token and its moment stay the same.
		UPDATE session s SET refresh_digest = fresh,
		    previous_digest = refresh,
		    rotated_at = CASE outcome WHEN 'ok' THEN session_renew.now
			ELSE s.rotated_at END,
		    seen_at = session_renew.now,
		    expires_at = coalesce(session_renew.now + lifetime,
			s.expires_at)
		    WHERE s.id = held.id;
	END IF;
	INSERT INTO audit (account_id, role, route, action, outcome,
	    request_id, peer)
	VALUES (session_renew.account_id, session_renew.role,
	    session_renew.route, 'renew', session_renew.outcome, request,
	    session_renew.peer);
END $$;

-- Logout, of oneself or by an admin; false when there is nothing to end.
CREATE FUNCTION session_end(session uuid, why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	UPDATE session s SET ended_at = instant(), ended_why = why
	    WHERE s.id = session_end.session AND s.ended_at IS NULL
	    AND (s.account_id = me() OR may_administer());
	RETURN FOUND;
END $$;

-- outcome: ok; exists: e-mail or username is taken; forbidden: only an admin
-- makes admins and verified accounts. Of two callers with the same e-mail the
-- second waits and gets exists.
CREATE FUNCTION account_register(login_email text, login_username text,
	role text, given text, family text, phone text, hash text, uid uuid,
	person_uid uuid, key_uid uuid, kek text, wrapped bytea,
	verified boolean, zone text, route text, request uuid, peer inet,
	OUT outcome text, OUT account_id bigint, OUT created_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	IF (account_register.role = 'admin' OR account_register.verified)
	    AND NOT may_administer() THEN
		outcome := 'forbidden';
		RETURN;
	END IF;
	INSERT INTO account (uid, email, username, role, verified, time_zone)
	VALUES (account_register.uid, login_email, login_username,
	    account_register.role, coalesce(account_register.verified, false),
	    zone)
	ON CONFLICT DO NOTHING
	RETURNING account.id, account.created_at
	    INTO account_id, account_register.created_at;
	IF account_id IS NULL THEN
		outcome := 'exists';
		RETURN;
	END IF;
	INSERT INTO person (uid, account_id, given, family, phone)
	VALUES (person_uid, account_register.account_id, account_register.given,
	    account_register.family, account_register.phone);
	INSERT INTO data_key (account_id, account_uid, uid, kek, wrapped)
	VALUES (account_register.account_id, account_register.uid, key_uid,
	    account_register.kek, account_register.wrapped);
	IF account_register.hash IS NOT NULL THEN
		INSERT INTO credential (account_id, hash)
		VALUES (account_register.account_id, account_register.hash);
	END IF;
	outcome := 'ok';
	INSERT INTO audit (account_id, role, route, action, outcome, patients,
	    request_id, peer)
	VALUES (CASE WHEN NOT is_owner()
		THEN coalesce(me(), account_register.account_id) END,
	    CASE WHEN is_owner() THEN 'system'
		ELSE coalesce(my_role(), account_register.role) END,
	    account_register.route,
	    'register', account_register.outcome,
	    ARRAY[account_register.account_id], request, account_register.peer);
END $$;

CREATE FUNCTION password_hash_of_me() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	SELECT hash FROM credential WHERE account_id = me();
END;

-- Before the account, as requests hold them: enter() notes that a session was
-- seen, and then the request writes for its account.
CREATE FUNCTION sessions_hold(account bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	PERFORM FROM session s WHERE s.account_id = sessions_hold.account
	    AND s.ended_at IS NULL ORDER BY s.id FOR NO KEY UPDATE;
END $$;

-- Ends every other session of the account; keep is the one that asks, or null.
CREATE FUNCTION password_change(account bigint, hash text, keep uuid, why text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	IF password_change.account IS DISTINCT FROM me()
	    AND NOT may_administer() THEN
		RETURN false;
	END IF;
	PERFORM sessions_hold(password_change.account);
	PERFORM FROM account a WHERE a.id = password_change.account
	    AND a.archived_at IS NULL FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO credential AS c (account_id, hash)
	VALUES (password_change.account, password_change.hash)
	ON CONFLICT (account_id) DO UPDATE
	    SET hash = excluded.hash, changed_at = excluded.changed_at;
	UPDATE session s SET ended_at = instant(), ended_why = why
	    WHERE s.account_id = password_change.account AND s.ended_at IS NULL
	    AND s.id IS DISTINCT FROM keep;
	RETURN true;
END $$;

-- Whether another admin would be left. Of two callers that remove the last two
-- admins the second waits here, and then counts what the first has left.
CREATE FUNCTION admin_besides(account bigint) RETURNS boolean
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('chartkeep last admin'));
	RETURN EXISTS (SELECT FROM account a WHERE a.role = 'admin'
	    AND a.archived_at IS NULL AND a.id <> admin_besides.account);
END $$;

-- Ends what an account has with others: as a clinician, and, when it leaves, as
-- a patient too. By id, so that two who leave at once wait for each other in
-- one order.
CREATE FUNCTION account_leaves(account bigint, moment timestamptz, all_of boolean)
RETURNS void
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	mine	CONSTANT bigint := account_leaves.account;
BEGIN
	PERFORM FROM connection c
	    WHERE (c.clinician_id = mine OR all_of AND c.patient_id = mine)
	    AND c.archived_at IS NULL ORDER BY c.id FOR UPDATE;
	UPDATE connection c SET archived_at = moment, changed_at = moment,
	    version = version + 1
	    WHERE (c.clinician_id = mine OR all_of AND c.patient_id = mine)
	    AND c.archived_at IS NULL;
	PERFORM FROM activity a
	    WHERE a.author_id = mine AND a.archived_at IS NULL
	    ORDER BY a.id FOR UPDATE;
	UPDATE activity a SET archived_at = moment, changed_at = moment,
	    version = version + 1
	    WHERE a.author_id = mine AND a.archived_at IS NULL;
	PERFORM FROM activity_invite i
	    WHERE (i.author_id = mine OR all_of AND i.patient_id = mine)
	    AND i.archived_at IS NULL ORDER BY i.id FOR UPDATE;
	UPDATE activity_invite i SET archived_at = moment, changed_at = moment,
	    version = version + 1
	    WHERE (i.author_id = mine OR all_of AND i.patient_id = mine)
	    AND i.archived_at IS NULL;
END $$;

-- Hides an account and everything of it at once, under one moment by which it
-- can be told apart, and frees its e-mail. What it wrote into the records of
-- others stays. Returns ok, missing, forbidden or last admin.
--
-- It holds the account so that who writes for it waits (is_live(), by FOR
-- SHARE), but not the keys that point at it (FOR KEY SHARE): who holds one of
-- its connections tells the account of it, and must not wait for this, which
-- comes to that connection later.
CREATE FUNCTION account_archive(account bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	mine	CONSTANT bigint := account_archive.account;
	moment	CONSTANT timestamptz := instant();
	is_a	text;
BEGIN
	IF mine IS DISTINCT FROM me() AND NOT may_administer() THEN
		RETURN 'forbidden';
	END IF;
	PERFORM sessions_hold(mine);
	SELECT a.role INTO is_a FROM account a
	    WHERE a.id = mine AND a.archived_at IS NULL FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN 'missing';
	ELSIF is_a = 'admin' AND NOT admin_besides(mine) THEN
		RETURN 'last admin';
	END IF;

	UPDATE account a SET archived_at = moment, changed_at = moment,
	    version = version + 1 WHERE a.id = mine;
	UPDATE session s SET ended_at = moment, ended_why = 'archived'
	    WHERE s.account_id = mine AND s.ended_at IS NULL;
	UPDATE person p SET archived_at = moment, changed_at = moment,
	    version = version + 1 WHERE p.account_id = mine;
	UPDATE membership m SET archived_at = moment
	    WHERE m.account_id = mine AND m.archived_at IS NULL;
	PERFORM account_leaves(mine, moment, true);
	UPDATE record r SET archived_at = moment, changed_at = moment,
	    version = version + 1
	    WHERE r.patient_id = mine AND r.archived_at IS NULL;
	-- Cancels their occurrences by reminder_occurrence().
	UPDATE reminder r SET archived_at = moment, changed_at = moment,
	    version = version + 1
	    WHERE r.patient_id = mine AND r.archived_at IS NULL;
	-- Last, with whatever the others' changes that this waited for told it.
	UPDATE notification n SET archived_at = moment
	    WHERE n.account_id = mine AND n.archived_at IS NULL;
	DELETE FROM outbox o WHERE o.account_id = mine AND o.state = 'waiting';
	DELETE FROM idempotency i WHERE i.account_id = mine;
	RETURN 'ok';
END $$;

-- Ends the account's sessions, takes the verification with the old role, and
-- whoever is no clinician any more has no patients either. Returns ok, missing, forbidden or last admin.
CREATE FUNCTION account_set_role(account bigint, role text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	was	text;
BEGIN
	IF NOT may_administer() THEN
		RETURN 'forbidden';
	END IF;
	PERFORM sessions_hold(account_set_role.account);
	SELECT a.role INTO was FROM account a
	    WHERE a.id = account_set_role.account AND a.archived_at IS NULL
	    FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN 'missing';
	ELSIF was = account_set_role.role THEN
		RETURN 'ok';
	ELSIF was = 'admin' AND NOT admin_besides(account_set_role.account) THEN
		RETURN 'last admin';
	END IF;
	UPDATE account a SET role = account_set_role.role, verified = false,
	    changed_at = instant(), version = version + 1
	    WHERE a.id = account_set_role.account;
	UPDATE session s SET ended_at = instant(), ended_why = 'role'
	    WHERE s.account_id = account_set_role.account
	    AND s.ended_at IS NULL;
	IF account_set_role.role IN ('admin', 'patient') THEN
		PERFORM account_leaves(account_set_role.account, instant(),
		    false);
	END IF;
	RETURN 'ok';
END $$;

-- Holds on the account's next request, on every worker.
CREATE FUNCTION account_set_verified(account bigint, verified boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	IF NOT may_administer() THEN
		RETURN 'forbidden';
	END IF;
	UPDATE account a SET verified = account_set_verified.verified,
	    changed_at = instant(), version = version + 1
	    WHERE a.id = account_set_verified.account AND a.archived_at IS NULL;
	RETURN CASE WHEN FOUND THEN 'ok' ELSE 'missing' END;
END $$;

-- A wrong password of an account that there is. Called for unknown names too,
-- with null, so that it takes the same time; nothing waits for the disk.
CREATE FUNCTION login_refused(account bigint, route text, request uuid,
	peer inet) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	PERFORM set_config('synchronous_commit', 'off', true);
	INSERT INTO audit (account_id, role, route, action, outcome,
	    request_id, peer)
	SELECT a.id, a.role, login_refused.route, 'login', 'bad_login',
	    login_refused.request, login_refused.peer
	FROM account a WHERE a.id = login_refused.account;
END $$;

-- A refused request's transaction is gone, and its actor with it: this one
-- writes the evidence by the session alone, which may have ended.
CREATE FUNCTION audit_refusal(session uuid, route text, action text,
	outcome text, request uuid, peer inet, patient bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = chartkeep, pg_temp
BEGIN ATOMIC
	INSERT INTO audit (account_id, role, route, action, outcome, patients,
	    request_id, peer)
	SELECT a.id, a.role, audit_refusal.route, audit_refusal.action,
	    audit_refusal.outcome,
	    CASE WHEN patient IS NOT NULL THEN ARRAY[patient] END,
	    audit_refusal.request, audit_refusal.peer
	FROM session s JOIN account a ON a.id = s.account_id
	WHERE s.id = audit_refusal.session;
END;

GRANT EXECUTE ON FUNCTION
	login_find(text),
	session_open(bigint, uuid, bytea, interval, text, text, uuid, inet,
	    timestamptz),
	session_renew(bytea, bytea, interval, text, uuid, inet, interval),
	session_end(uuid, text),
	account_register(text, text, text, text, text, text, text, uuid, uuid,
	    uuid, text, bytea, boolean, text, text, uuid, inet),
	password_hash_of_me(),
	password_change(bigint, text, uuid, text),
	account_archive(bigint),
	account_set_role(bigint, text),
	account_set_verified(bigint, boolean),
	login_refused(bigint, text, uuid, inet),
	audit_refusal(uuid, text, text, text, uuid, inet, bigint)
	TO chartkeep;
