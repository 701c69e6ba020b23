"""ONNX Runtime: the reference (nothing optimised) and the target ort-cpu (everything on)."""

import json
import os
import time

import numpy as np
import onnxruntime as ort


def session(path, optimise, out=None, profile=None):
    o = ort.SessionOptions()
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    o.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    level = ort.GraphOptimizationLevel
    # EXTENDED, not ALL: layouts of the processor at hand would tie the saved file to it.
    o.graph_optimization_level = level.ORT_ENABLE_EXTENDED if optimise else level.ORT_DISABLE_ALL
    o.log_severity_level = 3
    if out is not None:
        o.optimized_model_filepath = out
    if profile is not None:
        o.enable_profiling = True
        o.profile_file_prefix = profile
    return ort.InferenceSession(path, o, providers=["CPUExecutionProvider"])


class Reference:
    def __init__(self, path):
        self.s = session(path, optimise=False)
        self.names = [i.name for i in self.s.get_inputs()]

    def __call__(self, *inputs):
        return self.s.run(None, {n: np.ascontiguousarray(a) for n, a in zip(self.names, inputs)})[0]


def providers(path, inputs, folder):
    """node -> execution provider, as the profile of a real run says"""
    s = session(path, optimise=False, profile=os.path.join(folder, "profile"))
    s.run(None, {i.name: a for i, a in zip(s.get_inputs(), inputs)})
    with open(s.end_profiling()) as f:
        events = json.load(f)
    return {e["args"]["node_index"] if "node_index" in e["args"] else e["name"]: e["args"]["provider"]
            for e in events if e.get("cat") == "Node" and "provider" in e.get("args", {})}


class Target:
    """What compile.py asks of a target."""

    id, suffix, kind = "ort-cpu", "ort.onnx", "onnx-optimised"

    def __init__(self, par):
        self.par = par

    def versions(self):
        return {"onnxruntime": ort.__version__}

    def build(self, onnx_path, out, folder, job):
        began = time.monotonic()
        session(onnx_path, optimise=True, out=out)
        return {"argv": [["onnxruntime", "SessionOptions.optimized_model_filepath", "ORT_ENABLE_EXTENDED"]],
                "seconds": time.monotonic() - began, "log": ""}

    def load(self, path):
        s = session(path, optimise=True)
        names = [i.name for i in s.get_inputs()]
        return lambda *inputs: s.run(None, dict(zip(names, inputs)))[0]

    def fallback(self, path, inputs, folder):
        where = providers(path, inputs, folder)
        other = sorted({p for p in where.values() if p != "CPUExecutionProvider"})
        return {"count": sum(p != "CPUExecutionProvider" for p in where.values()), "on": other,
                "nodes": len(where), "how": "execution providers in the profile of a run"}
