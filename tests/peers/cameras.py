"""cameras.py DIR: the pictures that spur demo make wrote, read by mcap, mcap_ros2 and (where it is) Pillow."""
import bisect
import io
import json
import random
import sys

import numpy as np
from asammdf import MDF
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory

try:
    from PIL import Image
except ImportError:
    try:
        sys.path.append("/usr/lib/python3/dist-packages")  # Debian's: same Python, and Pillow needs nothing else
        from PIL import Image
    except ImportError:
        Image = None

folder, n = sys.argv[1], 0
truth = json.load(open(f"{folder}/truth.json"))
drive = truth["drives"][0]
clock = drive["clock"]
random.seed(1)
WIDTH = {"car": 1.8, "van": 2.0, "truck": 2.5}  # man/spur-demo.1
BACK = 1.6


def ok(good, name):
    global n
    n += 1
    print(f"{'ok' if good else 'not ok'} - {name}")


def seconds(log_time):
    t = log_time - clock["t0_ns"] - clock["offset_ns"]
    return t / (1 + clock["drift_ppb"] / 1e9) / 1e9


def stamp(v):
    return v.sec * 10**9 + v.nanosec


path = f"{folder}/{drive['mcap']}"
got = {}
with open(path, "rb") as f:
    reader = make_reader(f, decoder_factories=[DecoderFactory()], validate_crcs=True)
    summary = reader.get_summary()
    topics = sorted(c.topic for c in summary.channels.values() if c.topic.startswith("/camera"))
    for schema, channel, msg, v in reader.iter_decoded_messages(topics=topics):
        got.setdefault(channel.topic, []).append((msg.log_time, v, msg.sequence))
front, info = got["/camera/front/image/compressed"], got["/camera/front/camera_info"]
marks, rear = got["/camera/front/annotations"], got["/camera/rear/image_raw"]
length = (drive["end_ns"] - drive["begin_ns"]) / 1e9

# frames
times = np.array([t for t, _, _ in front])
lost = front[-1][2] - front[0][2] + 1 - len(front)
late = np.array([t - stamp(v.header.stamp) for t, v, _ in front]) / 1e6
ok(abs(len(front) + lost - 30 * length) < 3 and lost < 0.02 * len(front), f"30 frames a second, {lost} of {len(front) + lost} lost")
ok(np.all(np.diff(times) > 0) and 5 < np.median(late) < 12 and late.min() > 3 and late.max() < 45 and late.std() > 0.5,
   f"logged after the exposure: {late.min():.1f}, {np.median(late):.1f}, {late.max():.1f} ms")
gaps = np.diff([stamp(v.header.stamp) for _, v, _ in front]) / 1e6
ok(abs(np.median(gaps) - 33.3) < 0.7, "a regular shutter")
ok(all(v.format == "jpeg" and v.header.frame_id == "camera_front" for _, v, _ in front), "as JPEG")
k = np.array(info[0][1].k).reshape(3, 3)
p = np.array(info[0][1].p).reshape(3, 4)
ok(len(info) >= length - 2 and np.array_equal(p[:, :3], k) and not any(info[0][1].d) and k[2, 2] == 1 and k[0, 0] == k[1, 1] > 0,
   "a calibration every second: K is in P, no distortion")
size = (info[0][1].width, info[0][1].height)
if Image:
    good = 0
    for _, v, _ in random.sample(front, 20):
        im = Image.open(io.BytesIO(bytes(v.data)))
        a = np.frombuffer(im.convert("RGB").tobytes(), np.uint8)
        good += im.format == "JPEG" and im.size == size and a.std() > 15
    ok(good == 20, "20 random frames decode, of the size of the calibration")
good = 0
for _, v, _ in random.sample(rear, min(20, len(rear))):
    a = np.frombuffer(bytes(v.data), np.uint8).reshape(v.height, v.step)
    green = abs(a[0::2, 1::2].astype(float) - a[1::2, 0::2])  # neighbours of one colour in the mosaic
    good += v.encoding == "bayer_rggb8" and v.step == v.width and a.std() > 15 and np.median(green) < 6
ok(good == min(20, len(rear)), "and raw ones")
ok(abs(len(rear) - 2 * length) < 3, "2 a second")

# annotations
m = MDF(f"{folder}/{drive['mf4']}")
dist = m.get("LeadDist")
worst, told, inside, nearest = 0, 0, 0, 0
for t, v, _ in marks:
    box, text = v.points[0], v.texts[0].text.split()
    xs, ys = [q.x for q in box.points], [q.y for q in box.points]
    at = seconds(stamp(box.timestamp))
    i = min(bisect.bisect_left(dist.timestamps, at), len(dist.samples) - 1)
    # A step of the radar (somebody cuts in) within half a sample: either is right.
    want = min((float(dist.samples[j]) for j in (max(i - 1, 0), i)), key=lambda d: abs(d - float(text[1])))
    told += abs(float(text[1]) - want) < 0.5 + 1.2
    inside += 0 <= min(xs) <= max(xs) <= size[0] and 0 <= min(ys) <= max(ys) <= size[1] and box.type == 2 and len(xs) == 4
    if 0 < min(xs) and max(xs) < size[0]:
        d = k[0, 0] * WIDTH[text[0]] / (max(xs) - min(xs)) - BACK
        worst = max(worst, abs(d - float(text[1])))
    j = bisect.bisect_right(times, t) - 1
    nearest += stamp(front[j][1].header.stamp) == stamp(box.timestamp)
ok(len(marks) > 0.5 * len(front), f"{len(marks)} of {len(front)} frames have the box of the vehicle ahead")
ok(inside == len(marks), "a closed line of four points in the picture")
ok(nearest == len(marks), "each lies behind its frame, with its stamp")
ok(worst < 0.56, f"its width is the distance by the calibration, off by {worst:.2f} m with the rounding of the text")
ok(told >= 0.98 * len(marks), f"the text says what the radar measured: {told} of {len(marks)}")

# chunks
pictures = {c.id for c in summary.channels.values() if c.topic.startswith("/camera")}
mixed = [c for c in summary.chunk_indexes if 0 < len(pictures & set(c.message_index_offsets)) < len(c.message_index_offsets)]
jpeg = [c for c in summary.chunk_indexes if {summary.channels[i].topic for i in c.message_index_offsets} == {"/camera/front/image/compressed"}]
ok(not mixed, "no chunk holds pictures and signals")
ok(jpeg and all(c.compression == "" and c.uncompressed_size < 1.1 * 2**20 for c in jpeg), "JPEG as it is, by the megabyte")
print(f"1..{n}")
