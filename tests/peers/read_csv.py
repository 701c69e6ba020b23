import csv
import math
import sys

import table

with open(sys.argv[1] + "/table.csv", newline="", encoding="utf-8") as f:
    n = 0
    for i, got in enumerate(csv.DictReader(f)):
        want = table.row(i)
        assert list(got) == list(want), list(got)
        for key, v in want.items():
            text = got[key]
            if isinstance(v, bool):
                ok = text == ("true" if v else "false")
            elif isinstance(v, float):
                ok = table.same(float(text), v)
            elif isinstance(v, bytes):
                ok = text == v.hex()
            elif isinstance(v, list):
                ok = [float(x) for x in text[1:-1].split(";")] == v
            else:
                ok = text == ("" if v is None else str(v))
            if not ok:
                raise SystemExit("row %d, %s: %r, expected %r" % (i, key, text, v))
        n += 1
assert n == 1000, n
print("equal")
