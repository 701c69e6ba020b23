#!/bin/sh
# kill -9 of the supervisor, a worker or the client at 20 random times (SPUR_KILL_SEED, SPUR_KILLS) of extraction
# and training: the job finishes, with the bytes of the undisturbed run.
. "$top_srcdir/tests/tap.sh"
command -v python3 >/dev/null || skip_all "no python3"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
HOME="$dir" XDG_DATA_HOME="$dir" XDG_CONFIG_HOME="$dir" SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs" \
	python3 -B "$top_srcdir/tests/jobs/kill.py" "$dir"
