# failing_files.t and failing_catalogue.t: what spur does when a call of the system fails: reads, writes, fsync, rename,
# open, memory, unpacking, statements of the catalogue, one at a time; and what an interrupt in the middle leaves.
# tools/fail_each.c says what must hold. A line of failing_*.cmds is a command, behind options for fail_each; `group` is
# which file, `kinds` how many calls of each kind fail where the line does not say.
. "$top_srcdir/tests/tap.sh"
tools=$top_builddir/tests/tools
object=$tools/failing.so
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
if grep -qaE '__[at]san_init' "$SPUR" || grep -qaE '__[at]san_init' "$tools/fail_each"; then
	SPUR_CI= skip_all "a build with a sanitizer"
fi
t=$(cd "$t" && pwd -P)
export HOME="$t" XDG_DATA_HOME="$t/data" XDG_CONFIG_HOME="$t/config" SPUR_CATALOG="$t/c.db" SPUR_JOBS="$t/out/jobs" COLUMNS=100
export TMPDIR="$t/tmp"
mkdir "$t/tmp" "$t/out"
cd "$t" || exit 1
{
	"$SPUR" demo make in --drives 2 --seconds 6 --seed 5 --cameras front
	"$SPUR" demo make small --drives 1 --seconds 1 --seed 5 --cameras none
	head -c 700000 in/drive_01.mcap >cut.mcap && head -c 90000 in/drive_01.mf4 >cut.mf4
	"$SPUR" identity add ann && "$SPUR" identity add bob && "$SPUR" add in --as ann &&
	"$SPUR" find "VehSpd > 5 for >= 0.5s" --all --label fast --store --as ann &&
	"$SPUR" find "VehSpd < 100" --all --label any --store --as ann &&
	"$SPUR" tag dry 1 2 --as ann && "$SPUR" review approve 1 --as bob &&
	"$SPUR" dataset freeze old --label fast --as ann
} >log 2>&1
ok $? "recordings and a catalogue are made"
[ -f c.db-wal ] || mv c.db base.db
source=$(realpath in/drive_01.mcap)

set -f
while IFS= read -r line; do
	case $line in "#"* | "") continue ;; esac
	set --
	opts=${line%%:*} words=${line#*: }
	eval "set -- $words"
	"$tools/fail_each" ${kinds:+-k} ${kinds:+"$kinds"} $opts "$object" "$t" "$SPUR" "$@" -j 1 >said 2>&1
	ok $? "$words"
	head -n 12 said
done <"$top_srcdir/tests/cli/failing_$group.cmds"
done_testing
