"""Decodes random frames of every message of databases with canmatrix, and compares counts and sums of the raw values with
what `spur stats --dbc --raw` makes of a log of these frames, which asammdf writes.

usage: dbc.py SPUR FOLDER DBC...    (the folder is for the log)
Prints a line for each database; exit status 1 if any signal differs.
"""
import json
import logging
import os
import random
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import canmatrix.formats  # noqa: E402
import numpy as np  # noqa: E402
from asammdf import MDF, Signal  # noqa: E402

FRAMES = 12  # of each message
MESSAGES = 60  # of each database


def payload(rng, size, k):
    """The first all zeros; every second one with a small first byte, so that multiplexors meet their values."""
    data = bytes(rng.randrange(256) if k else 0 for _ in range(size))
    return bytes([rng.randrange(8)]) + data[1:] if k % 2 else data


def frames_of(db):
    """The frames as (identifier, extended, bytes), and the raw values by (identifier, signal)."""
    rng = random.Random(5)
    rows, values = [], {}
    for message in db.frames[:MESSAGES]:
        if not 0 < message.size <= 64:
            continue
        key = message.arbitration_id
        for k in range(FRAMES):
            data = payload(rng, message.size, k)
            rows.append((key.id, key.extended, data))
            for name, signal in message.decode(data).items():
                values.setdefault((key.id, name), []).append(float(signal.raw_value))
    return rows, values


def write_log(rows, path):
    width = 64 if max(len(data) for _, _, data in rows) > 8 else 8
    members = [("BusChannel", "<u1"), ("ID", "<u4"), ("IDE", "<u1"), ("DLC", "<u1"), ("DataLength", "<u1")]
    types = [("CAN_DataFrame." + name, t) for name, t in members] + [("CAN_DataFrame.DataBytes", "(%d,)u1" % width)]
    records = np.zeros(len(rows), dtype=types)
    for i, (identifier, extended, data) in enumerate(rows):
        records[i] = (1, identifier, extended, min(len(data), 15), len(data), list(data.ljust(width, b"\0")))
    log = MDF(version="4.10")
    log.append(Signal(records, np.arange(len(rows)) * 0.01, name="CAN_DataFrame"))
    log.save(path, overwrite=True)


def decoded(spur, log, dbc):
    text = subprocess.run([spur, "stats", log, "--dbc", dbc, "--raw", "--json"], check=True, capture_output=True).stdout
    rows = [json.loads(line) for line in text.splitlines()]
    return {(r["frame_id"], r["name"].split(".")[-1]): (r["n"], r["sum"]) for r in rows}


def differs(want, got):
    if got is None or got[0] != len(want) or got[1] is None:
        return True
    return abs(got[1] - sum(want)) > 1e-6 * max(1, abs(sum(want)))


def main():
    spur, folder = sys.argv[1:3]
    log = os.path.join(folder, "frames.mf4")
    bad = 0
    for dbc in sys.argv[3:]:
        rows, want = frames_of(canmatrix.formats.loadp_flat(dbc, dbcImportEncoding="cp1252"))
        write_log(rows, log)
        got = decoded(spur, log, dbc)
        wrong = [key for key, values in want.items() if differs(values, got.get(key))]
        print("%s: %d signals, %d differ" % (os.path.basename(dbc), len(want), len(wrong)), *wrong[:3])
        bad += len(wrong)
    sys.exit(bad > 0)


main()
