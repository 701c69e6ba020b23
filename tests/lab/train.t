#!/bin/sh
# The training recipe: reproducible, resumable, distributed, and strict about its input.
. "$top_srcdir/tests/tap.sh"
py=${SPUR_TRAIN_PYTHON:-/usr/bin/python3}
"$py" -c 'import torch, numpy' 2>/dev/null || skip_all "$py has no torch"
recipe=$top_srcdir/data/recipes/driving_events
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset SPUR_EVENTS SPUR_SEED SM_CHANNEL_DATASET SM_CHANNEL_MODEL RANK WORLD_SIZE
"$py" "$top_srcdir/tests/lab/make_shards.py" "$tmp/ds" --per-drive 64 --noise 8 || exit 1

room() {	# room NAME [HYPERPARAMETERS]: a job folder on the extract
	mkdir -p "$tmp/$1/input/data" "$tmp/$1/input/config"
	ln -sfn "${ds:-$tmp/ds}" "$tmp/$1/input/data/dataset"
	echo "${2:-{\"epochs\":\"12\"\}}" >"$tmp/$1/input/config/hyperparameters.json"
}
train() { SPUR_ROOT=$tmp/$1 "$py" "$recipe/train.py" >"$tmp/$1.log" 2>&1; }
evaluate() { SPUR_ROOT=$tmp/$1 "$py" "$recipe/eval.py" >"$tmp/$1.log" 2>&1; }
sum() { sha256sum "$tmp/$1/model/$2" 2>/dev/null | cut -d' ' -f1; }
events() { cat "$tmp/$1/events/0.jsonl" 2>/dev/null; }
has() { events "$1" | grep -q -e "$2"; }

room one; train one; is $? 0 "a run succeeds"
room two; train two; is $? 0 "and again"
want=$(sum one model.safetensors)
[ -n "$want" ]; ok $? "it leaves weights"
is "$(sum two model.safetensors)" "$want" "same seed, same weights"
is "$(sum two model.onnx)" "$(sum one model.onnx)" "and the same ONNX bytes"
! grep -aq -e "$tmp" -e "$recipe" "$tmp/one/model/model.onnx"; ok $? "the ONNX file names no path"
room other '{"epochs":"12","seed":"2"}'; train other
[ "$(sum other model.safetensors)" != "$want" ]; ok $? "another seed, other weights"
for f in model.safetensors model.onnx model.json; do
	has one "\"path\":\"model/$f\",\"sha256\":\"$(sum one $f)\""; ok $? "$f is declared with its hash"
done
is "$(events one | grep -c '"type":"metric"')" 12 "a metric line an epoch"
has one '"status":"ok","summary":{'; ok $? "a result event"
"$py" - "$tmp/one/events/0.jsonl" <<'E2'
import json, sys
e = [json.loads(l) for l in open(sys.argv[1])]
assert all(x["v"] == 1 and isinstance(x["ts"], int) for x in e)
m = [x for x in e if x["type"] == "metric"]
assert m[-1]["values"]["loss"] < 0.7 * m[0]["values"]["loss"], (m[0], m[-1])
p = [x for x in e if x["type"] == "progress"]
assert p[-1]["done"] == p[-1]["total"], p[-1]
E2
ok $? "the events are well formed, the loss falls, the progress ends"

# two towers: pictures beside the signals
"$py" "$top_srcdir/tests/lab/make_shards.py" "$tmp/cam" --per-drive 64 --camera || exit 1
ds=$tmp/cam
room eyes '{"epochs":"14"}'; train eyes; is $? 0 "an extract with pictures trains a model of two towers"
room again '{"epochs":"14"}'; train again
is "$(sum again model.onnx)" "$(sum eyes model.onnx)" "the same one again"
for t in signals camera; do
	has eyes "\"path\":\"model/${t}_only.safetensors\",\"sha256\":\"$(sum eyes ${t}_only.safetensors)\""; ok $? "with the tower $t alone beside it"
done
room score; ln -sfn "$tmp/eyes/model" "$tmp/score/input/data/model"; echo '{}' >"$tmp/score/input/config/hyperparameters.json"
evaluate score; is $? 0 "it is scored on drives it has not seen"
"$py" - "$tmp/score/output/data/evaluation.json" <<'E2'
import json, sys
r = json.load(open(sys.argv[1]))
one = {a["towers"]: a["macro_f1"] for a in r["ablations"]}
print("# both %.3f, alone %s" % (r["macro_f1"], one))
assert r["towers"] == "both" and sorted(one) == ["camera", "signals"]
assert r["macro_f1"] > one["signals"] + 0.05 and r["macro_f1"] > one["camera"]
assert all(a["ci_low"] <= a["macro_f1"] <= a["ci_high"] for a in r["ablations"])
E2
ok $? "both towers see more than either, and the report says how much"
room blind '{"epochs":"3","towers":"signals"}'; train blind; is $? 0 "towers=signals leaves the pictures out"
[ -n "$(sum blind model.onnx)" ] && [ -z "$(sum blind signals_only.safetensors)" ]; ok $? "and then there is nothing to compare with"
ds=$tmp/ds
room dark '{"epochs":"3","towers":"both"}'; train dark; is $? 78 "towers=both without pictures is refused"
grep -q "the extract has no pictures" "$tmp/dark/events/0.jsonl"; ok $? "with the reason"

# SIGTERM in the middle: checkpoint, 143, and the next attempt ends where the first would have
room stop; SPUR_ROOT=$tmp/stop "$py" "$recipe/train.py" >"$tmp/stop.log" 2>&1 &
pid=$!
n=0; while [ $n -lt 600 ] && ! has stop '"epoch":3,"path":"checkpoints'; do n=$((n + 1)); kill -0 $pid 2>/dev/null || break; sleep 0.02; done
kill -TERM $pid; wait $pid; is $? 143 "SIGTERM: exit 143"
has stop '"status":"stopped"'; ok $? "the result says stopped"
[ ! -e "$tmp/stop/model/model.safetensors" ]; ok $? "no model was left behind"
train stop; is $? 0 "the next attempt resumes"
has stop 'resumed signals at epoch'; ok $? "and says from where"
is "$(sum stop model.safetensors)" "$want" "the weights are those of the undisturbed run"
# kill -9 at two other moments
room kill
for epoch in 2 6; do
	SPUR_ROOT=$tmp/kill "$py" "$recipe/train.py" >"$tmp/kill.log" 2>&1 &
	pid=$!
	n=0; while [ $n -lt 600 ] && ! has kill "\"epoch\":$epoch,\"path\":\"checkpoints"; do n=$((n + 1)); kill -0 $pid 2>/dev/null || break; sleep 0.02; done
	kill -KILL $pid; wait $pid 2>/dev/null
done
train kill; is $? 0 "after two kill -9 a third attempt ends"
is "$(sum kill model.safetensors)" "$want" "with the same weights"
is "$(sum kill model.onnx)" "$(sum one model.onnx)" "and the same ONNX bytes"
cp "$tmp/one/input/config/hyperparameters.json" "$tmp/keep.json"
echo '{"epochs":"13"}' >"$tmp/kill/input/config/hyperparameters.json"
train kill; is $? 78 "a checkpoint of other parameters is refused"

# two ranks
port() { "$py" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ranks() {	# ranks NAME
	p=$(port)
	for r in 1 0; do
		RANK=$r LOCAL_RANK=$r WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$p GLOO_SOCKET_IFNAME=lo OMP_NUM_THREADS=1 \
		SPUR_ROOT=$tmp/$1 timeout 120 "$py" "$recipe/train.py" >"$tmp/$1.$r.log" 2>&1 &
		eval "rank$r=$!"
	done
	wait "$rank1"; a=$?; wait "$rank0"; echo "$a $?"
}
room ddp1; is "$(ranks ddp1)" "0 0" "two ranks succeed"
room ddp2; ranks ddp2 >/dev/null
[ -n "$(sum ddp1 model.safetensors)" ] && [ "$(sum ddp1 model.safetensors)" = "$(sum ddp2 model.safetensors)" ]
ok $? "two ranks are as reproducible as one"
is "$(events ddp1 | grep -c '"type":"result"')" 1 "only rank 0 reports"

# held-out drives
room judge; ln -s "$tmp/one/model" "$tmp/judge/input/data/model"; echo '{}' >"$tmp/judge/input/config/hyperparameters.json"
evaluate judge; is $? 0 "evaluation succeeds"
cat >"$tmp/check.py" <<'E2'
import json, sys
import numpy as np
r, ds = json.load(open(sys.argv[1])), sys.argv[2]
man = json.load(open(ds + "/manifest.json"))
test = [s for s in man["shards"] if s["split"] == "test"]
assert r["drives"] == sorted(s["drive"] for s in test), r["drives"]
m = np.array(r["confusion"]["counts"])
y = np.concatenate([np.load(ds + "/" + s["path"])["y"] for s in test])
assert (m.sum(1) == np.bincount(y, minlength=len(m))).all() and r["windows"] == len(y)
f = []
for i in range(len(m)):
    tp, fp, fn = m[i, i], m[:, i].sum() - m[i, i], m[i].sum() - m[i, i]
    f.append(2 * tp / max(1, 2 * tp + fp + fn))
    assert abs(f[-1] - r["classes"][i]["f1"]) < 1e-12
assert abs(np.mean(f) - r["macro_f1"]) < 1e-12
assert r["ci_low"] <= r["macro_f1"] <= r["ci_high"] and r["ci_low"] < r["ci_high"]
major = np.bincount(y, minlength=len(m))[0] / len(y)
assert r["baseline"]["class"] == man["classes"][0] and abs(r["baseline"]["accuracy"] - major) < 1e-12
assert abs(r["baseline"]["macro_f1"] - 2 * major / (1 + major) / len(m)) < 1e-12
loss = [w["loss"] for w in r["worst"]]
assert len(loss) == 20 and loss == sorted(loss, reverse=True)
print("# macro-F1 %.3f, 95 %% interval %.3f .. %.3f by %s, baseline %.3f"
      % (r["macro_f1"], r["ci_low"], r["ci_high"], r["ci_unit"], r["baseline"]["macro_f1"]))
assert r["macro_f1"] >= 0.75 and r["ci_low"] >= r["baseline"]["macro_f1"] + 0.15
E2
"$py" "$tmp/check.py" "$tmp/judge/output/data/evaluation.json" "$tmp/ds"
ok $? "its figures follow from the confusion matrix, and the model has learnt"
cp -r "$tmp/one/model" "$tmp/cheat"
sed -i 's/"train_drives":\[/&"drive-07",/' "$tmp/cheat/model.json"
room cheats; ln -s "$tmp/cheat" "$tmp/cheats/input/data/model"; echo '{}' >"$tmp/cheats/input/config/hyperparameters.json"
evaluate cheats; is $? 65 "a drive that was trained on cannot be held out"
printf 'x' | dd of="$tmp/cheat/model.safetensors" bs=1 seek=5000 conv=notrunc 2>/dev/null
evaluate cheats; is $? 65 "damaged weights are refused"

# bad data: 65, bad configuration: 78, and output/failure says why
refuse() {	# refuse NAME EXIT GLOB: train in room NAME
	train "$1"; is $? "$2" "$1: exit $2"
	like "$(cat "$tmp/$1/output/failure" 2>/dev/null)" "$3" "$1: the reason is in output/failure"
}
edit() {	# edit NAME: a copy of the extract changed by the Python on stdin (d: folder, m: manifest)
	cp -r "$tmp/ds" "$tmp/ds-$1"
	{ cat <<'E2'
import hashlib, json, sys
import numpy as np
d = sys.argv[1]
m = json.load(open(d + "/manifest.json"))
def shard(i, **new):
    p = d + "/" + m["shards"][i]["path"]
    a = dict(np.load(p)); a.update(new); np.savez(p, **a)
    m["shards"][i]["sha256"] = hashlib.sha256(open(p, "rb").read()).hexdigest()
E2
	cat; echo 'json.dump(m, open(d + "/manifest.json", "w"))'; } >"$tmp/edit.py"
	"$py" "$tmp/edit.py" "$tmp/ds-$1"
	ds=$tmp/ds-$1 room "$1"
}
edit flipped </dev/null; printf 'x' | dd of="$tmp/ds-flipped/drive00.npz" bs=1 seek=3000 conv=notrunc 2>/dev/null
refuse flipped 65 "*drive00.npz: sha256 is not the manifest's*"
edit leak <<'E2'
m["shards"][6]["drive"] = m["shards"][0]["drive"]
E2
refuse leak 65 "*splits must not share drives*"
edit label <<'E2'
shard(0, y=np.full(64, 9))
E2
refuse label 65 "*label outside 0..4*"
edit alone <<'E2'
for i in range(4): shard(i, y=np.zeros(64, np.int64))
E2
refuse alone 65 "*a single class*"
edit shape <<'E2'
shard(1, x=np.zeros((64, 7, 100), np.float32))
E2
refuse shape 65 "*wanted float32*"
edit infinite <<'E2'
shard(1, x=np.full((64, 8, 100), np.inf, np.float32))
E2
refuse infinite 65 "*infinities*"
edit outside <<'E2'
m["shards"][0]["path"] = "../ds/drive00.npz"
E2
refuse outside 65 "*leaves the extract*"
room torn; ds=; mkdir "$tmp/half"; head -c 300 "$tmp/ds/manifest.json" >"$tmp/half/manifest.json"
ds=$tmp/half room torn; refuse torn 65 "*not JSON*"
room typo '{"epoch":"3"}'; refuse typo 78 "*unknown parameter 'epoch'*"
room range '{"lr":"-1"}'; refuse range 78 "*parameter lr*outside*"
room word '{"epochs":"many"}'; refuse word 78 "*not of type int*"
room nowhere; rm "$tmp/nowhere/input/data/dataset"; refuse nowhere 78 "*no input channel 'dataset'*"
done_testing
