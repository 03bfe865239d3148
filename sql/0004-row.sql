-- floor: 0.1.0
--
-- Rows: what may follow when one changes, and how one is archived.

SET LOCAL search_path = chartkeep, pg_temp;

-- ---------------------------------------------------------------- triggers

-- An institution may lock itself out of anything but this table.
CREATE FUNCTION permission_keeps_admin() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'admin must keep view and edit on permissions'
	    USING ERRCODE = 'CK001';
END $$;

CREATE TRIGGER keeps_admin BEFORE UPDATE ON permission FOR EACH ROW
	WHEN (old.resource = 6 AND old.role = 'admin'
	    AND NOT (new.can_view AND new.can_edit))
	EXECUTE FUNCTION permission_keeps_admin();

-- A policy sees only the new row, and cannot say what may follow what: one
-- asks, the other accepts, either may say no before that, and what was decided
-- stays so until the row is archived; asking again is another row. The owner,
-- who has no actor, is free.
CREATE FUNCTION connection_step() RETURNS trigger
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	IF is_owner() AND me() IS NULL
	    OR old.status = 'pending' AND new.initiator_id = old.initiator_id
	    AND me() IN (old.patient_id, old.clinician_id)
	    AND (new.status = 'rejected'
	    OR new.status = 'accepted' AND me() <> old.initiator_id) THEN
		RETURN new;
	END IF;
	RAISE EXCEPTION 'a connection cannot become % from %',
	    new.status, old.status USING ERRCODE = 'CK002';
END $$;

CREATE TRIGGER step BEFORE UPDATE OF status, initiator_id ON connection
	FOR EACH ROW
	WHEN (old.status <> new.status OR old.initiator_id <> new.initiator_id)
	EXECUTE FUNCTION connection_step();

-- A person is changed through people, under the caller's policies.
CREATE FUNCTION people_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	UPDATE person p SET given = new.given, family = new.family,
	    phone = new.phone, birth_date = new.birth_date, sex = new.sex,
	    address = new.address, national_id = new.national_id,
	    national_id_digest = new.national_id_digest,
	    licence = new.licence, licence_digest = new.licence_digest,
	    specialization = new.specialization,
	    years_of_experience = new.years_of_experience,
	    work_phone = new.work_phone, work_address = new.work_address,
	    profile_at = new.profile_at, changed_at = instant(),
	    version = p.version + 1
	WHERE p.account_id = old.id
	RETURNING p.changed_at, p.version INTO new.changed_at, new.version;
	RETURN CASE WHEN FOUND THEN new END;
END $$;

CREATE TRIGGER change INSTEAD OF UPDATE ON people
	FOR EACH ROW EXECUTE FUNCTION people_change();

-- Archiving an account holds its row; whoever writes for it meanwhile waits
-- here, and then writes nothing that the archiving has not seen. It is refused
-- as a policy refuses, so that it tells nobody which accounts there were.
CREATE FUNCTION patient_is_live() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	PERFORM FROM chartkeep.account a
	    WHERE a.id = new.patient_id AND a.archived_at IS NULL FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the patient is not visible'
		    USING ERRCODE = 'insufficient_privilege';
	END IF;
	RETURN new;
END $$;

CREATE TRIGGER live BEFORE INSERT ON record
	FOR EACH ROW EXECUTE FUNCTION patient_is_live();
CREATE TRIGGER live BEFORE INSERT ON reminder
	FOR EACH ROW EXECUTE FUNCTION patient_is_live();

-- Keeps one occurrence waiting for a live reminder whose time is to come. What
-- was announced or missed stays so, whatever time is written again later.
CREATE FUNCTION reminder_occurrence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
BEGIN
	UPDATE occurrence o SET state = 'cancelled', done_at = instant()
	    WHERE o.kind = 'reminder' AND o.row_id = new.id
	    AND o.state = 'waiting'
	    AND (o.at <> new.due_at OR new.archived_at IS NOT NULL);
	IF new.archived_at IS NULL THEN
		INSERT INTO occurrence AS o
		    (kind, row_id, account_id, at, state)
		VALUES ('reminder', new.id, new.patient_id, new.due_at,
		    CASE WHEN new.due_at < instant() THEN 'past'
			ELSE 'waiting' END)
		ON CONFLICT (kind, row_id, at) DO UPDATE
		    SET state = excluded.state, done_at = NULL
		    WHERE o.state = 'cancelled';
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER occurrence
	AFTER INSERT OR UPDATE OF due_at, archived_at ON reminder
	FOR EACH ROW EXECUTE FUNCTION reminder_occurrence();

-- --------------------------------------------------------------- archiving

-- A policy that hides archived rows forbids to archive them; so the owner does,
-- after asking what the policy would have asked. Whether the actor may is the
-- program's rule about the row, as for any change; only a provider, whom all
-- see, is asked for here as well.
CREATE FUNCTION archive(kind text, id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	moment	CONSTANT timestamptz := instant();
BEGIN
	CASE archive.kind
	WHEN 'record' THEN
		UPDATE record r SET archived_at = moment, changed_at = moment,
		    version = version + 1
		    WHERE r.id = archive.id AND r.archived_at IS NULL
		    AND (is_admin() OR r.patient_id = me()
		    OR r.doctor_id = my_clinician()
		    OR EXISTS (SELECT FROM care c WHERE c.patient_id = r.patient_id));
		RETURN FOUND;
	WHEN 'reminder' THEN
		UPDATE reminder r SET archived_at = moment, changed_at = moment,
		    version = version + 1
		    WHERE r.id = archive.id AND r.archived_at IS NULL
		    AND (is_admin() OR r.patient_id = me()
		    OR EXISTS (SELECT FROM care c WHERE c.patient_id = r.patient_id));
		RETURN FOUND;
	WHEN 'provider' THEN
		UPDATE provider p SET archived_at = moment, changed_at = moment,
		    version = version + 1
		    WHERE p.id = archive.id AND p.archived_at IS NULL
		    AND (is_admin() OR is_verified() AND p.author_id = me());
		IF NOT FOUND THEN
			RETURN false;
		END IF;
		-- With the provider ends what its staff saw through it.
		UPDATE membership m SET archived_at = moment
		    WHERE m.provider_id = archive.id AND m.archived_at IS NULL;
		RETURN true;
	WHEN 'connection' THEN
		UPDATE connection c SET archived_at = moment,
		    changed_at = moment, version = version + 1
		    WHERE c.id = archive.id AND c.archived_at IS NULL
		    AND (is_admin() OR c.patient_id = me()
		    OR c.clinician_id = my_clinician());
		RETURN FOUND;
	WHEN 'activity' THEN
		UPDATE activity a SET archived_at = moment, changed_at = moment,
		    version = version + 1
		    WHERE a.id = archive.id AND a.archived_at IS NULL
		    AND (is_admin() OR a.author_id = me());
		IF NOT FOUND THEN
			RETURN false;
		END IF;
		PERFORM FROM activity_invite i
		    WHERE i.activity_id = archive.id AND i.archived_at IS NULL
		    ORDER BY i.id FOR UPDATE;
		UPDATE activity_invite i SET archived_at = moment,
		    changed_at = moment, version = version + 1
		    WHERE i.activity_id = archive.id AND i.archived_at IS NULL;
		RETURN true;
	WHEN 'notification' THEN
		UPDATE notification n SET archived_at = moment
		    WHERE n.id = archive.id AND n.archived_at IS NULL
		    AND n.account_id = me();
		RETURN FOUND;
	END CASE;
END $$;

GRANT EXECUTE ON FUNCTION archive(text, bigint) TO chartkeep;
