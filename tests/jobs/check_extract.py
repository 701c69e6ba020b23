"""npz and Parquet of an extract against each other and against the manifest: every value."""
import json
import os
import sys

import numpy as np
import pyarrow.parquet as pq

folder = sys.argv[1]
m = json.load(open(folder + "/manifest.json"))
plan = [json.loads(line) for line in open(folder + "/plan.jsonl")][1:]
segments = {s["id"]: s for shard in plan for s in shard["segments"]}
by_shard = {}
for s in m["shards"]:
    by_shard.setdefault(s["shard"], {})[s["format"]] = s
assert sorted(by_shard) == sorted(p["shard"] for p in plan)
names, samples, step = m["signals"], m["samples"], round(1e9 / m["rate_hz"])
windows = 0
for shard in by_shard.values():
    z = np.load(os.path.join(folder, shard["npz"]["path"]), allow_pickle=False)
    t = pq.read_table(os.path.join(folder, shard["parquet"]["path"]))
    n = shard["npz"]["rows"]
    windows += n
    assert z["x"].shape == (n, len(names), samples) and z["x"].dtype == np.float32
    assert z["y"].shape == (n,) and z["y"].dtype == np.int64 and z["t_ns"].dtype == np.int64
    assert z["valid"].shape == z["x"].shape and (z["valid"] == ~np.isnan(z["x"])).all()
    assert t.num_rows == shard["parquet"]["rows"] == n * samples
    assert t.column_names == ["t_ns", "window"] + names + ["label", "segment"]
    for i, name in enumerate(names):
        column = t.column(name).to_numpy(zero_copy_only=False).reshape(n, samples).astype(np.float32)
        assert np.array_equal(column, z["x"][:, i], equal_nan=True), name
    at = t.column("t_ns").cast("int64").to_numpy().reshape(n, samples)
    assert (at == z["t_ns"][:, None] + step * np.arange(samples)[None]).all() and (at % step == 0).all()
    assert (t.column("window").to_numpy().reshape(n, samples) == np.arange(n)[:, None]).all()
    labels = np.array(t.column("label").to_pylist()).reshape(n, samples)[:, 0]
    assert [m["classes"][y] for y in z["y"]] == list(labels)
    for w in range(n):
        s = segments[z["segment"][w].decode()]
        assert s["label"] == labels[w]
        begin, end = int(z["t_ns"][w]), int(z["t_ns"][w]) + samples * step
        if s["end_ns"] - s["begin_ns"] >= samples * step:
            assert s["begin_ns"] - step <= begin and end <= s["end_ns"] + step, (begin, end, s)
        else:
            assert begin <= s["begin_ns"] + step and s["end_ns"] <= end + step, (begin, end, s)
            assert abs((begin + end) - (s["begin_ns"] + s["end_ns"])) <= 4 * step
assert windows == m["windows"] > 0
assert np.nanmax(z["x"][:, names.index("speed")]) > 1
print("equal")
