#!/bin/sh
# kill -9 of the workbench, the supervisor or a worker at 20 random times (SPUR_KILL_SEED, SPUR_KILLS) of extraction and
# training: the job finishes, with the bytes of the undisturbed run.
. "$top_srcdir/tests/tap.sh"
command -v python3 >/dev/null || skip_all "no python3"
command -v tmux >/dev/null || skip_all "tmux is not installed"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
HOME="$dir" XDG_DATA_HOME="$dir" XDG_CONFIG_HOME="$dir" SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs" TERM=xterm \
	python3 -B "$top_srcdir/tests/jobs/kill.py" "$dir"
