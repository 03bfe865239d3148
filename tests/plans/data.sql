-- A large installation, loaded by the superuser past triggers and keys. The
-- variables: patients, clinicians, providers, big (patients of the first
-- provider), staff (its own), connections, records, activities, accesses.
--
-- Patients are 1 to :patients, clinicians follow, then five admins. The actors:
-- patient 5; the first clinician, of the big provider; behind its staff one
-- with a small practice; the last, of whom nobody knows; an admin.

SET session_replication_role = replica;
SET search_path = chartkeep, pg_temp;
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';

INSERT INTO account (id, uid, email, role, verified)
SELECT i, gen_random_uuid(), 'a' || i || '@bench.invalid',
    CASE WHEN i <= :patients THEN 'patient'
	WHEN i > :patients + :clinicians THEN 'admin'
	WHEN i % 5 = 0 THEN 'nurse' WHEN i % 7 = 0 THEN 'pharmacist'
	ELSE 'doctor' END,
    i > :patients AND i < :patients + :clinicians
FROM generate_series(1, :patients + :clinicians + 5) i;
INSERT INTO person (id, uid, account_id, given, family)
SELECT id, gen_random_uuid(), id, 'G' || id, 'F' || id FROM account;
INSERT INTO data_key (account_id, account_uid, uid, kek, wrapped)
SELECT id, uid, gen_random_uuid(), 'k1', '\x00' FROM account;
INSERT INTO session (id, account_id, expires_at)
SELECT md5(i::text)::uuid, i, instant() + interval '1 day'
FROM generate_series(1, :patients + :clinicians + 5) i
WHERE i % 10 = 5 OR i > :patients;

INSERT INTO provider (id, uid, name)
SELECT i, gen_random_uuid(), 'Provider ' || i FROM generate_series(1, :providers) i;
INSERT INTO membership (provider_id, account_id, kind)
SELECT 1, i, 'patient' FROM generate_series(1, :big) i
UNION ALL
SELECT 1, i, 'staff'
FROM generate_series(:patients + 1, :patients + :staff) i
UNION ALL
SELECT 2 + i % (:providers - 1), i, 'patient'
FROM generate_series(:big + 1, :patients, 5) i
UNION ALL
SELECT 2 + i % (:providers - 1), i, 'staff'
FROM generate_series(:patients + :staff + 1, :patients + :clinicians - 1) i;

INSERT INTO connection (uid, patient_id, clinician_id, status, initiator_id)
SELECT gen_random_uuid(), p, c, CASE WHEN i % 10 = 0 THEN 'pending'
    ELSE 'accepted' END, p
FROM (SELECT i, 1 + (i * 7919::bigint) % :patients AS p,
    :patients + 1 + (i * 104729::bigint) % (:clinicians - 1) AS c
    FROM generate_series(1, :connections) i) v
ON CONFLICT DO NOTHING;
INSERT INTO connection (uid, patient_id, clinician_id, status, initiator_id)
SELECT gen_random_uuid(), 5, :patients + i, 'accepted', 5
FROM generate_series(1, 4) i ON CONFLICT DO NOTHING;

INSERT INTO record (uid, patient_id, author_id, doctor_id, text)
SELECT gen_random_uuid(), p, p, CASE WHEN i % 20 = 0
    THEN :patients + 1 + i % (:clinicians - 1) END,
    '\x01' || sha256(i::text::bytea)
FROM (SELECT i, CASE WHEN i % (:records / 100) = 0 THEN 5
    ELSE 1 + (i * 7919::bigint) % :patients END AS p
    FROM generate_series(1, :records) i) v;

INSERT INTO activity (uid, author_id, title)
SELECT gen_random_uuid(), :patients + 1 + i % (:clinicians - 1), 'Activity ' || i
FROM generate_series(1, :activities) i;
INSERT INTO activity_invite (uid, activity_id, author_id, patient_id)
SELECT gen_random_uuid(), a.id, a.author_id,
    CASE WHEN a.id % (:activities / 50) = 0 THEN 5 + n
	ELSE 1 + (a.id * 7919 + n * 104729) % :patients END
FROM activity a, generate_series(0, 3) n ON CONFLICT DO NOTHING;

-- Half a year's accesses, one in 500 of them to patient 5.
SET TimeZone = 'UTC';
SELECT format('CREATE TABLE audit_%s PARTITION OF audit FOR VALUES FROM (%L) TO (%L)',
    to_char(m, 'YYYY_MM'), m, m + interval '1 month')
FROM (SELECT date_trunc('month', instant()) - i * interval '1 month' AS m
    FROM generate_series(1, 5) i) v \gexec
INSERT INTO audit (at, account_id, role, route, action, outcome, patients)
SELECT instant() - interval '150 days' + i * (interval '150 days' / :accesses),
    c, CASE WHEN c <= :patients THEN 'patient' ELSE 'doctor' END,
    'GET /health_records/{id}', 'view', 'ok',
    ARRAY[CASE WHEN i % 500 = 0 THEN 5 ELSE 1 + (i * 7919::bigint) % :patients END]
FROM (SELECT i, CASE WHEN i % 3 = 0 THEN 1 + (i * 7919::bigint) % :patients
    ELSE :patients + 1 + (i * 104729::bigint) % :clinicians END AS c
    FROM generate_series(1, :accesses) i) v;

SELECT setval(pg_get_serial_sequence(name, 'id'), 100000000)
FROM (VALUES ('account'), ('person'), ('data_key'), ('provider'), ('membership'),
    ('connection'), ('record'), ('activity'), ('activity_invite')) AS v (name);
VACUUM ANALYZE;
