-- floor: 0.1.0
--
-- Who saw whose data: the audit, as the person whom it is about may read it.

SET LOCAL search_path = chartkeep, pg_temp;

-- Of the rows about one patient the next n, newest first, from after_at on but
-- without the first `skip` of that moment; after_at null: from the newest. own:
-- with what the patient did. For the patient and for admins, nothing for
-- anybody else. Of another patient only the role shows, and no row its id,
-- which counts what everybody does; other patients of a row, where it came from
-- and its request are nobody's business either.
--
-- Month by month, as the audit is partitioned, so that a page reads the rows of
-- its months and not of all. Each is found by its GIN index before it is put in
-- order: given both at once, the planner walks the month backwards, which for
-- who has few rows is all of it. And the two moments stand in an OR each:
-- what lies between two it takes for so few rows that it reads the month's whole
-- index of times as well.
CREATE FUNCTION access_log(patient bigint, after_at timestamptz,
	skip bigint, n integer, own boolean)
RETURNS TABLE (at timestamptz, account_id bigint, given text,
	family text, role text, action text, route text, outcome text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = chartkeep, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET TimeZone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
	upto	timestamptz := coalesce(after_at, 'infinity');
	passed	bigint := coalesce(skip, 0);
	month	timestamptz := date_trunc('month', least(upto, instant()));
	wanted	integer := n;
	got	integer;
BEGIN
	IF NOT coalesce(patient = me() OR is_admin(), false) THEN
		RETURN;
	END IF;
	LOOP
		RETURN QUERY
		WITH found AS MATERIALIZED (SELECT a.* FROM audit a
		    WHERE a.patients @> ARRAY[patient]
		    AND (a.at > month OR a.at = month)
		    AND (a.at < upto OR a.at = upto AND passed > 0)
		    AND (own OR a.account_id IS DISTINCT FROM patient)),
		page AS (SELECT f.* FROM found f
		    ORDER BY f.at DESC, f.id DESC LIMIT wanted OFFSET passed)
		SELECT g.at, CASE WHEN g.role <> 'patient'
			OR g.account_id = patient THEN g.account_id END,
		    CASE WHEN g.role <> 'patient' OR g.account_id = patient
			THEN p.given END,
		    CASE WHEN g.role <> 'patient' OR g.account_id = patient
			THEN p.family END,
		    g.role, g.action, g.route, g.outcome
		FROM page g LEFT JOIN person p ON p.account_id = g.account_id
		ORDER BY g.at DESC, g.id DESC;
		GET DIAGNOSTICS got = ROW_COUNT;
		wanted := wanted - got;
		EXIT WHEN wanted <= 0;
		upto := month;
		passed := 0;
		-- Over months of which there is nothing.
		month := date_trunc('month', (SELECT max(a.at) FROM audit a
		    WHERE a.at < upto));
		EXIT WHEN month IS NULL;
	END LOOP;
END $$;

GRANT EXECUTE ON FUNCTION
	access_log(bigint, timestamptz, bigint, integer, boolean)
	TO chartkeep;
