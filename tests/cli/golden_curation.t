#!/bin/sh
# People, drives, segments, reviews, datasets, signatures and the audit; see golden.sh.
. "$top_srcdir/tests/cli/golden.sh"
command -v python3 >/dev/null || skip_all "no python3"
command -v ssh-keygen >/dev/null || skip_all "no ssh-keygen"
recordings made --drives 3 --seconds 8 --seed 5 --cameras none
head -c 60000 "$c" >"$t/cut.mcap"; head -c 30000 "$m" >"$t/cut.mf4"
echo "no recording at all" >"$t/text.mf4"; mkdir "$t/folder"
echo "VehSpd > 5 for >= 1s" >"$t/mine.q"
known_people
# What a stranger with the file can do: guards are taken away, a row is changed, the guards are put back.
cat >"$t/tamper.py" <<'E2'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], timeout=20)
guards = c.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
for name, _ in guards:
    c.execute("DROP TRIGGER " + name)
for line in sys.argv[2:]:
    print(c.execute(line).rowcount)
for _, sql in guards:
    c.execute(sql)
c.commit()
E2
golden curate
golden review
golden audit
done_testing
