"""mcap_writer.py FILE MESSAGES unchunked|KIND: what tests/tools/mcap_samples.c wrote, read by the official Python
library with all its checks on. One TAP line per claim."""
import sys
from mcap.reader import NonSeekingReader, SeekingReader

path, count, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
START = 1767323045123456789


def ok(good, name):
    print(f"{'ok' if good else 'not ok'} - {name}")


def expected(i):
    camera = i % 50 == 49
    t = START + i * 1000000 - (7000000 if camera else 0)
    return ("/camera" if camera else "/number", 65535 if camera else 0, i, t, t - 5,
            bytes([i % 256]) * 100000 if camera else i.to_bytes(4, "little"))


def row(found):
    schema, channel, m = found
    return channel.topic, channel.id, m.sequence, m.log_time, m.publish_time, m.data


want = [expected(i) for i in range(count)]
with open(path, "rb") as f:
    r = NonSeekingReader(f, validate_crcs=True)
    ok([row(x) for x in r.iter_messages(log_time_order=False)] == want, "every message, in the order of the file")
with open(path, "rb") as f:
    header = SeekingReader(f, validate_crcs=True).get_header()
    ok((header.profile, header.library) == ("ros2", "samples"), "header")
with open(path, "rb") as f:
    r = SeekingReader(f, validate_crcs=True)
    s = r.get_summary()
    st = s.statistics
    ok(st.message_count == count and st.channel_count == 3 and st.schema_count == 1, "statistics: counts")
    ok((st.message_start_time, st.message_end_time) == (min(w[3] for w in want), max(w[3] for w in want)), "statistics: times")
    ok(st.channel_message_counts == {0: count - count // 50, 65535: count // 50}, "statistics: per channel")
    ok(sorted(s.channels) == [0, 7, 65535] and s.channels[7].topic == "/silent", "channels, also the silent one")
    ok(s.channels[0].metadata == {"offered_qos_profiles": "- history: 3", "empty": ""}, "metadata of a channel")
    ok((s.schemas[3].name, s.schemas[3].encoding, s.schemas[3].data) == ("pkg/msg/Number", "ros2msg", b"uint32 n\n"), "schema")
    if kind == "unchunked":
        ok(not s.chunk_indexes, "no chunks")
    else:
        ok({c.compression for c in s.chunk_indexes} <= {"", kind if kind != "none" else ""}, "compression")
        ok(all(c.message_index_offsets for c in s.chunk_indexes), "no chunk without a message index")
        ok(all(len(c.message_index_offsets) == 1 for c in s.chunk_indexes if 65535 in c.message_index_offsets),
           "a large message has its chunk for itself")
        got = [row(x) for x in r.iter_messages()]
        ok(sorted(got) == sorted(want), "every message by the index")
        ok([g[3] for g in got] == sorted(g[3] for g in got), "in order of time")
        one = [row(x) for x in r.iter_messages(topics=["/camera"])]
        ok(one == [w for w in want if w[0] == "/camera"], "one topic by the index")
    a = list(r.iter_attachments())
    ok([(x.name, x.media_type, x.log_time, x.create_time, x.data) for x in a] == [("notes.txt", "text/plain", START, 9, b"hello")],
       "attachment")
    m = list(r.iter_metadata())
    ok([(x.name, x.metadata) for x in m] == [("car", {"vin": "W0L", "driver": ""})], "metadata")
