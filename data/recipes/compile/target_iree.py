"""IREE for the processors of this machine: ONNX -> MLIR -> llvm-cpu -> .vmfb."""

import importlib.metadata
import os
import re
import subprocess
import sys
import time

import numpy as np

from kit import job as J

OWN_MODULES = {"hal", "vm"}  # what every module of the llvm-cpu back end may import


def tool(name):
    path = os.path.join(os.path.dirname(sys.executable), name)
    if not os.access(path, os.X_OK):
        raise J.BadConfig("%s is not beside %s: run spur compile --setup, or set SPUR_TOOLS_PYTHON "
                          "to a Python that has recipes/compile/requirements.txt" % (name, sys.executable))
    return path


def run(argv, folder, job, timeout_s):
    """One tool in its own folder; SIGTERM to us ends it. Its output, or the reason it failed."""
    log = os.path.join(folder, "log")
    with open(log, "ab") as f:
        p = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                p.wait(0.2)
                break
            except subprocess.TimeoutExpired:
                job.heartbeat()
            if job.stopping or time.monotonic() > deadline:
                p.kill()
                p.wait()
                if job.stopping:
                    raise J.Stop("while %s ran" % os.path.basename(argv[0]))
                raise RuntimeError("%s ran for more than %d s" % (os.path.basename(argv[0]), timeout_s))
    with open(log, errors="replace") as f:
        text = f.read()
    if p.returncode != 0:
        error = re.search(r"error: .*", text)
        raise RuntimeError("%s: exit %d: %s" % (os.path.basename(argv[0]), p.returncode,
                                                error.group(0) if error else text[-400:]))
    return text


class Target:
    """What compile.py asks of a target."""

    id, suffix, kind = "iree-cpu", "vmfb", "vmfb"

    def __init__(self, par):
        self.par = par
        import iree.runtime
        self.rt = iree.runtime

    def versions(self):
        return {n: importlib.metadata.version(n) for n in ("iree-base-compiler", "iree-base-runtime")}

    def build(self, onnx_path, out, folder, job):
        """Relative names only: an artefact must not know where it was made."""
        began = time.monotonic()
        os.symlink(os.path.abspath(onnx_path), os.path.join(folder, "model.onnx"))
        steps = [[tool("iree-import-onnx"), "model.onnx", "--opset-version", "17", "-o", "model.mlir"],
                 [tool("iree-compile"), "model.mlir", "--iree-hal-target-device=local",
                  "--iree-hal-local-target-device-backends=llvm-cpu",
                  "--iree-llvmcpu-target-cpu=" + self.par["cpu"], "--iree-opt-level=" + self.par["opt_level"],
                  "--iree-vm-bytecode-module-strip-source-map=true", "-o", "model.vmfb"]]
        log = ""
        for argv in steps:
            log += run(argv, folder, job, self.par["timeout_s"])
        os.replace(os.path.join(folder, "model.vmfb"), out)
        return {"argv": [[os.path.basename(a[0])] + a[1:] for a in steps], "seconds": time.monotonic() - began, "log": log}

    def load(self, path):
        config = self.rt.Config("local-sync")  # the calling thread: one core, no pool
        ctx = self.rt.SystemContext(config=config)
        with open(path, "rb") as f:
            module = self.rt.VmModule.copy_buffer(ctx.instance, f.read())
        ctx.add_vm_module(module)
        call = ctx.modules[module.name]["main_graph"]
        return lambda *inputs: np.asarray(call(*inputs).to_host())

    def fallback(self, path, inputs, folder):
        """A lowered module calls the HAL only; anything else it imports would run elsewhere."""
        text = subprocess.run([tool("iree-dump-module"), "--output=metadata", path], check=True,
                              capture_output=True, text=True).stdout
        deps = set(re.findall(r"^  (\w+), version >= \d+", section(text, "Module Dependencies"), re.M))
        deps |= set(re.findall(r"^  \[ *\d+\] (\w+)\.", section(text, "Imported Functions"), re.M))
        if "hal" not in deps:
            raise RuntimeError("iree-dump-module did not list what %s imports" % path)
        return {"count": len(deps - OWN_MODULES), "on": sorted(deps - OWN_MODULES),
                "nodes": len(set(re.findall(r"_dispatch_(\d+)_", text))),
                "how": "modules that the compiled module imports; nodes are its dispatches"}


def section(text, title):
    """the paragraph of a metadata dump under its title"""
    _, _, rest = text.partition("\n%s:\n" % title)
    return rest.partition("\n\n")[0]
