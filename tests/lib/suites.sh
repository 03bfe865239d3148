# shellcheck shell=bash
# Runs the unit tests and the suites for `./dev test`, each with a private
# stack of its own, and adds up what they say.

passed=0 failed=0

# suites DIR [WHAT…]: everything, or what is named; stacks lie below DIR.
suites() {
	local dir=$1 what names=("${@:2}")

	mkdir -p "$dir"
	[ ${#names[@]} -gt 0 ] || mapfile -t names < <(echo unit
		cd "$CK_SRC/tests" &&
		find . -mindepth 2 -maxdepth 2 -name run -perm /u+x |
		cut -d/ -f2 | sort)
	for what in "${names[@]}"; do
		if [ "$what" = unit ]; then
			suite_isolated unit_tests "$dir/unit"
		elif [ -x "$CK_SRC/tests/$what/run" ]; then
			suite_isolated one_suite "$dir/$what" "$what"
		else
			echo "there is no tests/$what/run" >&2
			failed=$((failed + 1))
		fi
	done
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

# suite_isolated FUNCTION DIR …: in a shell of its own, so that one suite's
# names never reach the next; it leaves its numbers in DIR.count.
suite_isolated() {
	local ok bad

	rm -f "$2.count"
	("$@")
	read -r ok bad <"$2.count" || { ok=0 bad=1; }
	passed=$((passed + ok)) failed=$((failed + bad))
}

# suite_says NAME OK BAD SECONDS OUTPUT: one line for people, more on failure.
suite_says() {
	printf '%-12s %4d passed, %d failed  (%d s)\n' "$1" "$2" "$3" "$4"
	[ "$3" -gt 0 ] || return 0
	grep -a '^not ok' "$5"
	echo "--- the end of $5:"
	tail -n 40 "$5"
	echo "---"
}

# unit_tests DIR: make check, with an empty cluster and a Redis at hand.
unit_tests() {
	local out=$1.out began=$SECONDS ok=0 bad=0 rc

	rm -rf "$1"
	stack_make "$1" fast && pg_start && redis_start && stack_roles ||
	    bad=1
	make -C "$CK_BUILD" --no-print-directory -k -j"$(nproc)" check \
	    </dev/null >"$out" 2>&1
	rc=$?
	stack_down
	count_unit_tests
	[ "$rc" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ "$bad" -eq 0 ] || cat "$CK_BUILD/test-suite.log" >>"$out" 2>/dev/null
	suite_says unit "$ok" "$bad" $((SECONDS - began)) "$out"
	echo "$ok $bad" >"$1.count"
	[ "$bad" -gt 0 ] || rm -rf "$1" "${CK_RUN:-$1}"
}

# Check counts its cases in each log; any other program counts as one.
count_unit_tests() {
	local trs log checks wrong result

	for trs in "$CK_BUILD"/tests/*/*.trs; do
		[ -e "$trs" ] || continue
		log=${trs%.trs}.log
		result=$(sed -n 's/^:global-test-result: //p' "$trs")
		read -r checks wrong < <(sed -n \
		    's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' \
		    "$log" | awk '{ c += $1; w += $2 + $3 } END { print c + 0, w + 0 }')
		case $result in
		PASS) ok=$((ok + (checks > 0 ? checks : 1))) ;;
		SKIP) ;;
		*)
			ok=$((ok + checks - wrong))
			bad=$((bad + (wrong > 0 ? wrong : 1)))
			;;
		esac
	done
}

# one_suite DIR NAME: its stack, its run, its TAP.
one_suite() {
	local out=$1.out run=$CK_SRC/tests/$2/run began=$SECONDS
	local needs ok=0 bad=0 rc=1

	rm -rf "$1"
	needs=$(sed -n '1,10s/^[#/ *]* needs: //p' "$run")
	: >"$out"
	if [ "$needs" = nothing ] ||
	    stack_up "$1" "${needs:-fast}" >"$out" 2>&1; then
		timeout -k 10 "${CK_SUITE_SECONDS:-1200}" "$run" \
		    </dev/null >>"$out" 2>&1
		rc=$?
	fi
	[ "$needs" = nothing ] || stack_down
	count_tap "$out" "$rc"
	if [ "$needs" != nothing ] && sanitizer_spoke >>"$out"; then
		bad=$((bad + 1))
	fi
	suite_says "$2" "$ok" "$bad" $((SECONDS - began)) "$out"
	echo "$ok $bad" >"$1.count"
	[ "$bad" -gt 0 ] || rm -rf "$1" "${CK_RUN:-$1}"
}

# count_tap OUTPUT CODE: a suite that prints no TAP counts by its code, one
# that fails must say where, and one that planned more has lost something.
count_tap() {
	local skipped plan

	ok=$(grep -ac '^ok ' "$1")
	bad=$(grep -ac '^not ok ' "$1")
	skipped=$(grep -aciE '^ok .*# *skip' "$1")
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$1" | tail -n 1)
	[ "${plan:-$((ok + bad))}" = $((ok + bad)) ] || bad=$((bad + 1))
	ok=$((ok - skipped))
	if [ "$2" -ne 0 ]; then
		[ "$bad" -gt 0 ] || bad=1
	elif [ $((ok + bad + skipped)) -eq 0 ]; then
		ok=1
	fi
}

# Whatever a sanitizer found in a server is a failure of its suite.
sanitizer_spoke() {
	as grep -ahE -A 15 'ERROR: (Address|Leak)Sanitizer|runtime error: ' \
	    "$CK_LOG/chartkeepd.log" | head -n 60 | grep .
}
