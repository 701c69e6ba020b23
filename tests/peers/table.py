"""The sample table of tests/unit/export.c, row by row."""
import math
import struct

LABELS = ["brake", "cruise", 'lane "change", left', "Öl"]


def row(i):
    u64 = i * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    i64 = u64 - (1 << 64) if u64 >> 63 else u64
    return {
        "t": 1700000000123456789 + i * 20000000,
        "b": i % 3 == 0,
        "i8": i % 251 - 125,
        "u8": i % 256,
        "i16": i % 65000 - 32500,
        "u16": i % 65536,
        "i32": i * 7919 % 4000000000 - 2000000000,
        "u32": i * 104729 % 4294967296,
        "i64": i64,
        "u64": u64,
        "f32": i * 0.25 - 1000,
        "f64": None if i % 7 == 3 else math.nan if i % 11 == 5 else i / 3,
        "label": LABELS[i // 5 % 4],
        "note": None if i % 2 == 0 else "note %d of the drive" % i,
        "raw": struct.pack("<Q", u64)[: i % 9],
        "vec": [float(i * 10 + k) for k in range(6)],
    }


def same(a, b):
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    return a == b and (a is None) == (b is None)


def check(name, got, i):
    want = row(i)
    for key in got:
        if not same(got[key], want[key]):
            raise SystemExit("%s: row %d, column %s: %r, expected %r" % (name, i, key, got[key], want[key]))


ROWS = 70000
