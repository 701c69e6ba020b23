"""See kill.t. Prints TAP."""
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time

ROOT, SRC, BUILD, SPUR = sys.argv[1], os.environ["top_srcdir"], os.environ["top_builddir"], os.environ["SPUR"]
JOBS, CATALOG = os.environ["SPUR_JOBS"], os.environ["SPUR_CATALOG"]
KILLS, SEED = int(os.environ.get("SPUR_KILLS", "20")), int(os.environ.get("SPUR_KILL_SEED", "1"))
TERMINAL = ("succeeded", "failed", "cancelled", "lost")
rng = random.Random(SEED)
number, bad = 0, 0


def ok(cond, name, *why):
    global number, bad
    number += 1
    bad += not cond
    print("%s %d - %s" % ("ok" if cond else "not ok", number, name), flush=True)
    for w in why if not cond else ():
        print("# %s" % w, flush=True)


def run(*argv, check=True):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if check and p.returncode != 0:
        raise SystemExit("Bail out! %s: %s" % (" ".join(argv), p.stderr))
    return p


def sums(folder):
    out = {}
    for base, _, names in os.walk(folder):
        for n in sorted(names):
            if n.endswith((".npz", ".parquet", ".json", ".bin", ".safetensors", ".onnx")) and n != "sources.json":
                path = os.path.join(base, n)
                out[os.path.relpath(path, folder)] = hashlib.sha256(open(path, "rb").read()).hexdigest()
    return out


def submit(keys, argv):
    return run(BUILD + "/tests/tools/job_submit", JOBS, SPUR, CATALOG, *keys, "--", *argv).stdout.strip()


def load(job, name):
    try:
        return json.load(open("%s/%s/%s" % (JOBS, job, name)))
    except (OSError, ValueError):
        return {}


def state(job):
    return load(job, "state.json").get("state", "")


def is_ours(pid, needle):
    """Only processes whose command line names our folder are ever signalled."""
    try:
        return ROOT.encode() in open("/proc/%d/cmdline" % pid, "rb").read() and needle
    except OSError:
        return False


def victims(job, client):
    sup = load(job, "state.json").get("supervisor", {}).get("pid", 0)
    saved = load(job, "run.json").get("saved", "").split(" ")[:-1]
    out = {"supervisor": [sup], "worker": [int(s.split(":")[0]) for s in saved if s], "client": [client.pid]}
    return {k: [p for p in v if p and is_ours(p, k)] for k, v in out.items()}


def disturb(job, most, pause):
    """Kills until the job is over or `most` were killed; returns who was."""
    client, killed, until = None, [], time.monotonic() + 120
    while time.monotonic() < until:
        if client is None or client.poll() is not None:
            client = subprocess.Popen([SPUR, "job", "wait", job, "--catalog", CATALOG], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        if state(job) in TERMINAL or len(killed) >= most:
            break
        soon = time.monotonic() + (5 if rng.random() < 0.7 else 0)
        while time.monotonic() < soon and not victims(job, client)["worker"] and state(job) not in TERMINAL:
            time.sleep(0.02)  # mostly into the work itself, sometimes into starting and stopping
        time.sleep(rng.uniform(0.0, pause))
        v = victims(job, client)
        if killed.count("client") > most // 5:
            v["client"] = []
        there = [w for w in ("supervisor", "supervisor", "worker", "worker", "worker", "client") if v[w]]
        if there and state(job) not in TERMINAL:
            who = rng.choice(there)
            pid = rng.choice(v[who])
            try:
                os.kill(pid, signal.SIGKILL)
                killed.append(who)
            except ProcessLookupError:
                pass
        # What a person does next: look. That is enough to bring a dead supervisor back.
        run(SPUR, "jobs", check=False)
    done = run(SPUR, "job", "wait", job, "--timeout", "120s", check=False)
    client.wait()
    return killed, done


def extraction():
    recipe = json.load(open(SRC + "/data/recipes/driving_events/extract.json"))
    recipe["segments_per_shard"] = 1
    json.dump(recipe, open(ROOT + "/recipe.json", "w"))
    run(SPUR, "demo", "make", ROOT + "/d", "--drives", "2", "--seconds", "90", "--seed", "9")
    drives = ["%s/d/drive_0%d.mf4,%s/d/drive_0%d.mcap" % (ROOT, i, ROOT, i) for i in (1, 2)]

    def plan(out):
        run(BUILD + "/tests/tools/extract_plan", out, ROOT + "/recipe.json", "6", *drives)

    plan(ROOT + "/want")
    run(SPUR, "worker", "--plan", ROOT + "/want")
    want = sums(ROOT + "/want")

    def one(i):
        out = "%s/x%d" % (ROOT, i)
        plan(out)
        job = submit(["processes=2", "artifact=" + out + "/manifest.json", "grace_s=2"], [SPUR, "worker", "--plan", out])
        return job, lambda: sums(out) == want
    return one


def training():
    argv = ["python3", SRC + "/tests/jobs/fake_train.py", ROOT]
    keys = ["param.epochs=30", "param.step_s=0.02", "artifact=model/weights.bin", "grace_s=2"]
    job = submit(keys, argv)
    run(SPUR, "job", "wait", job)
    want = sums("%s/%s/model" % (JOBS, job))

    def one(i):
        job = submit(keys, argv)
        return job, lambda: sums("%s/%s/model" % (JOBS, job)) == want and len(want) == 1
    return one


TRAIN_PYTHON = os.environ.get("SPUR_TRAIN_PYTHON", "/usr/bin/python3")


def recipe():
    """The shipped recipe on synthetic windows; needs torch."""
    run(TRAIN_PYTHON, SRC + "/tests/lab/make_shards.py", ROOT + "/ds", "--drives", "4", "--per-drive", "40")
    argv = [TRAIN_PYTHON, SRC + "/data/recipes/driving_events/train.py", ROOT]
    keys = ["param.epochs=12", "param.width=8", "param.patience=100", "channel.dataset=" + ROOT + "/ds",
            "artifact=model/model.safetensors", "artifact=model/model.onnx", "grace_s=5"]

    def weights(job):
        return {k: v for k, v in sums("%s/%s/model" % (JOBS, job)).items() if not k.endswith(".json")}

    job = submit(keys, argv)
    run(SPUR, "job", "wait", job)
    want = weights(job)

    def one(i):
        job = submit(keys, argv)
        return job, lambda: weights(job) == want and len(want) >= 2
    return one


def has_torch():
    return run(TRAIN_PYTHON, "-c", "import torch, numpy", check=False).returncode == 0


def main():
    total = {"supervisor": 0, "worker": 0, "client": 0}
    parts = [["extraction", extraction, KILLS // 2, 0.6], ["training", training, KILLS - KILLS // 2, 0.6]]
    if has_torch():
        parts[1][2] -= KILLS // 4
        parts.append(["recipe", recipe, KILLS // 4, 4.0])
    for name, make, share, pause in parts:
        one, left, i = make(), share, 0
        while left > 0 and i < 20:
            i += 1
            job, same = one(i)
            killed, done = disturb(job, left, pause)
            left -= len(killed)
            for k in killed:
                total[k] += 1
            text = "%s %d after %d kills (%s), %d attempts" % (name, i, len(killed), ", ".join(killed),
                                                               load(job, "state.json").get("attempt", 0))
            ok(done.returncode == 0 and state(job) == "succeeded", text + ": finished", done.stderr, load(job, "state.json"))
            ok(same(), text + ": the bytes of the undisturbed run")
        ok(left <= 0, "%s: %d kills" % (name, share))
    print("# killed: %s; seed %d" % (total, SEED))
    print("1..%d" % number)
    sys.exit(bad > 0)


main()
