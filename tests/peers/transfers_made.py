"""Payloads of made logs: fast packets of NMEA 2000 and ISO-TP with an address before it, put together a second time in
the plainest way and compared with what `spur cat --payloads` lists.

usage: transfers_made.py SPUR BUS_LOG FOLDER
The frames are random, with frames missing, doubled, swapped and mixed; the second reassembly sees only frames.
"""
import base64
import json
import random
import subprocess
import sys

FAST, PHYSICAL, ADDRESSED = 0x19F80500, 0x18CE0000, 0x6F1


def fast_frames(rng, source, sequence, payload):
    ident = "x%x" % (FAST | source)
    out = [(ident, bytes([sequence << 5, len(payload)]) + payload[:6])]
    rest = payload[6:]
    while rest:
        out.append((ident, bytes([sequence << 5 | len(out)]) + rest[:7].ljust(7, b"\xff")))
        rest = rest[7:]
    return out


def addressed_frames(rng, ident, address, payload):
    if len(payload) <= 6:
        return [(ident, bytes([address, len(payload)]) + payload)]
    out = [(ident, bytes([address, 0x10 | len(payload) >> 8, len(payload) & 255]) + payload[:5])]
    rest, n = payload[5:], 1
    while rest:
        out.append((ident, bytes([address, 0x20 | n & 15]) + rest[:6]))
        rest, n = rest[6:], n + 1
    return out


def traffic(rng):
    """Streams of frames of several senders, mixed; one in eight transfers is damaged."""
    streams = []
    for source in (5, 6):
        s = []
        for k in range(60):
            frames = fast_frames(rng, source, k % 8, rng.randbytes(rng.randint(1, 223)))
            if rng.random() < 0.12:
                at = rng.randrange(len(frames))
                frames = frames[:at] + frames[at + 1 :] if rng.random() < 0.5 else frames[:at] + frames[at : at + 1] * 2 + frames[at + 1 :]
            s += frames
        streams.append(s)
    for ident, address in (("%x" % ADDRESSED, 0x12), ("%x" % ADDRESSED, 0x60), ("x%x" % (PHYSICAL | 0xF110), 0x33)):
        s = []
        for _ in range(40):
            frames = addressed_frames(rng, ident, address, rng.randbytes(rng.choice([3, 6, 7, 20, 100, 300])))
            if rng.random() < 0.12:
                at = rng.randrange(len(frames))
                frames = frames[:at] + frames[at + 1 :]
            s += frames
        streams.append(s)
    out = []
    while any(streams):
        s = rng.choice([x for x in streams if x])
        out.append(s.pop(0))
    return out


def reassembled(frames):
    """By topic: payloads in the order of the frames that complete them."""
    out, open_fast, open_iso = {}, {}, {}
    for ident, d in frames:
        topic = ident.lstrip("x")
        if int(topic, 16) & 0xFFFFFF00 == FAST:
            key, n = (topic, d[0] >> 5), d[0] & 31
            if n == 0:
                open_fast[key] = [d[1], d[2:8], 1]
            elif key in open_fast and open_fast[key][2] == n:
                open_fast[key][1] += d[1:8]
                open_fast[key][2] += 1
            else:
                open_fast.pop(key, None)
            if key in open_fast and len(open_fast[key][1]) >= open_fast[key][0]:
                total, data, _ = open_fast.pop(key)
                out.setdefault(topic, []).append(data[:total])
            continue
        key, kind = (topic, d[0]), d[1] >> 4
        if kind == 0:
            open_iso.pop(key, None)
            out.setdefault(topic, []).append(d[2 : 2 + (d[1] & 15)])
        elif kind == 1:
            open_iso[key] = [(d[1] & 15) << 8 | d[2], d[3:], 1]
        elif kind == 2 and key in open_iso:
            if open_iso[key][2] & 15 != d[1] & 15:
                open_iso.pop(key)
                continue
            open_iso[key][1] += d[2:]
            open_iso[key][2] += 1
            if len(open_iso[key][1]) >= open_iso[key][0]:
                total, data, _ = open_iso.pop(key)
                out.setdefault(topic, []).append(data[:total])
    return out


def listed(spur, log, dbc):
    out = {}
    run = subprocess.run([spur, "cat", log, "--payloads", "--dbc", dbc, "-s", "*payload", "--json"], check=True, capture_output=True)
    for line in run.stdout.splitlines():
        for name, value in json.loads(line)["v"].items():
            out.setdefault(name.split(":")[1].split(".")[0].lower(), []).append(base64.b64decode(value))
    return out


def main():
    spur, bus_log, folder = sys.argv[1:4]
    dbc, log = folder + "/made.dbc", folder + "/made.mf4"
    with open(dbc, "w") as f:
        f.write('BO_ %d Position: 223 X\n SG_ sid : 0|8@1+ (1,0) [0|0] "" X\n' % (FAST | 0x800000FE))
        f.write('BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";\n')
        f.write('BA_ "VFrameFormat" BO_ %d 3;\n' % (FAST | 0x800000FE))
    total = wrong = 0
    for seed in range(3):
        frames = traffic(random.Random(seed))
        text = "".join("%.6f CAN_DataFrame 1 %s %s\n" % (i * 0.0005, ident, d.hex()) for i, (ident, d) in enumerate(frames))
        subprocess.run([bus_log, log], input=text.encode(), check=True)
        want, got = reassembled(frames), listed(spur, log, dbc)
        total += sum(map(len, want.values()))
        if want != got:
            wrong += 1
            for key in sorted(set(want) | set(got)):
                print("seed %d, %s: %d wanted, %d listed" % (seed, key, len(want.get(key, [])), len(got.get(key, []))))
    print("%d payloads" % total)
    sys.exit(wrong)


main()
