"""The pictures of an extract against the recordings, read by the official MCAP library and Pillow.

    check_pictures.py EXTRACT RECORDING.mcap

Of every window of the recording's drive and every moment in it: the latest frame at or before that moment,
decoded and scaled down by area here, is what the extract has, but for the rounding of two JPEG decoders.
"""
import bisect
import io
import json
import sys

import numpy as np
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from PIL import Image

folder, recording = sys.argv[1:]
m = json.load(open(folder + "/manifest.json"))
c = m["cameras"][0]
step = round(1e9 / m["rate_hz"])
at, jpeg = [], []
with open(recording, "rb") as f:
    for _s, _c, message, decoded in make_reader(f, decoder_factories=[DecoderFactory()]).iter_decoded_messages(topics=c["name"]):
        at.append(message.log_time)
        jpeg.append(bytes(decoded.data))
assert at == sorted(at) and len(at) > 100, len(at)


def small(data):
    a = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.float64)
    ys = np.arange(c["height"] + 1) * a.shape[0] // c["height"]
    xs = np.arange(c["width"] + 1) * a.shape[1] // c["width"]
    a = np.add.reduceat(np.add.reduceat(a, ys[:-1], 0), xs[:-1], 1)
    return (a / (np.diff(ys)[:, None] * np.diff(xs)[None])[..., None]).transpose(2, 0, 1)


seen, worst, missing = 0, 0.0, 0
for s in m["shards"]:
    if s["format"] != "npz":
        continue
    z = np.load(folder + "/" + s["path"], allow_pickle=False)
    f = z[c["alias"]]
    assert f.dtype == np.uint8 and f.shape == (s["rows"], c["frames"], 3, c["height"], c["width"]), f.shape
    for w in range(s["rows"]):
        for k in range(c["frames"]):
            t = int(z["t_ns"][w]) + (2 * k + 1) * m["samples"] * step // (2 * c["frames"])
            i = bisect.bisect_right(at, t) - 1
            if i < 0 or t - at[i] > c["max_age_s"] * 1e9:
                assert not f[w, k].any()
                missing += 1
                continue
            worst = max(worst, np.abs(small(jpeg[i]) - f[w, k]).mean())
            seen += 1
assert seen > 50 and missing == m["missing_frames"], (seen, missing, m["missing_frames"])
assert worst < 2.5, worst
print("equal")
