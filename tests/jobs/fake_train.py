"""A training of the job contract without torch: integer steps, a checkpoint after each epoch, the
result a function of the seed alone, however often it was stopped. FAKE_* variables make it misbehave."""
import hashlib
import json
import os
import signal
import sys
import time

root, rank = os.environ["SPUR_ROOT"], int(os.environ["RANK"])
hp = json.load(open(root + "/input/config/hyperparameters.json"))
fake = {k[5:].lower(): v for k, v in os.environ.items() if k.startswith("FAKE_")}
attempt = int(os.environ["SPUR_ATTEMPT"])
stop = []


def on_term(*_):
    stop.append(1)


def write(path, data):
    tmp = path + ".tmp"
    with open(tmp, "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    os.rename(tmp, path)


def event(**kw):
    line = json.dumps({"v": 1, "ts": time.time_ns(), **kw}) + "\n"
    fd = os.open(os.environ["SPUR_EVENTS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(fd, line.encode())
    os.close(fd)


if "ignore_term" not in fake:
    signal.signal(signal.SIGTERM, on_term)
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ignoring", flush=True)
if "exit" in fake and attempt <= int(fake.get("times", "99")):
    write(root + "/output/failure", b"told to fail")
    sys.exit(int(fake["exit"]))
if fake.get("silent_rank") == str(rank):
    time.sleep(600)
if rank != 0:
    while os.path.exists(root + "/model/weights.bin") is False and not stop:
        time.sleep(0.02)
    sys.exit(143 if stop else 0)
state = {"epoch": 0, "w": int(os.environ["SPUR_SEED"])}
ckpt = root + "/checkpoints/last.json"
if os.path.exists(ckpt):
    state = json.load(open(ckpt))
epochs = int(hp["epochs"])
print("attempt %d begins at epoch %d" % (attempt, state["epoch"]), flush=True)
while state["epoch"] < epochs:
    for step in range(5):
        time.sleep(float(hp.get("step_s", "0.01")))
        state["w"] = int(hashlib.sha256(b"%d %d %d" % (state["w"], state["epoch"], step)).hexdigest()[:12], 16)
    state["epoch"] += 1
    write(ckpt, json.dumps(state).encode())
    event(type="checkpoint", path="checkpoints/last.json", epoch=state["epoch"])
    event(type="metric", step=state["epoch"], values={"loss": 1.0 / state["epoch"], "nan": "NaN"})
    event(type="progress", done=state["epoch"], total=epochs, unit="epoch")
    if fake.get("torn") == str(state["epoch"]) and attempt == 1:
        fd = os.open(os.environ["SPUR_EVENTS"], os.O_WRONLY | os.O_APPEND)
        os.write(fd, b'{"v":1,"ts":1,"type":"metric","val')
        os.kill(os.getpid(), 9)
    if stop:
        event(type="result", status="stopped", summary={})
        sys.exit(143)
data = b"weights %d\n" % state["w"]
write(root + "/model/weights.bin", data)
if "no_artifact" not in fake:
    event(type="artifact", path="model/weights.bin", kind="weights", sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
if "no_result" not in fake:
    event(type="result", status="ok", summary={"epochs": epochs})
if "corrupt" in fake:
    write(root + "/model/weights.bin", data + b"x")
