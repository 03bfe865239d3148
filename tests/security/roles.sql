-- The people of the security suite, loaded by the owner into a migrated
-- database. A name stands for a relation to Ann, whose rows everybody is after.

SET search_path = chartkeep, pg_temp;

-- Whoever has a name has a session: md5(name).
INSERT INTO account (id, uid, email, role, verified)
SELECT id, md5('account ' || name)::uuid, name || '@test.invalid', role, verified
FROM (VALUES
	(101, 'ann',   'patient',    false),	-- the patient
	(102, 'bob',   'patient',    false),	-- another
	(103, 'dora',  'doctor',     true),	-- connected
	(104, 'pete',  'doctor',     true),	-- asked by Ann, has not answered
	(105, 'fred',  'doctor',     true),	-- was connected
	(106, 'vera',  'nurse',      true),	-- of Ann's provider, verified
	(107, 'una',   'doctor',     false),	-- of Ann's provider, not verified
	(108, 'otto',  'doctor',     true),	-- of another provider
	(109, 'adam',  'doctor',     false),	-- assigned to one record
	(110, 'phil',  'pharmacist', true),	-- of no provider
	(111, 'olga',  'nurse',      true),	-- of a provider that was archived
	(112, 'wanda', 'doctor',     true),	-- of a provider with 700 patients
	(113, 'ruth',  'admin',      false),
	(114, 'rolf',  'admin',      false),
	(115, 'gone',  'patient',    false)	-- will be archived
) AS v (id, name, role, verified);
INSERT INTO account (id, uid, email, role)
SELECT i, gen_random_uuid(), 'w' || i || '@test.invalid', 'patient'
FROM generate_series(1001, 1700) i;

INSERT INTO person (id, uid, account_id, given, family)
SELECT id + 5000, gen_random_uuid(), id, initcap(split_part(email, '@', 1)), 'Test' FROM account;
INSERT INTO data_key (account_id, account_uid, uid, kek, wrapped)
SELECT id, uid, gen_random_uuid(), 'k1', '\xabcd' FROM account;
INSERT INTO credential (account_id, hash) SELECT id, '$y$' || id FROM account;
INSERT INTO session (id, account_id, expires_at, refresh_digest)
SELECT md5(split_part(email, '@', 1))::uuid, id, instant() + interval '7 days',
	sha256(email::bytea)
FROM account WHERE id < 1000;

INSERT INTO provider (id, uid, name, author_id) VALUES
	(1, gen_random_uuid(), 'Ann''s', NULL), (2, gen_random_uuid(), 'Otto''s', 108),
	(3, gen_random_uuid(), 'Closed', NULL), (4, gen_random_uuid(), 'Big', NULL);
INSERT INTO membership (provider_id, account_id, kind) VALUES
	(1, 101, 'patient'), (3, 101, 'patient'), (2, 102, 'patient'),
	(1, 106, 'staff'), (1, 107, 'staff'), (2, 108, 'staff'), (3, 111, 'staff'),
	(4, 112, 'staff'),
	-- a patient of Ann's provider on the wrong side sees nothing by it
	(1, 102, 'staff');
INSERT INTO membership (provider_id, account_id, kind)
SELECT 4, i, 'patient' FROM generate_series(1001, 1700) i;
UPDATE provider SET archived_at = instant() WHERE id = 3;
UPDATE membership SET archived_at = instant() WHERE provider_id = 3;

INSERT INTO connection (id, uid, patient_id, clinician_id, status, initiator_id) VALUES
	(1, gen_random_uuid(), 101, 103, 'accepted', 101),
	(2, gen_random_uuid(), 101, 104, 'pending', 101),
	(3, gen_random_uuid(), 101, 105, 'rejected', 105),
	(4, gen_random_uuid(), 102, 103, 'pending', 103),
	(5, gen_random_uuid(), 115, 103, 'accepted', 115);

CREATE FUNCTION pg_temp.word(text) RETURNS bytea LANGUAGE sql
RETURN '\x01'::bytea || sha256($1::bytea);
INSERT INTO record (id, uid, patient_id, author_id, doctor_id, text, archived_at) VALUES
	(11, gen_random_uuid(), 101, 101, NULL, pg_temp.word('11'), NULL),
	(12, gen_random_uuid(), 101, 103, NULL, pg_temp.word('12'), NULL),
	(13, gen_random_uuid(), 101, 101, 109,  pg_temp.word('13'), NULL),
	(14, gen_random_uuid(), 101, 101, 109,  pg_temp.word('14'), now()),
	(15, gen_random_uuid(), 102, 102, NULL, pg_temp.word('15'), NULL),
	(16, gen_random_uuid(), 115, 115, NULL, pg_temp.word('16'), NULL),
	(17, gen_random_uuid(), 103, 103, 103,  pg_temp.word('17'), NULL);
-- Wanda's: some near each other, the rest beyond what one walk reaches.
INSERT INTO record (id, uid, patient_id, author_id, text)
SELECT 1000 + i, gen_random_uuid(), 1001 + i % 700, 1001 + i % 700, pg_temp.word('w')
FROM generate_series(1, 40) i;
INSERT INTO record (id, uid, patient_id, author_id, text)
SELECT 900000 + i, gen_random_uuid(), 1001 + i % 700, 1001 + i % 700, pg_temp.word('w')
FROM generate_series(1, 40) i;

INSERT INTO reminder (id, uid, patient_id, author_id, text, due_at, archived_at) VALUES
	(21, gen_random_uuid(), 101, 101, pg_temp.word('21'), now() + interval '9 days', NULL),
	(22, gen_random_uuid(), 101, 103, pg_temp.word('22'), now() + interval '9 days', NULL),
	(23, gen_random_uuid(), 101, 101, pg_temp.word('23'), now() + interval '9 days', now()),
	(24, gen_random_uuid(), 102, 102, pg_temp.word('24'), now() + interval '9 days', NULL),
	(25, gen_random_uuid(), 115, 115, pg_temp.word('25'), now() + interval '9 days', NULL);
INSERT INTO reminder (id, uid, patient_id, author_id, text, due_at)
SELECT 1000 + i, gen_random_uuid(), 1001 + i % 700, 1001 + i % 700, pg_temp.word('w'),
	now() + interval '9 days'
FROM generate_series(1, 40) i;
INSERT INTO notification (id, uid, account_id, kind) VALUES
	(31, gen_random_uuid(), 101, 'test'), (32, gen_random_uuid(), 102, 'test'),
	(35, gen_random_uuid(), 115, 'test');
INSERT INTO outbox (id, uid, account_id, template, next_at) VALUES
	(41, gen_random_uuid(), 115, 'test', now() + interval '1 day');

SELECT setval(pg_get_serial_sequence(name, 'id'), 1000000) FROM (VALUES ('account'),
	('person'), ('provider'), ('connection'), ('record'), ('reminder'), ('notification'),
	('outbox')) AS v (name);
