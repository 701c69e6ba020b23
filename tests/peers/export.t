#!/bin/sh
# Parquet, npz and CSV read back by others: pyarrow and DuckDB, numpy, Python's csv; every value.
. "$top_srcdir/tests/tap.sh"
py=${SPUR_PYTHON:-}
[ -n "$py" ] && "$py" -c 'import numpy' 2>/dev/null || skip_all "SPUR_PYTHON names no Python with numpy, pyarrow and duckdb"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$top_builddir/tests/unit/export" "$dir"
ok $? "sample tables are written"
for peer in numpy csv pyarrow duckdb; do
	if "$py" -c "import $peer" 2>/dev/null; then
		out=$("$py" "$top_srcdir/tests/peers/read_$peer.py" "$dir" 2>&1)
		is "$out" "equal" "$peer reads every value back"
	else
		skip "no $peer in $py" "$peer reads every value back"
	fi
done
done_testing
