"""asammdf as it is shipped."""
from functools import lru_cache
from time import perf_counter_ns

import asammdf
import numpy as np
from asammdf import MDF
from asammdf.blocks.utils import load_can_database

from answer import serve

TYPES = {0: "u", 1: "u", 2: "i", 3: "i", 4: "f", 5: "f"}


def listing(path):
    start = perf_counter_ns()
    types, names, units, signals = {}, 0, 0, 0
    with MDF(path) as mdf:
        for group in mdf.groups:
            for ch in group.channels:
                unit = ch.unit or (ch.conversion.unit if ch.conversion else "") or ""
                kind = (ch.data_type, ch.bit_count)
                types[kind] = types.get(kind, 0) + 1
                signals += 1
                names += len(ch.name)
                units += len(unit)
        end = perf_counter_ns()
        groups = len(mdf.groups)
    named = {}
    for (data_type, bits), n in types.items():
        key = f"{TYPES[data_type]}{bits}"
        named[key] = named.get(key, 0) + n
    return start, end, [f"listed\t={groups}\t={signals}\t={names}\t={units}"] + [f"{k}\t={n}" for k, n in named.items()]


def figures(values):
    return len(values), values.min(), values.max(), values.sum(dtype="f8")


def lines(figures_by_name):
    return [f"{k}\t={n}\t{float(a)!r}\t{float(b)!r}\t{float(c)!r}" for k, (n, a, b, c) in figures_by_name.items()]


def scan(path):
    start = perf_counter_ns()
    out = {}
    with MDF(path) as mdf:
        for g, group in enumerate(mdf.groups):
            wanted = [(None, g, i) for i, ch in enumerate(group.channels) if ch.channel_type not in (2, 3)]
            for s in mdf.select(wanted, copy_master=False, ignore_value2text_conversions=True):
                out[s.name] = figures(s.samples)
    return start, perf_counter_ns(), lines(out)


def one(path, name):
    with MDF(path) as mdf:
        start = perf_counter_ns()
        out = {name: figures(mdf.get(name).samples)}
        end = perf_counter_ns()
    return start, end, lines(out)


def some(path, names):
    with MDF(path) as mdf:
        names = names.split(" ")
        start = perf_counter_ns()
        out = {s.name: figures(s.samples) for s in mdf.select(names, copy_master=False)}
        end = perf_counter_ns()
    return start, end, lines(out)


@lru_cache
def database(path):
    return load_can_database(path)


def dbc(path, db):
    matrix = database(db)
    start = perf_counter_ns()
    out = {}
    with MDF(path) as mdf:
        with mdf.extract_bus_logging({"CAN": [(matrix, 0)]}) as decoded:
            for g, group in enumerate(decoded.groups):
                wanted = [(None, g, i) for i, ch in enumerate(group.channels) if ch.channel_type not in (2, 3)]
                for s in decoded.select(wanted, copy_master=False):
                    out[s.name] = figures(s.samples)
    return start, perf_counter_ns(), lines(out)


def span(path, name, begin_s, end_s):
    with MDF(path) as mdf:
        begin_s, end_s = float(begin_s), float(end_s)
        start = perf_counter_ns()
        s = mdf.get(name)
        a, b = np.searchsorted(s.timestamps, [begin_s, end_s])
        out = {name: figures(s.samples[a:b])}
        end = perf_counter_ns()
    return start, end, lines(out)


serve(f"asammdf {asammdf.__version__}, numpy {np.__version__}", 1,
      {"mdf-list": listing, "mdf-scan": scan, "mdf-one": one, "mdf-some": some, "mdf-span": span,
       "mdf-dbc": dbc})
