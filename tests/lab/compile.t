#!/bin/sh
# The compile recipe with the real tools: IREE against ONNX Runtime on held-out windows.
. "$top_srcdir/tests/tap.sh"
train=${SPUR_TRAIN_PYTHON:-/usr/bin/python3}
tools=${SPUR_TOOLS_PYTHON:-}
[ -n "$tools" ] || skip_all "SPUR_TOOLS_PYTHON is not set; see data/recipes/compile/requirements.txt"
"$tools" -c 'import iree.runtime, onnxruntime, onnx' 2>/dev/null || skip_all "$tools has no IREE and ONNX Runtime"
"$train" -c 'import torch, numpy' 2>/dev/null || skip_all "$train has no torch"
recipes=$top_srcdir/data/recipes
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset SPUR_EVENTS SPUR_SEED SM_CHANNEL_DATASET SM_CHANNEL_MODEL RANK WORLD_SIZE
"$train" "$top_srcdir/tests/lab/make_shards.py" "$tmp/ds" --per-drive 140 --noise 2 || exit 1

room() {	# room NAME HYPERPARAMETERS [MODEL]
	mkdir -p "$tmp/$1/input/data" "$tmp/$1/input/config"
	ln -sfn "$tmp/ds" "$tmp/$1/input/data/dataset"
	[ -z "${3:-}" ] || ln -sfn "$3" "$tmp/$1/input/data/model"
	echo "$2" >"$tmp/$1/input/config/hyperparameters.json"
}
compile() { SPUR_ROOT=$tmp/$1 "$tools" "$recipes/compile/compile.py" >"$tmp/$1.log" 2>&1; }
room model '{"epochs":"8"}'
SPUR_ROOT=$tmp/model "$train" "$recipes/driving_events/train.py" >"$tmp/model.log" 2>&1; is $? 0 "a model"

room iree '{"target":"iree-cpu"}' "$tmp/model/model"; compile iree; is $? 0 "IREE compiles it"
cat >"$tmp/check.py" <<'E2'
import hashlib, json, sys
import numpy as np
import onnxruntime as ort
root, ds, model = sys.argv[1:]
r = json.load(open(root + "/output/data/report.json"))
art = root + "/" + r["artefact"]["path"]
assert hashlib.sha256(open(art, "rb").read()).hexdigest() == r["artefact"]["sha256"]
p = r["parity"]
assert p["windows"] == 256 and p["finite"] and p["max_abs"] <= 1e-4 and p["top1_agreement"] == 1.0, p
assert r["reproducible"]["identical"] and r["fallback"]["count"] == 0 and r["fallback"]["nodes"] >= 3, r["fallback"]
assert r["export"]["max_abs"] <= 1e-4 and r["ops"]["Conv"] == 3 and r["opset"] == 17
l = r["latency"][r["target"]]
assert 0 < l["min"] <= l["p50"] <= l["p90"] <= l["p99"] and l["warmup"] >= 50 and l["iterations"] >= 200
man = json.load(open(ds + "/manifest.json"))
assert set(r["dataset"]["verify_drives"]) <= {s["drive"] for s in man["shards"] if s["split"] == "test"}
# The report's own arithmetic, once more and from outside: run the artefact here.
test = [s for s in man["shards"] if s["split"] == "test"]
x = np.concatenate([np.load(ds + "/" + s["path"])["x"] for s in test])
pick = np.unique(np.linspace(0, len(x) - 1, 256).round().astype(int))
s = ort.InferenceSession(model + "/model.onnx", providers=["CPUExecutionProvider"])
ref = s.run(None, {"signals": x[pick]})[0]
if r["target"] == "iree-cpu":
    import iree.runtime as rt
    ctx = rt.SystemContext(config=rt.Config("local-sync"))
    mod = rt.VmModule.copy_buffer(ctx.instance, open(art, "rb").read())
    ctx.add_vm_module(mod)
    got = np.concatenate([ctx.modules[mod.name]["main_graph"](x[i:i + 1]).to_host() for i in pick])
else:
    t = ort.InferenceSession(art, providers=["CPUExecutionProvider"])
    got = np.concatenate([t.run(None, {"signals": x[i:i + 1]})[0] for i in pick])
assert np.abs(ref).max() > 0.5 and np.abs(ref - got).max() <= 1e-4
print("# %s: max abs %.2e, SQNR %s dB, p50 %.0f us, reference p50 %.0f us, compiled twice in %.1f s each"
      % (r["target"], p["max_abs"], p["sqnr_db"], l["p50"], r["latency"]["reference"]["p50"], r["toolchain"]["seconds"]))
E2
"$tools" "$tmp/check.py" "$tmp/iree" "$tmp/ds" "$tmp/model/model"; ok $? "256 held-out windows agree with ONNX Runtime to 1e-4"
grep -q '"status":"ok"' "$tmp/iree/events/0.jsonl"; ok $? "the job says so"
grep -q "\"name\":\"iree-base-compiler\"" "$tmp/iree/output/data/sbom.json"; ok $? "the SBOM names the compiler"
! grep -aq "$tmp" "$tmp/iree/model/model.vmfb"; ok $? "the artefact names no path"
[ -z "$(ls "$tmp/iree/output" | grep compile-)" ]; ok $? "the work folder is gone"
room ort '{"target":"ort-cpu"}' "$tmp/model/model"; compile ort; is $? 0 "ONNX Runtime optimises it"
"$tools" "$tmp/check.py" "$tmp/ort" "$tmp/ds" "$tmp/model/model"; ok $? "and agrees with itself"

# two inputs: signals as floats, pictures as bytes
mv "$tmp/ds" "$tmp/ds.signals"
"$train" "$top_srcdir/tests/lab/make_shards.py" "$tmp/ds" --per-drive 140 --camera || exit 1
room eyes '{"epochs":"4","ablations":"false"}'
SPUR_ROOT=$tmp/eyes "$train" "$recipes/driving_events/train.py" >"$tmp/eyes.log" 2>&1; is $? 0 "a model of two towers"
cat >"$tmp/check2.py" <<'E2'
import json, sys
r = json.load(open(sys.argv[1] + "/output/data/report.json"))
p = r["parity"]
assert p["windows"] == 256 and p["max_abs"] <= 1e-4 and p["top1_agreement"] == 1.0, p
assert r["reproducible"]["identical"] and r["fallback"]["count"] == 0 and r["export"]["max_abs"] <= 1e-4 and r["ops"]["Conv"] == 6
print("# max abs %.2g, p50 %.0f us" % (p["max_abs"], r["latency"][r["target"]]["p50"]))
E2
for target in iree-cpu ort-cpu; do
	room "eyes-$target" "{\"target\":\"$target\"}" "$tmp/eyes/model"; compile "eyes-$target"; is $? 0 "$target compiles it"
	"$tools" "$tmp/check2.py" "$tmp/eyes-$target"; ok $? "256 held-out windows agree"
done
rm -r "$tmp/ds"; mv "$tmp/ds.signals" "$tmp/ds"

# A compiler that is wrong must be seen: an artefact of other weights against this model's reference.
cat >"$tmp/wrong.py" <<'E2'
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from compile import parity
ref = np.array([[1., 0.], [0., 2.], [3., 1.]], np.float32)
got = ref + np.array([[0, 0], [0, -2.5], [.01, 0]], np.float32)
c = parity.compare(ref, got)
assert abs(c["max_abs"] - 2.5) < 1e-6 and abs(c["mean_abs"] - 2.51 / 6) < 1e-6 and abs(c["top1_agreement"] - 2 / 3) < 1e-9, c
assert abs(c["sqnr_db"] - 10 * np.log10(15 / (6.25 + .0001))) < 1e-3 and c["cosine_min"] < 0
assert parity.compare(ref, ref)["sqnr_db"] == float("inf")
assert not parity.compare(ref, ref + np.float32("nan"))["finite"]
E2
"$tools" "$tmp/wrong.py" "$recipes"; ok $? "the comparison measures known errors"

cp -r "$tmp/model/model" "$tmp/bad"; printf 'x' | dd of="$tmp/bad/model.onnx" bs=1 seek=9000 conv=notrunc 2>/dev/null
room bad '{}' "$tmp/bad"; compile bad; is $? 65 "a damaged ONNX file is refused"
like "$(cat "$tmp/bad/output/failure")" "*model.onnx: sha256*" "with the reason"
cp -r "$tmp/model/model" "$tmp/seen"; sed -i 's/"train_drives":\[/&"drive-06",/' "$tmp/seen/model.json"
room seen '{}' "$tmp/seen"; compile seen; is $? 65 "windows of a training drive prove nothing"
room what '{"target":"abacus"}' "$tmp/model/model"; compile what; is $? 78 "an unknown target is a configuration error"
room none '{}' "$tmp/model/model"
SPUR_ROOT=$tmp/none "$train" "$recipes/compile/compile.py" >"$tmp/none.log" 2>&1
if "$train" -c 'import onnxruntime' 2>/dev/null; then skip "$train has ONNX Runtime" "a Python without the tools"
else like "$(cat "$tmp/none/output/failure")" "*SPUR_TOOLS_PYTHON*" "a Python without the tools says what to do"; fi
room term '{"iterations":"1000000"}' "$tmp/model/model"
SPUR_ROOT=$tmp/term "$tools" "$recipes/compile/compile.py" >"$tmp/term.log" 2>&1 &
pid=$!
n=0; while [ $n -lt 400 ] && ! grep -q '"done":1' "$tmp/term/events/0.jsonl" 2>/dev/null; do n=$((n + 1)); sleep 0.05; done
kill -TERM $pid; wait $pid; is $? 143 "SIGTERM during the compilation: exit 143"
done_testing
