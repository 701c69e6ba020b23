"""Windows of an extract: manifest.json and npz shards, checked before anything is learnt.

    manifest.json  {classes, signals, rate_hz, window_s, merkle_root, dataset,
                    cameras: [{alias, frames, height, width}], none without pictures,
                    shards: [{path, sha256, split, drive, rows, format}]}
    shard.npz      x f32[N,C,T] (NaN: missing)  y i64[N]  t_ns  drive  segment  valid
                   ALIAS u8[N,K,3,H,W] of each camera (black: missing)
"""

import json
import os
import zipfile

import numpy as np

from .job import BadData, sha256_file

SPLITS = ("train", "val", "test")
MAX_ROWS = 50_000_000


class Windows:
    """The rows of one split, in the order of the manifest."""

    FIELDS = ("x", "y", "t_ns", "drive", "segment", "frames")

    def __init__(self, x, y, t_ns, drive, segment, frames=None):
        self.x, self.y, self.t_ns, self.drive, self.segment = x, y, t_ns, drive, segment
        self.frames = frames  # u8[N,3K,H,W], the pictures of a window one behind the other; None: no camera

    def __len__(self):
        return len(self.y)

    def take(self, rows):
        return Windows(*[None if getattr(self, k) is None else getattr(self, k)[rows] for k in self.FIELDS])

    def inputs(self, names):
        """the arrays that a model with these inputs takes"""
        known = {"signals": self.x, "frames": self.frames}
        for n in names:
            if known.get(n) is None:
                raise BadData("the model wants '%s', these windows have none" % n)
        return [known[n] for n in names]


class Extract:
    def __init__(self, folder):
        self.folder = folder
        path = os.path.join(folder, "manifest.json")
        try:
            with open(path) as f:
                m = json.load(f)
        except OSError as e:
            raise BadData("%s: %s" % (path, e.strerror))
        except ValueError as e:
            raise BadData("%s: not JSON: %s" % (path, e))
        for key in ("classes", "signals", "shards"):
            if not isinstance(m.get(key), list) or not m[key]:
                raise BadData("%s: '%s' is missing or empty" % (path, key))
        self.manifest = m
        self.classes = [str(c) for c in m["classes"]]
        self.signals = [s if isinstance(s, str) else str(s.get("name")) for s in m["signals"]]
        cameras = m.get("cameras", [])
        if not isinstance(cameras, list) or not all(isinstance(c, dict) and isinstance(c.get("alias"), str) and
                                                    all(isinstance(c.get(k), int) and 0 < c[k] <= 1024
                                                        for k in ("frames", "height", "width")) for c in cameras):
            raise BadData("%s: 'cameras' is not a list of alias, frames, height and width" % path)
        self.camera = cameras[0] if cameras else None  # recipes here look through one
        self.root = str(m.get("merkle_root", ""))
        self.shards = [s for s in m["shards"] if s.get("format", "npz") == "npz"]
        self._check_shards(path)

    def _check_shards(self, path):
        if not self.shards:
            raise BadData("%s: no shard of format npz" % path)
        home = {}
        for s in self.shards:
            if s.get("split") not in SPLITS:
                raise BadData("%s: shard %s: split '%s'" % (path, s.get("path"), s.get("split")))
            if not 0 <= int(s.get("rows", 0)) <= MAX_ROWS:
                raise BadData("%s: shard %s: %s rows" % (path, s.get("path"), s.get("rows")))
            other = home.setdefault(s.get("drive"), s["split"])
            if s.get("drive") is not None and other != s["split"]:
                raise BadData("%s: drive %s is in '%s' and in '%s': splits must not share drives"
                              % (path, s["drive"], other, s["split"]))

    def drives(self, split):
        return sorted({str(s.get("drive")) for s in self.shards if s["split"] == split})

    def load(self, split, optional=False):
        parts = [self._load(s) for s in self.shards if s["split"] == split and int(s.get("rows", 1)) > 0]
        parts = [p for p in parts if len(p) > 0]
        if not parts:
            if optional:
                return None
            raise BadData("%s: no windows in split '%s'" % (self.folder, split))
        if len({p.x.shape[2] for p in parts}) != 1:
            raise BadData("%s: windows of split '%s' differ in length" % (self.folder, split))
        return Windows(*[None if getattr(parts[0], k) is None else np.concatenate([getattr(p, k) for p in parts])
                         for k in Windows.FIELDS])

    def _load(self, shard):
        path = os.path.join(self.folder, shard["path"])
        if not os.path.realpath(path).startswith(os.path.realpath(self.folder) + os.sep):
            raise BadData("shard path '%s' leaves the extract" % shard["path"])
        try:
            if sha256_file(path) != shard.get("sha256"):
                raise BadData("%s: sha256 is not the manifest's" % path)
            with np.load(path, allow_pickle=False) as z:
                a = {k: z[k] for k in z.files}
        except (OSError, ValueError, zipfile.BadZipFile) as e:
            raise BadData("%s: %s" % (path, e))
        return self._windows(path, shard, a)

    def _windows(self, path, shard, a):
        for k in ("x", "y"):
            if k not in a:
                raise BadData("%s: no array '%s'" % (path, k))
        x, y = a["x"], a["y"]
        if x.dtype != np.float32 or x.ndim != 3 or x.shape[1] != len(self.signals):
            raise BadData("%s: x is %s%s, wanted float32[N,%d,T]" % (path, x.dtype, list(x.shape), len(self.signals)))
        if y.shape != (len(x),) or y.dtype.kind not in "iu" or ("rows" in shard and len(x) != int(shard["rows"])):
            raise BadData("%s: x has %d rows, y is %s%s, the manifest says %s"
                          % (path, len(x), y.dtype, list(y.shape), shard.get("rows")))
        y = y.astype(np.int64)
        if len(y) and not (0 <= y.min() and y.max() < len(self.classes)):
            raise BadData("%s: label outside 0..%d" % (path, len(self.classes) - 1))
        if np.isinf(x).any():
            raise BadData("%s: x has infinities" % path)
        n = len(y)
        text = lambda k, alt: a[k].astype(str) if k in a and a[k].shape == (n,) else np.full(n, str(alt))
        t = a["t_ns"] if "t_ns" in a and len(a["t_ns"]) == n else np.zeros(n, np.int64)
        return Windows(x, y, t, text("drive", shard.get("drive")), text("segment", "0"), self._frames(path, a, n))

    def _frames(self, path, a, n):
        if self.camera is None:
            return None
        c = self.camera
        want = (n, c["frames"], 3, c["height"], c["width"])
        f = a.get(c["alias"])
        if f is None or f.dtype != np.uint8 or f.shape != want:
            raise BadData("%s: '%s' is %s, wanted uint8%s" % (path, c["alias"], "not there" if f is None else
                                                             "%s%s" % (f.dtype, list(f.shape)), list(want)))
        return f.reshape(n, 3 * c["frames"], c["height"], c["width"])
