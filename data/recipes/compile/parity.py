"""How far a compiled model is from its reference, and how fast it runs.

The reference is the FP32 ONNX file in ONNX Runtime with one thread and every graph
optimisation off: an implementation that shares no code with the compilers under test.
"""

import os
import time

import numpy as np

from kit import scores


def compare(ref, got):
    """max and mean absolute error, cosine, SQNR, top-1 agreement of two f32[N,K]"""
    a, b = ref.astype(np.float64), got.astype(np.float64)
    d = b - a
    dot = (a * b).sum(1)
    norm = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    cosine = np.divide(dot, norm, out=np.ones_like(dot), where=norm > 0)
    noise = float((d * d).sum())
    return {"max_abs": float(np.abs(d).max()), "mean_abs": float(np.abs(d).mean()),
            "cosine_min": float(cosine.min()), "cosine_mean": float(cosine.mean()),
            "sqnr_db": float("inf") if noise == 0 else float(10 * np.log10((a * a).sum() / noise)),
            "top1_agreement": float((ref.argmax(1) == got.argmax(1)).mean()),
            "finite": bool(np.isfinite(got).all())}


def task_delta(w, ref, got, k, rounds=1000, seed=7):
    """change of macro-F1 from the reference to the target, with an interval over whole clusters"""
    unit, cluster = scores.clusters(w.drive, w.segment)
    n = int(cluster.max()) + 1
    parts = np.zeros((2, n, k, k), np.int64)
    for i, z in enumerate((ref, got)):
        np.add.at(parts[i], (cluster, w.y, z.argmax(1)), 1)
    rng = np.random.Generator(np.random.PCG64(seed))
    f = [scores.macro_f1(parts[i].sum(0)) for i in (0, 1)]
    deltas = []
    for _ in range(rounds):
        draw = np.bincount(rng.integers(0, n, n), minlength=n)
        deltas.append(scores.macro_f1(np.tensordot(draw, parts[1], 1)) - scores.macro_f1(np.tensordot(draw, parts[0], 1)))
    low, high = np.percentile(deltas, [2.5, 97.5])
    return {"reference_macro_f1": f[0], "target_macro_f1": f[1], "delta": f[1] - f[0],
            "delta_ci_low": float(low), "delta_ci_high": float(high), "ci_unit": unit}


def worst(w, ref, got, classes, count):
    err = np.abs(got.astype(np.float64) - ref).max(1)
    return [{"drive": str(w.drive[i]), "segment": str(w.segment[i]), "t_ns": int(np.ravel(w.t_ns[i])[0]),
             "max_abs": float(err[i]), "reference": classes[int(ref[i].argmax())],
             "target": classes[int(got[i].argmax())]} for i in np.argsort(-err, kind="stable")[:count]]


def latency(call, x, warmup, iterations, tick):
    """microseconds of one call, over different windows in turn; x: the arguments of each call"""
    for i in range(warmup):
        call(*x[i % len(x)])
    t = np.empty(iterations)
    for i in range(iterations):
        one = x[i % len(x)]
        began = time.perf_counter_ns()
        call(*one)
        t[i] = time.perf_counter_ns() - began
        tick()
    p = np.percentile(t, [50, 90, 99]) / 1000
    return {"unit": "us", "p50": float(p[0]), "p90": float(p[1]), "p99": float(p[2]), "min": float(t.min() / 1000),
            "warmup": warmup, "iterations": iterations}


def _line(path):
    try:
        with open(path) as f:
            return f.readline().strip()
    except OSError:
        return None


def machine():
    """what a latency figure is worth without: nothing"""
    model = flags = None
    try:
        with open("/proc/cpuinfo") as f:
            for line in f:
                key, _, v = line.partition(":")
                if key.strip() == "model name" and model is None:
                    model = v.strip()
                if key.strip() == "flags" and flags is None:
                    flags = sorted(set(v.split()) & {"avx2", "avx512f", "avx512_vnni", "amx_tile", "fma", "f16c"})
    except OSError:
        pass
    return {"cpu": model, "features": flags, "arch": os.uname().machine, "kernel": os.uname().release,
            "affinity": sorted(os.sched_getaffinity(0)), "load_1min": os.getloadavg()[0],
            "governor": _line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            "host_is_target": True}
