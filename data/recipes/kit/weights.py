"""safetensors, written and read by hand: u64 length, JSON header, raw little-endian data.

The layout is canonical (tensors sorted by name, header padded to 8 bytes, no free-form
metadata unless given), so equal weights are equal files.
"""

import json
import struct

import numpy as np

DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4", "U8": "|u1", "BOOL": "|b1"}
NAMES = {np.dtype(v): k for k, v in DTYPES.items()}
HEADER_LIMIT = 100 << 20


def pack(tensors, metadata=None):
    head, blobs, at = {}, [], 0
    if metadata:
        head["__metadata__"] = {k: str(v) for k, v in sorted(metadata.items())}
    for name in sorted(tensors):
        a = np.asarray(tensors[name])
        a = np.ascontiguousarray(a).reshape(a.shape)
        raw = a.tobytes()
        head[name] = {"dtype": NAMES[a.dtype], "shape": list(a.shape), "data_offsets": [at, at + len(raw)]}
        blobs.append(raw)
        at += len(raw)
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)


def unpack(data):
    """name -> array, metadata. ValueError when the file is not well formed."""
    if len(data) < 8:
        raise ValueError("shorter than its header")
    n = struct.unpack_from("<Q", data)[0]
    if n > HEADER_LIMIT or 8 + n > len(data):
        raise ValueError("header of %d bytes in a file of %d" % (n, len(data)))
    head = json.loads(data[8:8 + n].decode())
    meta = head.pop("__metadata__", {})
    body = memoryview(data)[8 + n:]
    out = {}
    for name, d in head.items():
        lo, hi = d["data_offsets"]
        dt = np.dtype(DTYPES[d["dtype"]])
        count = int(np.prod(d["shape"], dtype=np.int64))
        if not 0 <= lo <= hi <= len(body) or hi - lo != count * dt.itemsize:
            raise ValueError("tensor '%s' does not fit its bytes" % name)
        out[name] = np.frombuffer(body[lo:hi], dt).reshape(d["shape"]).copy()
    return out, meta
