"""The job contract of spur-job(7), seen from inside a recipe.

    $SPUR_ROOT (default /opt/ml)
        input/config/hyperparameters.json   flat object; every value a string
        input/data/CHANNEL/                 read-only
        checkpoints/  model/  output/       ours
        events/RANK.jsonl                   where events go; $SPUR_EVENTS wins

Events are JSON objects, one a line, appended with one write(2) each. A run is good
only with exit 0 *and* a result event whose artifacts have the hashes they say.
"""

import hashlib
import json
import math
import os
import signal
import sys
import time
import traceback

EX_DATA, EX_TRANSIENT, EX_CONFIG, EX_STOPPED = 65, 75, 78, 143
FAILURE_BYTES = 1024


class Stop(Exception):
    """SIGTERM arrived and the state is safe."""


class BadData(Exception):
    """The input breaks its format or cannot be learnt from: no retry (65)."""


class BadConfig(Exception):
    """A parameter or the environment is wrong: no retry (78)."""


def sha256_file(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def write_file(path, data):
    """The whole file or none of it: temporary name, fsync, rename, fsync of the folder."""
    tmp = "%s.tmp-%d" % (path, os.getpid())
    with open(tmp, "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    os.replace(tmp, path)
    fd = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def plain(v):
    """A value as JSON has it: NaN and the infinities are strings, numpy numbers are numbers."""
    if isinstance(v, dict):
        return {str(k): plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    if hasattr(v, "tolist"):
        return plain(v.tolist())
    if isinstance(v, float) and not math.isfinite(v):
        return "NaN" if math.isnan(v) else ("Infinity" if v > 0 else "-Infinity")
    return v


def dumps(v):
    return json.dumps(plain(v), sort_keys=True, separators=(",", ":"), allow_nan=False)


class Job:
    """One attempt of one rank. Only rank 0 speaks."""

    def __init__(self, recipe, entry):
        env = os.environ
        self.root = env.get("SPUR_ROOT", "/opt/ml")
        self.run_id = env.get("SPUR_RUN_ID", "")
        self.attempt = int(env.get("SPUR_ATTEMPT", "0") or 0)
        self.rank = int(env.get("RANK", "0") or 0)
        self.world = int(env.get("WORLD_SIZE", "1") or 1)
        self.recipe = recipe
        self.entry = entry
        self.stopping = False
        self._beat = 0.0
        self._events = None
        for d in ("checkpoints", "model", "output/data"):
            os.makedirs(os.path.join(self.root, d), exist_ok=True)
        signal.signal(signal.SIGTERM, self._on_term)

    def _on_term(self, _signum, _frame):
        self.stopping = True

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def channel(self, name):
        """The folder of an input channel; its absence is a mistake of whoever wrote the job."""
        p = os.environ.get("SM_CHANNEL_" + name.upper()) or self.path("input", "data", name)
        if not os.path.isdir(p):
            raise BadConfig("no input channel '%s': %s is not a folder" % (name, p))
        return p

    # -- events ---------------------------------------------------------------------------
    def event(self, what, **fields):
        if self.rank != 0:
            return
        line = {"v": 1, "ts": time.time_ns(), "type": what}
        line.update(fields)
        if self._events is None:
            path = os.environ.get("SPUR_EVENTS") or self.path("events", "%d.jsonl" % self.rank)
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            self._events = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(self._events, (dumps(line) + "\n").encode())
        self._beat = time.monotonic()

    def heartbeat(self):
        if time.monotonic() - self._beat > 5:
            self.event("heartbeat")

    def log(self, level, msg):
        self.event("log", level=level, msg=msg)

    def metric(self, step, epoch, values):
        self.event("metric", step=step, epoch=epoch, values=values)

    def progress(self, done, total, unit):
        self.event("progress", done=done, total=total, unit=unit)

    def artifact(self, rel, kind):
        """Declare a finished file below the root; returns its sha256."""
        path = self.path(rel)
        sha = sha256_file(path)
        self.event("artifact", path=rel, kind=kind, sha256=sha, bytes=os.path.getsize(path))
        return sha

    def publish(self, rel, data, kind):
        if self.rank != 0:
            return None
        os.makedirs(os.path.dirname(self.path(rel)), exist_ok=True)
        write_file(self.path(rel), data)
        return self.artifact(rel, kind)

    # -- parameters -----------------------------------------------------------------------
    def parameters(self, spec):
        """The hyperparameters checked against recipe.json: name -> {type, default, min, max, choices}."""
        given = {}
        path = self.path("input", "config", "hyperparameters.json")
        if os.path.exists(path):
            try:
                with open(path) as f:
                    given = json.load(f)
            except (OSError, ValueError) as e:
                raise BadConfig("%s: %s" % (path, e))
            if not isinstance(given, dict):
                raise BadConfig("%s: not an object" % path)
        unknown = sorted(set(given) - set(spec))
        if unknown:
            raise BadConfig("unknown parameter '%s'; known: %s" % (unknown[0], ", ".join(sorted(spec))))
        out = {name: parse(name, given.get(name, s["default"]), s) for name, s in spec.items()}
        if "seed" in out and "seed" not in given and os.environ.get("SPUR_SEED"):
            out["seed"] = parse("seed", os.environ["SPUR_SEED"], spec["seed"])
        return out

    # -- the frame around main ------------------------------------------------------------
    def run(self, body):
        """Run body(job) and end the process with the contract's exit code."""
        try:
            summary = body(self)
            self.event("result", status="ok", summary=summary)
            code = 0
        except Stop as e:
            self.event("result", status="stopped", summary={"reason": str(e) or "SIGTERM"})
            code = EX_STOPPED
        except BadData as e:
            code = self._fail(EX_DATA, "bad input data: %s" % e)
        except BadConfig as e:
            code = self._fail(EX_CONFIG, "bad configuration: %s" % e)
        except Exception as e:  # the reason must reach output/failure whatever it is
            traceback.print_exc()
            code = self._fail(1, "%s: %s" % (type(e).__name__, e))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # a peer rank may hang in a collective; do not wait for its threads

    def _fail(self, code, text):
        raw = text.encode()[:FAILURE_BYTES]
        try:
            write_file(self.path("output", "failure"), raw)
        except OSError as e:
            print("output/failure: %s" % e, file=sys.stderr)
        print("%s: %s" % (self.recipe, text), file=sys.stderr)
        self.event("result", status="failed", summary={"exit": code, "reason": text})
        return code


def parse(name, text, spec):
    """One parameter from its text, or BadConfig that says what is allowed."""
    kind = spec["type"]
    try:
        if kind == "int":
            v = int(str(text))
        elif kind == "float":
            v = float(str(text))
            if not math.isfinite(v):
                raise ValueError
        elif kind == "bool":
            v = {"true": True, "1": True, "false": False, "0": False}[str(text).lower()]
        else:
            v = str(text)
    except (ValueError, KeyError):
        raise BadConfig("parameter %s: '%s' is not of type %s" % (name, text, kind))
    if "choices" in spec and v not in spec["choices"]:
        raise BadConfig("parameter %s: '%s' is not one of %s" % (name, v, ", ".join(map(str, spec["choices"]))))
    if ("min" in spec and v < spec["min"]) or ("max" in spec and v > spec["max"]):
        raise BadConfig("parameter %s: %s is outside [%s, %s]" % (name, v, spec.get("min", "-"), spec.get("max", "-")))
    return v


def recipe_spec(folder):
    with open(os.path.join(folder, "recipe.json")) as f:
        return json.load(f)
