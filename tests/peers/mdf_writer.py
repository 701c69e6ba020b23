"""mdf_writer.py FILE ROWS: what tests/tools/mdf_samples.c wrote, read by asammdf. One TAP line per claim."""
import sys
import numpy as np
from asammdf import MDF

path, rows = sys.argv[1], int(sys.argv[2])
m = MDF(path)
r = np.arange(rows)
n = 0


def ok(good, name):
    global n
    n += 1
    print(f"{'ok' if good else 'not ok'} - {name}")


def get(name, group, raw=False):
    return m.get(name, group=group, raw=raw, ignore_invalidation_bits=True)


ok(m.version == "4.10", "version 4.10")
ok(len(m.groups) == 5, "five groups")
ok(m.header.abs_time == 1767323045123456789, "start time to the nanosecond")
s = get("u8", 0)
ok(len(s.samples) == rows and (s.samples == r % 256).all(), "u8")
ok(np.allclose(s.timestamps, r * 0.01, atol=1e-12, rtol=0), "time master")
ok(s.comment == "low byte of the row", "comment")
s = get("i16", 0)
ok(np.allclose(s.samples, 0.01 * (r % 60000 - 30000.0) - 5, atol=1e-9) and s.unit == "km/h", "linear conversion and unit")
ok((get("u32", 0).samples[r % 7 != 3] == (r * 1000 % 2**32)[r % 7 != 3]).all(), "u32 where valid")
s = m.get("u32", group=0, ignore_invalidation_bits=False)
s = s.validate() if hasattr(s, "validate") else s
ok(len(s.samples) == (r % 7 != 3).sum(), "invalidation bits of u32")
s = m.get("f64", group=0, ignore_invalidation_bits=False)
s = s.validate() if hasattr(s, "validate") else s
ok(len(s.samples) == (r % 5 != 1).sum() and np.array_equal(s.samples, r[r % 5 != 1] * 0.1), "invalidation bits of f64")
ok((get("i64", 0).samples == -(r * 1000000007)).all(), "i64")
s = get("f32", 0)
ok((s.samples == (r / 8).astype("f4")).all() and s.unit == "m/s\u00b2", "f32, unit in UTF-8")
ok((get("flag", 0).samples == r % 2).all(), "bool")
ok((get("gear", 0, raw=True).samples == r % 4).all(), "gear raw")
gears = [b"P", b"R", b"N", b"D"]
ok(list(get("gear", 0).samples) == [gears[i % 4] for i in range(rows)], "gear as text")
notes = [bytes(x).split(b"\0")[0].decode() for x in get("note", 1).samples]
ok(notes == [f"row {i}{'!' * (i % 9)} \u00e4" for i in range(rows)], "texts of variable length")
ok([bytes(x).split(b"\0")[0].decode() for x in get("short", 1).samples] == [f"s{i % 1000}" for i in range(rows)],
   "texts of fixed length")
blob = np.ascontiguousarray(get("blob", 1).samples)
ok((blob.view("<u4").ravel() == r).all(), "bytes")
ok((get("index_only", 2).samples == r % 65536).all(), "a group without a master")
ok(len(get("u8", 3).samples) == 0, "an empty group")
ok((get("CAN_DataFrame.ID", 4).samples == 0x100 + r % 2).all(), "frame ids")
ok((get("CAN_DataFrame.IDE", 4).samples == (r % 5 == 0)).all(), "extended frames")
ok((get("CAN_DataFrame.DLC", 4).samples == 8).all(), "DLC")
data = get("CAN_DataFrame.DataBytes", 4).samples
ok((data == ((r[:, None] + np.arange(8)) % 256)).all(), "frame data")
ok(m.groups[0].channel_group.acq_source.name == "ECU1", "source of a group")
ok("<everything>" in m.header.comment.replace("&lt;", "<").replace("&gt;", ">"), "header comment")
ok(bytes(m.extract_attachment(0)[0]) == b"hello", "attachment")
if len(sys.argv) > 3:
    out = m.extract_bus_logging({"CAN": [(sys.argv[3], 0)]})
    s = out.get("Low", group=None) if len(out.channels_db["Low"]) == 1 else None
    keep = (r % 2 == 0) & (r % 5 != 0)
    ok(s is not None and len(s.samples) == keep.sum() and np.allclose(s.samples, 0.5 * (r[keep] % 256) - 10),
       "bus logging decodes with a DBC")
print(f"1..{n}")
