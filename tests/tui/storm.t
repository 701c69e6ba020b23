#!/bin/sh
# Random keys and resizes on every screen. STORM_SECONDS on each (1), STORM_SIZES (24x80), STORM_SEED (1).
. "$top_srcdir/tests/tap.sh"
command -v python3 >/dev/null || skip_all "no python3"
dir=$(mktemp -d) || exit 1
# What the keys start outlives the workbench: all of it runs in this folder and is ended by it.
finish() { for p in $(pgrep -f "$dir/bin/spur"); do kill -9 "$p"; done; rm -rf "$dir"; }
trap finish EXIT
mkdir -p "$dir/bin" "$dir/here"
ln -s "$SPUR" "$dir/bin/spur" && cp "$SPUR" "$dir/bin/spur.copy" && mv "$dir/bin/spur.copy" "$dir/bin/spur"
export HOME="$dir" XDG_CONFIG_HOME="$dir/config" XDG_DATA_HOME="$dir/data" XDG_CACHE_HOME="$dir/cache" XDG_STATE_HOME="$dir/state"
export SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs"
unset SSH_TTY TMUX NO_COLOR
cd "$dir/here" || exit 1
s="$dir/bin/spur"
"$s" identity add ann >/dev/null && "$s" identity add bob >/dev/null &&
	"$s" demo make made --drives 4 --seconds 90 --seed 5 --cameras front >/dev/null && "$s" add made --as ann >/dev/null &&
	"$s" find @"$SPUR_DATA/queries/hard_braking.q" --all --label hard_braking --store --as ann >/dev/null &&
	"$s" find @"$SPUR_DATA/queries/cruise.q" --all --label cruise --store --as ann >/dev/null &&
	"$s" demo review made --as bob >/dev/null && "$s" dataset freeze set --as ann >/dev/null 2>&1 || "$s" segments >/dev/null || exit 1
python3 "$top_srcdir/tests/tui/key_storm.py" "$s --as bob" "${STORM_SECONDS:-1}" "${STORM_SEED:-1}" ${STORM_SIZES:-24x80}
