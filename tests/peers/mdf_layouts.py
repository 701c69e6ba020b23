"""mdf_layouts.py PEER NAME=OUT,IN ...: files that spur wrote in every layout of data blocks, read by asammdf or mdfreader, against
the same reader's view of what they were made of, a plain file of 4.10. One TAP line per file and claim.

What the peers cannot read, by their own fault (asammdf 8.8.28, mdfreader 4.3):

  asammdf    LD, any              ListData.__init__ assigns self.self.data_block_nr: AttributeError. Below, `self` is given to it.
  asammdf    DI beside DV         _load_data puts the size of the DI block in place of that of the values: ValueError where the two
                                  are not equal. Columns of groups with invalidation bits are left to mdfreader.
  asammdf    one channel alone    takes the invalidation bytes of a group of one channel for values: left to mdfreader, too.
  asammdf    LD, several pairs    takes data links first, then those of DI blocks; mdfr and the specification have them by turns.
                                  spur writes one pair per LD, which is both.
  mdfreader  LD, a chain          takes the links of DI blocks of the second LD for data: files of one fragment are compared.
  mdfreader  bytes in SD          decodes them as UTF-8: left to asammdf.
  mdfreader  zstd                 wants pyzstd, which is not among the pinned packages: left to asammdf.
  mdfreader  several groups       renames what occurs twice after its place in the file: names that occur once are compared.
"""
import sys
import warnings
import numpy as np

warnings.filterwarnings("ignore")
peer = sys.argv[1]


def ok(good, name):
    print(f"{'ok' if good else 'not ok'} - {name}")


def same(a, b):
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    if a.dtype.kind in "SUO" or b.dtype.kind in "SUO":
        def text(v):
            return (v if isinstance(v, bytes) else str(v).encode()).rstrip(b"\0")
        return len(a) == len(b) and all(text(x) == text(y) for x, y in zip(a.tolist(), b.tolist()))
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def by_asammdf(path):
    from asammdf import MDF
    from asammdf.blocks import v4_blocks
    v4_blocks.ListData.self = property(lambda s: s)
    m = MDF(path)
    found = {}
    for g, group in enumerate(m.groups):
        invalid = group.channel_group.invalidation_bytes_nr
        apart = group.uses_ld and any(b.invalidation_block and not b.invalidation_block.all_valid for b in group.data_blocks)
        if invalid and (apart or not group.uses_ld and len(group.channels) == 1):
            continue
        for i, c in enumerate(group.channels):
            if c.name == "CAN_DataFrame" or c.channel_type == 2:
                continue
            raw = m.get(group=g, index=i, raw=True, ignore_invalidation_bits=True)
            shown = m.get(group=g, index=i, ignore_invalidation_bits=True)
            bits = raw.invalidation_bits
            key = (group.channel_group.acq_name, c.name)
            found[key] = ((raw.unit, raw.comment, c.conversion and c.conversion.conversion_type, c.data_type, c.bit_count),
                          raw.timestamps, raw.samples, shown.samples, None if bits is None else np.array(bits))
    h = m.header
    extra = {
        "start and zone": (h.abs_time, h.tz_offset, h.daylight_save_time, h.time_flags),
        "comments": (h.comment.replace("converted from", ""), sorted({g.channel_group.comment for g in m.groups})),
        "attachments": [(str(a.file_name), a.mime, a.comment, bytes(m.extract_attachment(i)[0])) for i, a in enumerate(m.attachments)],
        "events": [(e.name, e.event_type, e.sync_type, e.range_type, e.cause, e.value, e.comment, e.parent, e.range_start)
                   for e in m.events],
        "scopes": [e.scopes for e in m.events],
        "sources": sorted({str(g.channel_group.acq_source and g.channel_group.acq_source.name) for g in m.groups}),
    }
    return found, extra


def by_mdfreader(path):
    import mdfreader
    m = mdfreader.Mdf(path)
    found = {}
    for name in m:
        values = m.get_channel_data(name)
        if name.startswith("time") or values is None or "_" in name and name.split("_")[-1].isdigit():
            continue
        key = "invalid_bytes" if name.startswith("invalid_bytes") else name
        found["", key] = ((m.get_channel_unit(name), m[name].get("description")), np.zeros(0), np.ma.getdata(values), np.zeros(0),
                          np.ma.getmaskarray(values))
    return found, {}


def invalid(kind, name, otherwise):
    """mdfreader masks the samples of columns only, and those of records by other bits than theirs: by the formula of mdf_samples."""
    r = np.arange(len(otherwise))
    return {"u32": r % 7 == 3, "f64": r % 5 == 1}.get(name, otherwise) if kind.startswith("values") and kind.endswith("columns") else otherwise


load = {"asammdf": by_asammdf, "mdfreader": by_mdfreader}[peer]
inputs = {}
for job in sys.argv[2:]:
    name, files = job.split("=", 1)
    out, given = files.split(",")
    kind, least = name.split(":")
    if given not in inputs:
        inputs[given] = load(given)
    want, extra = inputs[given]
    try:
        got, also = load(out)
    except Exception as e:    # a file that the peer does not open
        ok(False, f"{kind}: {type(e).__name__}: {e}")
        continue
    for key, (facts, times, raw, shown, bits) in got.items():
        w = want.get(key)
        good = w is not None and w[0] == facts and same(times, w[1]) and same(raw, w[2]) and same(shown, w[3])
        good = good and (bits is None or w[4] is None or np.array_equal(bits, w[4] if peer == "asammdf" else invalid(kind, key[1], bits)))
        if not good:
            ok(False, f"{kind}: {key[0]} {key[1]}: {w and w[0]} {facts}")
    ok(len(got) >= int(least), f"{kind}: {len(got)} channels are as they were")
    for what, value in also.items():
        if value != extra[what] or what == "attachments" and not value:
            ok(False, f"{kind}: {what}: {value!r:.300} for {extra[what]!r:.300}")
    ok(True, f"{kind}: what stands around them was compared")
