# inject TARGET...: fuzz_TARGET --inject of each (inject.c says what that is), with its table as comments. Under AddressSanitizer
# a shorter list of what was freed: an input is small, and most of the time would go to cold memory.
. "$top_srcdir/tests/tap.sh"
export ASAN_OPTIONS="${ASAN_OPTIONS:-allocator_may_return_null=1}:quarantine_size_mb=4"
inject() {
	for target; do
		told=$("$top_builddir/tests/fuzz/fuzz_$target" --inject 2>&1)
		status=$?
		printf '%s\n' "$told" | sed "s/^\(# \)\{0,1\}/# $target: /"
		ok $status "$target: every small fixture cut at every byte, and mutations of them"
	done
	done_testing
}
