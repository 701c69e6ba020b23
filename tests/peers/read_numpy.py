import math
import sys
import zipfile

import numpy as np

import table

path = sys.argv[1] + "/table.npz"
z = np.load(path, allow_pickle=False)
rows = [table.row(i) for i in range(table.ROWS)]
for key in rows[0]:
    a = z[key]
    if key == "vec":
        assert a.shape == (table.ROWS, 2, 3) and a.dtype == np.float32, a.shape
        a = a.reshape(table.ROWS, 6)
        assert (a == np.array([r[key] for r in rows], dtype=np.float32)).all(), key
        continue
    assert a.shape == (table.ROWS,), (key, a.shape)
    if key != "t" and key != "label":
        valid = z[key + ".valid"]
        assert valid.dtype == bool and (valid == np.array([r[key] is not None for r in rows])).all(), key
    for i, r in enumerate(rows):
        want, got = r[key], a[i].item()
        if isinstance(want, str):
            want = want.encode()
        if isinstance(want, bytes):
            want = want.rstrip(b"\0")  # what numpy's S type does to its values
        if want is not None and not table.same(want, got):
            raise SystemExit("%s row %d: %r, expected %r" % (key, i, got, want))
for info in zipfile.ZipFile(path).infolist():
    assert info.date_time == (1980, 1, 1, 0, 0, 0) and info.compress_type == 0, info
assert zipfile.ZipFile(path).testzip() is None
e = np.load(sys.argv[1] + "/empty.npz", allow_pickle=False)
assert e["vec"].shape == (0, 2, 3) and e["f64"].shape == (0,)
print("equal")
