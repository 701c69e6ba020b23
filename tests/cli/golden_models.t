#!/bin/sh
# Models, gates, report cards, jobs that are over: of the catalogue of lab_catalogue.h; see golden.sh.
. "$top_srcdir/tests/cli/golden.sh"
command -v ssh-keygen >/dev/null || skip_all "no ssh-keygen"
set -- $("$top_builddir/tests/tools/lab_make"); lab=$1
trap 'rm -rf "$t" "$lab"' EXIT
export SPUR_CATALOG="$2" XDG_CONFIG_HOME="$lab" SPUR_JOBS="$lab/jobs"
[ -n "$lab" ]; ok $? "a catalogue with two models"
known_people
"$SPUR" identity add cid >/dev/null
cat >"$t/gates.json" <<'E2'
{"v":1,"gates":[
 {"id":"model","title":"a model","kind":"model","quorum":1,"requires":[],"checks":["eval.macro_f1 >= 0.75","eval.windows == 280","eval.macro_f1 != 2","eval.ci_low < 1","eval.ci_low >= eval.baseline_macro_f1 + 0.15"]},
 {"id":"two","title":"two of them","kind":"model","quorum":2,"requires":[],"checks":["lineage.recordings >= 0"]},
 {"id":"after","title":"after two","kind":"model","quorum":1,"requires":["two","model"],"checks":[]},
 {"id":"chain","title":"after after","kind":"model","quorum":1,"requires":["after"],"checks":[]},
 {"id":"many","title":"figures that are not there","kind":"model","quorum":1,"requires":[],"checks":["eval.nosuch >= 1","eval.windows > 1000","training.epochs <= 8"]}],
 "aliases":{"champion":"model"}}
E2
echo '{"v":1,"gates":[' >"$t/bad.json"
more_plain() { sed -E -e "s|$lab|LAB|g" -e 's/(AT|at_ns|NOW) +/\1  /g'; }
golden models
done_testing
