"""The official Python reader of MCAP as it is shipped: log time order, chunk checksums on."""
from struct import unpack_from
from time import perf_counter_ns

import mcap
from mcap.reader import make_reader

from answer import serve

MASK = 0xFFFFFFFF


def listing(path):
    start = perf_counter_ns()
    with open(path, "rb") as f:
        summary = make_reader(f).get_summary()
        counts = summary.statistics.channel_message_counts
        rows = [(c.topic, counts.get(c.id, 0), summary.schemas[c.schema_id].name) for c in summary.channels.values()]
    end = perf_counter_ns()
    return start, end, [f"{topic}\t={n}\t={schema}" for topic, n, schema in rows]


def read(path, topic=""):
    start = perf_counter_ns()
    seen, last, disorder = {}, 0, 0
    with open(path, "rb") as f:
        for _, channel, m in make_reader(f, validate_crcs=True).iter_messages(topics=[topic] if topic else None):
            t = m.log_time
            disorder += t < last
            last = t
            a, b = unpack_from("<II", m.data)
            row = seen.get(channel.topic)
            if row is None:
                row = seen[channel.topic] = [0, 0]
            row[0] += 1
            row[1] += (((t ^ t >> 32) & MASK) ^ a ^ b) * 0x9E3779B1
    end = perf_counter_ns()
    return start, end, [f"{k}\t={n}\t={d & MASK}" for k, (n, d) in seen.items()] + [f"order\t={disorder}"]


serve(f"mcap {mcap.__version__}", 1, {"mcap-list": listing, "mcap-read": read})
