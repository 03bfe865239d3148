# shellcheck shell=bash disable=SC2154,SC2028,SC2016
# What the roles may not even try.

is 'a worker makes no table' "$(worker 'CREATE TABLE t (a int)')" "$refused"
is 'nor one in public' "$(worker 'CREATE TABLE public.t (a int)')" "$refused"
is 'nor a temporary one' "$(worker 'CREATE TEMP TABLE t (a int)')" "$refused"
is 'nor a schema' "$(worker 'CREATE SCHEMA s')" "$refused"
is 'nor a function' \
    "$(worker "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1")" "$refused"
is 'nor a role' "$(worker 'CREATE ROLE r')" "$refused"
is 'it alters no table' "$(worker 'ALTER TABLE record ADD a int')" "$refused"
is 'drops no table' "$(worker 'DROP TABLE record')" "$refused"
is 'drops no policy' "$(worker 'DROP POLICY visible ON record')" "$refused"
is 'switches no policies off' \
    "$(worker 'ALTER TABLE record DISABLE ROW LEVEL SECURITY')" "$refused"
is 'is told when it tries to see around them' \
    "$(worker 'SET row_security = off; SELECT count(*) FROM record')" "$refused"
is 'truncates nothing' "$(worker 'TRUNCATE audit')" "$refused"
is 'disables no trigger' \
    "$(worker 'ALTER TABLE permission DISABLE TRIGGER keeps_admin')" "$refused"
is 'replaces no function' "$(worker "CREATE OR REPLACE FUNCTION instant()
    RETURNS timestamptz LANGUAGE sql RETURN 'epoch'::timestamptz")" "$refused"
is 'does not become the owner' "$(worker 'SET ROLE chartkeep_admin')" "$refused"
is 'nor by session' \
    "$(worker 'SET SESSION AUTHORIZATION chartkeep_admin')" "$refused"
is 'makes no partition' "$(worker 'SELECT audit_partitions()')" "$refused"

is 'it reads no password hash' "$(worker 'SELECT hash FROM credential')" "$refused"
is 'and writes none' "$(worker "UPDATE credential SET hash = ''")" "$refused"
is 'reads no evidence' "$(worker 'SELECT count(*) FROM audit')" "$refused"
is 'changes no evidence' "$(worker "UPDATE audit SET outcome = 'ok'")" "$refused"
is 'deletes no evidence' "$(worker 'DELETE FROM audit')" "$refused"
is 'nor behind the back of the table' \
    "$(worker 'SELECT count(*) FROM audit_rest')" "$refused"
is 'nor returns it' "$(as ann "INSERT INTO audit (account_id, route, action,
    outcome) VALUES (101, 'r', 'a', 'ok') RETURNING id")" "$refused"
is 'dates no evidence' "$(as ann "INSERT INTO audit (at, account_id, route,
    action, outcome) VALUES ('epoch', 101, 'r', 'a', 'ok')")" "$refused"
is 'reads no refresh digest' \
    "$(as ann 'SELECT refresh_digest FROM session')" "$refused"
is 'writes no session' "$(as ann 'UPDATE session SET expires_at = now()')" "$refused"
is 'reads no occurrence' "$(as ann 'SELECT count(*) FROM occurrence')" "$refused"
is 'reads no outbox' "$(as ann 'SELECT count(*) FROM outbox')" "$refused"
is 'writes none' "$(as ann "INSERT INTO outbox (uid, account_id, template)
    VALUES (gen_random_uuid(), 101, 'reminder_due')")" "$refused"
is 'nor a notice' "$(as ann "INSERT INTO notification (uid, account_id, kind)
    VALUES (gen_random_uuid(), 101, 'reminder_due')")" "$refused"
is 'tells nobody by itself' "$(as ann "SELECT notify(ARRAY[102::bigint],
    ARRAY['connection_asked'])")" "$refused"
is 'deletes no record' "$(as ann 'DELETE FROM record')" "$refused"
is 'joins no provider' "$(as dora "INSERT INTO membership (provider_id,
    account_id, kind) VALUES (1, 103, 'staff')")" "$refused"
is 'makes no account' "$(as ruth "INSERT INTO account (uid, email, role)
    VALUES (gen_random_uuid(), 'a@b', 'admin')")" "$refused"

is 'row-level security binds every table, its owner too' "$(owner "
    SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p')
    AND c.relnamespace = 'chartkeep'::regnamespace AND c.relname <> 'migration'
    AND NOT (c.relrowsecurity AND c.relforcerowsecurity)")" ''
is 'and no table lacks the policy of its owner' "$(owner "
    SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p')
    AND c.relnamespace = 'chartkeep'::regnamespace AND c.relname <> 'migration'
    AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
	AND p.polname = 'owner')")" ''
is 'no function is for everybody' "$(owner "
    SELECT p.proname FROM pg_proc p
    WHERE p.pronamespace = 'chartkeep'::regnamespace
    AND (p.proacl IS NULL OR p.proacl::text ~ '[{,]=')")" ''
is 'a definer function pins its search path, or names its tables in full' "$(owner "
    SELECT p.proname FROM pg_proc p
    WHERE p.pronamespace = 'chartkeep'::regnamespace AND p.prosecdef
    AND NOT coalesce(p.proconfig::text LIKE '%search_path=chartkeep, pg_temp%', false)
    ORDER BY 1")" $'enter\npatient_is_live'
is 'the owner owns all' "$(owner "
    SELECT relname FROM pg_class WHERE relnamespace = 'chartkeep'::regnamespace
    AND relowner <> 'chartkeep_admin'::regrole")" ''
is 'workers and dispatcher delete nowhere' "$(owner "
    SELECT table_name, grantee FROM information_schema.role_table_grants
    WHERE grantee LIKE 'chartkeep%' AND grantee <> 'chartkeep_admin'
    AND privilege_type IN ('DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES')")" ''
