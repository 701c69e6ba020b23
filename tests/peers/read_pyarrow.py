import math
import sys

import pyarrow as pa
import pyarrow.parquet as pq

import table

TYPES = {
    "t": pa.timestamp("ns", tz="UTC"), "b": pa.bool_(), "i8": pa.int8(), "u8": pa.uint8(), "i16": pa.int16(),
    "u16": pa.uint16(), "i32": pa.int32(), "u32": pa.uint32(), "i64": pa.int64(), "u64": pa.uint64(),
    "f32": pa.float32(), "f64": pa.float64(), "label": pa.string(), "note": pa.string(), "raw": pa.binary(),
}


def read(name, rows):
    f = pq.ParquetFile(sys.argv[1] + "/" + name, page_checksum_verification=True)
    t = f.read()
    assert t.num_rows == rows, (name, t.num_rows)
    for key, want in TYPES.items():
        assert t.schema.field(key).type == want, (key, t.schema.field(key).type)
    assert pa.types.is_list(t.schema.field("vec").type)
    assert not t.schema.field("t").nullable and not t.schema.field("label").nullable and t.schema.field("f64").nullable
    assert t.schema.metadata[b"spur.recipe"] == b"driving_events" and t.schema.metadata[b"unit.f32"] == b"m/s"
    cols = {k: t.column(k).cast(pa.int64()).to_pylist() if k == "t" else t.column(k).to_pylist() for k in t.column_names}
    for i in range(rows):
        table.check(name, {k: v[i] for k, v in cols.items()}, i)
    return f.metadata


def least(values, i0, i1):
    return [v for v in values if v is not None and not (isinstance(v, float) and math.isnan(v))]


def statistics(m, rows):
    at = 0
    for g in range(m.num_row_groups):
        n = m.row_group(g).num_rows
        want = [table.row(i) for i in range(at, at + n)]
        for c in range(m.row_group(g).num_columns):
            col = m.row_group(g).column(c)
            key = col.path_in_schema.split(".")[0]
            if key in ("t", "vec"):
                continue
            values = least([w[key] for w in want], 0, n)
            s = col.statistics
            assert s.null_count == sum(w[key] is None for w in want), (key, s)
            assert s.has_min_max and s.min == min(values) and s.max == max(values), (key, s, min(values), max(values))
        at += n
    assert at == rows


m = read("zstd.parquet", table.ROWS)
assert m.num_row_groups == 2, m.num_row_groups
statistics(m, table.ROWS)
enc = {m.row_group(0).column(c).path_in_schema: m.row_group(0).column(c).encodings for c in range(m.num_columns)}
assert "RLE_DICTIONARY" in enc["label"], enc
read("plain.parquet", table.ROWS)
read("empty.parquet", 0)
read("one.parquet", 1)
print("equal")
