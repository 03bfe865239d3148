-- people_find
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.email AS email, x.username AS username, x.role AS role, x.verified AS verified, x.time_zone AS time_zone, x.given AS given, x.family AS family, x.phone AS phone, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.id AS row_owner, x.role = 'patient' AS about_patient
	FROM people x
	WHERE x.id = $4::bigint),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE about_patient)
	FROM seen
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.email, seen.username, seen.role, seen.verified, seen.time_zone, seen.given, seen.family, seen.phone, seen.created_at, seen.version, seen.row_id
	FROM seen;

-- people_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.email AS email, x.username AS username, x.role AS role, x.verified AS verified, x.time_zone AS time_zone, x.given AS given, x.family AS family, x.phone AS phone, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.id AS row_owner, x.role = 'patient' AS about_patient, p.place
	FROM account_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN people x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE about_patient)
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.email, seen.username, seen.role, seen.verified, seen.time_zone, seen.given, seen.family, seen.phone, seen.created_at, seen.version, seen.row_id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- people_lock
SELECT x.id AS id, x.uid AS uid, x.email AS email, x.username AS username, x.role AS role, x.verified AS verified, x.time_zone AS time_zone, x.given AS given, x.family AS family, x.phone AS phone, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.id AS row_owner, x.role = 'patient' AS about_patient
	FROM people x
	WHERE x.id = $1::bigint FOR UPDATE OF x;

-- people_change
WITH changed AS (UPDATE people x
	SET given = CASE WHEN $5::bigint & 128 <> 0 THEN $6::text ELSE x.given END, family = CASE WHEN $5::bigint & 256 <> 0 THEN $7::text ELSE x.family END, phone = CASE WHEN $5::bigint & 512 <> 0 THEN $8::text ELSE x.phone END, version = x.version + 1, changed_at = instant()
	WHERE x.id = $4::bigint
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.email AS email, x.username AS username, x.role AS role, x.verified AS verified, x.time_zone AS time_zone, x.given AS given, x.family AS family, x.phone AS phone, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.id AS row_owner, x.role = 'patient' AS about_patient
	FROM changed x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'edit', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.email, shown.username, shown.role, shown.verified, shown.time_zone, shown.given, shown.family, shown.phone, shown.created_at, shown.version, shown.row_id
	FROM shown;

-- provider_find
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.name AS name, x.address AS address, x.contact AS contact, x.author_id AS author_id, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id
	FROM provider x
	WHERE x.id = $4::bigint),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), NULL::bigint[]
	FROM seen
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.name, seen.address, seen.contact, seen.author_id, seen.created_at, seen.version, seen.row_id
	FROM seen;

-- provider_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.name AS name, x.address AS address, x.contact AS contact, x.author_id AS author_id, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, p.place
	FROM provider_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN provider x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), NULL::bigint[]
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.name, seen.address, seen.contact, seen.author_id, seen.created_at, seen.version, seen.row_id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- provider_lock
SELECT x.id AS id, x.uid AS uid, x.name AS name, x.address AS address, x.contact AS contact, x.author_id AS author_id, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id
	FROM provider x
	WHERE x.id = $1::bigint FOR UPDATE OF x;

-- provider_change
WITH changed AS (UPDATE provider x
	SET name = CASE WHEN $5::bigint & 4 <> 0 THEN $6::text ELSE x.name END, address = CASE WHEN $5::bigint & 8 <> 0 THEN $7::text ELSE x.address END, contact = CASE WHEN $5::bigint & 16 <> 0 THEN $8::text ELSE x.contact END, version = x.version + 1, changed_at = instant()
	WHERE x.id = $4::bigint
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.name AS name, x.address AS address, x.contact AS contact, x.author_id AS author_id, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id
	FROM changed x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'edit', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), NULL::bigint[]
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.name, shown.address, shown.contact, shown.author_id, shown.created_at, shown.version, shown.row_id
	FROM shown;

-- provider_create
WITH made AS (INSERT INTO provider AS x (uid, name, address, contact, author_id)
SELECT $5::uuid, $6::text, $7::text, $8::text, me()
	FROM (SELECT 1) v
	WHERE me() IS NOT NULL AND $4::uuid IS NULL
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.name AS name, x.address AS address, x.contact AS contact, x.author_id AS author_id, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id
	FROM made x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'add', 'ok', me(), my_role(), NULL::bigint[]
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.name, shown.address, shown.contact, shown.author_id, shown.created_at, shown.version, shown.row_id
	FROM shown;

-- provider_archive
WITH gone AS (SELECT archive('provider', $4::bigint) AS done, $5::bigint AS row_owner),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'archive', CASE WHEN bool_and(done) THEN 'ok' ELSE 'missing' END, me(), my_role(), NULL::bigint[]
	FROM gone
	HAVING me() IS NOT NULL)
SELECT done
	FROM gone;

-- permission_find
WITH seen AS (SELECT x.id AS id, x.resource AS resource, x.role AS role, x.can_add AS can_add, x.can_view AS can_view, x.can_edit AS can_edit, x.version AS version, x.id AS row_id
	FROM permission x
	WHERE x.id = $4::bigint),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), NULL::bigint[]
	FROM seen
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.resource, seen.role, seen.can_add, seen.can_view, seen.can_edit, seen.version, seen.row_id
	FROM seen;

-- permission_list
WITH seen AS (SELECT x.id AS id, x.resource AS resource, x.role AS role, x.can_add AS can_add, x.can_view AS can_view, x.can_edit AS can_edit, x.version AS version, x.id AS row_id, p.place
	FROM permission_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN permission x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), NULL::bigint[]
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.resource, seen.role, seen.can_add, seen.can_view, seen.can_edit, seen.version, seen.row_id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- permission_lock
SELECT x.id AS id, x.resource AS resource, x.role AS role, x.can_add AS can_add, x.can_view AS can_view, x.can_edit AS can_edit, x.version AS version, x.id AS row_id
	FROM permission x
	WHERE x.id = $1::bigint FOR UPDATE OF x;

-- permission_change
WITH changed AS (UPDATE permission x
	SET can_add = CASE WHEN $5::bigint & 8 <> 0 THEN $6::boolean ELSE x.can_add END, can_view = CASE WHEN $5::bigint & 16 <> 0 THEN $7::boolean ELSE x.can_view END, can_edit = CASE WHEN $5::bigint & 32 <> 0 THEN $8::boolean ELSE x.can_edit END, version = x.version + 1, changed_at = instant()
	WHERE x.id = $4::bigint
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.resource AS resource, x.role AS role, x.can_add AS can_add, x.can_view AS can_view, x.can_edit AS can_edit, x.version AS version, x.id AS row_id
	FROM changed x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'edit', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), NULL::bigint[]
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.resource, shown.role, shown.can_add, shown.can_view, shown.can_edit, shown.version, shown.row_id
	FROM shown;

-- record_find
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.doctor_id AS doctor_id, x.type AS type, x.recorded_at::timestamp AS recorded_at, x.name AS name, x.text AS text, x.diagnosis AS diagnosis, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM record x
	WHERE x.id = $4::bigint),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.patient_id, seen.author_id, seen.doctor_id, seen.type, seen.recorded_at, seen.name, seen.text, seen.diagnosis, seen.created_at, seen.version, seen.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid
	FROM seen
	JOIN data_key k ON k.account_id = seen.row_owner;

-- record_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.doctor_id AS doctor_id, x.type AS type, x.recorded_at::timestamp AS recorded_at, x.name AS name, x.text AS text, x.diagnosis AS diagnosis, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner, p.place, sum(0 + coalesce(octet_length(x.name), 0) + coalesce(octet_length(x.text), 0) + coalesce(octet_length(x.diagnosis), 0)) OVER (ORDER BY p.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS weight
	FROM record_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN record x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.patient_id, seen.author_id, seen.doctor_id, seen.type, seen.recorded_at, seen.name, seen.text, seen.diagnosis, seen.created_at, seen.version, seen.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	JOIN data_key k ON k.account_id = seen.row_owner
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	ORDER BY seen.place;

-- record_lock
SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.doctor_id AS doctor_id, x.type AS type, x.recorded_at::timestamp AS recorded_at, x.name AS name, x.text AS text, x.diagnosis AS diagnosis, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, x.patient_id AS row_owner
	FROM record x
	JOIN data_key k ON k.account_id = x.patient_id
	WHERE x.id = $1::bigint FOR UPDATE OF x;

-- record_change
WITH changed AS (UPDATE record x
	SET doctor_id = CASE WHEN $5::bigint & 16 <> 0 THEN $6::bigint ELSE x.doctor_id END, type = CASE WHEN $5::bigint & 32 <> 0 THEN $7::text ELSE x.type END, recorded_at = CASE WHEN $5::bigint & 64 <> 0 THEN $8::timestamptz ELSE x.recorded_at END, name = CASE WHEN $5::bigint & 128 <> 0 THEN $9::bytea ELSE x.name END, text = CASE WHEN $5::bigint & 256 <> 0 THEN $10::bytea ELSE x.text END, diagnosis = CASE WHEN $5::bigint & 512 <> 0 THEN $11::bytea ELSE x.diagnosis END, version = x.version + 1, changed_at = instant()
	WHERE x.id = $4::bigint AND ($6::bigint IS NULL OR EXISTS (SELECT
	FROM account r
	WHERE r.id = $6))
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.doctor_id AS doctor_id, x.type AS type, x.recorded_at::timestamp AS recorded_at, x.name AS name, x.text AS text, x.diagnosis AS diagnosis, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM changed x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'edit', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.patient_id, shown.author_id, shown.doctor_id, shown.type, shown.recorded_at, shown.name, shown.text, shown.diagnosis, shown.created_at, shown.version, shown.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid
	FROM shown
	JOIN data_key k ON k.account_id = shown.row_owner;

-- record_create
WITH made AS (INSERT INTO record AS x (uid, patient_id, doctor_id, type, recorded_at, name, text, diagnosis, author_id)
SELECT $5::uuid, v.patient_id, v.doctor_id, coalesce($8::text, 'general'), coalesce($9::timestamptz, instant()), $10::bytea, $11::bytea, $12::bytea, me()
	FROM (SELECT CASE WHEN $6::text IS NULL THEN me() ELSE (SELECT r.id
	FROM account r
	WHERE r.id = $6::text::bigint) END AS patient_id, CASE WHEN $7::text IS NULL THEN NULL ELSE (SELECT r.id
	FROM account r
	WHERE r.id = $7::text::bigint) END AS doctor_id) v
	JOIN data_key k ON k.account_id = v.patient_id AND k.uid = $4::uuid
	WHERE me() IS NOT NULL AND ($6::text IS NULL OR v.patient_id IS NOT NULL) AND ($7::text IS NULL OR v.doctor_id IS NOT NULL)
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.doctor_id AS doctor_id, x.type AS type, x.recorded_at::timestamp AS recorded_at, x.name AS name, x.text AS text, x.diagnosis AS diagnosis, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM made x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'add', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.patient_id, shown.author_id, shown.doctor_id, shown.type, shown.recorded_at, shown.name, shown.text, shown.diagnosis, shown.created_at, shown.version, shown.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid
	FROM shown
	JOIN data_key k ON k.account_id = shown.row_owner;

-- record_archive
WITH gone AS (SELECT archive('record', $4::bigint) AS done, $5::bigint AS row_owner),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'archive', CASE WHEN bool_and(done) THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM gone
	HAVING me() IS NOT NULL)
SELECT done
	FROM gone;

-- reminder_find
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.text AS text, x.due_at::timestamp AS due_at, x.due_epoch AS due_epoch, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM reminder x
	WHERE x.id = $4::bigint),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.patient_id, seen.author_id, seen.text, seen.due_at, seen.due_epoch, seen.created_at, seen.version, seen.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid
	FROM seen
	JOIN data_key k ON k.account_id = seen.row_owner;

-- reminder_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.text AS text, x.due_at::timestamp AS due_at, x.due_epoch AS due_epoch, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner, p.place, sum(0 + coalesce(octet_length(x.text), 0)) OVER (ORDER BY p.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS weight
	FROM reminder_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN reminder x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.patient_id, seen.author_id, seen.text, seen.due_at, seen.due_epoch, seen.created_at, seen.version, seen.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	JOIN data_key k ON k.account_id = seen.row_owner
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	ORDER BY seen.place;

-- reminder_lock
SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.text AS text, x.due_at::timestamp AS due_at, x.due_epoch AS due_epoch, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, x.patient_id AS row_owner
	FROM reminder x
	JOIN data_key k ON k.account_id = x.patient_id
	WHERE x.id = $1::bigint FOR UPDATE OF x;

-- reminder_change
WITH changed AS (UPDATE reminder x
	SET text = CASE WHEN $5::bigint & 16 <> 0 THEN $6::bytea ELSE x.text END, due_at = CASE WHEN $5::bigint & 32 <> 0 THEN $7::timestamptz ELSE x.due_at END, version = x.version + 1, changed_at = instant()
	WHERE x.id = $4::bigint
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.text AS text, x.due_at::timestamp AS due_at, x.due_epoch AS due_epoch, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM changed x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'edit', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.patient_id, shown.author_id, shown.text, shown.due_at, shown.due_epoch, shown.created_at, shown.version, shown.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid
	FROM shown
	JOIN data_key k ON k.account_id = shown.row_owner;

-- reminder_create
WITH made AS (INSERT INTO reminder AS x (uid, patient_id, text, due_at, author_id)
SELECT $5::uuid, v.patient_id, $7::bytea, $8::timestamptz, me()
	FROM (SELECT CASE WHEN $6::text IS NULL THEN me() ELSE (SELECT r.id
	FROM account r
	WHERE r.id = $6::text::bigint) END AS patient_id) v
	JOIN data_key k ON k.account_id = v.patient_id AND k.uid = $4::uuid
	WHERE me() IS NOT NULL AND ($6::text IS NULL OR v.patient_id IS NOT NULL)
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.text AS text, x.due_at::timestamp AS due_at, x.due_epoch AS due_epoch, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM made x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'add', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.patient_id, shown.author_id, shown.text, shown.due_at, shown.due_epoch, shown.created_at, shown.version, shown.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid
	FROM shown
	JOIN data_key k ON k.account_id = shown.row_owner;

-- reminder_archive
WITH gone AS (SELECT archive('reminder', $4::bigint) AS done, $5::bigint AS row_owner),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'archive', CASE WHEN bool_and(done) THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM gone
	HAVING me() IS NOT NULL)
SELECT done
	FROM gone;

-- connection_find
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.clinician_id AS clinician_id, x.status AS status, x.initiator_id AS initiator_id, x.asked AS asked, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM connection x
	WHERE x.id = $4::bigint),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.patient_id, seen.clinician_id, seen.status, seen.initiator_id, seen.asked, seen.created_at, seen.version, seen.row_id, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id, n2.id, n2.uid, n2.given, n2.family, n2.email, n2.role, n2.id
	FROM seen LEFT
	JOIN party n1 ON n1.id = seen.patient_id LEFT
	JOIN party n2 ON n2.id = seen.clinician_id;

-- connection_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.clinician_id AS clinician_id, x.status AS status, x.initiator_id AS initiator_id, x.asked AS asked, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner, p.place
	FROM connection_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN connection x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.patient_id, seen.clinician_id, seen.status, seen.initiator_id, seen.asked, seen.created_at, seen.version, seen.row_id, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id, n2.id, n2.uid, n2.given, n2.family, n2.email, n2.role, n2.id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen LEFT
	JOIN party n1 ON n1.id = seen.patient_id LEFT
	JOIN party n2 ON n2.id = seen.clinician_id
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- connection_lock
SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.clinician_id AS clinician_id, x.status AS status, x.initiator_id AS initiator_id, x.asked AS asked, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id, n2.id, n2.uid, n2.given, n2.family, n2.email, n2.role, n2.id, x.patient_id AS row_owner
	FROM connection x LEFT
	JOIN party n1 ON n1.id = x.patient_id LEFT
	JOIN party n2 ON n2.id = x.clinician_id
	WHERE x.id = $1::bigint FOR UPDATE OF x;

-- connection_change
WITH changed AS (UPDATE connection x
	SET status = CASE WHEN $5::bigint & 16 <> 0 THEN $6::text ELSE x.status END, version = x.version + 1, changed_at = instant()
	WHERE x.id = $4::bigint
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.clinician_id AS clinician_id, x.status AS status, x.initiator_id AS initiator_id, x.asked AS asked, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM changed x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'edit', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.patient_id, shown.clinician_id, shown.status, shown.initiator_id, shown.asked, shown.created_at, shown.version, shown.row_id, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id, n2.id, n2.uid, n2.given, n2.family, n2.email, n2.role, n2.id
	FROM shown LEFT
	JOIN party n1 ON n1.id = shown.patient_id LEFT
	JOIN party n2 ON n2.id = shown.clinician_id;

-- connection_archive
WITH gone AS (SELECT archive('connection', $4::bigint) AS done, $5::bigint AS row_owner),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'archive', CASE WHEN bool_and(done) THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM gone
	HAVING me() IS NOT NULL)
SELECT done
	FROM gone;

-- activity_find
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.author_id AS author_id, x.title AS title, x.description AS description, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.author_id AS row_owner
	FROM activity x
	WHERE x.id = $4::bigint),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.author_id, seen.title, seen.description, seen.created_at, seen.version, seen.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id
	FROM seen
	JOIN data_key k ON k.account_id = seen.row_owner LEFT
	JOIN party n1 ON n1.id = seen.author_id;

-- activity_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.author_id AS author_id, x.title AS title, x.description AS description, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.author_id AS row_owner, p.place, sum(0 + coalesce(octet_length(x.description), 0)) OVER (ORDER BY p.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS weight
	FROM activity_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN activity x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.author_id, seen.title, seen.description, seen.created_at, seen.version, seen.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	JOIN data_key k ON k.account_id = seen.row_owner LEFT
	JOIN party n1 ON n1.id = seen.author_id
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	ORDER BY seen.place;

-- activity_lock
SELECT x.id AS id, x.uid AS uid, x.author_id AS author_id, x.title AS title, x.description AS description, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id, x.author_id AS row_owner
	FROM activity x
	JOIN data_key k ON k.account_id = x.author_id LEFT
	JOIN party n1 ON n1.id = x.author_id
	WHERE x.id = $1::bigint FOR UPDATE OF x;

-- activity_change
WITH changed AS (UPDATE activity x
	SET title = CASE WHEN $5::bigint & 8 <> 0 THEN $6::text ELSE x.title END, description = CASE WHEN $5::bigint & 16 <> 0 THEN $7::bytea ELSE x.description END, version = x.version + 1, changed_at = instant()
	WHERE x.id = $4::bigint
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.author_id AS author_id, x.title AS title, x.description AS description, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.author_id AS row_owner
	FROM changed x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'edit', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.author_id, shown.title, shown.description, shown.created_at, shown.version, shown.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id
	FROM shown
	JOIN data_key k ON k.account_id = shown.row_owner LEFT
	JOIN party n1 ON n1.id = shown.author_id;

-- activity_create
WITH made AS (INSERT INTO activity AS x (uid, title, description, author_id)
SELECT $5::uuid, $6::text, $7::bytea, me()
	FROM (SELECT 1) v
	JOIN data_key k ON k.account_id = me() AND k.uid = $4::uuid
	WHERE me() IS NOT NULL
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.author_id AS author_id, x.title AS title, x.description AS description, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.author_id AS row_owner
	FROM made x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'add', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.author_id, shown.title, shown.description, shown.created_at, shown.version, shown.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, n1.id, n1.uid, n1.given, n1.family, n1.email, n1.role, n1.id
	FROM shown
	JOIN data_key k ON k.account_id = shown.row_owner LEFT
	JOIN party n1 ON n1.id = shown.author_id;

-- activity_archive
WITH gone AS (SELECT archive('activity', $4::bigint) AS done, $5::bigint AS row_owner),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'archive', CASE WHEN bool_and(done) THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM gone
	HAVING me() IS NOT NULL)
SELECT done
	FROM gone;

-- activity_invite_find
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.activity_id AS activity_id, x.patient_id AS patient_id, x.status AS status, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM activity_invite x
	WHERE x.id = $4::bigint),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.activity_id, seen.patient_id, seen.status, seen.created_at, seen.version, seen.row_id, n1.id, n1.uid, n1.author_id, n1.title, n1.description, n1.created_at::timestamp, n1.version, n1.id, k1.id, k1.uid, k1.kek, k1.wrapped, k1.account_uid, n2.id, n2.uid, n2.given, n2.family, n2.email, n2.role, n2.id, n3.id, n3.uid, n3.given, n3.family, n3.email, n3.role, n3.id
	FROM seen LEFT
	JOIN activity n1 ON n1.id = seen.activity_id LEFT
	JOIN data_key k1 ON k1.account_id = n1.author_id LEFT
	JOIN party n2 ON n2.id = n1.author_id LEFT
	JOIN party n3 ON n3.id = seen.patient_id;

-- activity_invite_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.activity_id AS activity_id, x.patient_id AS patient_id, x.status AS status, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner, p.place, sum(0 + coalesce((SELECT 0 + coalesce(octet_length(w.description), 0)
	FROM activity w
	WHERE w.id = x.activity_id), 0)) OVER (ORDER BY p.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS weight
	FROM invite_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN activity_invite x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.activity_id, seen.patient_id, seen.status, seen.created_at, seen.version, seen.row_id, n1.id, n1.uid, n1.author_id, n1.title, n1.description, n1.created_at::timestamp, n1.version, n1.id, k1.id, k1.uid, k1.kek, k1.wrapped, k1.account_uid, n2.id, n2.uid, n2.given, n2.family, n2.email, n2.role, n2.id, n3.id, n3.uid, n3.given, n3.family, n3.email, n3.role, n3.id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen LEFT
	JOIN activity n1 ON n1.id = seen.activity_id LEFT
	JOIN data_key k1 ON k1.account_id = n1.author_id LEFT
	JOIN party n2 ON n2.id = n1.author_id LEFT
	JOIN party n3 ON n3.id = seen.patient_id
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	ORDER BY seen.place;

-- activity_invite_lock
SELECT x.id AS id, x.uid AS uid, x.activity_id AS activity_id, x.patient_id AS patient_id, x.status AS status, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, n1.id, n1.uid, n1.author_id, n1.title, n1.description, n1.created_at::timestamp, n1.version, n1.id, k1.id, k1.uid, k1.kek, k1.wrapped, k1.account_uid, n2.id, n2.uid, n2.given, n2.family, n2.email, n2.role, n2.id, n3.id, n3.uid, n3.given, n3.family, n3.email, n3.role, n3.id, x.patient_id AS row_owner
	FROM activity_invite x LEFT
	JOIN activity n1 ON n1.id = x.activity_id LEFT
	JOIN data_key k1 ON k1.account_id = n1.author_id LEFT
	JOIN party n2 ON n2.id = n1.author_id LEFT
	JOIN party n3 ON n3.id = x.patient_id
	WHERE x.id = $1::bigint FOR UPDATE OF x;

-- activity_invite_change
WITH changed AS (UPDATE activity_invite x
	SET status = CASE WHEN $5::bigint & 16 <> 0 THEN $6::text ELSE x.status END, version = x.version + 1, changed_at = instant()
	WHERE x.id = $4::bigint
	RETURNING x.*),
shown AS (SELECT x.id AS id, x.uid AS uid, x.activity_id AS activity_id, x.patient_id AS patient_id, x.status AS status, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner
	FROM changed x),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'edit', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM shown
	HAVING me() IS NOT NULL)
SELECT shown.id, shown.uid, shown.activity_id, shown.patient_id, shown.status, shown.created_at, shown.version, shown.row_id, n1.id, n1.uid, n1.author_id, n1.title, n1.description, n1.created_at::timestamp, n1.version, n1.id, k1.id, k1.uid, k1.kek, k1.wrapped, k1.account_uid, n2.id, n2.uid, n2.given, n2.family, n2.email, n2.role, n2.id, n3.id, n3.uid, n3.given, n3.family, n3.email, n3.role, n3.id
	FROM shown LEFT
	JOIN activity n1 ON n1.id = shown.activity_id LEFT
	JOIN data_key k1 ON k1.account_id = n1.author_id LEFT
	JOIN party n2 ON n2.id = n1.author_id LEFT
	JOIN party n3 ON n3.id = shown.patient_id;

-- own_provider_page_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.name AS name, x.address AS address, x.contact AS contact, x.author_id AS author_id, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, p.place
	FROM own_provider_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN provider x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), NULL::bigint[]
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.name, seen.address, seen.contact, seen.author_id, seen.created_at, seen.version, seen.row_id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- reminder_due_page_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.patient_id AS patient_id, x.author_id AS author_id, x.text AS text, x.due_at::timestamp AS due_at, x.due_epoch AS due_epoch, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.patient_id AS row_owner, p.place, sum(0 + coalesce(octet_length(x.text), 0)) OVER (ORDER BY p.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS weight
	FROM reminder_due_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN reminder x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE row_owner IS NOT NULL)
	FROM seen
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.patient_id, seen.author_id, seen.text, seen.due_at, seen.due_epoch, seen.created_at, seen.version, seen.row_id, k.id, k.uid, k.kek, k.wrapped, k.account_uid, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	JOIN data_key k ON k.account_id = seen.row_owner
	WHERE seen.place < $5::integer AND coalesce(seen.weight, 0) < 2097152
	ORDER BY seen.place;

-- clinician_page_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.email AS email, x.username AS username, x.role AS role, x.verified AS verified, x.time_zone AS time_zone, x.given AS given, x.family AS family, x.phone AS phone, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.id AS row_owner, x.role = 'patient' AS about_patient, p.place
	FROM clinician_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN people x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE about_patient)
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.email, seen.username, seen.role, seen.verified, seen.time_zone, seen.given, seen.family, seen.phone, seen.created_at, seen.version, seen.row_id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- patient_page_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.email AS email, x.username AS username, x.role AS role, x.verified AS verified, x.time_zone AS time_zone, x.given AS given, x.family AS family, x.phone AS phone, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.id AS row_owner, x.role = 'patient' AS about_patient, p.place
	FROM patient_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN people x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE about_patient)
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.email, seen.username, seen.role, seen.verified, seen.time_zone, seen.given, seen.family, seen.phone, seen.created_at, seen.version, seen.row_id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- admin_page_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.email AS email, x.username AS username, x.role AS role, x.verified AS verified, x.time_zone AS time_zone, x.given AS given, x.family AS family, x.phone AS phone, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.id AS row_owner, x.role = 'patient' AS about_patient, p.place
	FROM admin_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN people x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE about_patient)
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.email, seen.username, seen.role, seen.verified, seen.time_zone, seen.given, seen.family, seen.phone, seen.created_at, seen.version, seen.row_id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- directory_page_list
WITH seen AS (SELECT x.id AS id, x.uid AS uid, x.email AS email, x.username AS username, x.role AS role, x.verified AS verified, x.time_zone AS time_zone, x.given AS given, x.family AS family, x.phone AS phone, x.created_at::timestamp AS created_at, x.version AS version, x.id AS row_id, x.id AS row_owner, x.role = 'patient' AS about_patient, p.place
	FROM directory_page($4::bigint, $5::integer, $6::boolean) WITH ORDINALITY AS p (id, place)
	JOIN people x ON x.id = p.id),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'ok', me(), my_role(), array_agg(DISTINCT row_owner) FILTER (WHERE about_patient)
	FROM seen
	WHERE seen.place < $5::integer
	HAVING me() IS NOT NULL)
SELECT seen.id, seen.uid, seen.email, seen.username, seen.role, seen.verified, seen.time_zone, seen.given, seen.family, seen.phone, seen.created_at, seen.version, seen.row_id, (SELECT count(*)
	FROM seen) AS row_total
	FROM seen
	WHERE seen.place < $5::integer
	ORDER BY seen.place;

-- enter
SELECT outcome, account_id, account_uid, role, verified, zone, now
	FROM enter($1::uuid, $2::smallint, $3::text, $4::text, $5::boolean, $6::interval, $7::boolean);

-- audit_refusal
SELECT audit_refusal($1::uuid, $2::text, $3::text, $4::text, $5::uuid, $6::inet, $7::bigint);

-- key_find
SELECT k.id, k.uid, k.kek, k.wrapped, k.account_uid
	FROM data_key k
	WHERE k.account_id = $1::bigint;

-- login_find
SELECT account_id, account_uid, role, hash, verified, given, family, email, username, password_at::text, created_at AT TIME ZONE 'UTC'
	FROM login_find($1::text);

-- login_refused
SELECT login_refused($4::bigint, $1::text, $2::uuid, $3::inet);

-- session_open
SELECT outcome, role
	FROM session_open($1::bigint, $2::uuid, $3::bytea, $4::interval, $5::text, $6::text, $7::uuid, $8::inet, $9::timestamptz);

-- session_renew
SELECT outcome, session, account_id, account_uid, role
	FROM session_renew($1::bytea, $2::bytea, interval '20 seconds', $3::text, $4::uuid, $5::inet, $6::interval);

-- session_end
WITH gone AS (SELECT session_end($4::uuid, 'logout') AS done),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role)
SELECT $1::text, $2::uuid, $3::inet, 'logout', 'ok', me(), my_role()
	FROM gone
	WHERE me() IS NOT NULL)
SELECT done
	FROM gone;

-- account_register
SELECT outcome, account_id, created_at AT TIME ZONE 'UTC'
	FROM account_register($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::uuid, $9::uuid, $10::uuid, $11::text, $12::bytea, $13::boolean, $14::text, $15::text, $16::uuid, $17::inet);

-- password_hash_of_me
SELECT password_hash_of_me();

-- password_change
WITH done AS (SELECT password_change(me(), $4::text, $5::uuid, 'password') AS done),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role)
SELECT $1::text, $2::uuid, $3::inet, 'password', 'ok', me(), my_role()
	FROM done
	WHERE me() IS NOT NULL)
SELECT done
	FROM done;

-- idempotency_claim
INSERT INTO idempotency AS i (account_id, route, key, request_digest)
	VALUES (me(), $1::text, $2::text, $3::bytea) ON CONFLICT (account_id, route, key) DO UPDATE
	SET request_digest = excluded.request_digest, kind = NULL, row_id = NULL, created_at = instant()
	WHERE i.created_at < instant() - interval '24 hours'
	RETURNING i.id;

-- idempotency_find
SELECT i.id, i.request_digest, i.kind, i.row_id
	FROM idempotency i
	WHERE i.account_id = me() AND i.route = $1::text AND i.key = $2::text;

-- idempotency_again
INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', 'again', me(), my_role(), CASE WHEN $4::bigint IS NOT NULL THEN ARRAY[$4::bigint] END
	WHERE me() IS NOT NULL;

-- idempotency_finish
UPDATE idempotency
	SET kind = $2::text, row_id = $3::bigint
	WHERE id = $1::bigint;

-- account_archive
WITH gone AS (SELECT account_archive($4::bigint) AS outcome),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'archive', outcome, me(), my_role(), ARRAY[$4::bigint]
	FROM gone
	WHERE me() IS NOT NULL)
SELECT outcome
	FROM gone;

-- connection_ask
SELECT outcome, id, patient
	FROM connection_ask($1::bigint, $2::text, $3::uuid, $4::text, $5::uuid, $6::inet);

-- activity_invite_make
SELECT outcome, id, invited
	FROM activity_invite_make($1::bigint, $2::bigint, $3::uuid, $4::text, $5::uuid, $6::inet);

-- begin
BEGIN;

-- commit
COMMIT;

-- schema_floors
SELECT name, floor
	FROM migration
	ORDER BY number;

-- schema_columns
SELECT c.relname::text, a.attname::text, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL), a.attnotnull, a.atthasdef OR a.attidentity <> '', c.relkind = 'v'
	FROM pg_class c
	JOIN pg_attribute a ON a.attrelid = c.oid
	JOIN pg_type t ON t.oid = a.atttypid
	WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped;

-- service_queues
SELECT queue, length
	FROM queue_lengths();

-- service_dispatcher
SELECT extract(epoch
	FROM instant() - max(seen_at))::bigint
	FROM process
	WHERE kind = 'dispatcher';

-- service_beat
SELECT job_beat($1::text, $2::integer, 'supervisor', $3::text);

-- access_log
WITH subject AS (SELECT p.id
	FROM party p
	WHERE p.id = coalesce($4::bigint, me())), page AS MATERIALIZED (SELECT l.*
	FROM subject s, LATERAL access_log(s.id, 'epoch'::timestamptz + $5::bigint * interval '1 microsecond', $6::bigint, $7::integer, $8::boolean) WITH ORDINALITY AS l (at, account_id, given, family, role, action, route, outcome, place)),
logged AS (INSERT INTO audit (route, request_id, peer, action, outcome, account_id, role, patients)
SELECT $1::text, $2::uuid, $3::inet, 'view', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, me(), my_role(), array_agg(s.id)
	FROM subject s
	HAVING me() IS NOT NULL)
SELECT g.at AT TIME ZONE 'UTC' AS at, g.account_id, g.given, g.family, g.role, g.action, g.route, g.outcome
	FROM subject s LEFT
	JOIN page g ON true
	ORDER BY g.place;

