#!/usr/bin/env bash
# usage: servers.sh start|start-tls|stop DIR
#
# A private PostgreSQL with our roles and an empty database, and a Redis, for
# a unit test that `./dev test` did not start.  DIR is the caller's; it is
# thrown away by stop.  start prints NAME=VALUE lines for the environment.
# With start-tls PostgreSQL listens on a port of 127.0.0.1 and speaks TLS there.
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
start:/* | start-tls:/*)
	cd / && stack_make "$2" fast || exit 1
	if [ "$1" = start-tls ]; then
		PGPORT=$((20000 + $$ % 10000))
		export PGPORT
		as openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
		    -subj /CN=localhost -keyout "$CK_STACK/pg/server.key" \
		    -out "$CK_STACK/pg/server.crt" 2>/dev/null || exit 1
		printf '%s\n' ssl=on "listen_addresses = '127.0.0.1'" \
		    "port=$PGPORT" |
		    as tee -a "$CK_STACK/pg/stack.conf" >/dev/null
	fi
	pg_start && redis_start &&
	    stack_roles || exit 1
	printf '%s=%s\n' PGHOST "$PGHOST" PGUSER "$PGUSER" \
	    PGDATABASE "$PGDATABASE" CK_REDIS "$CK_REDIS"
	[ "$1" = start ] || printf '%s=%s\n' PGHOST 127.0.0.1 \
	    PGPORT "$PGPORT" PGSSLMODE require
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
