"""demo.py DIR: what spur demo make wrote, read by asammdf and mcap: files, truth and clocks belong together."""
import json
import sys

import numpy as np
from asammdf import MDF
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory

folder, n = sys.argv[1], 0
truth = json.load(open(f"{folder}/truth.json"))


def ok(good, name):
    global n
    n += 1
    print(f"{'ok' if good else 'not ok'} - {name}")


def spans(cond, t, least, gap):
    """Stretches of cond, joined over gaps, of at least that length."""
    out = []
    for i in np.flatnonzero(cond):
        if out and t[i] - out[-1][1] <= gap:
            out[-1][1] = t[i]
        else:
            out.append([t[i], t[i]])
    return [s for s in out if s[1] - s[0] >= least]


def iou(a, b):
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0])) / (max(a[1], b[1]) - min(a[0], b[0]))


def hits(found, wanted):
    return sum(any(iou(f, w) >= 0.5 for f in found) for w in wanted)


def best_lag(t1, v1, t2, v2, begin, end):
    """Where the second series fits the first best, ms; vertex of a parabola through the errors."""
    grid, lags = np.arange(begin, end, 0.005), np.arange(-0.02, 0.0201, 0.002)
    a = np.interp(grid, t1, v1)
    e = [np.mean((a - np.interp(grid + lag, t2, v2)) ** 2) for lag in lags]
    p = np.polyfit(lags, e, 2)
    return -p[1] / (2 * p[0]) * 1e3


total = np.zeros(6, int)
for drive in truth["drives"]:
    clock, name = drive["clock"], drive["name"]
    m = MDF(f"{folder}/{drive['mf4']}")
    start = m.header.abs_time
    ok(start == drive["begin_ns"] == clock["t0_ns"], f"{name}: the file begins when the truth says")
    get = lambda s, g=0: m.get(s, group=g)
    speed, pressure, accel = get("VehSpd"), get("BrkPressure"), get("LongAccel")
    imu_t, imu_x, twist_t, twist_v, topics = [], [], [], [], {}
    with open(f"{folder}/{drive['mcap']}", "rb") as f:
        for schema, channel, msg in make_reader(f).iter_messages():
            topics[channel.topic] = topics.get(channel.topic, 0) + 1
            if channel.message_encoding == "json":
                json.loads(msg.data)
    with open(f"{folder}/{drive['mcap']}", "rb") as f:
        for schema, channel, msg, v in make_reader(f, decoder_factories=[DecoderFactory()]).iter_decoded_messages(
                topics=["/imu", "/vehicle/twist", "/gps/fix", "/rosout"]):
            if channel.topic == "/imu":
                imu_t.append(msg.log_time), imu_x.append(v.linear_acceleration.x)
            elif channel.topic == "/vehicle/twist":
                twist_t.append(msg.log_time), twist_v.append(v.twist.linear.x)
            elif channel.topic == "/gps/fix":
                fine = 48 < v.latitude < 49 and 11 < v.longitude < 12
            else:
                fine = fine and v.level in (10, 20, 30, 40) and v.msg.endswith("km/h)")
    ok(fine, f"{name}: positions and log lines")
    ok(set(topics) == {"/imu", "/gps/fix", "/vehicle/twist", "/rosout", "/planner/state", "/diagnostics"},
       f"{name}: topics, and none of a camera")
    back = lambda t: (np.array(t) - clock["t0_ns"] - clock["offset_ns"]) / (1 + clock["drift_ppb"] / 1e9) / 1e9
    imu_t, twist_t, imu_x, twist_v = back(imu_t), back(twist_t), np.array(imu_x), np.array(twist_v)
    length = (drive["end_ns"] - drive["begin_ns"]) / 1e9
    for begin, end in ((0, length / 3), (length * 2 / 3, length)):
        lag = best_lag(speed.timestamps, speed.samples / 3.6, twist_t, twist_v, begin, end)
        ok(abs(lag) < 2, f"{name}: clocks agree by the truth, {begin:.0f} to {end:.0f} s: {lag:.2f} ms")
    events = [((e["begin_ns"] - start) / 1e9, (e["end_ns"] - start) / 1e9, e["class"], e["min_accel_mps2"])
              for e in drive["events"]]
    good = 0
    for b, e, kind, least in events:
        k = (speed.timestamps >= b - 0.05) & (speed.timestamps <= e + 0.05)
        v, t = speed.samples[k] / 3.6, speed.timestamps[k]
        if kind == "hard_braking":
            good += np.polyfit(t, v, 1)[0] < -4 and v.min() > 5
        elif kind == "stop_and_go":
            good += v.min() < 0.2 and abs(v[0] * 3.6 - 20) < 2 and abs(v[-1] * 3.6 - 20) < 2
        elif kind == "cruise":
            good += v.max() - v.min() < 3
        else:
            good += v.min() > 5
    ok(good == len(events) > 20, f"{name}: {good} events are in the speed of the file")
    grid = np.arange(0, length, 0.01)
    x, p = np.interp(grid, imu_t, imu_x), np.interp(grid, pressure.timestamps, pressure.samples)
    wanted = [e[:2] for e in events if e[2] == "hard_braking"]
    for i, cond in enumerate(((p > 60) & (x < -4.5), p > 60, x < -4.5)):
        found = spans(cond, grid, 0.4, 0.15)
        total[2 * i:2 * i + 2] += hits(found, wanted), len(found)
    total_wanted = locals().get("total_wanted", 0) + len(wanted)

recall, precision = total[0] / total_wanted, total[0] / max(total[1], 1)
ok(recall >= 0.95 and precision >= 0.9, f"brake pressure and IMU find hard braking: {recall:.2f}, {precision:.2f}")
ok(total[2] / total[3] < 0.9, f"pressure alone does not: precision {total[2] / total[3]:.2f}")
ok(total[4] / total[5] < 0.9, f"nor does the IMU: precision {total[4] / total[5]:.2f}")
decoded = m.extract_bus_logging({"CAN": [(f"{folder}/vehicle.dbc", 0)]})
bus = decoded.get("VehSpd")
ok(b"BO_ 288 ESC_1" in bytes(m.extract_attachment(0)[0]), "the database is attached")
ok(len(bus.samples) > 0 and np.max(np.abs(np.interp(bus.timestamps, speed.timestamps, speed.samples) - bus.samples)) < 1,
   "the frames hold the same speed by the DBC")
print(f"1..{n}")
