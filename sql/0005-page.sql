-- floor: 0.1.0
--
-- The pages of everything that the actor may see: the ids, in order, for a join
-- with the table under its policy, which is the second net. after is the last
-- id of the page before, null or 0 for the first page; newest walks down.
--
-- Driven through the policy alone such a list reads the whole table for whom
-- it shows little. So whoever has few patients asks each of them for its next
-- rows, and whoever has many (or is admin and sees all) walks the ids with the
-- patients hashed, not further than a window; behind it, few are left to ask.
-- One way up and one down is written out each time, for only then does each
-- have a plan that reads an index in its order and stops.
--
-- The settings of the pages: enough memory that care is always hashed where it
-- is asked for by IN; and no aggregation by hash, whose table is as large as
-- the planner fears care to be, which is dear for all who have five patients.
-- And few rows promised, so that the keys of a page's patients are looked up
-- one by one, and not all keys read, where there are only thousands.

SET LOCAL search_path = chartkeep, pg_temp;

-- Where asking each patient for n rows begins to cost more than a walk.
CREATE FUNCTION care_is_wide(n integer) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	few	CONSTANT bigint := 150 * sqrt(n);
BEGIN
	RETURN EXISTS (SELECT FROM care OFFSET few);
END $$;

-- Ids of one's own records between low and high: all there is for a patient.
CREATE FUNCTION record_of_me(low bigint, high bigint, n integer,
	newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
	IF newest THEN
		RETURN QUERY
		SELECT t.id FROM record t
		WHERE t.patient_id = me() AND t.archived_at IS NULL
		    AND t.id > low AND t.id < high ORDER BY t.id DESC LIMIT n;
	ELSE
		RETURN QUERY
		SELECT t.id FROM record t
		WHERE t.patient_id = me() AND t.archived_at IS NULL
		    AND t.id > low AND t.id < high ORDER BY t.id LIMIT n;
	END IF;
END $$;

-- The same of oneself and one's patients, each asked in turn.
CREATE FUNCTION record_of_each(low bigint, high bigint, n integer,
	newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
	IF newest THEN
		RETURN QUERY
		SELECT r.id
		FROM (SELECT me() AS id UNION SELECT patient_id FROM care) p,
		LATERAL (SELECT t.id FROM record t
		    WHERE t.patient_id = p.id AND t.archived_at IS NULL
		    AND t.id > low AND t.id < high ORDER BY t.id DESC LIMIT n) r
		UNION
		(SELECT t.id FROM record t
		    WHERE t.doctor_id = (SELECT my_clinician())
		    AND t.archived_at IS NULL AND t.id > low AND t.id < high
		    ORDER BY t.id DESC LIMIT n)
		ORDER BY 1 DESC LIMIT n;
	ELSE
		RETURN QUERY
		SELECT r.id
		FROM (SELECT me() AS id UNION SELECT patient_id FROM care) p,
		LATERAL (SELECT t.id FROM record t
		    WHERE t.patient_id = p.id AND t.archived_at IS NULL
		    AND t.id > low AND t.id < high ORDER BY t.id LIMIT n) r
		UNION
		(SELECT t.id FROM record t
		    WHERE t.doctor_id = (SELECT my_clinician())
		    AND t.archived_at IS NULL AND t.id > low AND t.id < high
		    ORDER BY t.id LIMIT n)
		ORDER BY 1 LIMIT n;
	END IF;
END $$;

-- The same, and all of an admin's, walking the ids.
CREATE FUNCTION record_walk(low bigint, high bigint, n integer,
	newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
	IF newest THEN
		RETURN QUERY
		SELECT t.id FROM record t
		WHERE t.id > low AND t.id < high AND t.archived_at IS NULL
		    AND ((SELECT is_admin()) OR t.patient_id = (SELECT me())
		    OR t.doctor_id = (SELECT my_clinician())
		    OR t.patient_id IN (SELECT c.patient_id FROM care c))
		ORDER BY t.id DESC LIMIT n;
	ELSE
		RETURN QUERY
		SELECT t.id FROM record t
		WHERE t.id > low AND t.id < high AND t.archived_at IS NULL
		    AND ((SELECT is_admin()) OR t.patient_id = (SELECT me())
		    OR t.doctor_id = (SELECT my_clinician())
		    OR t.patient_id IN (SELECT c.patient_id FROM care c))
		ORDER BY t.id LIMIT n;
	END IF;
END $$;

CREATE FUNCTION record_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_hashagg = off SET work_mem = '64MB' AS $$
DECLARE
	reach	CONSTANT bigint := 200000;
	low	bigint := CASE WHEN newest THEN 0
		    ELSE coalesce(after, 0) END;
	high	bigint := coalesce(CASE WHEN newest
		    THEN nullif(after, 0) END, 9223372036854775807);
	page	bigint[];
BEGIN
	IF is_admin() THEN
		RETURN QUERY SELECT * FROM record_walk(low, high, n, newest);
		RETURN;
	ELSIF my_clinician() IS NULL THEN
		RETURN QUERY SELECT * FROM record_of_me(low, high, n, newest);
		RETURN;
	ELSIF care_is_wide(n) THEN
		high := least(high, (SELECT max(id) + 1 FROM record));
		page := ARRAY(SELECT * FROM record_walk(
		    CASE WHEN newest THEN greatest(low, high - reach)
			ELSE low END,
		    CASE WHEN newest THEN high
			ELSE least(high, low + reach) END,
		    n, newest));
		IF cardinality(page) >= n OR high - low <= reach THEN
			RETURN QUERY SELECT unnest(page);
			RETURN;
		END IF;
	END IF;
	RETURN QUERY SELECT * FROM record_of_each(low, high, n, newest);
END $$;

-- Ids of one's own reminders between low and high: all there is for a patient.
CREATE FUNCTION reminder_of_me(low bigint, high bigint, n integer,
	newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
	IF newest THEN
		RETURN QUERY
		SELECT t.id FROM reminder t
		WHERE t.patient_id = me() AND t.archived_at IS NULL
		    AND t.id > low AND t.id < high ORDER BY t.id DESC LIMIT n;
	ELSE
		RETURN QUERY
		SELECT t.id FROM reminder t
		WHERE t.patient_id = me() AND t.archived_at IS NULL
		    AND t.id > low AND t.id < high ORDER BY t.id LIMIT n;
	END IF;
END $$;

-- The same of oneself and one's patients, each asked in turn.
CREATE FUNCTION reminder_of_each(low bigint, high bigint, n integer,
	newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
	IF newest THEN
		RETURN QUERY
		SELECT r.id
		FROM (SELECT me() AS id UNION SELECT patient_id FROM care) p,
		LATERAL (SELECT t.id FROM reminder t
		    WHERE t.patient_id = p.id AND t.archived_at IS NULL
		    AND t.id > low AND t.id < high ORDER BY t.id DESC LIMIT n) r
		ORDER BY 1 DESC LIMIT n;
	ELSE
		RETURN QUERY
		SELECT r.id
		FROM (SELECT me() AS id UNION SELECT patient_id FROM care) p,
		LATERAL (SELECT t.id FROM reminder t
		    WHERE t.patient_id = p.id AND t.archived_at IS NULL
		    AND t.id > low AND t.id < high ORDER BY t.id LIMIT n) r
		ORDER BY 1 LIMIT n;
	END IF;
END $$;

-- The same, and all of an admin's, walking the ids.
CREATE FUNCTION reminder_walk(low bigint, high bigint, n integer,
	newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
	IF newest THEN
		RETURN QUERY
		SELECT t.id FROM reminder t
		WHERE t.id > low AND t.id < high AND t.archived_at IS NULL
		    AND ((SELECT is_admin()) OR t.patient_id = (SELECT me())
		    OR t.patient_id IN (SELECT c.patient_id FROM care c))
		ORDER BY t.id DESC LIMIT n;
	ELSE
		RETURN QUERY
		SELECT t.id FROM reminder t
		WHERE t.id > low AND t.id < high AND t.archived_at IS NULL
		    AND ((SELECT is_admin()) OR t.patient_id = (SELECT me())
		    OR t.patient_id IN (SELECT c.patient_id FROM care c))
		ORDER BY t.id LIMIT n;
	END IF;
END $$;

CREATE FUNCTION reminder_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_hashagg = off SET work_mem = '64MB' AS $$
DECLARE
	reach	CONSTANT bigint := 200000;
	low	bigint := CASE WHEN newest THEN 0
		    ELSE coalesce(after, 0) END;
	high	bigint := coalesce(CASE WHEN newest
		    THEN nullif(after, 0) END, 9223372036854775807);
	page	bigint[];
BEGIN
	IF is_admin() THEN
		RETURN QUERY SELECT * FROM reminder_walk(low, high, n, newest);
		RETURN;
	ELSIF my_clinician() IS NULL THEN
		RETURN QUERY SELECT * FROM reminder_of_me(low, high, n, newest);
		RETURN;
	ELSIF care_is_wide(n) THEN
		high := least(high, (SELECT max(id) + 1 FROM reminder));
		page := ARRAY(SELECT * FROM reminder_walk(
		    CASE WHEN newest THEN greatest(low, high - reach)
			ELSE low END,
		    CASE WHEN newest THEN high
			ELSE least(high, low + reach) END,
		    n, newest));
		IF cardinality(page) >= n OR high - low <= reach THEN
			RETURN QUERY SELECT unnest(page);
			RETURN;
		END IF;
	END IF;
	RETURN QUERY SELECT * FROM reminder_of_each(low, high, n, newest);
END $$;

-- What is due between today 00:00 and tomorrow 00:00, both included, as the
-- session's time zone has it. Whoever has many patients reads the day once.
CREATE FUNCTION reminder_due_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan SET work_mem = '64MB' AS $$
DECLARE
	low	CONSTANT bigint := CASE WHEN newest THEN 0
		    ELSE coalesce(after, 0) END;
	high	CONSTANT bigint := coalesce(CASE WHEN newest
		    THEN nullif(after, 0) END, 9223372036854775807);
	today	CONSTANT timestamptz := date_trunc('day', instant());
	morrow	CONSTANT timestamptz := today + interval '1 day';
BEGIN
	IF is_admin() OR care_is_wide(n) THEN
		RETURN QUERY
		WITH due AS MATERIALIZED (
		    SELECT t.id, t.patient_id FROM reminder t
		    WHERE t.due_at >= today AND t.due_at <= morrow
		    AND t.archived_at IS NULL)
		SELECT t.id FROM due t
		WHERE t.id > low AND t.id < high
		    AND ((SELECT is_admin()) OR t.patient_id = (SELECT me())
		    OR t.patient_id IN (SELECT c.patient_id FROM care c))
		ORDER BY CASE WHEN newest THEN -t.id ELSE t.id END LIMIT n;
	ELSE
		RETURN QUERY
		SELECT r.id
		FROM (SELECT me() AS id UNION SELECT patient_id FROM care) p,
		LATERAL (SELECT t.id FROM reminder t
		    WHERE t.patient_id = p.id AND t.archived_at IS NULL
		    AND t.due_at >= today AND t.due_at <= morrow OFFSET 0) r
		WHERE r.id > low AND r.id < high
		ORDER BY CASE WHEN newest THEN -r.id ELSE r.id END LIMIT n;
	END IF;
END $$;

-- Those of care between low and high, by_role only who are patients by role too:
-- the next n of each way to them, so that not all 100,000 of a big provider are
-- read. Whether they are seen, the policy says.
CREATE FUNCTION care_next(low bigint, high bigint, n integer, newest boolean,
	by_role boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
	IF newest THEN
		RETURN QUERY
		(SELECT c.patient_id FROM connection c
		    JOIN account a ON a.id = c.patient_id
		    AND (NOT by_role OR a.role = 'patient')
		    WHERE c.clinician_id = my_clinician()
		    AND c.status = 'accepted' AND c.archived_at IS NULL
		    AND c.patient_id > low AND c.patient_id < high
		    ORDER BY c.patient_id DESC LIMIT n)
		UNION
		SELECT o.id FROM unnest(my_providers()) AS p (id),
		LATERAL (SELECT m.account_id AS id FROM membership m
		    JOIN account a ON a.id = m.account_id
		    AND (NOT by_role OR a.role = 'patient')
		    WHERE m.provider_id = p.id AND m.kind = 'patient'
		    AND m.archived_at IS NULL
		    AND m.account_id > low AND m.account_id < high
		    ORDER BY m.account_id DESC LIMIT n) o
		ORDER BY 1 DESC LIMIT n;
	ELSE
		RETURN QUERY
		(SELECT c.patient_id FROM connection c
		    JOIN account a ON a.id = c.patient_id
		    AND (NOT by_role OR a.role = 'patient')
		    WHERE c.clinician_id = my_clinician()
		    AND c.status = 'accepted' AND c.archived_at IS NULL
		    AND c.patient_id > low AND c.patient_id < high
		    ORDER BY c.patient_id LIMIT n)
		UNION
		SELECT o.id FROM unnest(my_providers()) AS p (id),
		LATERAL (SELECT m.account_id AS id FROM membership m
		    JOIN account a ON a.id = m.account_id
		    AND (NOT by_role OR a.role = 'patient')
		    WHERE m.provider_id = p.id AND m.kind = 'patient'
		    AND m.archived_at IS NULL
		    AND m.account_id > low AND m.account_id < high
		    ORDER BY m.account_id LIMIT n) o
		ORDER BY 1 LIMIT n;
	END IF;
END $$;

-- Oneself, one's patients and the directory of clinicians; an admin, everybody.
CREATE FUNCTION account_page(after bigint, n integer, newest boolean)
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
		SELECT a.id FROM account a
		WHERE a.id > low AND a.id < high AND a.archived_at IS NULL
		ORDER BY a.id DESC LIMIT n;
	ELSIF is_admin() THEN
		RETURN QUERY
		SELECT a.id FROM account a
		WHERE a.id > low AND a.id < high AND a.archived_at IS NULL
		ORDER BY a.id LIMIT n;
	ELSIF me() IS NOT NULL AND newest THEN
		RETURN QUERY
		SELECT me() WHERE me() > low AND me() < high
		UNION
		SELECT * FROM care_next(low, high, n, true, false)
		UNION
		(SELECT a.id FROM account a
		    WHERE a.role IN ('doctor', 'nurse', 'pharmacist')
		    AND a.archived_at IS NULL AND a.id > low AND a.id < high
		    ORDER BY a.id DESC LIMIT n)
		ORDER BY 1 DESC LIMIT n;
	ELSIF me() IS NOT NULL THEN
		RETURN QUERY
		SELECT me() WHERE me() > low AND me() < high
		UNION
		SELECT * FROM care_next(low, high, n, false, false)
		UNION
		(SELECT a.id FROM account a
		    WHERE a.role IN ('doctor', 'nurse', 'pharmacist')
		    AND a.archived_at IS NULL AND a.id > low AND a.id < high
		    ORDER BY a.id LIMIT n)
		ORDER BY 1 LIMIT n;
	END IF;
END $$;

-- Small tables: nothing to be clever about, but nothing without an actor.
CREATE FUNCTION provider_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	last	CONSTANT bigint := nullif(after, 0);
BEGIN
	RETURN QUERY
	SELECT p.id FROM provider p
	WHERE p.archived_at IS NULL AND (SELECT me()) IS NOT NULL
	    AND (last IS NULL OR CASE WHEN newest THEN p.id < last
		ELSE p.id > last END)
	ORDER BY CASE WHEN newest THEN -p.id ELSE p.id END LIMIT n;
END $$;

-- Where the actor belongs, as staff or as a patient, first joined first.
CREATE FUNCTION own_provider_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 2
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	last	CONSTANT bigint := nullif(after, 0);
BEGIN
	RETURN QUERY
	WITH own AS (SELECT m.provider_id AS id, min(m.id) AS place
	    FROM membership m
	    WHERE m.account_id = (SELECT me()) AND m.archived_at IS NULL
	    GROUP BY m.provider_id)
	SELECT o.id FROM own o LEFT JOIN own l ON l.id = last
	WHERE last IS NULL OR CASE WHEN newest THEN o.place < l.place
	    ELSE o.place > l.place END
	ORDER BY CASE WHEN newest THEN -o.place ELSE o.place END LIMIT n;
END $$;

CREATE FUNCTION permission_page(after bigint, n integer, newest boolean)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp AS $$
DECLARE
	last	CONSTANT bigint := nullif(after, 0);
BEGIN
	RETURN QUERY
	SELECT p.id FROM permission p
	WHERE (SELECT me()) IS NOT NULL
	    AND (last IS NULL OR CASE WHEN newest THEN p.id < last
		ELSE p.id > last END)
	ORDER BY CASE WHEN newest THEN -p.id ELSE p.id END LIMIT n;
END $$;

GRANT EXECUTE ON FUNCTION
	record_page(bigint, integer, boolean),
	reminder_page(bigint, integer, boolean),
	reminder_due_page(bigint, integer, boolean),
	account_page(bigint, integer, boolean),
	provider_page(bigint, integer, boolean),
	own_provider_page(bigint, integer, boolean),
	permission_page(bigint, integer, boolean)
	TO chartkeep;
