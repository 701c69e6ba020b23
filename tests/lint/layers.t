#!/bin/sh
# Enforce the floors of ARCHITECTURE.md.
find "$top_srcdir/src" "$top_srcdir/db" "$top_srcdir/ui" "$top_srcdir/viewers" -name '*.[ch]' -o -name '*.def' |
	sort | xargs awk -f "$top_srcdir/tests/lint/layers.awk"
