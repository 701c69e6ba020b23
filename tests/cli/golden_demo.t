#!/bin/sh
# The simulator's verbs, scores against the truth, clocks, pipelines and recordings of the workbench; see golden.sh.
. "$top_srcdir/tests/cli/golden.sh"
command -v ssh-keygen >/dev/null || skip_all "no ssh-keygen"
known_people
recordings made --drives 2 --seconds 60 --seed 5 --cameras none
head -c 60000 "$m" >"$t/cut.mf4"
echo "no recording at all" >"$t/text.mf4"
mkdir "$t/queries"; echo "VehSpd > 20 for >= 2s" >"$t/queries/cruise.q"
truth() { mkdir "$t/$1"; printf '%s\n' "$2" >"$t/$1/truth.json"; }
truth bad1 '{"drives":'
truth bad2 '{"classes":["cruise"]}'
truth bad3 '{"drives":[]}'
truth bad4 '{"drives":[{"name":"drive_01","begin_ns":5,"end_ns":5}],"classes":["cruise"]}'
truth bad5 '{"drives":[{"name":"a/b","begin_ns":5,"end_ns":50}],"classes":["cruise",3]}'
golden demo
cat >"$t/p.json" <<'P'
{"name": "p", "params": {"word": "VehSpd", "file": "drive_01", "folder": "."},
 "steps": [
  {"id": "first", "run": ["stats", "${folder}/${file}.mf4", "-s", "${word}*"], "save": {"sum": "sum", "unit": "unit"}, "save_all": {"names": "name"},
   "expect": ["n > 100", "name=VehSpd: min <= 1", "max != 0"]},
  {"id": "second", "needs": ["first"], "each": {"s": "names"}, "run": ["signals", "${folder}/${file}.mf4", "${s}"], "save": {"type": "type"},
   "expect": ["n == 5998", "group < 100", "n >= 3"]},
  {"id": "third", "needs": ["first", "second"], "run": ["find", "${word} > 5", "--file", "${folder}/${file}.mf4", "--label", "${type}"]}]}
P
sed -i "s|\"folder\": \".\"|\"folder\": \"$made\"|" "$t/p.json"
sed 's/"n >= 3"/"n >= 30000"/' "$t/p.json" >"$t/fails.json"
sed 's/"n >= 3"/"nosuch >= 3"/' "$t/p.json" >"$t/each.json"
sed 's/\["first", "second"\]/["nothing"]/' "$t/p.json" >"$t/bad1.json"
sed 's/"n >= 3"/"n about 3"/' "$t/p.json" >"$t/bad2.json"
sed 's/"id": "second", //' "$t/p.json" >"$t/bad3.json"
sed 's/"run": \["signals".*\], "save"/"run": [], "save"/' "$t/p.json" >"$t/bad4.json"
sed 's/"word": "VehSpd"/"word": 3/' "$t/p.json" >"$t/bad5.json"
sed 's/"each": {"s": "names"}/"each": {"s": "nothing"}/' "$t/p.json" >"$t/bad6.json"
sed 's/"stats", /"nosuchverb", /' "$t/p.json" >"$t/bad7.json"
echo '["p"]' >"$t/bad8.json"
printf '# a recording\nspur drives\n\n  info %s\nsegments --limit 1\nversion\n' "$m" >"$t/good.replay"
printf 'drives\ninfo nowhere.mf4\nversion\n' >"$t/fails.replay"
: >"$t/empty.replay"
more_plain() { sed -E -e 's/"(took_ns)":[0-9]+/"\1":0/g' -e 's/\b[0-9.]+ (us|ms|s)\b/SPAN/g' -e 's/  +/  /g'; }
golden pipeline
done_testing
