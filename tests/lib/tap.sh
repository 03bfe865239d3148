# shellcheck shell=bash
# TAP for suites in bash.

tap_count=0 tap_failed=0

# ok WHAT COMMAND…: it holds when the command succeeds.
ok() {
	local what=$1

	shift
	tap_count=$((tap_count + 1))
	if "$@"; then
		echo "ok $tap_count - $what"
	else
		echo "not ok $tap_count - $what"
		tap_failed=$((tap_failed + 1))
	fi
}

# is WHAT GOT WANTED: they are the same text.
is() {
	ok "$1" [ "$2" = "$3" ]
	[ "$2" = "$3" ] || printf '#   got    %s\n#   wanted %s\n' "$2" "$3"
}

# like WHAT GOT PATTERN: a glob matches.
like() {
	local holds=true

	# shellcheck disable=SC2053
	[[ $2 == $3 ]] || holds=false
	ok "$1" "$holds"
	"$holds" || printf '#   got    %s\n#   wanted %s\n' "$2" "$3"
}

# The plan, and the suite's exit code.
tap_end() {
	echo "1..$tap_count"
	exit $((tap_failed > 0))
}
