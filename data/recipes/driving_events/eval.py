"""Score a trained model on drives it has never seen. Contract: kit/job.py."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

import numpy as np
import torch

from kit import job as J
from kit import scores, weights
from kit.shards import Extract
from driving_events import model as M


def load_ablation(folder, card, a):
    path = os.path.join(folder, "%s_only.safetensors" % a["towers"])
    if J.sha256_file(path) != a["weights_sha256"]:
        raise J.BadData("%s: sha256 is not the one in model.json" % path)
    with open(path, "rb") as f:
        tensors, _ = weights.unpack(f.read())
    return a["towers"], M.restore(M.build(card, a["towers"]), tensors)


def load_model(folder):
    try:
        with open(os.path.join(folder, "model.json")) as f:
            card = json.load(f)
        path = os.path.join(folder, "model.safetensors")
        with open(path, "rb") as f:
            tensors, _ = weights.unpack(f.read())
        if J.sha256_file(path) != card["weights_sha256"]:
            raise J.BadData("%s: sha256 is not the one in model.json" % path)
        return card, M.restore(M.build(card), tensors), [load_ablation(folder, card, a) for a in card.get("ablations", [])]
    except (OSError, ValueError, KeyError) as e:
        raise J.BadData("model in %s: %s" % (folder, e))


def held_out(card, ex, split):
    """The windows to score, after proof that the model has not met their drives."""
    if ex.classes != card["classes"]:
        raise J.BadData("the extract's classes are %s, the model's %s" % (ex.classes, card["classes"]))
    if ex.signals != card["signals"]:
        raise J.BadData("the extract's signals are not the model's: %s"
                        % ", ".join(sorted(set(ex.signals) ^ set(card["signals"]))[:4] or ["other order"]))
    if "frames" in card["inputs"] and ex.camera != card["camera"]:
        raise J.BadData("the extract's pictures are not the model's: %s, wanted %s" % (J.dumps(ex.camera), J.dumps(card["camera"])))
    w = ex.load(split)
    if w.x.shape[2] != card["samples"]:
        raise J.BadData("windows of %d samples, the model takes %d" % (w.x.shape[2], card["samples"]))
    known = set(card["train_drives"]) | (set(card["val_drives"]) if split == "test" else set())
    seen = sorted(known & (set(ex.drives(split)) | set(w.drive.tolist())))
    if seen:
        raise J.BadData("drive %s was used in training: it cannot be held out" % seen[0])
    return w


def worst(w, z, classes, count):
    """the windows with the largest loss, for a look at the recording"""
    p = scores.softmax(z.astype(np.float64))
    loss = -np.log(np.maximum(p[np.arange(len(p)), w.y], 1e-300))
    order = np.argsort(-loss, kind="stable")[:count]
    return [{"drive": str(w.drive[i]), "segment": str(w.segment[i]), "t_ns": int(np.ravel(w.t_ns[i])[0]),
             "truth": classes[w.y[i]], "predicted": classes[int(z[i].argmax())],
             "p": float(p[i].max()), "loss": float(loss[i])} for i in order]


def ablation(towers, w, z, k, par):
    """what one tower alone would score, on the same windows and resamples"""
    unit, cluster = scores.clusters(w.drive, w.segment)
    low, high = scores.bootstrap(w.y, z.argmax(1), k, cluster, par["bootstrap"], par["seed"])
    m = scores.confusion(w.y, z.argmax(1), k)
    return {"towers": towers, "macro_f1": scores.macro_f1(m), "ci_low": low, "ci_high": high,
            "accuracy": float(np.trace(m) / m.sum()), "f1": scores.per_class(m)[2].tolist()}


def report(card, ex, w, z, par, ablations):
    k, pred = len(ex.classes), z.argmax(1)
    m = scores.confusion(w.y, pred, k)
    prec, rec, f1, sup = scores.per_class(m)
    unit, cluster = scores.clusters(w.drive, w.segment)
    low, high = scores.bootstrap(w.y, pred, k, cluster, par["bootstrap"], par["seed"])
    counts = np.array([card["class_windows"].get(c, 0) for c in ex.classes])
    major = int(counts.argmax())  # what a model that learnt only the training frequencies says
    base = scores.confusion(w.y, np.full(len(w), major), k)
    return {"v": 1, "split": par["split"], "windows": len(w), "drives": ex.drives(par["split"]),
            "dataset": ex.manifest.get("dataset"), "merkle_root": ex.root,
            "towers": card["towers"], "ablations": ablations,
            "weights_sha256": card["weights_sha256"], "macro_f1": scores.macro_f1(m),
            "accuracy": float(np.trace(m) / m.sum()), "ci_low": low, "ci_high": high, "ci_unit": unit,
            "ci_clusters": int(cluster.max()) + 1, "bootstrap": par["bootstrap"], "bootstrap_seed": par["seed"],
            "baseline": {"class": ex.classes[major], "macro_f1": scores.macro_f1(base),
                         "accuracy": float(np.trace(base) / base.sum())},
            "classes": [{"class": c, "precision": float(prec[i]), "recall": float(rec[i]), "f1": float(f1[i]),
                         "windows": int(sup[i])} for i, c in enumerate(ex.classes)],
            "confusion": {"classes": ex.classes, "rows": "truth", "counts": m.tolist()},
            "worst": worst(w, z, ex.classes, par["worst"])}


def body(job):
    spec = J.recipe_spec(os.path.dirname(os.path.abspath(__file__)))["entries"]["eval"]["parameters"]
    par = job.parameters(spec)
    torch.set_num_threads(1)
    card, net, others = load_model(job.channel("model"))
    ex = Extract(job.channel("dataset"))
    w = held_out(card, ex, par["split"])
    job.progress(0, 2, "step")
    z = M.logits(net, w.inputs(net.inputs))
    ablations = [ablation(t, w, M.logits(n, w.inputs(n.inputs)), len(ex.classes), par) for t, n in others]
    if job.stopping:
        raise J.Stop()
    job.progress(1, 2, "step")
    r = report(card, ex, w, z, par, ablations)
    job.publish("output/data/evaluation.json", (J.dumps(r) + "\n").encode(), "evaluation")
    summary = {"macro_f1": r["macro_f1"], "ci_low": r["ci_low"], "ci_high": r["ci_high"], "accuracy": r["accuracy"],
               "baseline_macro_f1": r["baseline"]["macro_f1"], "windows": r["windows"]}
    summary.update({"%s_only_macro_f1" % a["towers"]: a["macro_f1"] for a in ablations})
    job.metric(0, 0, dict(summary, **{"f1." + c["class"]: c["f1"] for c in r["classes"]}))
    job.progress(2, 2, "step")
    return summary


if __name__ == "__main__":
    J.Job("driving_events", "eval").run(body)
