"""Every frame of a bus log as asammdf reads it, and as `spur messages --order file` lists it.

usage: messages.py SPUR LOG
"""
import collections
import json
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
from asammdf import MDF  # noqa: E402

MEMBERS = ["ID", "EtherType", "BusChannel", "DataLength", "DataBytes", "Dir", "Source", "Destination"]


def whole(v):
    """A number; six bytes of an address come as an array."""
    return int(v) if getattr(v, "ndim", 0) == 0 else ":".join("%02x" % b for b in bytearray(v))


def wanted(path):
    log = MDF(path)
    out = collections.defaultdict(list)
    for index, group in enumerate(log.groups):
        if group.channel_group.cycles_nr == 0:
            continue
        members = {}
        for c in group.channels:
            parts = c.name.split(".")
            if len(parts) > 1 and parts[-2].split("_")[0] in ("CAN", "LIN", "FLX", "ETH", "MOST"):
                members.setdefault(parts[-1], c.name)
                kind = parts[-2]
        if not members:
            continue
        columns = {m: log.get(members[m], group=index, raw=m != "BusChannel") for m in MEMBERS if m in members}
        times = next(iter(columns.values())).timestamps
        for i in range(len(times)):
            row = {m: s.samples[i] for m, s in columns.items()}
            row = {m: bytes(bytearray(v)) if m == "DataBytes" else whole(v) for m, v in row.items()}
            if "DataBytes" in row:
                row["DataBytes"] = row["DataBytes"][: row.get("DataLength", 1 << 30)].hex()
            row["t"] = float(times[i])
            out[kind].append(row)
    return out


def listed(spur, path):
    out = collections.defaultdict(list)
    text = subprocess.run([spur, "messages", path, "--order", "file", "--json", "--no-progress"], capture_output=True).stdout
    for line in text.splitlines():
        d = json.loads(line)
        out[d["kind"]].append(d)
    return out


def same(w, g, start):
    ident = w.get("ID", w.get("EtherType"))
    if ident is not None and (g.get("frame_id", g.get("ether_type")) or 0) != (ident & 0x1FFFFFFF):
        return False
    if "BusChannel" in w and g["bus_channel"] != w["BusChannel"]:
        return False
    if "DataBytes" in w and g["data"] != w["DataBytes"]:
        return False
    if "Dir" in w and g["dir"] != ("tx" if w["Dir"] else "rx"):
        return False
    if "Source" in w and (g["source"], g["destination"]) != (w["Source"], w["Destination"]):
        return False
    return abs((g["log_time_ns"] - start) / 1e9 - w["t"]) < 1e-6


def main():
    spur, path = sys.argv[1:3]
    want, got = wanted(path), listed(spur, path)
    info = json.loads(subprocess.run([spur, "info", path, "--json"], capture_output=True).stdout.splitlines()[0])
    wrong = 0
    for kind in sorted(set(want) | set(got)):
        w, g = want[kind], got[kind]
        if len(w) != len(g):
            print("%s: %d wanted, %d listed" % (kind, len(w), len(g)))
            wrong += 1
            continue
        for i, (a, b) in enumerate(zip(w, g)):
            if not same(a, b, info["begin_ns"]):
                print("%s %d: %s is %s" % (kind, i, a, b))
                wrong += 1
                break
    print("%d frames of %d kinds" % (sum(map(len, want.values())), len(want)))
    sys.exit(wrong != 0 or not want)


main()
