"""See kill.t. Prints TAP."""
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

ROOT, SRC, BUILD, SPUR = sys.argv[1], os.environ["top_srcdir"], os.environ["top_builddir"], os.environ["SPUR"]
JOBS, CATALOG, DATA = os.environ["SPUR_JOBS"], os.environ["SPUR_CATALOG"], os.environ["SPUR_DATA"]
KILLS, SEED = int(os.environ.get("SPUR_KILLS", "20")), int(os.environ.get("SPUR_KILL_SEED", "1"))
TRAIN_PYTHON = os.environ.get("SPUR_TRAIN_PYTHON", "/usr/bin/python3")
TERMINAL = ("succeeded", "failed", "cancelled", "lost")
VICTIMS = ("worker", "supervisor", "workbench")
rng = random.Random(SEED)
number, bad = 0, 0


def ok(cond, name, *why):
    global number, bad
    number += 1
    bad += not cond
    print("%s %d - %s" % ("ok" if cond else "not ok", number, name), flush=True)
    for w in why if not cond else ():
        print("# %s" % str(w).replace("\n", "\n# "), flush=True)


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


def jobs():
    """Folders of jobs that are there, whoever made them."""
    return {n for n in os.listdir(JOBS) if re.fullmatch("[0-9a-f]{16}", n)} if os.path.isdir(JOBS) else set()


def load(job, name):
    try:
        return json.load(open("%s/%s/%s" % (JOBS, job, name)))
    except (OSError, ValueError):
        return {}


def state(job):
    return load(job, "state.json").get("state", "")


def is_ours(pid, needle):
    """Only processes whose command line or environment names our folder are ever signalled."""
    try:
        line = open("/proc/%d/cmdline" % pid, "rb").read()
        return needle.encode() in line and (ROOT.encode() in line or ROOT.encode() in open("/proc/%d/environ" % pid, "rb").read())
    except OSError:
        return False


def until(seconds, test):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = test()
        if got:
            return got
        time.sleep(0.02)
    return test()


class Workbench:
    """The curses program in a terminal of tmux; comes back after it was killed, as a person would start it again."""

    def __init__(self):
        self.count, self.pid = 0, 0

    def tmux(self, *argv):
        return run("tmux", "-S", "%s/tmux%d" % (ROOT, self.count), *argv, check=False).stdout

    def see(self, text, seconds=10):
        return until(seconds, lambda: text in self.tmux("capture-pane", "-p"))

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def alive(self):
        return self.pid > 0 and is_ours(self.pid, "--catalog")

    def open(self):
        """On its jobs screen."""
        if self.alive():
            return
        self.count += 1
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "110", "-y", "30", "exec '%s' --catalog '%s'" % (SPUR, CATALOG))
        self.pid = int(self.tmux("list-panes", "-F", "#{pane_pid}").strip() or 0)
        if not self.see("[1 Drives]", 30):
            raise SystemExit("Bail out! the workbench does not come up:\n" + self.tmux("capture-pane", "-p"))
        self.jobs_key = re.search(r"(\d) Jobs", self.tmux("capture-pane", "-p")).group(1)
        self.keys(self.jobs_key)
        self.see("[%s Jobs]" % self.jobs_key)

    def type(self, line):
        self.keys(":")
        self.tmux("send-keys", "-l", line)
        self.keys("Enter")

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        until(5, lambda: not self.alive())

    def close(self):
        if self.alive():
            self.keys("q", "Q")
            until(5, lambda: not self.alive())
        self.tmux("kill-server")


bench = Workbench()


def victims(job):
    sup = load(job, "state.json").get("supervisor", {}).get("pid", 0)
    saved = load(job, "run.json").get("saved", "").split(" ")[:-1]
    workers = [int(s.split(":")[0]) for s in saved if s]
    return {"supervisor": [p for p in [sup] if p and is_ours(p, "--supervise")],
            "worker": [p for p in workers if is_ours(p, "")],
            "workbench": [bench.pid] if bench.alive() else []}


def begin(line, deck, killed):
    """Types LINE into the workbench, which may die before it could do anything about it; the job that came of it."""
    before = jobs()
    early = deck and deck[-1] == "workbench" and "early" not in killed
    bench.open()
    bench.type(line)
    if early:
        time.sleep(rng.uniform(0, 0.3))
        bench.kill()
        killed.append(deck.pop())
        killed.append("early")
        bench.open()
        if not until(3, lambda: jobs() - before):
            bench.type(line)
    new = until(30, lambda: jobs() - before)
    if not new:
        raise SystemExit("Bail out! no job came of '%s':\n%s" % (line, bench.tmux("capture-pane", "-p")))
    bench.see(list(new)[0], 5)
    bench.keys("q", bench.jobs_key)
    return list(new)[0]


def strike(job, who, pause):
    """Kills one; False: the job was over before."""
    while state(job) not in TERMINAL:
        bench.open()
        until(10, lambda: victims(job)[who] or state(job) in TERMINAL)
        time.sleep(rng.uniform(0, pause))
        v = victims(job)
        if not v[who] or state(job) in TERMINAL:
            continue
        if who == "workbench":
            bench.kill()
            time.sleep(0.1)
            if v["supervisor"] and state(job) not in TERMINAL:
                ok(is_ours(v["supervisor"][0], "--supervise"), "the supervisor does not die with the workbench")
        else:
            try:
                os.kill(rng.choice(v[who]), signal.SIGKILL)
            except ProcessLookupError:
                continue
        return True
    return False


def disturb(job, deck, killed, pause):
    """Kills by the deck until it is empty or the job is over. Nobody but the workbench looks after the job."""
    while deck and strike(job, deck[-1], pause):
        killed.append(deck.pop())
    for _ in range(60):
        bench.open()
        if until(2, lambda: state(job) in TERMINAL):
            break
    return state(job)


def catalogue():
    run(SPUR, "demo", "make", ROOT + "/d", "--drives", "2", "--seconds", "120", "--seed", "9")
    run(SPUR, "add", ROOT + "/d")
    for who in ("ann", "bea"):
        run(SPUR, "identity", "add", who)
    for label, query in (("left", "YawRate > 0.2"), ("right", "YawRate < -0.2"), ("pull", "LongAccel > 0.4")):
        run(SPUR, "find", query, "--min", "0.5s", "--all", "--label", label, "--store", "--as", "ann")
    run(SPUR, "tag", "event", "--all", "--as", "ann")
    run(SPUR, "review", "approve", "--all", "--as", "bea")
    run(SPUR, "dataset", "freeze", "k", "--tag", "event", "--split", "0.5,0,0.5", "--as", "ann")


def extraction():
    catalogue()
    recipe = json.load(open(DATA + "/recipes/driving_events/extract.json"))
    recipe.update(segments_per_shard=1, rate_hz=100, stride_s=0.1, formats=["npz", "parquet"])
    json.dump(recipe, open(ROOT + "/recipe.json", "w"))
    line = "extract k -o %s/%s --recipe " + ROOT + "/recipe.json --workers 2"
    run(SPUR, *(line % (ROOT, "want")).split(), "--wait")
    want = sums(ROOT + "/want")

    def one(i, deck, killed):
        job = begin(line % (ROOT, "x%d" % i), deck, killed)
        return job, lambda: sums("%s/x%d" % (ROOT, i)) == want and len(want) > 20
    return one


def training():
    """Without torch; started by a tool, watched by the workbench."""
    def submit():
        return run(BUILD + "/tests/tools/job_submit", JOBS, SPUR, CATALOG, "param.epochs=30", "param.step_s=0.02",
                   "artifact=model/weights.bin", "grace_s=2", "--", "python3", SRC + "/tests/jobs/fake_train.py", ROOT).stdout.strip()

    job = submit()
    run(SPUR, "job", "wait", job)
    want = sums("%s/%s/model" % (JOBS, job))

    def one(i, deck, killed):
        job = submit()
        return job, lambda: sums("%s/%s/model" % (JOBS, job)) == want and len(want) == 1
    return one


def recipe():
    """The shipped recipe on synthetic windows; needs torch."""
    run(TRAIN_PYTHON, SRC + "/tests/lab/make_shards.py", ROOT + "/ds", "--drives", "4", "--per-drive", "40")
    line = "train %s/ds --set epochs=60 --set width=8 --set patience=100" % ROOT
    before = jobs()
    run(SPUR, *line.split(), "--wait")

    def weights(job):
        return {k: v for k, v in sums("%s/%s/model" % (JOBS, job)).items() if not k.endswith(".json")}

    want = weights((jobs() - before).pop())

    def one(i, deck, killed):
        job = begin(line, deck, killed)
        return job, lambda: weights(job) == want and len(want) >= 2
    return one


def has_torch():
    return run(TRAIN_PYTHON, "-c", "import torch, numpy", check=False).returncode == 0


def part(name, make, share, pause):
    one, i, total = make(), 0, dict.fromkeys(VICTIMS, 0)
    deck = [VICTIMS[i % len(VICTIMS)] for i in range(share)]
    want = {v: deck.count(v) for v in VICTIMS}
    rng.shuffle(deck)
    deck.append(deck.pop(deck.index("workbench")) if "workbench" in deck else deck.pop())  # while it starts the job
    while deck and i < 20:
        i += 1
        killed = []
        job, same = one(i, deck, killed)
        last = disturb(job, deck, killed, pause)
        for k in killed:
            total[k] = total.get(k, 0) + 1
        text = "%s %d after %s, %d attempts" % (name, i, ", ".join(killed) or "nothing", load(job, "state.json").get("attempt", 0))
        ok(last == "succeeded", text + ": finished", load(job, "state.json"))
        ok(same(), text + ": the bytes of the undisturbed run")
    total.pop("early", None)
    ok(total == want, "%s: killed %s" % (name, ", ".join("%d %s" % (n, v) for v, n in total.items())), want)


def main():
    parts = [["extraction", extraction, KILLS // 2, 1.0], ["training", training, KILLS - KILLS // 2, 0.6]]
    if has_torch():
        parts[1][2] -= KILLS // 4
        parts.append(["recipe", recipe, KILLS // 4, 1.5])
    try:
        for p in parts:
            part(*p)
    finally:
        bench.close()
    print("# seed %d" % SEED)
    print("1..%d" % number)
    sys.exit(bad > 0)


main()
