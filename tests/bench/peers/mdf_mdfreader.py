"""mdfreader as it is shipped."""
from importlib.metadata import version
from time import perf_counter_ns

import mdfreader
import numpy as np

from answer import serve


def lines(figures_by_name):
    return [f"{k}\t={n}\t{float(a)!r}\t{float(b)!r}\t{float(c)!r}" for k, (n, a, b, c) in figures_by_name.items()]


def figures(values):
    return len(values), values.min(), values.max(), values.sum(dtype="f8")


def scan(path):
    start = perf_counter_ns()
    out = {}
    mdf = mdfreader.Mdf(path)
    masters = set(mdf.masterChannelList)
    for name in mdf:
        if name not in masters:
            out[name] = figures(mdf.get_channel_data(name))
    return start, perf_counter_ns(), lines(out)


def one(path, name):
    mdf = mdfreader.Mdf(path, no_data_loading=True)
    start = perf_counter_ns()
    out = {name: figures(mdf.get_channel_data(name))}
    return start, perf_counter_ns(), lines(out)


def some(path, names):
    mdf = mdfreader.Mdf(path, no_data_loading=True)
    names = names.split(" ")
    start = perf_counter_ns()
    out = {name: figures(mdf.get_channel_data(name)) for name in names}
    return start, perf_counter_ns(), lines(out)


serve(f"mdfreader {version('mdfreader')}, numpy {np.__version__}", 1, {"mdf-scan": scan, "mdf-one": one, "mdf-some": some})
