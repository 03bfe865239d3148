# shellcheck shell=bash
# A private stack: PostgreSQL, Redis, chartkeepd and a web server of its own
# under one directory, on Unix sockets.  ./dev, the suites and the bench source
# this file; a suite finds it as $CK_SRC/tests/lib/stack.sh.
#
# In:  CK_SRC   the checkout          CK_SBIN  where the programs are installed
#      CK_AS    a command prefix that becomes the servers' user; may be empty
# Out: what stack_use exports, described in tests/README.md.
#
# Every server is started with its output in $CK_LOG and nothing inherited, so
# that no caller's pipe stays open.  Starting what runs and stopping what does
# not are no errors.

# Run a command as the servers' user: what makes files, and the programs.
# shellcheck disable=SC2086
as() { ${CK_AS:-} "$@"; }

# logged NAME COMMAND…: as the servers' user, its output to that user's log.
# shellcheck disable=SC2016
logged() {
	as sh -c 'exec >>"$0" 2>&1 </dev/null; exec "$@"' "$CK_LOG/$1.log" \
	    "${@:2}"
}

# stack_use DIR: the names of everything in the stack of that directory.
stack_use() {
	CK_STACK=$1
	CK_RUN=$CK_STACK/run
	# A socket's path holds 107 bytes, and PostgreSQL adds 14 to ours.
	if [ ${#CK_RUN} -gt 90 ]; then
		CK_RUN=/tmp/ck-$(printf %s "$CK_STACK" | cksum | cut -d' ' -f1)
	fi
	CK_CONF=$CK_STACK/chartkeep.conf
	CK_LOG=$CK_STACK/log
	CK_TMP=$CK_STACK/tmp
	CK_MAIL=$CK_STACK/mail
	CK_SOCKET=$CK_RUN/fcgi.sock
	CK_HTTP=$CK_RUN/http.sock
	CK_REDIS=$CK_RUN/redis.sock
	PGHOST=$CK_RUN PGUSER=chartkeep_admin PGDATABASE=chartkeep
	PGBIN=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin |
	    sort -t/ -k5n | tail -n 1)
	case :$PATH: in
	*:$CK_SBIN:*) ;;
	*) PATH=$CK_SBIN:$PGBIN:/usr/bin:/usr/sbin:$PATH ;;
	esac
	export CK_STACK CK_RUN CK_CONF CK_LOG CK_TMP CK_MAIL CK_SOCKET
	export CK_HTTP CK_REDIS PGHOST PGUSER PGDATABASE PGBIN PATH
}

# stack_directories: made anew where they miss, for the servers' user only.
stack_directories() {
	local user

	user=$(as id -u)
	mkdir -p "$CK_STACK"
	[ -z "${CK_AS:-}" ] || chown "$user" "$CK_STACK"
	chmod 0700 "$CK_STACK"
	as mkdir -p "$CK_LOG" "$CK_TMP" "$CK_MAIL" "$CK_STACK/redis" \
	    "$CK_STACK/nginx" "$CK_STACK/bin"
	as mkdir -p -m 0700 "$CK_RUN"
	if [ "$(stat -c %u "$CK_RUN")" != "$user" ]; then
		echo "$CK_RUN belongs to somebody else" >&2
		return 1
	fi
}

# stack_make DIR durable|fast: directories, an empty cluster, the configuration.
# A cluster is made beside its place and moved, so that a half is never used.
stack_make() {
	stack_use "$1"
	stack_directories || return 1
	if ! [ -d "$CK_STACK/pg" ]; then
		as rm -rf "$CK_STACK/pg.new"
		logged initdb "$PGBIN/initdb" -D "$CK_STACK/pg.new" \
		    -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
		    --no-instructions ||
		    process_failed initdb "failed" || return 1
		echo "include 'stack.conf'" |
		    as tee -a "$CK_STACK/pg.new/postgresql.conf" >/dev/null
		as mv "$CK_STACK/pg.new" "$CK_STACK/pg"
	fi
	pg_configuration "$2" | as tee "$CK_STACK/pg/stack.conf" >/dev/null
	[ -f "$CK_CONF" ] ||
	    stack_configuration | as tee "$CK_CONF" >/dev/null
	stack_mailer
}

pg_configuration() {
	cat <<END
unix_socket_directories = '$CK_RUN'
listen_addresses = ''
max_connections = 100
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
log_error_verbosity = terse		# a DETAIL quotes the row
log_parameter_max_length_on_error = 0
END
	[ "$1" = durable ] || cat <<END
fsync = off
synchronous_commit = off
full_page_writes = off
END
}

stack_configuration() {
	cat <<END
# A private stack of this checkout; conf/chartkeep.conf lists every setting.
listen = unix:$CK_SOCKET
database = host=$CK_RUN dbname=chartkeep user=chartkeep
admin_database = host=$CK_RUN dbname=chartkeep user=chartkeep_admin
redis = unix:$CK_REDIS
keyring = $CK_STACK/keyring
mail = sendmail:$CK_STACK/bin/sendmail
cors_origins = http://localhost:3000, http://127.0.0.1:3000
END
}

# A sendmail that delivers into a directory, one file a mail.
stack_mailer() {
	cat <<END | as tee "$CK_STACK/bin/sendmail" >/dev/null
#!/bin/sh
t=\$(mktemp -p '$CK_MAIL') && cat >"\$t" &&
mv "\$t" '$CK_MAIL'/"\$(date +%s%N).eml"
END
	as chmod 0755 "$CK_STACK/bin/sendmail"
}

# stack_set NAME VALUE: a setting, for the next start or reload.
stack_set() {
	local rest

	rest=$(grep -v "^$1 *=" "$CK_CONF")
	printf '%s\n%s = %s\n' "$rest" "$1" "$2" | as tee "$CK_CONF" >/dev/null
}

# process_runs NAME: does the process live that $CK_STACK/NAME.pid tells?
# A number that another program got since does not count, nor does a zombie.
process_runs() { process_lives "$1" "$CK_STACK/$1.pid"; }

process_lives() {
	local stat

	process=
	read -r process <"$2" && read -r stat <"/proc/$process/stat" &&
	    [[ $stat == *"($1"*") "[^ZX]* ]]
} 2>/dev/null

# process_sweep NAME: end what outlived its leader.  Each server leads a session;
# nginx' workers, for one, go on and keep the port when their master is killed.
process_sweep() {
	local leader stat rest

	read -r leader <"$CK_STACK/$1.pid" || return 0
	for stat in /proc/[0-9]*/stat; do
		read -r rest <"$stat" || continue
		[[ $rest =~ \("$1"[^\)]*\)\ [^ZX]\ [0-9]+\ [0-9]+\ "$leader"\  ]] &&
		    kill -KILL "${rest%% *}"
	done
	return 0
} 2>/dev/null

# process_stop NAME [SECONDS]: ask, wait, insist.
process_stop() {
	local process until=$((${EPOCHREALTIME/./} + ${2:-40} * 1000000))

	process_runs "$1" || { process_sweep "$1"; return; }
	kill "$process" 2>/dev/null
	while process_runs "$1"; do
		if [ "${EPOCHREALTIME/./}" -gt "$until" ]; then
			kill -KILL "$process"
			process_sweep "$1"
			return
		fi
		sleep 0.02
	done
}

# process_failed NAME WHY: what its log says, for people.
process_failed() {
	echo "$1 $2; the end of $CK_LOG/$1.log:" >&2
	tail -n 20 "$CK_LOG/$1.log" >&2
	return 1
}

pg_runs() { process_lives postgres "$CK_STACK/pg/postmaster.pid"; }

# pg_start: after a crash PostgreSQL refuses as long as something of the old
# server is there, which is not long.
pg_start() {
	pg_runs && return 0
	stack_until 10 pg_launch || process_failed postgresql "did not start"
}

pg_launch() {
	logged pg_ctl "$PGBIN/pg_ctl" -s -w -t 120 -D "$CK_STACK/pg" \
	    -l "$CK_LOG/postgresql.log" start || { sleep 0.2; false; }
}

# pg_stop [fast|immediate]: immediate is a crash; it loses what a stack made
# with fsync off has written.
pg_stop() {
	pg_runs || return 0
	logged pg_ctl "$PGBIN/pg_ctl" -s -w -D "$CK_STACK/pg" \
	    -m "${1:-fast}" stop
}

redis_start() {
	process_runs redis && return 0
	as redis-server --port 0 --unixsocket "$CK_REDIS" \
	    --unixsocketperm 700 --dir "$CK_STACK/redis" --daemonize yes \
	    --pidfile "$CK_STACK/redis.pid" --logfile "$CK_LOG/redis.log" \
	    --save '' --appendonly no --set-proc-title no \
	    </dev/null >/dev/null 2>&1
	stack_until 10 redis_answers || process_failed redis "did not start"
}

redis_answers() { redis-cli -s "$CK_REDIS" ping 2>/dev/null | grep -q PONG; }

redis_stop() { process_stop redis; }

# daemon_start: chartkeepd, until its socket is there.
daemon_start() {
	process_runs chartkeepd && return 0
	process_sweep chartkeepd
	as rm -f "$CK_SOCKET" "$CK_STACK/chartkeepd.pid"
	# shellcheck disable=SC2016,SC2086
	(exec ${CK_AS:-} setsid sh -c 'echo $$ >"$1"
	    exec "$2" -c "$3" >>"$4" 2>&1' sh "$CK_STACK/chartkeepd.pid" \
	    "$CK_SBIN/chartkeepd" "$CK_CONF" "$CK_LOG/chartkeepd.log") \
	    </dev/null >/dev/null 2>&1 &
	stack_until 20 daemon_settled
	if ! process_runs chartkeepd || ! [ -S "$CK_SOCKET" ]; then
		process_failed chartkeepd "did not start"
	fi
}

# Bound is not yet listening: the kernel's table tells.  Before it is
# chartkeepd, the process is the shell that becomes it.
daemon_settled() {
	grep -q " 00010000 .* $CK_SOCKET\$" /proc/net/unix && return 0
	[ -s "$CK_STACK/chartkeepd.pid" ] &&
	    ! process_lives sh "$CK_STACK/chartkeepd.pid" &&
	    ! process_runs chartkeepd
}

daemon_stop() { process_stop chartkeepd; }

daemon_reload() { kill -HUP "$(cat "$CK_STACK/chartkeepd.pid")"; }

# stack_until SECONDS COMMAND…: try it fifty times a second.
stack_until() {
	local until=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$until" ] || return 1
		sleep 0.02
	done
}

stack_runs() {
	pg_runs && process_runs redis && process_runs chartkeepd &&
	    process_runs nginx
}

# stack_healthy: does the whole way answer, through nginx and the database?
stack_healthy() {
	curl -sf -m 5 -o /dev/null --unix-socket "$CK_HTTP" \
	    'http://localhost/api/health/?deep=1'
}

# ctl …: the administrator's command on this stack.
ctl() { as "$CK_SBIN/chartkeep" -c "$CK_CONF" "$@"; }

stack_psql() {
	PGOPTIONS='-c client_min_messages=warning' \
	    as psql -X -q -At -v ON_ERROR_STOP=1 "$@"
}

# stack_roles: the roles, and an empty database unless one is there.
stack_roles() {
	stack_psql -U postgres -d postgres <<'END' || return 1
SELECT 'CREATE ROLE ' || name FROM (VALUES
	('chartkeep_admin LOGIN'), ('chartkeep LOGIN NOINHERIT'),
	('chartkeep_job NOLOGIN')) AS wanted (name)
WHERE split_part(name, ' ', 1) NOT IN (SELECT rolname FROM pg_roles) \gexec
GRANT chartkeep_job TO chartkeep;
SELECT 'CREATE DATABASE chartkeep OWNER chartkeep_admin ENCODING ''UTF8''
	LOCALE ''C.UTF-8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'chartkeep') \gexec
END
}

# stack_fill: keys, schema and the demo, into nothing.  The mark is set last:
# what a crash left half done is thrown away and made again.
stack_fill() {
	if ! [ -f "$CK_STACK/filled" ]; then
		as rm -f "$CK_STACK/keyring"
		stack_psql -U postgres -d postgres \
		    -c 'DROP DATABASE IF EXISTS chartkeep WITH (FORCE)' || return 1
		stack_roles || return 1
		ctl key new >/dev/null || return 1
		ctl migrate >/dev/null || return 1
		as tee "$CK_TMP/demo.json" <"$CK_SRC/tests/demo/demo.json" \
		    >/dev/null || return 1
		ctl import "$CK_TMP/demo.json" >/dev/null || return 1
		as touch "$CK_STACK/filled"
	else
		ctl migrate >/dev/null
	fi
}

# stack_up DIR durable|fast [PORT]: a whole stack, filled and answering.
stack_up() {
	stack_make "$1" "$2" && pg_start && redis_start && stack_fill &&
	    daemon_start && nginx_start "${3:-}" || return 1
	stack_until 30 stack_healthy || {
		echo "the server does not become healthy:" >&2
		curl -s -m 5 --unix-socket "$CK_HTTP" \
		    'http://localhost/api/health/?deep=1' >&2
		process_failed chartkeepd "is not healthy"
	}
}

# stack_down: everything of the stack in use, the web servers first.
stack_down() {
	apache_stop
	nginx_stop
	daemon_stop
	redis_stop
	pg_stop fast
}

# shellcheck source=tests/lib/web.sh
. "$CK_SRC/tests/lib/web.sh"
