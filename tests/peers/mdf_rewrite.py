"""mdf_rewrite.py PEER cut OUT IN FROM TO | PEER merge OUT IN IN...: what spur cut and spur merge wrote, read by asammdf or
mdfreader, against the same reader's view of their inputs. One TAP line per claim."""
import sys
import numpy as np

peer, what, out = sys.argv[1:4]


def ok(good, name):
    print(f"{'ok' if good else 'not ok'} - {name}")


def rows_of(values):
    """As comparable rows: structures, texts and arrays of numbers alike."""
    values = np.ascontiguousarray(values)
    if values.dtype.hasobject:
        return np.array([repr(v) for v in values])
    return np.frombuffer(values.tobytes(), dtype=np.dtype((np.void, max(1, values.nbytes // max(1, len(values))))))[:len(values)]


def by_asammdf(path):
    from asammdf import MDF
    m = MDF(path)
    found = {}
    for g, group in enumerate(m.groups):
        for i, channel in enumerate(group.channels):
            if channel.channel_type == 1 and channel.name != "note":
                continue
            raw = m.get(group=g, index=i, raw=True, ignore_invalidation_bits=True)
            bits = raw.invalidation_bits
            values = np.zeros(len(raw.samples)) if channel.channel_type == 2 else raw.samples
            if channel.name == "note":    # its width follows from the longest
                values = np.array([bytes(v).split(b"\0")[0] for v in values], dtype=object)
            if channel.name == "CAN_DataFrame":
                continue    # its members are compared
            facts = (channel.name, channel.unit, channel.comment, channel.conversion and channel.conversion.conversion_type)
            shown = m.get(group=g, index=i, ignore_invalidation_bits=True).samples if channel.conversion else raw.samples[:0]
            found[g, i] = (facts, raw.timestamps, rows_of(values), rows_of(shown), None if bits is None else np.array(bits))
    timed = [any(c.channel_type == 2 for c in g.channels) for g in m.groups]
    extra = (m.header.abs_time, m.header.comment, [bytes(m.extract_attachment(i)[0]) for i in range(len(m.attachments))],
             [g.channel_group.acq_source and g.channel_group.acq_source.name for g in m.groups])
    return found, timed, extra


def by_mdfreader(path):
    import warnings
    warnings.filterwarnings("ignore")
    import mdfreader
    m = mdfreader.Mdf(path)
    names = ["i64", "u32", "f64", "gear", "note", "short", "blob", "CAN_DataFrame.ID", "CAN_DataFrame.DLC", "CAN_DataFrame.DataBytes"]
    found, times = {}, None
    for name in m:    # those of one group only: others get names that hang on the file
        if name.startswith("time"):
            times = np.asarray(m.get_channel_data(name))    # it stands before the others of its group
        if name not in names:
            continue
        values = np.asarray(m.get_channel_data(name))
        if values.dtype.kind in "SUO":
            values = np.array([str(v) for v in values], dtype=object)
        found[name, 0] = ((name, m.get_channel_unit(name)), times, rows_of(values), rows_of(values[:0]), None)
    return found, {name: True for name in names}, None


load = {"asammdf": by_asammdf, "mdfreader": by_mdfreader}[peer]
inputs = sys.argv[4:6] if what == "merge" else sys.argv[4:5]
got, timed, extra = load(out)
ins = [load(p) for p in inputs]
ok(len(got) > 8 and got.keys() == ins[0][0].keys(), f"{len(got)} channels")
facts = times = values = shown = bits = 0
for key, (fact, t, v, physical, inval) in got.items():
    parts = [i[0][key] for i in ins]
    if what == "cut":
        low, high = float(sys.argv[5]), float(sys.argv[6])
        here = [(p[1] >= low) & (p[1] < high) if timed[key[0]] else p[1] >= 0 for p in parts]
        parts = [(p[0], *(x if x is None or len(x) == 0 else x[h] for x in p[1:])) for p, h in zip(parts, here)]

    def joined(i):
        return np.concatenate([p[i] for p in parts])
    facts += fact == parts[0][0]
    times += np.array_equal(t, joined(1)) or not timed[key[0]]
    values += list(v) == list(joined(2))
    shown += list(physical) == list(joined(3))
    bits += inval is None or np.array_equal(inval, joined(4))
ok(facts == len(got), "names, units, comments and conversions")
ok(times == len(got), f"times ({times} of {len(got)})")
ok(values == len(got), f"raw values ({values} of {len(got)})")
ok(shown == len(got), f"physical values ({shown} of {len(got)})")
ok(bits == len(got), "invalidation bits")
ok(any(len(x[2]) > 100 for x in got.values()), "there are records")
if extra is not None:
    ok(extra[:2] == ins[0][2][:2], "start and comment")
    ok(extra[2] == ins[0][2][2] and len(extra[2]) == 1, "attachments, one that all files have once")
    ok(extra[3] == ins[0][2][3] and "ECU1" in extra[3], "sources")
