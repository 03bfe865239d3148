#!/usr/bin/env bash
# usage: servers.sh start|stop DIR
#
# A private PostgreSQL with our roles and an empty database, and a Redis, for
# a unit test that `./dev test` did not start.  DIR is the caller's; it is
# thrown away by stop.  start prints NAME=VALUE lines for the environment.
set -u

CK_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P) || exit 1
CK_SBIN=/nonexistent
CK_AS=
if [ "$(id -u)" = 0 ]; then
	# PostgreSQL refuses root.
	CK_AS="setpriv --reuid=nobody --regid=$(id -g nobody) --clear-groups --"
fi
# shellcheck source=tests/lib/stack.sh
. "$CK_SRC/tests/lib/stack.sh"

case ${1:-}:${2:-} in
start:/*)
	cd / && stack_make "$2" fast && pg_start && redis_start &&
	    stack_roles || exit 1
	printf '%s=%s\n' PGHOST "$PGHOST" PGUSER "$PGUSER" \
	    PGDATABASE "$PGDATABASE" CK_REDIS "$CK_REDIS"
	;;
stop:/*)
	cd / && stack_use "$2"
	redis_stop
	pg_stop immediate
	rm -rf "$CK_STACK" "$CK_RUN"
	;;
*)
	sed -n '2s/^# //p' "$0" >&2
	exit 2
	;;
esac
