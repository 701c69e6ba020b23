# Real terminals for the tests: tmux, keys in, what is shown out. Sourced behind tap.sh; leaves $dir, a folder of its own.
command -v tmux >/dev/null || skip_all "tmux is not installed"
dir=$(mktemp -d)
n=1	# a server that ends still has its socket for a moment: each session has its own
t() { tmux -S "$dir/tmux$n" "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$dir"' EXIT
export SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs" HOME="$dir" XDG_CONFIG_HOME="$dir/config" XDG_CACHE_HOME="$dir/cache"
unset NO_COLOR COLORTERM SPUR_GFX SPUR_GATES

# within SECONDS COMMAND...: until it holds. Only what never holds takes that long, so be generous.
within() {
	tenths=${1}0; shift
	for _ in $(seq "$tenths"); do
		"$@" && return
		sleep 0.1
	done
	false
}
shows() {	# shows TEXT: the screen does now
	screen=$(t capture-pane -p 2>/dev/null)
	case $screen in *"$1"*) true ;; *) false ;; esac
}
# see TEXT NAME [SECONDS]: the screen shows TEXT. Before a key that acts on rows, see a row, not the title above it.
see() {
	if within "${3:-60}" shows "$1"; then ok 0 "$2"; return; fi
	ok 1 "$2"
	printf '%s\n' "no '$1' on:" "$screen" | sed 's/^/# /'
}
keys() { t send-keys "$@"; }
# terminal COLUMNSxROWS COMMAND: a shell's command in a new terminal, which stays for a look at what it left.
terminal() { t -f /dev/null new-session -d -x "${1%x*}" -y "${1#*x}" "$2; sleep 600"; }
# workbench COLUMNSxROWS ARGUMENTS...: spur; "left with STATUS" stands below its screen.
workbench() {
	size=$1; shift
	terminal "$size" "'$SPUR' $*; printf '\\r\\nleft with %s\\n' \$?"
}
close_terminal() { t kill-server; n=$((n + 1)); }
