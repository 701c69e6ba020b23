"""The line protocol of a peer (tests/bench/peer.h), for Python: serve() answers rounds with functions by kind.

A function takes the arguments of a request and returns (start, end, lines): two stamps of perf_counter_ns around
the work, and what it computed.
"""
import sys


def stats_line(name, values):
    values = values.astype("f8", copy=False)
    return f"{name}\t={len(values)}\t{float(values.min())!r}\t{float(values.max())!r}\t{float(values.sum())!r}"


def serve(version, threads, kinds):
    out = sys.stdout
    print(f"ready\t{version}, Python {sys.version.split()[0]}\t{threads}", flush=True)
    for line in sys.stdin:
        words = line.rstrip("\n").split("\t")
        try:
            start, end, lines = kinds[words[1]](*words[2:])
        except Exception as e:
            print("error\t" + f"{type(e).__name__}: {e}".replace("\n", " ").replace("\t", " "), flush=True)
            continue
        out.write("".join(f"v\t{text}\n" for text in lines))
        out.write(f"ns\t{end - start}\n")
        out.flush()
