"""Values of LIN frames by a LIN description file.

usage: ldf.py make FILE.ldf        prints frames and what ldfparser (0.26.0) decodes from them, a JSON object a line
       ldf.py check SPUR BUS_LOG FILE.ldf VALUES FOLDER    compares `spur cat` with such lines, without ldfparser
"""
import base64
import json
import random
import subprocess
import sys


def make(path):
    import ldfparser

    ldf = ldfparser.parse_ldf(path)
    rng = random.Random(7)
    for k in range(60):
        for frame in sorted(ldf.get_unconditional_frames(), key=lambda f: f.frame_id):
            data = rng.randbytes(frame.length) if k > 1 else bytes([255 * k] * frame.length)
            raw = frame.decode_raw(data)
            values = {}
            for signal in (s for _, s in frame.signal_map):
                v = raw[signal.name]
                if isinstance(v, (list, tuple)):
                    values[signal.name] = {"bytes": bytes(v).hex()}
                elif signal.encoding_type is None:
                    values[signal.name] = {"raw": v, "value": v}
                else:
                    try:
                        values[signal.name] = {"raw": v, "value": signal.encoding_type.decode(v, signal, False)}
                    except ValueError:  # outside of all its values
                        values[signal.name] = {"raw": v}
            print(json.dumps({"frame": frame.name, "id": frame.frame_id, "data": data.hex(), "values": values}))


def rows(spur, log, ldf, *more):
    run = subprocess.run([spur, "cat", log, "--dbc", ldf, "--json", "-s", "[A-Z]*.[A-Z]*"] + list(more), check=True, capture_output=True)
    out = {}
    for line in run.stdout.splitlines():
        d = json.loads(line)
        if any(n.startswith("LIN_Frame") for n in d["v"]):
            continue
        out.setdefault(d["stream"], []).append({n.split(".")[-1]: v for n, v in d["v"].items()})
    return out


def check(spur, bus_log, ldf, values, folder):
    want = [json.loads(x) for x in open(values)]
    log = folder + "/lin.mf4"
    # The two bits of parity are not part of the identifier.
    text = "".join("%.3f LIN_Frame 2 %x %s\n" % (i * 0.01, w["id"] | (i % 4) << 6, w["data"]) for i, w in enumerate(want))
    subprocess.run([bus_log, log], input=text.encode(), check=True)
    got, wrong, compared = rows(spur, log, ldf), 0, 0
    for w in want:
        row = got[w["frame"]].pop(0)
        for name, v in w["values"].items():
            mine = row.get(name)
            if "bytes" in v:
                same = base64.b64decode(mine) == bytes.fromhex(v["bytes"])
            elif isinstance(v.get("value"), str):
                same = mine == v["value"]
            elif "value" in v:
                same = abs(mine - v["value"]) <= 1e-9 * max(1, abs(v["value"]))
            else:
                continue
            compared += 1
            if not same:
                wrong += 1
                print("%s.%s of %s: %r, not %r" % (w["frame"], name, w["data"], mine, v))
    print("%d values, %d differ" % (compared, wrong))
    sys.exit(wrong > 0 or any(got.values()))


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    check(*sys.argv[2:])
