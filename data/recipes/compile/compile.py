"""Compile a trained model for a target and prove what it is worth. Contract: kit/job.py.

Twice from scratch in different folders (the second artefact must be the same bytes), then
held-out windows through the compiled model and through the reference.
"""

import importlib.metadata
import json
import os
import resource
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

import numpy as np

from kit import job as J
from kit import onnxbytes, weights
from kit.shards import Extract

TARGETS = {"iree-cpu": "target_iree", "ort-cpu": "target_ort"}


def load_target(par):
    try:
        from compile import parity, target_ort
        module = __import__("compile." + TARGETS[par["target"]], fromlist=["Target"])
        return module.Target(par), target_ort, parity
    except ImportError as e:
        raise J.BadConfig("%s: %s; run spur compile --setup, or set SPUR_TOOLS_PYTHON to a Python "
                          "that has recipes/compile/requirements.txt" % (sys.executable, e))


def load_model(folder):
    """(card, bytes of the ONNX file), hashes checked"""
    try:
        with open(os.path.join(folder, "model.json")) as f:
            card = json.load(f)
        with open(os.path.join(folder, "model.onnx"), "rb") as f:
            onnx = f.read()
        if J.sha256_file(os.path.join(folder, "model.onnx")) != card["onnx_sha256"]:
            raise J.BadData("%s/model.onnx: sha256 is not the one in model.json" % folder)
        return card, onnx
    except (OSError, ValueError, KeyError) as e:
        raise J.BadData("model in %s: %s" % (folder, e))


def held_out(card, ex, par):
    """`windows` rows spread over the split, of drives the training never met"""
    if ex.classes != card["classes"] or ex.signals != card["signals"]:
        raise J.BadData("the extract's classes or signals are not the model's")
    if "frames" in card["inputs"] and ex.camera != card["camera"]:
        raise J.BadData("the extract's pictures are not the model's")
    w = ex.load(par["split"])
    if w.x.shape[2] != card["samples"]:
        raise J.BadData("windows of %d samples, the model takes %d" % (w.x.shape[2], card["samples"]))
    used = set(card["train_drives"]) | set(card["val_drives"] if par["split"] == "test" else [])
    both = sorted(used & set(w.drive.tolist()))
    if both:
        raise J.BadData("drive %s was used in training: it cannot verify the compiled model" % both[0])
    pick = np.unique(np.linspace(0, len(w) - 1, min(par["windows"], len(w))).round().astype(np.int64))
    return w.take(pick)


def fixed_batch(onnx, batch):
    """The model for calls of exactly `batch` windows: no shape is left to run time."""
    import onnx as O
    m = O.load_from_string(onnx)
    for v in list(m.graph.input) + list(m.graph.output):
        v.type.tensor_type.shape.dim[0].ClearField("dim_param")
        v.type.tensor_type.shape.dim[0].dim_value = batch
    O.checker.check_model(m)
    return m.SerializeToString(deterministic=True)


def build_twice(job, target, onnx, folder):
    """(path, build record, reproducibility)"""
    out, made = [], []
    for i in (0, 1):
        sub = os.path.join(folder, "build%d%s" % (i, "-elsewhere" * i))
        os.makedirs(sub)
        path = os.path.join(sub, "source.onnx")
        J.write_file(path, onnx)
        out.append(os.path.join(sub, "artefact." + target.suffix))
        made.append(target.build(path, out[-1], sub, job))
        job.progress(2 + i, 6, "step")
        if job.stopping:
            raise J.Stop("between two compilations")
    data = []
    for p in out:
        with open(p, "rb") as f:
            data.append(f.read())
    same = {"identical": data[0] == data[1], "first_sha256": J.sha256_file(out[0]), "second_sha256": J.sha256_file(out[1])}
    if not same["identical"]:
        n = min(len(data[0]), len(data[1]))
        diff = [i for i in range(n) if data[0][i] != data[1][i]]
        same["explanation"] = ("%d and %d bytes, %d of the common ones differ, the first at offset %d"
                               % (len(data[0]), len(data[1]), len(diff), diff[0] if diff else n))
    return out[0], made[0], same


def fixed(inputs, batch):
    """The arrays cut into calls of exactly `batch` rows; the last one repeats rows."""
    return [[np.ascontiguousarray(np.resize(a[i:i + batch], (batch,) + a.shape[1:])) for a in inputs]
            for i in range(0, len(inputs[0]), batch)]


def batches(call, inputs, batch):
    """All rows through a model of fixed batch."""
    return np.concatenate([np.array(call(*one)) for one in fixed(inputs, batch)])[:len(inputs[0])]


def sbom():
    """What ran, as CycloneDX: every distribution of this Python."""
    parts = []
    for d in sorted(importlib.metadata.distributions(), key=lambda d: d.metadata["Name"].lower()):
        name, version = d.metadata["Name"], d.version
        parts.append({"type": "library", "name": name, "version": version,
                      "purl": "pkg:pypi/%s@%s" % (name.lower().replace("_", "-"), version)})
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"component": {"type": "application", "name": "python", "version": sys.version.split()[0]}},
            "components": parts}


def export_error(folder, reference, compare):
    """The reference against the framework that trained: does the ONNX file say what was learnt?"""
    path = os.path.join(folder, "reference.safetensors")
    if not os.path.exists(path):
        return None
    try:
        with open(path, "rb") as f:
            t, _ = weights.unpack(f.read())
        return dict(compare(t["logits"], reference(*[t[n] for n in reference.names])), windows=len(t["logits"]))
    except (ValueError, KeyError) as e:
        raise J.BadData("%s: %s" % (path, e))


def tick(job):
    job.heartbeat()
    if job.stopping:
        raise J.Stop("while the clock ran")


def measure(job, par, target, parity, reference, call, w, card):
    inputs = w.inputs(card["inputs"])
    ref = reference(*inputs)
    got = batches(call, inputs, par["batch"])
    if got.shape != ref.shape:
        raise RuntimeError("the compiled model gives %s, the reference %s" % (got.shape, ref.shape))
    table = dict(parity.compare(ref, got), windows=len(w), split=par["split"], reference="onnxruntime, 1 thread, no optimisation")
    job.progress(4, 6, "step")
    calls = fixed(inputs, par["batch"])
    speed = {target.id: parity.latency(call, calls, par["warmup"], par["iterations"], lambda: tick(job)),
             "reference": parity.latency(reference, calls, par["warmup"], par["iterations"], lambda: tick(job))}
    return table, {"task": parity.task_delta(w, ref, got, len(card["classes"])), "latency": speed,
                   "worst": parity.worst(w, ref, got, card["classes"], par["worst"])}


def body(job):
    spec = J.recipe_spec(os.path.dirname(os.path.abspath(__file__)))["entries"]["compile"]["parameters"]
    par = job.parameters(spec)
    target, target_ort, parity = load_target(par)
    folder = job.channel("model")
    card, onnx = load_model(folder)
    ex = Extract(job.channel("dataset"))
    w = held_out(card, ex, par)
    job.progress(1, 6, "step")
    work = tempfile.mkdtemp(prefix="compile-", dir=job.path("output"))
    try:
        path, made, same = build_twice(job, target, fixed_batch(onnx, par["batch"]), work)
        reference = target_ort.Reference(os.path.join(folder, "model.onnx"))
        call = target.load(path)
        table, rest = measure(job, par, target, parity, reference, call, w, card)
        fall = target.fallback(path, fixed(w.inputs(card["inputs"]), par["batch"])[0], work)
        rel = "model/model." + target.suffix
        with open(path, "rb") as f:
            artefact = f.read()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sha = job.publish(rel, artefact, target.kind)
    job.publish("output/data/sbom.json", (J.dumps(sbom()) + "\n").encode(), "sbom")
    ops, opset = onnxbytes.op_histogram(onnx)
    report = {"v": 1, "target": target.id, "artefact": {"path": rel, "sha256": sha, "bytes": len(artefact)},
              "weights_sha256": card["weights_sha256"], "onnx_sha256": card["onnx_sha256"], "opset": opset, "ops": ops,
              "fallback": fall, "quantisation": None, "batch": par["batch"],
              "toolchain": {"versions": dict(target.versions(), onnxruntime_reference=target_ort.ort.__version__,
                                             numpy=np.__version__),
                            "argv": made["argv"], "seconds": made["seconds"], "log": made["log"][-2000:]},
              "reproducible": same, "parity": table, "export": export_error(folder, reference, parity.compare),
              "machine": parity.machine(), "memory": {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024},
              "dataset": {"id": ex.manifest.get("dataset"), "merkle_root": ex.root, "verify_drives": sorted(set(w.drive.tolist())),
                          "train_drives": card["train_drives"], "disjoint": True}}
    report.update(rest)
    job.publish("output/data/report.json", (J.dumps(report) + "\n").encode(), "compile-report")
    summary = {"target": target.id, "artefact_sha256": sha, "max_abs": table["max_abs"], "windows": table["windows"],
               "top1_agreement": table["top1_agreement"], "fallback_ops": fall["count"],
               "reproducible": same["identical"], "p50_us": rest["latency"][target.id]["p50"]}
    job.metric(0, 0, {k: float(v) for k, v in summary.items() if not isinstance(v, str)})
    job.progress(6, 6, "step")
    return summary


if __name__ == "__main__":
    J.Job("compile", "compile").run(body)
