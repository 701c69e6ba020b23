"""Parquet files of the real recordings, read by pyarrow, against the recordings read by other people's readers.

usage: read_parquet.py DIR SPUR CORPUS
The signals were sampled with zero-order hold: the value at a grid point is the last one at or before it. The readers are
the mcap library with its ROS 2 decoder, and asammdf with the same DBC.
"""
import bisect, glob, json, math, os, sys
import numpy as np
import pyarrow.parquet as pq

folder, _, corpus = sys.argv[1:4]


def nissan():
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory
    topics = {"/nissan/vehicle_speed": "speed", "/nissan/vehicle_steering": "steering"}
    out = {name: ([], []) for name in topics.values()}
    with open(os.path.join(corpus, "mcap/derived/nissan_zstd_64k.mcap"), "rb") as f:
        for _, channel, message, ros in make_reader(f, decoder_factories=[DecoderFactory()]).iter_decoded_messages(topics=list(topics)):
            t, v = out[topics[channel.topic]]
            t.append(message.log_time)
            v.append(float(ros.data))
    return out


def ev6():
    from asammdf import MDF
    path = os.path.join(corpus, "mdf/css/2F6913DB_00001089_00000001-63BEF5CD.MF4")
    log = MDF(path)
    start = log.header.abs_time
    bus = log.extract_bus_logging({"CAN": [(os.path.join(corpus, "mdf/dbc/gnss.dbc"), 0)]})
    out = {}
    for name, signal in (("speed", "Speed"), ("accel_x", "AccelerationX")):
        for group, index in bus.channels_db[signal]:
            s = bus.get(group=group, index=index, raw=False)
            out[name] = ([start + int(round(float(t) * 1e9)) for t in s.timestamps], [float(x) for x in s.samples])
    return out


def held(series, t):
    times, values = series
    i = bisect.bisect_right(times, t) - 1
    return values[i] if i >= 0 else math.nan


drives = {}
wrong = compared = 0
files = sorted(glob.glob(os.path.join(folder, "extract", "**", "*.parquet"), recursive=True))
assert files, "no Parquet file below %s/extract" % folder
for path in files:
    table = pq.read_table(path)
    names = table.column_names
    columns = {n: table.column(n).to_numpy(zero_copy_only=False) for n in names}
    t = table.column("t_ns").cast("int64").to_numpy()
    # The years of the two drives are three apart.
    for i in range(table.num_rows):
        truth = drives.setdefault("nissan", nissan()) if t[i] > 1735689600 * 10**9 else drives.setdefault("ev6", ev6())
        for name in ("speed", "steering", "accel_x"):
            got = columns[name][i]
            got = math.nan if got is None else float(got)
            want = held(truth[name], int(t[i])) if name in truth else math.nan
            compared += 1
            if not (got == want or (math.isnan(got) and math.isnan(want)) or abs(got - want) <= 1e-6 * max(1, abs(want))):
                wrong += 1
                if wrong <= 10:
                    print("# %s row %d %s: %r, the recording has %r" % (os.path.basename(path), i, name, got, want))
print("# %d files, %d rows, %d values compared, %d wrong" % (len(files), sum(pq.read_metadata(p).num_rows for p in files), compared, wrong))
sys.exit(1 if wrong or compared < 1000 else 0)
