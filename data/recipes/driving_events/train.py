"""Train the driving-event classifier. Contract: kit/job.py; parameters: recipe.json.

Same seed, same data, same number of ranks: same weights, bit for bit, also when the run was
stopped or killed and resumed. Nothing random lives outside (seed, epoch, step, rank): each
step seeds its own generators, so a checkpoint needs no more than its position.
"""

import hashlib
import inspect
import io
import json
import os
import random
import sys
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

import numpy as np
import torch
import torch.distributed as dist
import torch.nn as nn

from kit import job as J
from kit import onnxbytes, scores, weights
from kit.shards import Extract
from driving_events import model as M

OPSET = 17
CHECKPOINT = "checkpoints/%s.safetensors"  # no pickle: a checkpoint may come from elsewhere
STATE = ("epoch", "step", "loss_sum", "bad", "best", "best_epoch", "done")


def step_seed(*parts):
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "little") >> 1


def deterministic(seed):
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    random.seed(seed)
    np.random.seed(seed % (1 << 32))
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)


# -- data ---------------------------------------------------------------------------------
def statistics(x):
    """mean and deviation of each signal over the samples that are there"""
    n = (~np.isnan(x)).sum((0, 2)).astype(np.float64)
    s = np.nansum(x, (0, 2), dtype=np.float64)
    mean = np.divide(s, n, out=np.zeros_like(s), where=n > 0)
    dev = np.nansum((x - mean[None, :, None].astype(np.float32)) ** 2, (0, 2), dtype=np.float64)
    std = np.sqrt(np.divide(dev, n, out=np.ones_like(dev), where=n > 0))
    std[std < 1e-6] = 1.0
    return mean.astype(np.float32)[:, None], std.astype(np.float32)[:, None], n


def class_weights(y, k, cap):
    """inverse frequency, mean 1 over the rows, at most cap; 0 for a class that never occurs"""
    n = np.bincount(y, minlength=k).astype(np.float64)
    w = np.divide(len(y), k * n, out=np.zeros(k), where=n > 0)
    return np.minimum(w, cap).astype(np.float32)


def augment(x, std, rng):
    """small sensor noise, a shift of up to a twentieth of the window, now and then a lost signal"""
    n, c, t = x.shape
    x = x + rng.standard_normal(x.shape, dtype=np.float32) * (0.03 * std[None])
    shift = rng.integers(-(t // 20), t // 20 + 1, n)
    at = np.clip(np.arange(t)[None, :] - shift[:, None], 0, t - 1)
    x = np.take_along_axis(x, np.broadcast_to(at[:, None, :], (n, c, t)), 2)
    x[rng.random((n, c)) < 0.03] = np.nan
    return x


def augment_frames(f, rng):
    """other light, noise of the sensor, a mounting that is off by a pixel or two, now and then a lost camera"""
    n, _c, h, w = f.shape
    out = f.astype(np.float32) * rng.uniform(0.8, 1.2, (n, 1, 1, 1)).astype(np.float32)
    out += rng.standard_normal(f.shape, dtype=np.float32) * 3
    for i, (dy, dx) in enumerate(rng.integers(-2, 3, (n, 2))):
        out[i] = np.roll(out[i], (dy, dx), (1, 2))
    out[rng.random(n) < 0.03] = 0
    return np.clip(out + 0.5, 0, 255).astype(np.uint8)


def load(job):
    ex = Extract(job.channel("dataset"))
    train, val = ex.load("train"), ex.load("val", optional=True)
    present = np.bincount(train.y, minlength=len(ex.classes))
    if (present > 0).sum() < 2:
        raise J.BadData("%s: the training windows have a single class" % ex.folder)
    if np.isnan(train.x).all():
        raise J.BadData("%s: every training sample is missing" % ex.folder)
    if val is not None and val.x.shape[2] != train.x.shape[2]:
        raise J.BadData("%s: validation windows have %d samples, training windows %d"
                        % (ex.folder, val.x.shape[2], train.x.shape[2]))
    for c, n in zip(ex.classes, present):
        if n == 0:
            job.log("warn", "class '%s' does not occur in the training windows" % c)
    if val is None:
        job.log("warn", "no validation windows: no early stopping")
    return ex, train, val


# -- training -----------------------------------------------------------------------------
class Trainer:
    """One network; `towers` names which (a row of model.TOWERS)."""

    def __init__(self, job, par, ex, train, val, towers, done_before, all_epochs):
        self.job, self.par, self.ex, self.train, self.val = job, par, ex, train, val
        self.towers, self.done_before, self.all_epochs = towers, done_before, all_epochs
        self.net = M.EventNet(M.TOWERS[towers], len(ex.signals), 3 * ex.camera["frames"] if ex.camera else 0,
                              len(ex.classes), par["width"], par["dropout"])
        mean, self.std, _ = statistics(train.x)
        if self.net.signals is not None:
            self.net.signals.mean.copy_(torch.from_numpy(mean))
            self.net.signals.std.copy_(torch.from_numpy(self.std))
        self.model = nn.parallel.DistributedDataParallel(self.net) if job.world > 1 else self.net
        self.opt = torch.optim.AdamW(self.net.parameters(), par["lr"], weight_decay=par["weight_decay"])
        self.weight = torch.from_numpy(class_weights(train.y, len(ex.classes), par["weight_cap"]))
        self.local = par["batch_size"] // job.world
        if self.local * job.world != par["batch_size"]:
            raise J.BadConfig("batch_size %d is not a multiple of %d ranks" % (par["batch_size"], job.world))
        self.steps = max(1, -(-len(train) // par["batch_size"]))
        self.epoch = self.step = self.bad = 0
        self.loss_sum = 0.0
        self.best = self.best_state = None
        self.best_epoch = -1
        self.done = False
        # What makes two runs the same run: a checkpoint of anything else is refused.
        self.key = J.dumps([par, towers, ex.root, ex.classes, ex.signals, ex.camera, job.world, len(train), OPSET])

    def set_rate(self):
        at = (self.epoch * self.steps + self.step) / float(self.par["epochs"] * self.steps)
        warm = min(1.0, (at + 1e-9) / 0.05)
        for g in self.opt.param_groups:
            g["lr"] = self.par["lr"] * warm * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * at)))

    def batch(self):
        """This rank's share of the current step; the last batch of an epoch wraps around."""
        perm = np.random.Generator(np.random.PCG64(step_seed(self.par["seed"], "order", self.epoch))).permutation(len(self.train))
        at = (self.step * self.par["batch_size"] + self.job.rank * self.local + np.arange(self.local)) % len(perm)
        rows = self.train.take(perm[at])
        if self.par["augment"]:
            def rng(what):
                return np.random.Generator(np.random.PCG64(
                    step_seed(self.par["seed"], what, self.epoch, self.step, self.job.rank)))
            if self.net.signals is not None:
                rows.x = augment(rows.x, self.std, rng("augment")).astype(np.float32)
            if self.net.camera is not None:
                rows.frames = augment_frames(rows.frames, rng("frames"))
        return [torch.from_numpy(np.ascontiguousarray(a)) for a in rows.inputs(self.net.inputs)], torch.from_numpy(rows.y)

    def one_step(self):
        self.net.train()
        self.set_rate()
        x, y = self.batch()
        torch.manual_seed(step_seed(self.par["seed"], "dropout", self.epoch, self.step, self.job.rank))
        loss = nn.functional.cross_entropy(self.model(*x), y, weight=self.weight)
        if not torch.isfinite(loss):
            raise J.BadData("the loss is not finite at epoch %d, step %d" % (self.epoch, self.step))
        self.opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.opt.step()
        self.loss_sum += loss.item()
        self.step += 1

    def stop_wanted(self):
        """SIGTERM reaches the ranks at different steps; they must leave at the same one."""
        if self.job.world == 1:
            return self.job.stopping
        flag = torch.tensor([1 if self.job.stopping else 0])
        dist.all_reduce(flag)
        return int(flag) > 0

    def validate(self):
        """Rank 0 judges, all obey: (values, better, stop)"""
        verdict = torch.zeros(1, dtype=torch.int64)
        if self.job.rank == 0:
            values = {"loss": self.loss_sum / self.steps, "lr": self.opt.param_groups[0]["lr"]}
            better = self.val is None
            if self.val is not None:
                z = M.logits(self.net, self.val.inputs(self.net.inputs))
                m = scores.confusion(self.val.y, z.argmax(1), len(self.ex.classes))
                values["val_loss"] = float(nn.functional.cross_entropy(torch.from_numpy(z), torch.from_numpy(self.val.y)))
                values["val_macro_f1"] = scores.macro_f1(m)
                values["val_accuracy"] = float(np.trace(m) / max(1, m.sum()))
                score = [values["val_macro_f1"], -values["val_loss"]]
                better = self.best is None or score > self.best
                if better:
                    self.best = score
            self.bad = 0 if better else self.bad + 1
            if better:
                self.best_state = {k: v.clone() for k, v in self.net.state_dict().items()}
                self.best_epoch = self.epoch
            main = self.done_before == 0
            self.job.metric(self.epoch, self.epoch, values if main else
                            {"%s_only.%s" % (self.towers, k): v for k, v in values.items()})
            verdict[0] = int(self.bad >= self.par["patience"])
        if self.job.world > 1:
            dist.broadcast(verdict, 0)
        return int(verdict) > 0

    def fit(self):
        while not self.done:
            while self.step < self.steps:
                if self.stop_wanted():
                    self.save()
                    raise J.Stop("checkpoint at epoch %d, step %d" % (self.epoch, self.step))
                self.one_step()
                self.job.heartbeat()
            stop = self.validate()
            self.epoch, self.step, self.loss_sum = self.epoch + 1, 0, 0.0
            self.done = stop or self.epoch >= self.par["epochs"]
            self.save()
            self.tell()

    def tell(self):
        """An early stop counts as all of its epochs: progress never goes back."""
        self.job.progress(self.done_before + (self.par["epochs"] if self.done else self.epoch), self.all_epochs, "epoch")

    # -- checkpoints ----------------------------------------------------------------------
    def save(self):
        if self.job.rank != 0:
            return
        tensors = {"rng": torch.get_rng_state().numpy()}
        for group, state in (("net", self.net.state_dict()), ("best", self.best_state or {})):
            tensors.update({"%s/%s" % (group, k): v.numpy() for k, v in state.items()})
        for i, slots in self.opt.state_dict()["state"].items():
            tensors.update({"opt/%d/%s" % (i, k): np.asarray(v) for k, v in slots.items()})
        state = {k: getattr(self, k) for k in STATE}
        J.write_file(self.job.path(CHECKPOINT % self.towers), weights.pack(tensors, {"key": self.key, "state": J.dumps(state)}))
        self.job.event("checkpoint", path=CHECKPOINT % self.towers, epoch=self.epoch, step=self.step)

    def resume(self):
        path = self.job.path(CHECKPOINT % self.towers)
        if not os.path.exists(path):
            return
        try:
            with open(path, "rb") as f:
                tensors, meta = weights.unpack(f.read())
            state = json.loads(meta["state"])
        except (OSError, ValueError, KeyError) as e:  # renamed into place, so it was damaged afterwards
            raise J.BadData("%s: %s; remove it to start afresh" % (path, e))
        if meta.get("key") != self.key:
            raise J.BadConfig("%s is of a run with other parameters or data; remove it or start a new run" % path)
        groups = {"net": {}, "best": {}}
        slots = {}
        for name, v in tensors.items():
            head, _, rest = name.partition("/")
            if head in groups:
                groups[head][rest] = torch.from_numpy(v)
            elif head == "opt":
                i, _, slot = rest.partition("/")
                slots.setdefault(int(i), {})[slot] = torch.from_numpy(v)
        self.net.load_state_dict(groups["net"])
        self.opt.load_state_dict({"state": slots, "param_groups": self.opt.state_dict()["param_groups"]})
        torch.set_rng_state(torch.from_numpy(tensors["rng"]))
        self.best_state = groups["best"] or None
        for k in STATE:
            setattr(self, k, state[k])
        self.job.log("info", "resumed %s at epoch %d, step %d" % (self.towers, self.epoch, self.step))


# -- results ------------------------------------------------------------------------------
def export_onnx(net, inputs):
    """inputs: arrays of one window, for their shapes"""
    net.eval()
    out = io.BytesIO()
    more = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    names = list(net.inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, tuple(torch.zeros_like(torch.from_numpy(a[:1])) for a in inputs), out, opset_version=OPSET,
                          do_constant_folding=True, input_names=names, output_names=["logits"],
                          dynamic_axes={n: {0: "n"} for n in names + ["logits"]}, **more)
    return onnxbytes.canonical(out.getvalue())


def publish_ablation(job, tr):
    """Weights only: it is there to be compared with, in eval.py"""
    if tr.best_state is not None:
        tr.net.load_state_dict(tr.best_state)
    sha = job.publish("model/%s_only.safetensors" % tr.towers, weights.pack(M.arrays(tr.net)), "ablation")
    return {"towers": tr.towers, "weights_sha256": sha, "best_epoch": tr.best_epoch, "epochs": tr.epoch,
            "val_macro_f1": tr.best[0] if tr.best else None}


def publish(job, tr, ablations):
    """The model as files; only rank 0. Returns the run's summary."""
    ex, par = tr.ex, tr.par
    if tr.best_state is not None:
        tr.net.load_state_dict(tr.best_state)
    tensors = M.arrays(tr.net)
    sha = job.publish("model/model.safetensors", weights.pack(tensors), "weights")
    probe = (tr.val if tr.val is not None else tr.train).take(slice(0, 16))
    inputs = probe.inputs(tr.net.inputs)
    onnx = export_onnx(tr.net, inputs)
    onnx_sha = job.publish("model/model.onnx", onnx, "onnx")
    job.publish("model/reference.safetensors",
                weights.pack(dict(zip(tr.net.inputs, inputs), logits=M.logits(tr.net, inputs))), "reference")
    ops, opset = onnxbytes.op_histogram(onnx)
    card = {"v": 1, "recipe": "driving_events", "classes": ex.classes, "signals": ex.signals, "camera": ex.camera,
            "towers": tr.towers, "inputs": list(tr.net.inputs), "ablations": ablations,
            "samples": int(tr.train.x.shape[2]), "rate_hz": ex.manifest.get("rate_hz"),
            "window_s": ex.manifest.get("window_s"), "width": par["width"], "dropout": par["dropout"],
            "parameters": int(sum(v.size for v in tensors.values())), "hyperparameters": par,
            "dataset": ex.manifest.get("dataset"), "merkle_root": ex.root,
            "train_drives": ex.drives("train"), "val_drives": ex.drives("val"),
            "train_windows": len(tr.train), "val_windows": 0 if tr.val is None else len(tr.val),
            "class_windows": dict(zip(ex.classes, np.bincount(tr.train.y, minlength=len(ex.classes)).tolist())),
            "best_epoch": tr.best_epoch, "epochs": tr.epoch, "ranks": job.world, "opset": opset, "ops": ops,
            "weights_sha256": sha, "onnx_sha256": onnx_sha, "torch": torch.__version__.split("+")[0],
            "val_macro_f1": tr.best[0] if tr.best else None}
    job.publish("model/model.json", (J.dumps(card) + "\n").encode(), "model")
    summary = {"weights_sha256": sha, "onnx_sha256": onnx_sha, "epochs": tr.epoch, "best_epoch": tr.best_epoch,
               "val_macro_f1": card["val_macro_f1"], "train_windows": len(tr.train), "parameters": card["parameters"],
               "towers": tr.towers}
    summary.update({"%s_only_val_macro_f1" % a["towers"]: a["val_macro_f1"] for a in ablations})
    return summary


def networks(job, par, ex):
    """What is trained: the model first, then what it is compared with."""
    main = par["towers"] if par["towers"] != "auto" else "both" if ex.camera else "signals"
    if main != "signals" and ex.camera is None:
        raise J.BadConfig("towers is '%s', but the extract has no pictures" % main)
    others = [t for t in ("signals", "camera") if main == "both" and par["ablations"]]
    if ex.camera is None:
        job.log("info", "no pictures in the extract: one tower, over signals")
    return [main] + others


def body(job):
    began = time.monotonic()
    spec = J.recipe_spec(os.path.dirname(os.path.abspath(__file__)))["entries"]["train"]["parameters"]
    par = job.parameters(spec)
    deterministic(par["seed"])
    ex, train, val = load(job)
    if job.world > 1:
        dist.init_process_group("gloo")
    plan = networks(job, par, ex)
    trained = []
    for i, towers in enumerate(plan):
        torch.manual_seed(step_seed(par["seed"], "weights", towers))
        tr = Trainer(job, par, ex, train, val, towers, i * par["epochs"], len(plan) * par["epochs"])
        tr.resume()
        tr.tell()
        tr.fit()
        trained.append(tr)
    summary = {}
    if job.rank == 0:
        summary = publish(job, trained[0], [publish_ablation(job, tr) for tr in trained[1:]])
    if job.world > 1:
        dist.barrier()  # rank 0 leaves last among equals: its exit ends the group
    summary["seconds"] = round(time.monotonic() - began, 3)
    return summary


if __name__ == "__main__":
    J.Job("driving_events", "train").run(body)
