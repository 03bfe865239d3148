#!/usr/bin/env bash
# usage: roles.sh
#
# Tests of roles, grants, policies and functions, as TAP. The environment names
# a migrated database without people (PGHOST, PGDATABASE), which is left with
# those of roles.sql; `run` makes one. Each test is one line: what holds, an
# actor's statement, its result. A refusal reads "ERROR:  " and its SQLSTATE.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/tap.sh
. "$here/../lib/tap.sh"
export PGOPTIONS='-c search_path=chartkeep,pg_temp -c client_min_messages=error
    -c plan_cache_mode=force_generic_plan -c TimeZone=UTC'

refused='ERROR:  42501'

# sql ROLE STATEMENTS: what they print, or the SQLSTATE of the first that fails.
sql() {
	printf '%s\n' '\set VERBOSITY sqlstate' "$2" |
	    psql -U "$1" -qXAt -v ON_ERROR_STOP=1 2>&1 |
	    sed 's/^psql:<stdin>:[0-9]*: //'
}
owner() { sql chartkeep_admin "$1"; }
worker() { sql chartkeep "$1"; }
job() { sql chartkeep "SET ROLE chartkeep_job; $1"; }

# entered WHO: what a worker begins a transaction of hers with; prints nothing.
entered() {
	echo "SELECT 1 FROM enter(md5('$1')::uuid, 0, 'view', 'UTC', true," \
	    "'1 hour', false) WHERE outcome = '';"
}
# as WHO STATEMENTS: in a transaction that is rolled back, as a worker.
as() { worker "BEGIN; $(entered "$1") $2; ROLLBACK;"; }
# done_by WHO STATEMENTS: and committed.
done_by() { worker "BEGIN; $(entered "$1") $2; COMMIT;"; }

# sees WHO TABLE IDS: those of the rows 11 to 99 of a table that she sees.
sees() {
	is "$1 sees of $2: ${3:-nothing}" "$(as "$1" "SELECT
	    coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM $2
	    WHERE id BETWEEN 1 AND 199")" "$3"
}

psql -U chartkeep_admin -qXAt -v ON_ERROR_STOP=1 -f "$here/roles.sql" >/dev/null ||
    exit 1
# shellcheck source=tests/security/grant.sh
. "$here/grant.sh"
# shellcheck source=tests/security/sight.sh
. "$here/sight.sh"
# shellcheck source=tests/security/write.sh
. "$here/write.sh"
# shellcheck source=tests/security/connection.sh
. "$here/connection.sh"
# shellcheck source=tests/security/activity.sh
. "$here/activity.sh"
# shellcheck source=tests/security/page.sh
. "$here/page.sh"
# shellcheck source=tests/security/session.sh
. "$here/session.sh"
# shellcheck source=tests/security/reminder.sh
. "$here/reminder.sh"
# shellcheck source=tests/security/access.sh
. "$here/access.sh"
# shellcheck source=tests/security/job.sh
. "$here/job.sh"
# shellcheck source=tests/security/account.sh
. "$here/account.sh"
tap_end
