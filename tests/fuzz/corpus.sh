#!/bin/sh
# Runs every fuzzer that was built over its corpus, once.  make names the
# fuzzers in CK_FUZZERS; fuzz_x reads tests/fuzz/corpus/x.
count=0 failed=0
for fuzzer in $CK_FUZZERS; do
	name=${fuzzer##*/fuzz_}
	count=$((count + 1))
	echo "$name"
	"$CK_BUILD/$fuzzer" -runs=0 "$CK_SRC/tests/fuzz/corpus/$name" ||
	    failed=$((failed + 1))
done
echo "$count fuzzers, $failed failed"
[ "$failed" -eq 0 ] && [ "$count" -gt 0 ]
