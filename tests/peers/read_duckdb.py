import sys

import duckdb

import table

db = duckdb.connect()
db.execute("set TimeZone = 'UTC'")
for name, rows in (("zstd.parquet", table.ROWS), ("plain.parquet", table.ROWS), ("empty.parquet", 0), ("one.parquet", 1)):
    path = sys.argv[1] + "/" + name
    keys = list(table.row(0))
    sql = ", ".join("epoch_ns(t) as t" if k == "t" else k for k in keys)
    got = db.execute("select %s from read_parquet('%s')" % (sql, path)).fetchall()
    assert len(got) == rows, (name, len(got))
    for i, values in enumerate(got):
        g = dict(zip(keys, values))
        # DuckDB's TIMESTAMP WITH TIME ZONE has microseconds.
        assert g.pop("t") // 1000 == table.row(i)["t"] // 1000, (name, i)
        table.check(name, g, i)
# Row-group statistics must not hide rows.
path = sys.argv[1] + "/zstd.parquet"
for where, want in (("label = 'cruise'", sum(table.row(i)["label"] == "cruise" for i in range(table.ROWS))),
                    ("i32 > 1999990000", sum(table.row(i)["i32"] > 1999990000 for i in range(table.ROWS))),
                    ("u64 > 18446744073709000000", sum(table.row(i)["u64"] > 18446744073709000000 for i in range(table.ROWS))),
                    ("f64 is null", sum(table.row(i)["f64"] is None for i in range(table.ROWS)))):
    n = db.execute("select count(*) from read_parquet('%s') where %s" % (path, where)).fetchone()[0]
    assert n == want, (where, n, want)
print("equal")
