"""What a catalogue says, from the lines of `spur db export`, one sorted line a fact.

Left out is what another day changes: hours, the hash chain over them, signatures, ids, folders and parameters (which name folders) of jobs, and figures
that are measured with a clock. Ids of jobs become run-1, run-2, ... in the order in which they were submitted.
"""
import json
import re
import sys

FACTS = {
    "identity": ("name", "fingerprint"),
    "drive": ("uid", "name", "begin_ns", "end_ns", "sources", "size_bytes"),
    "source": ("drive_id", "format", "role", "sha256", "begin_ns", "end_ns"),
    "clock": ("source_id", "offset_ns", "drift_ppb", "method", "who"),
    "segment": ("uid", "drive_id", "begin_ns", "end_ns", "label", "query", "score", "evidence", "author"),
    "segment_edit": ("old_id", "new_id"),
    "segment_tag": ("segment_id", "tag"),
    "review": ("segment_id", "verdict", "reason", "reviewer", "key"),
    "review_draft": ("segment_id", "verdict", "reason", "who"),
    "dataset": ("uid", "name", "version", "root", "recipe", "items", "who"),
    "dataset_item": ("dataset_id", "position", "line", "split"),
    "run": ("id", "kind", "name", "state", "input_snapshot"),
    "lab_run": ("run", "kind", "recipe", "extract", "model", "name", "target", "who"),
    "model": ("uid", "name", "version", "who"),
    "model_version": ("uid", "name", "version", "who"),
    "alias": ("name", "alias", "version", "who"),
    "object": ("id", "kind", "sha256"),
    "lineage": ("from_id", "to_id", "role"),
    "audit": ("who", "action", "subject"),
}
TIMED = {"run", "compile", "eval", "card"}	# kinds of objects whose id covers hours or latencies

rows = [json.loads(line) for line in sys.stdin]
text = "\n".join(json.dumps(r, sort_keys=True) for r in rows)
runs = [r["id"] for r in rows if r["table"] == "run"]
created = {r["subject"] if "subject" in r else "": i for i, r in enumerate(rows) if r["table"] == "audit"}
runs.sort(key=lambda r: created.get(r, 0))
names = {r: "run-%d" % (i + 1) for i, r in enumerate(runs)}
for r in rows:
    if r["table"] == "object" and r["kind"] in TIMED:
        names[r["id"]] = "%s of %s" % (r["kind"], r.get("title", ""))


def plain(v):
    s = v if isinstance(v, str) else json.dumps(v, sort_keys=True)
    for old, new in names.items():
        s = s.replace(old, new)
    return re.sub(r"/[^ \"]*/(?=[^/ \"]+)", "", s)


out = []
for r in rows:
    keys = FACTS.get(r["table"], ())
    if r["table"] == "audit":
        r = dict(json.loads(r["record"]), table="audit") if "record" in r else r
    if r["table"] == "object" and r["kind"] in TIMED:
        out.append("object %s" % names[r["id"]])
    elif keys:
        out.append(" ".join([r["table"] if r["table"] != "object" else r["kind"]] + [plain(r[k]) for k in keys if k in r]))
print("\n".join(sorted(out)))
