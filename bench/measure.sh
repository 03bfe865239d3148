# shellcheck shell=bash disable=SC2154
# What is measured, one piece at a time.  Part of bench/run.  A piece appends
# "name value" lines to $raw; run makes medians of what has the same name.

note() { printf '%s %s\n' "$1" "$2" >>"$raw"; }

# http NAME KIND CALLERS [CLIENTS]: wrk through nginx.
http() {
	local line before n=${4:-$clients} threads=2

	[ "$n" -ge 2 ] || threads=1
	before=$(cpu_now)
	line=$(timeout $((seconds + 20)) wrk -t "$threads" -c "$n" \
	    -d "${seconds}s" --timeout 10s -s "$CK_SRC/bench/request.lua" \
	    "http://127.0.0.1:$port" -- "$2" "$CK_TMP/$3" "$patients" \
	    "$records" | tail -n 1)
	read -r rps p50 p99 errors <<<"$line"
	if ! [[ ${errors:-} =~ ^[0-9]+$ ]] || [ "$errors" -gt 0 ]; then
		echo "$1: ${errors:-all} requests failed: $line" >&2
		return 1
	fi
	note "$1_rps" "$rps"
	note "$1_p50" "$p50"
	note "$1_p99" "$p99"
	cpu_spent "$1" "$rps" "$before" "$(cpu_now)"
	printf '  %-18s %9.1f/s  p50 %s ms  p99 %s ms\n' "$1" "$rps" "$p50" \
	    "$p99" >&2
}

# Clock ticks that the workers (and hello's), PostgreSQL and nginx have used,
# each with its parent or children.
cpu_now() {
	as cat "$CK_STACK/chartkeepd.pid" "$CK_STACK/nginx.pid" |
	    cat - <(as head -n 1 "$CK_STACK/pg/postmaster.pid") |
	    cat - <(as cat "$CK_STACK/hello.pid") |
	    tr '\n' ' ' >"$work/pids"
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v pids="$(<"$work/pids")" '
	BEGIN { n = split(pids, pid) }
	{
		id = $1
		sub(/^.*\) /, "")
		for (i = 1; i <= n; i++)
			if (pid[i] == id || pid[i] == $2)
				ticks[i] += $12 + $13
	}
	END { print ticks[1] + ticks[4], ticks[3] + 0, ticks[2] + 0 }'
}

# cpu_spent NAME RPS BEFORE AFTER: microseconds a request.
cpu_spent() {
	local b=() a=() part i=0

	read -ra b <<<"$3"
	read -ra a <<<"$4"
	for part in workers postgres nginx; do
		note "$1_cpu_$part" "$(awk -v n="$((a[i] - b[i]))" \
		    -v hz="$(getconf CLK_TCK)" -v rps="$2" -v s="$seconds" \
		    'BEGIN { printf "%.1f", n / hz * 1e6 / (rps * s) }')"
		i=$((i + 1))
	done
}

# audit_chain ORDER…: lists and creates while the trail is sealed every second
# (on) and not at all (off); what came meanwhile is sealed before on begins.
audit_chain() {
	local which

	for which in "$@"; do
		daemon_stop
		stack_set audit_seal "$([ "$which" = on ] && echo 1s || echo 0s)"
		daemon_start && stack_until 30 stack_healthy || return 1
		[ "$which" = off ] || stack_until 120 all_sealed || return 1
		http "chain_${which}_list" list patients &&
		    http "chain_${which}_create" create writers || return 1
	done
	daemon_stop
	stack_set audit_seal 10s
	daemon_start && stack_until 30 stack_healthy
}

all_sealed() {
	sleep 0.3
	[ "$(stack_psql -c 'SELECT waiting < 1000 FROM chartkeep.audit_state()')" = t ]
}

# fill NAME VALUE…: the program's own statement with pgbench's variables, the
# first VALUE for $1.
fill() {
	local text i

	text=$(awk -v name="-- $1" 'found { print; exit } $0 == name { found = 1 }' \
	    "$work/statements")
	shift
	for ((i = $#; i > 0; i--)); do
		text=${text//\$$i/${!i}}
	done
	printf '%s\n' "$text"
}

# The transactions of the program, for pgbench.  A caller's session is found
# by a name made of the account's number; everything else is as sent by the
# program, and a null comes from nullif() so that it is a parameter too.
pg_scripts() {
	local null="nullif(:none, '-')"
	local key='(SELECT k.uid FROM data_key k WHERE k.account_id = :p)'
	local patient
	local record="\\set r random(0, $records - 1) * $patients + :p - 1000"

	ctl statements >"$work/statements" || return 1
	patient="\\set p 1001 + random(0, $callers - 1) * $step"
	{
		echo "$patient"
		pipeline view t "$(fill record_list :route :request :peer 0 \
		    1001 :no)"
	} >"$work/list.sql"
	{
		echo "$patient"
		echo "$record"
		pipeline view t "$(fill record_find :route :request :peer :r)"
	} >"$work/item.sql"
	{
		echo "\\set i random(0, $writers - 1)"
		echo "\\set p 1001 + :i * $step + $step / 2"
		pipeline add f "$(fill record_create :route :request :peer \
		    "$key" 'gen_random_uuid()' "$null" "$null" "$null" \
		    "$null" "$null" :sealed "$null")"
	} >"$work/create.sql"
	{
		echo "$patient"
		echo "\\set n :p - 1001"
		fill login_find "('p' || :n::text || '@bench.invalid')"
		fill session_open :p 'gen_random_uuid()' \
		    'sha256(gen_random_uuid()::text::bytea)' :lifetime \
		    "$null" :route :request :peer "$null"
	} >"$work/login.sql"
	pg_visible
}

pg_visible() {
	local who n=0

	for who in admin clinic stranger patient; do
		n=$((n + 1))
		[ "$who" != patient ] || n=1001
		{
			echo "\\set p $n"
			pipeline view t "$(fill record_list :route :request \
			    :peer 0 101 :no)"
		} >"$work/visible_$who.sql"
	done
}

# pipeline ACTION LAZY STATEMENT: behind enter(), in one round trip.  2 is the
# permission resource "Records".
pipeline() {
	local sid="('00000000-0000-4000-8000-' || lpad(:p::text, 12, '0'))"

	echo '\startpipeline'
	fill enter "$sid" 2 "'$1'" :zone :own_zone :idle "'$2'"
	printf '%s\n' "$3" '\endpipeline'
}

# As the program connects, see store/pg_open.c.
pg_run() {
	PGOPTIONS='-c search_path=chartkeep,pg_temp -c TimeZone=UTC -c jit=off
	    -c max_parallel_workers_per_gather=0
	    -c plan_cache_mode=force_generic_plan -c statement_timeout=10s
	    -c lock_timeout=5s' PGUSER=chartkeep \
	    timeout $((seconds + 60)) pgbench -n -M prepared \
	    -D route="$1" -D request=7c0b1c2e-8f5d-4a3b-9a51-2f1f4c1c9d10 \
	    -D peer=127.0.0.1 -D zone=UTC -D own_zone=t \
	    -D idle='3600000000 microseconds' -D no=f -D none=- \
	    -D lifetime='604800000000 microseconds' \
	    -D sealed="\\x01$(printf 'a5%.0s' {1..238})" "${@:2}" 2>&1
}

# postgres KIND: as many connections as there are workers.
postgres() {
	local out tps

	out=$(pg_run "GET /$1" -c "$workers" -j 2 -T "$seconds" \
	    -f "$work/$1.sql")
	tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$out")
	if [ -z "$tps" ] || ! grep -q '^number of failed .*: 0 ' <<<"$out"; then
		printf 'pgbench %s:\n%s\n' "$1" "$out" >&2
		return 1
	fi
	note "$1_pgbench" "$tps"
	printf '  %-18s %9.1f/s\n' "$1 in pgbench" "$tps" >&2
}

# visible WHO: the milliseconds of one transaction, alone on the machine.
visible() {
	rm -f "$work"/tx*
	pg_run "GET /health_records" -c 1 -t 41 -l --log-prefix="$work/tx" \
	    -f "$work/visible_$1.sql" >"$work/visible.out" || {
		cat "$work/visible.out" >&2
		return 1
	}
	note "visible_$1_pg" "$(awk '{ print $3 / 1000 }' "$work"/tx* |
	    sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }')"
}

# Proportional set sizes, in KiB, of the daemon's processes, one a line.
pss() {
	local pid main

	main=$(as cat "$CK_STACK/chartkeepd.pid")
	for pid in "$main" $(pgrep -P "$main"); do
		{ cat "/proc/$pid/smaps_rollup" 2>/dev/null ||
		    as cat "/proc/$pid/smaps_rollup" 2>/dev/null; } |
		    awk '$1 == "Pss:" { print $2 }'
	done
}

# note_pss NAME: their sum; and the median, which is a worker's.
note_pss() {
	pss >"$work/pss"
	if ! [ -s "$work/pss" ]; then
		echo "  no size: only root may look at them" >&2
		return 0
	fi
	note "$1_pss" "$(awk '{ s += $1 } END { printf "%.1f", s / 1024 }' \
	    "$work/pss")"
	note "$1_worker_pss" "$(sort -n "$work/pss" | awk '{ v[NR] = $1 }
	    END { printf "%.2f", v[int((NR + 1) / 2)] / 1024 }')"
}

# Eight workers, untouched and then warm.
memory() {
	local keep=$seconds

	daemon_stop
	stack_set workers 8
	daemon_start && stack_until 30 stack_healthy || return 1
	sleep 1
	note_pss idle
	seconds=2
	http warm_list list patients && http warm_item item patients &&
	    http warm_create create writers &&
	    http warm_login login patients 4
	seconds=$keep
	note_pss warm
	daemon_stop
	stack_set workers "$workers"
	daemon_start && stack_until 30 stack_healthy
}

# start_up: milliseconds from the daemon's start to the first list answered.
start_up() {
	local began token line nap

	read -r _ token < <(as head -n 1 "$CK_TMP/patients")
	daemon_stop
	exec {nap}<> <(:)
	began=${EPOCHREALTIME/./}
	daemon_start &
	while ((${EPOCHREALTIME/./} - began < 20000000)); do
		exec 3<>"/dev/tcp/127.0.0.1/$port" || break
		printf 'GET /health_records HTTP/1.0\r\nHost: localhost\r\n' >&3
		printf 'Authorization: Bearer %s\r\n\r\n' "$token" >&3
		read -r -t 10 line <&3
		exec 3>&-
		[[ $line != *' 200 '* ]] || break
		read -r -t 0.002 -u "$nap"
	done
	note start_up "$((${EPOCHREALTIME/./} - began))e-3"
	exec {nap}>&-
	wait "$!"
	[[ $line == *' 200 '* ]]
}
