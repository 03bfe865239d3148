# shellcheck shell=bash disable=SC2154
# A private stack, filled with patients and records.  Part of bench/run, with
# tests/lib/stack.sh; it uses what run sets: workers, clinic, loopback's port.

password=bench-pass
callers=256 writers=64

# bench_stack DIR PATIENTS RECORDS: running, filled, measured by nobody yet.
# What --keep left there is used again when it is as large.
bench_stack() {
	stacks+=("$1")
	stack_use "$1"
	if [ "$(as cat "$1/loaded" 2>/dev/null)" != "$2 $3 $clinic" ]; then
		stack_down
		as rm -rf "$1" 2>/dev/null
		rm -rf "$1"
	fi
	stack_make "$1" durable || return 1
	as tee -a "$1/pg/stack.conf" >/dev/null <<-'END'
		shared_buffers = 1GB
		max_wal_size = 8GB
		checkpoint_timeout = 30min
	END
	bench_settings
	pg_start && redis_start || return 1
	if ! as test -f "$1/loaded"; then
		bench_fill "$2" "$3" || return 1
		echo "$2 $3 $clinic" | as tee "$1/loaded" >/dev/null
	fi
	hello_start && daemon_start && bench_nginx || return 1
	bench_callers "$2"
}

# Everybody calls from one address, all day long.
bench_settings() {
	local limit

	for limit in login_per_account_peer login_per_account login_per_peer \
	    registrations_per_peer; do
		stack_set "$limit" "1000000 per minute"
	done
	stack_set workers "$workers"
	stack_set mail none
}

bench_fill() {
	local hash

	stack_roles || return 1
	as rm -f "$CK_STACK/keyring"
	ctl key new >/dev/null && ctl migrate >/dev/null || return 1
	hash=$(bench_hash) || return 1
	import accounts "$1" "$2" "$hash" &&
	    import providers "$1" "$2" "$hash" &&
	    import memberships "$1" "$2" "$hash" &&
	    import records "$1" "$2" "$hash" || return 1
	echo "  vacuum and checkpoint" >&2
	stack_psql -U postgres -c 'VACUUM ANALYZE' -c CHECKPOINT
}

# One hash for all: a million would take hours.  Its account goes again.
bench_hash() {
	printf 'email,role,password\nhash@bench.invalid,patient,%s\n' \
	    "$password" | ctl import --table accounts - >/dev/null || return 1
	stack_psql -c 'SELECT hash FROM chartkeep.credential'
	stack_psql -c 'TRUNCATE chartkeep.account RESTART IDENTITY CASCADE' \
	    -c 'TRUNCATE chartkeep.audit' >&2
}

# import TABLE PATIENTS RECORDS HASH: its progress is chartkeep's own.
import() {
	echo "  loading $1" >&2
	awk -v table="$1" -v patients="$2" -v records="$3" -v hash="$4" \
	    -v clinic="$clinic" -f "$CK_SRC/bench/data.awk" |
	    ctl import --table "$1" - >/dev/null
}

# The web server of the tests, with a second location: /hello.
bench_nginx() {
	local try

	for try in 1 2 3 4 5; do
		port=$((20000 + (RANDOM + try) % 12000))
		nginx_start "$port" 2>/dev/null || continue
		curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/hello" &&
		    break
		nginx_stop
	done
	stack_until 30 stack_healthy ||
	    process_failed chartkeepd "is not healthy" || return 1
	echo "$port" | as tee "$CK_STACK/port" >/dev/null
}

eval "plain_$(declare -f web_conf)"
web_conf() {
	plain_web_conf "$@"
	echo 'location = /hello {'
	plain_web_conf "$@" | sed -n '/^location \/ {/,/^}/p' | sed 1d |
	    sed "s|unix:$CK_SOCKET|unix:$CK_RUN/hello.sock|"
}

hello_start() {
	process_runs hello && return 0
	as rm -f "$CK_RUN/hello.sock"
	# shellcheck disable=SC2016,SC2086
	(exec ${CK_AS:-} setsid sh -c 'echo $$ >"$1"; exec "$2" "$3" "$4"' \
	    sh "$CK_STACK/hello.pid" "$hello" "$CK_RUN/hello.sock" \
	    "$workers") </dev/null >/dev/null 2>&1 &
	stack_until 10 as test -S "$CK_RUN/hello.sock" ||
	    process_failed hello "did not start"
}

# bench_callers PATIENTS: tokens of patients from all over the table, of others
# who write, and of the three who are none; sessions for pgbench.
bench_callers() {
	local i place

	step=$(($1 / callers))
	echo "  logging $((callers + writers + 3)) accounts in" >&2
	for ((i = 0; i < callers; i++)); do
		login "$((i * step))" "p$((i * step))"
	done | as tee "$CK_TMP/patients" >/dev/null
	for ((i = 0; i < writers; i++)); do
		place=$((i * step + step / 2))
		login "$place" "p$place"
	done | as tee "$CK_TMP/writers" >/dev/null
	for i in admin clinic stranger; do
		login 0 "$i" | as tee "$CK_TMP/$i" >/dev/null
	done
	if as cat "$CK_TMP"/{patients,writers,admin,clinic,stranger} |
	    grep -qvE '^[0-9]+ [^ ]+$'; then
		echo "a login failed" >&2
		return 1
	fi
	bench_sessions
}

# login PLACE NAME: "PLACE TOKEN".
login() {
	printf '%s %s\n' "$1" "$(curl -s -m 10 --unix-socket "$CK_HTTP" \
	    http://localhost/login -d \
	    "{\"email\":\"$2@bench.invalid\",\"password\":\"$password\"}" |
	    sed 's/.*"token": *"\([^"]*\)".*/\1/')"
}

# Named by the account's number.
bench_sessions() {
	stack_psql -v step="$step" -v callers="$callers" <<-'END'
		DELETE FROM chartkeep.session WHERE id::text LIKE '00000000-0000-4000-8000-%';
		INSERT INTO chartkeep.session (id, account_id, expires_at)
		SELECT ('00000000-0000-4000-8000-' || lpad(a::text, 12, '0'))::uuid,
		    a, now() + interval '7 days'
		FROM (SELECT generate_series(1, 3) AS a UNION ALL
		    SELECT 1001 + i * :step / 2
		    FROM generate_series(0, 2 * :callers - 1) AS i) s;
	END
}
