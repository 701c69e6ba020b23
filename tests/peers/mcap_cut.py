"""mcap_cut.py WHOLE PART BEGIN END [TOPIC...]: PART is what the official Python library reads of WHOLE in [BEGIN, END), of those
topics. One TAP line per claim."""
import sys
from mcap.reader import NonSeekingReader, SeekingReader


def rows(path, begin=None, end=None, topics=None):
    with open(path, "rb") as f:
        return [(c.topic, c.message_encoding, s and (s.name, s.encoding, s.data), dict(c.metadata), m.sequence, m.log_time, m.publish_time, m.data)
                for s, c, m in NonSeekingReader(f, validate_crcs=True).iter_messages(log_time_order=False)
                if (begin is None or begin <= m.log_time < end) and (not topics or c.topic in topics)]


def summary(path):
    with open(path, "rb") as f:
        r = SeekingReader(f, validate_crcs=True)
        return r.get_summary(), [(m.name, m.metadata) for m in r.iter_metadata()], [(a.name, a.log_time, a.data) for a in r.iter_attachments()]


def ok(good, name):
    print(f"{'ok' if good else 'not ok'} - {name}")


whole, part, begin, end, topics = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]
want = rows(whole, begin, end, topics)
got = rows(part)
ok(len(want) > 0 and got == want, f"{len(want)} messages with their schemas, channels and stamps, in the order of the file")
(a, meta_a, attached_a), (b, meta_b, attached_b) = summary(whole), summary(part)
ok({c.topic for c in b.channels.values()} == {c.topic for c in a.channels.values() if not topics or c.topic in topics}, "the channels")
ok(b.statistics.message_count == len(want), "statistics")
ok(meta_a == meta_b and attached_a == attached_b, "metadata and attachments")
with open(part, "rb") as f:
    indexed = [m.log_time for _, _, m in SeekingReader(f, validate_crcs=True).iter_messages()]
ok(indexed == sorted(r[5] for r in want), "by the index, in order of time")
