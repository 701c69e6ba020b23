"""Camera frames of spur against other readers: the official MCAP library, mcap-ros2, Pillow and numpy.

    frames.py cursors SPUR_TOOL FILE TOPIC OFFSET DRIFT REF COUNT
    frames.py pixels SPUR FILE FOLDER

Prints TAP lines. Payloads of ROS 1, Protobuf and JSON are taken apart here, by their layout.
"""
import base64
import bisect
import io
import json
import random
import struct
import subprocess
import sys

import numpy as np
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from PIL import Image

NONE = -(1 << 63)


def claim(good, text):
    print(f"{'ok' if good else 'not ok'} - {text}")


def messages(path):
    """Every message in order of the file."""
    with open(path, "rb") as f:
        return list(make_reader(f).iter_messages(log_time_order=False))


# ---- which frame is shown at t


def drive_time(t, offset, drift, ref):
    num = drift * (t - ref)
    half = 500_000_000
    q = (abs(num) + half) // 1_000_000_000
    return t - (offset + (q if num >= 0 else -q))


def cursors(tool, path, topic, offset, drift, ref, count):
    times = [m.log_time for _, c, m in messages(path) if c.topic == topic]
    times = sorted(drive_time(t, offset, drift, ref) for t in times)
    rng = random.Random(len(times) * 7919 + drift)
    span = (times[0] - 50_000_000, times[-1] + 50_000_000)
    asked = [rng.choice(times) + rng.randint(-2, 2) if i % 2 else rng.randint(*span) for i in range(count)]
    out = subprocess.run([tool, path, topic, str(offset), str(drift), str(ref)], check=True, text=True,
                         input="\n".join(map(str, asked)), stdout=subprocess.PIPE).stdout.split("\n")
    wrong = 0
    for t, got in zip(asked, out):
        i = bisect.bisect_right(times, t) - 1
        want = "none"
        if i >= 0:
            before = times[i - 1] if i > 0 else NONE
            after = times[i + 1] if i + 1 < len(times) else NONE
            want = f"{i} {len(times)} {times[i]} {before} {after}"
        if got != want:
            wrong += 1
            print(f"# at {t}: got {got}, want {want}")
    claim(wrong == 0, f"{count} cursors on {len(times)} frames of {topic}, drift {drift} ppb")


# ---- what a message holds: a dict of format or encoding, width, height, step, big, data, stamp


def from_cdr(m, schema):
    """Plain CDR, little endian, by hand: mcap-ros2 does not know every spelling of a time in a schema."""
    at = 4

    def u32():
        nonlocal at
        at += -at % 4
        at += 4
        return struct.unpack_from("<I", m.data, at - 4)[0]

    def text():
        nonlocal at
        n = u32()
        at += n
        return m.data[at - n:at]

    got = {"stamp": u32() * 10**9 + u32()}
    text()
    if "Compressed" in schema.name:
        got["format"] = text()[:-1].decode()
    else:
        got["height"], got["width"] = u32(), u32()
        got["encoding"] = text()[:-1].decode()
        got["big"] = m.data[at] != 0
        at += 1
        got["step"] = u32()
    got["data"] = text()
    return got


def from_ros2(m, schema, ros2):
    try:
        v = ros2.decoder_for("cdr", schema)(m.data)
    except NotImplementedError:
        return from_cdr(m, schema)
    got = {"data": bytes(v.data), "stamp": v.header.stamp.sec * 10**9 + v.header.stamp.nanosec}
    if "Compressed" in schema.name:
        got["format"] = v.format
    else:
        got.update(encoding=v.encoding, width=v.width, height=v.height, step=v.step, big=v.is_bigendian != 0)
    return got


def from_ros1(m, schema):
    at = 0

    def take(fmt):
        nonlocal at
        v = struct.unpack_from("<" + fmt, m.data, at)
        at += struct.calcsize("<" + fmt)
        return v if len(v) > 1 else v[0]

    def text():
        nonlocal at
        n = take("I")
        at += n
        return m.data[at - n:at]

    _, sec, nsec = take("III")
    text()
    got = {"stamp": sec * 10**9 + nsec}
    if "Compressed" in schema.name:
        got["format"] = text().decode()
    else:
        got["height"], got["width"] = take("II")
        got["encoding"] = text().decode()
        got["big"], got["step"] = take("BI")
    got["data"] = text()
    return got


def proto_fields(b):
    at = 0

    def varint():
        nonlocal at
        v = shift = 0
        while True:
            c = b[at]
            at += 1
            v |= (c & 127) << shift
            shift += 7
            if c < 128:
                return v

    out = {}
    while at < len(b):
        key = varint()
        wire = key & 7
        if wire == 0:
            v = varint()
        elif wire == 1:
            v, at = struct.unpack_from("<Q", b, at)[0], at + 8
        elif wire == 5:
            v, at = struct.unpack_from("<I", b, at)[0], at + 4
        else:
            n = varint()
            v, at = b[at:at + n], at + n
        out[key >> 3] = v
    return out


def from_protobuf(m, schema):
    f = proto_fields(m.data)
    t = proto_fields(f.get(1, b""))
    got = {"stamp": t.get(1, 0) * 10**9 + t.get(2, 0)}
    if "Compressed" in schema.name:
        got.update(format=f.get(3, b"").decode(), data=f.get(2, b""))
    else:
        got.update(width=f.get(2, 0), height=f.get(3, 0), encoding=f.get(4, b"").decode(), step=f.get(5, 0), data=f.get(6, b""),
                   big=False)
    return got


def from_json(m):
    v = json.loads(m.data)
    t = v.get("timestamp", {"sec": 0, "nsec": 0})
    return {"stamp": t["sec"] * 10**9 + t["nsec"], "format": v.get("format", ""), "data": base64.b64decode(v["data"])}


# ---- pixels


def limits(a):
    return np.clip(np.floor(a + 0.5), 0, 255).astype(np.uint8)


def stretched(a):
    a = a.astype(np.float64)
    good = np.isfinite(a)
    lo, hi = a[good].min(), a[good].max()
    out = np.zeros(a.shape)
    if hi > lo:
        out[good] = (a[good] - lo) / (hi - lo) * 255
    return limits(out)


def yuv(y, u, v):
    y, u, v = (x.astype(np.float64) for x in (y, u, v))
    luma = 255 / 219 * (y - 16)
    return limits(np.stack([luma + 255 / 224 * 1.402 * (v - 128),
                            luma - 255 / 224 * (0.344136 * (u - 128) + 0.714136 * (v - 128)),
                            luma + 255 / 224 * 1.772 * (u - 128)], -1))


def demosaiced(mosaic, pattern):
    h, w = mosaic.shape
    pad = np.pad(mosaic.astype(np.int64), 1, mode="reflect")
    own = np.array([[pattern[y % 2 * 2 + x % 2] for x in range(-1, w + 1)] for y in range(-1, h + 1)])
    out = np.zeros((h, w, 3), np.uint8)
    for k, colour in enumerate("rgb"):
        for y in range(h):
            for x in range(w):
                if own[y + 1, x + 1] == colour:
                    out[y, x, k] = mosaic[y, x]
                    continue
                near = [pad[j, i] for j in range(y, y + 3) for i in range(x, x + 3)
                        if own[j, i] == colour and (colour != "g" or abs(j - y - 1) + abs(i - x - 1) == 1)]
                out[y, x, k] = (sum(near) + len(near) // 2) // len(near)
    return out


def unpacked(p):
    """None: not an encoding that anybody knows."""
    e, w, h, big = p["encoding"], p["width"], p["height"], ">" if p["big"] else "<"
    raw = np.frombuffer(p["data"], np.uint8)

    def plane(dtype, per_pixel, width=w):
        size = np.dtype(dtype).itemsize * per_pixel * width
        step = p["step"] or size
        rows = [raw[y * step:y * step + size] for y in range(h)]
        return np.frombuffer(np.concatenate(rows).tobytes(), big + dtype if dtype != "u1" else dtype).reshape(h, width, per_pixel)

    if e in ("rgb8", "bgr8", "8UC3", "rgba8", "bgra8"):
        a = plane("u1", 4 if "a" in e else 3)[:, :, :3]
        return a if e.startswith("rgb") else a[:, :, ::-1]
    if e in ("mono8", "8UC1"):
        return np.repeat(plane("u1", 1), 3, 2)
    wide = {"mono16": "u2", "16UC1": "u2", "32FC1": "f4", "64FC1": "f8"}
    if e in wide:
        return np.repeat(stretched(plane(wide[e], 1)), 3, 2)
    if e in ("yuv422", "uyvy", "yuv422_yuy2", "yuyv"):
        q = plane("u1", 4, w // 2)
        first = e in ("yuv422_yuy2", "yuyv")
        y = q[:, :, (0, 2) if first else (1, 3)].reshape(h, w)
        u, v = (np.repeat(q[:, :, i], 2, 1) for i in ((1, 3) if first else (0, 2)))
        return yuv(y, u, v)
    if e in ("nv12", "nv21", "nv24"):
        step = p["step"] or w
        y = plane("u1", 1)[:, :, 0]
        stride = 2 * step if e == "nv24" else step
        rows = [raw[step * h + j * stride:][:2 * w if e == "nv24" else w] for j in range(h if e == "nv24" else h // 2)]
        c = np.array(rows).reshape(len(rows), -1, 2)
        if e != "nv24":
            c = c.repeat(2, 0).repeat(2, 1)
        return yuv(y, c[:, :, 1 if e == "nv21" else 0], c[:, :, 0 if e == "nv21" else 1])
    if e.startswith("bayer_"):
        a = plane("u2" if e.endswith("16") else "u1", 1)[:, :, 0]
        return demosaiced(stretched(a) if e.endswith("16") else a, e[6:10])
    return None


def expected(p):
    """Pixels and how far off each may be; None: cannot be decoded."""
    if "encoding" in p:
        return unpacked(p), 1 if p["encoding"][:2] in ("yu", "uy", "nv") else 0
    if p["data"][:3] == b"\xff\xd8\xff":
        return np.asarray(Image.open(io.BytesIO(p["data"])).convert("RGB")), 3
    if p["data"][:4] == b"\x89PNG":
        return np.asarray(Image.open(io.BytesIO(p["data"])).convert("RGB")), 0
    if p["data"][12:16] == b"\x89PNG":  # compressed_depth_image_transport: a header of 12 bytes, 16-bit greys
        grey = np.asarray(Image.open(io.BytesIO(p["data"][12:])))
        return np.repeat(stretched(grey.astype("u2")[:, :, None]), 3, 2), 0
    return None, 0


def frame(spur, path, camera, index, out):
    return subprocess.run([spur, "frame", path, camera, "--index", str(index), "-o", out, "--json"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def check_frame(spur, path, folder, camera, index, count, m, p):
    out = f"{folder}/frame.png"
    got = frame(spur, path, camera, index, out)
    want, slack = expected(p)
    if want is None:
        if got.returncode != 1 or camera not in got.stderr:
            return f"code {got.returncode}, but nobody can decode it: {got.stderr}"
        return None
    if got.returncode not in (0, 3):
        return got.stderr
    row = json.loads(got.stdout)
    if (row["index"], row["count"], row["t_ns"]) != (index, count, m.log_time):
        return f"place: {row}"
    if row.get("stamp_ns", 0) != p["stamp"]:
        return f"stamp {p['stamp']}: {row}"
    have = np.asarray(Image.open(out).convert("RGB"))
    if have.shape != want.shape or (row["height"], row["width"]) != want.shape[:2]:
        return f"shape {have.shape}, want {want.shape}"
    off = np.abs(have.astype(int) - want.astype(int)).max()
    return f"off by {off}" if off > slack else None


def pixels(spur, path, folder):
    ros2 = DecoderFactory()
    readers = {"cdr": lambda m, s: from_ros2(m, s, ros2), "ros1": from_ros1, "protobuf": from_protobuf,
               "json": lambda m, s: from_json(m)}
    topics = {}
    for schema, channel, m in messages(path):
        if schema is not None and schema.name.split("/")[-1].split(".")[-1] in ("CompressedImage", "Image", "RawImage") and \
                channel.message_encoding in readers:
            topics.setdefault(channel.topic, []).append((schema, channel, m))
    listed = subprocess.run([spur, "frame", path, "--list", "--json"], text=True, stdout=subprocess.PIPE, check=True).stdout
    listed = {json.loads(line)["topic"]: json.loads(line)["frames"] for line in listed.splitlines()}
    claim(all(listed.get(t) == len(rows) for t, rows in topics.items()) and topics, f"{len(topics)} cameras are listed with their frames")
    for topic, rows in topics.items():
        rows.sort(key=lambda r: r[2].log_time)
        why = []
        for i, (schema, channel, m) in enumerate(rows):
            bad = check_frame(spur, path, folder, topic, i, len(rows), m, readers[channel.message_encoding](m, schema))
            if bad is not None:
                why.append(f"frame {i}: {bad}")
        claim(not why, f"{topic}: {len(rows)} frames")
        for w in why[:5]:
            print("# " + w.replace("\n", " "))


def main():
    if sys.argv[1] == "cursors":
        tool, path, topic = sys.argv[2:5]
        cursors(tool, path, topic, *map(int, sys.argv[5:9]))
    else:
        pixels(*sys.argv[2:5])


main()
