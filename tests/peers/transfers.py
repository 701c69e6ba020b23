"""Puts ISO-TP and J1939 transfers of the frames that asammdf reads together, and compares them with what
`spur cat --payloads` lists.

usage: transfers.py SPUR LOG ISO-ID,...    (hexadecimal; the identifiers that carry ISO-TP)
The textbook way, one list per stream of frames, without any of the bounds that spur has.
"""
import base64
import json
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402
from asammdf import MDF  # noqa: E402


def frames(path):
    """(identifier, extended, bytes) of each frame, group by group."""
    log = MDF(path)
    for index, group in enumerate(log.groups):
        names = [c.name for c in group.channels]
        if "CAN_DataFrame.ID" not in names or group.channel_group.cycles_nr == 0:
            continue
        ids = log.get("CAN_DataFrame.ID", group=index).samples.astype(np.uint32) & 0x1FFFFFFF
        data = log.get("CAN_DataFrame.DataBytes", group=index).samples
        lengths = log.get("CAN_DataFrame.DataLength", group=index).samples
        for i, d, n in zip(ids, data, lengths):
            yield int(i), bytes(bytearray(d))[: int(n)]


def iso(stream):
    out, have, total, want = [], None, 0, 0
    for d in stream:
        kind = d[0] >> 4
        if kind == 0 and 0 < d[0] < len(d):
            out.append(d[1 : 1 + d[0]])
            have = None
        elif kind == 1:
            total, have, want = (d[0] & 15) << 8 | d[1], d[2:], 1
        elif kind == 2 and have is not None:
            if d[0] & 15 != want % 16:
                have = None
                continue
            have, want = have + d[1:], want + 1
            if len(have) >= total:
                out.append(have[:total])
                have = None
    return out


def j1939(stream):
    """By identifier that the group would have: frames of one source, to everybody only."""
    out, have, total, want, pgn = {}, None, 0, 0, 0
    for i, d in stream:
        if i >> 16 & 0xFF == 0xEC and d[0] == 32:
            total, have, want = d[1] | d[2] << 8, b"", 1
            pgn = d[5] | d[6] << 8 | d[7] << 16
        elif i >> 16 & 0xFF == 0xEB and have is not None:
            if d[0] != want:
                have = None
                continue
            have, want = have + d[1:8], want + 1
            if len(have) >= total:
                out.setdefault(0x18000000 | pgn << 8 | i & 0xFF, []).append(have[:total])
                have = None
    return out


def expected(path, iso_ids):
    streams = {}
    for i, d in frames(path):
        if i in iso_ids:
            streams.setdefault(i, []).append(d)
        elif i >> 16 & 0xFF in (0xEB, 0xEC) and i >> 8 & 0xFF == 0xFF:
            streams.setdefault(i & 0xFF | 0x80000000, []).append((i, d))
    out = {}
    for key, stream in streams.items():
        if key < 0x80000000:
            out[key] = iso(stream)
        else:
            out.update(j1939(stream))
    return {k: v for k, v in out.items() if v}


def listed(spur, path):
    out = {}
    text = subprocess.run([spur, "cat", path, "--payloads", "-s", "*payload", "--json"], check=True, capture_output=True).stdout
    for line in text.splitlines():
        for name, value in json.loads(line)["v"].items():
            out.setdefault(int(name.split(":")[1].split(".")[0], 16), []).append(base64.b64decode(value))
    return out


def main():
    spur, path = sys.argv[1:3]
    want, got = expected(path, {int(x, 16) for x in sys.argv[3].split(",") if x}), listed(spur, path)
    if want != got:
        for key in sorted(set(want) | set(got)):
            print("%X: %d wanted, %d listed" % (key, len(want.get(key, [])), len(got.get(key, []))))
        sys.exit(1)
    print("%d payloads of %d identifiers" % (sum(map(len, want.values())), len(want)))


main()
