"""Synthetic extract in the format of spur extract, for the tests of the recipes.

    make_shards.py DIR [--drives N] [--per-drive N] [--seed K] [--noise X] [--camera]

Eight signals at 25 Hz over 4 s; each class is a shape in one or two signals, drives differ in
offset, gain and noise. With --camera, four pictures of 24x16 show a bright box that grows when
braking or cut in, wanders at a lane change, pulses in stop and go; "gap" is then noise, so that
only the pictures tell a cut-in from cruising. The last quarter of the drives is test, the one before val.
"""

import argparse
import hashlib
import json
import os

import numpy as np

CLASSES = ["cruise", "hard_braking", "lane_change", "cut_in", "stop_and_go"]
SIGNALS = ["speed", "accel_x", "accel_y", "yaw_rate", "steering", "brake", "gap", "throttle"]
RATE, SECONDS = 25, 4


def window(rng, cls, n):
    t = np.linspace(0, 1, n)
    x = rng.standard_normal((len(SIGNALS), n)) * 0.3
    x[0] += 20
    x[6] += 40
    at, size = rng.uniform(0.2, 0.6), rng.uniform(0.8, 1.3)
    bump = np.exp(-((t - at) / 0.15) ** 2) * size
    if cls == 1:
        x[1] -= 6 * bump
        x[5] += 40 * bump
        x[0] -= 8 * np.cumsum(bump) / n
    elif cls == 2:
        x[3] += 3 * np.sin(2 * np.pi * np.clip((t - at + 0.3) / 0.6, 0, 1)) * size
        x[4] += 10 * np.sin(2 * np.pi * np.clip((t - at + 0.3) / 0.6, 0, 1)) * size
    elif cls == 3:
        x[6] -= 25 * (t > at) * size
        x[1] -= 1.0 * bump
    elif cls == 4:
        x[0] = 6 * size * (1 + np.sin(2 * np.pi * (t * 1.2 + at))) + rng.standard_normal(n) * 0.3
        x[7] += 5 * np.sin(2 * np.pi * (t * 1.2 + at))
    return x


def pictures(rng, cls):
    """u8[4,3,16,24]"""
    f = rng.normal(90, 8, (4, 3, 16, 24))
    x, size = 11 + rng.uniform(-1, 1), 3.0
    for k in range(4):
        if cls in (1, 3):
            size = 3 + 1.3 * k
        elif cls == 4:
            size = 5 + 2 * (k % 2)
        x = {2: 5 + 4 * k, 3: 20 - 3 * k}.get(cls, x)
        y0, y1, x0, x1 = (int(round(v)) for v in (8 - size / 2, 8 + size / 2, x - size / 2, x + size / 2))
        f[k, :, max(0, y0):y1, max(0, x0):x1] += 80
    return np.clip(f, 0, 255).astype(np.uint8)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("dir")
    a.add_argument("--drives", type=int, default=8)
    a.add_argument("--per-drive", type=int, default=80)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--noise", type=float, default=1.0)
    a.add_argument("--camera", action="store_true")
    o = a.parse_args()
    os.makedirs(o.dir, exist_ok=True)
    rng = np.random.Generator(np.random.PCG64(o.seed))
    n, shards = RATE * SECONDS, []
    for d in range(o.drives):
        split = "test" if d >= o.drives * 3 // 4 else "val" if d >= o.drives // 2 else "train"
        y = rng.choice(5, o.per_drive, p=[0.5, 0.15, 0.15, 0.1, 0.1]).astype(np.int64)
        x = np.stack([window(rng, c, n) for c in y])
        x *= rng.uniform(0.9, 1.1, (1, len(SIGNALS), 1))
        x += rng.standard_normal(x.shape) * np.array([.3, .5, .5, .3, 1, 2, 2, 1])[None, :, None] * o.noise
        x = x.astype(np.float32)
        x[rng.random(x.shape[:2]) < 0.02] = np.nan
        x[rng.random(x.shape) < 0.01] = np.nan
        more = {}
        if o.camera:
            x[:, 6] = rng.standard_normal(x[:, 6].shape).astype(np.float32)
            x[y == 3, 1] = x[y == 3, 7] * 0.3
            more["front"] = np.stack([pictures(rng, c) for c in y])
            more["front"][rng.random(len(y)) < 0.02] = 0
        path = "drive%02d.npz" % d
        name = "drive-%02d" % d
        np.savez(os.path.join(o.dir, path), x=x, y=y, t_ns=np.arange(o.per_drive, dtype=np.int64) * 10**9,
                 drive=np.full(o.per_drive, name), segment=(np.arange(o.per_drive) // 4).astype(np.int64),
                 valid=np.isfinite(x).mean((1, 2)).astype(np.float32), **more)
        with open(os.path.join(o.dir, path), "rb") as f:
            sha = hashlib.sha256(f.read()).hexdigest()
        shards.append({"path": path, "sha256": sha, "split": split, "drive": name, "rows": o.per_drive, "format": "npz"})
    root = hashlib.sha256("".join(s["sha256"] for s in shards).encode()).hexdigest()
    with open(os.path.join(o.dir, "manifest.json"), "w") as f:
        json.dump({"cameras": [{"alias": "front", "frames": 4, "height": 16, "width": 24}] if o.camera else [], "v": 1, "classes": CLASSES, "signals": SIGNALS, "rate_hz": RATE, "window_s": SECONDS,
                   "dataset": "synthetic", "merkle_root": root, "shards": shards}, f)


if __name__ == "__main__":
    main()
