#!/bin/sh
# spur compile --setup: an environment exactly as pinned, made once, whole or made again; and what the demo says
# before it starts. The pins are two packages made here, so nothing is fetched.
. "$top_srcdir/tests/tap.sh"
py=${SPUR_TRAIN_PYTHON:-/usr/bin/python3}
"$py" -c 'import venv, ensurepip' 2>/dev/null || skip_all "$py cannot make environments (python3-venv)"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset SPUR_TOOLS_PYTHON
export HOME="$dir/home" XDG_DATA_HOME="$dir/data" SPUR_TRAIN_PYTHON="$py" SPUR_CATALOG="$dir/c.db" PIP_NO_INDEX=1
mkdir "$HOME" "$dir/wheels"
cp -r "$SPUR_DATA" "$dir/spurdata"; chmod -R u+w "$dir/spurdata"; export SPUR_DATA="$dir/spurdata"
pins=$SPUR_DATA/recipes/compile/requirements.txt
venv=$dir/data/spur/tools/venv
wheel() {	# wheel NAME VERSION: its line of requirements
	"$py" - "$dir/wheels" "$1" "$2" <<-'PY'
		import hashlib, sys, zipfile
		folder, name, version = sys.argv[1:]
		path, info = "%s/%s-%s-py3-none-any.whl" % (folder, name, version), "%s-%s.dist-info/" % (name, version)
		files = {name + ".py": "version = %r\n" % version,
		         info + "METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version),
		         info + "WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
		files[info + "RECORD"] = "".join("%s,,\n" % n for n in files) + info + "RECORD,,\n"
		with zipfile.ZipFile(path, "w") as z:
		    for n, text in files.items():
		        z.writestr(zipfile.ZipInfo(n), text)
		print(path, "--hash=sha256:" + hashlib.sha256(open(path, "rb").read()).hexdigest())
	PY
}
has() { "$venv/bin/python" -c "import $1; print($1.version)" 2>/dev/null; }

{ echo "# pins of a test"; wheel one 1.0; wheel two 2.0; } >"$pins"
out=$("$SPUR" compile nothing 2>&1); is $? 1 "without the environment nothing compiles"
like "$out" "*$venv/bin/python: run spur compile --setup*" "and the command that makes it is said"
out=$("$SPUR" compile --setup --json 2>&1); is $? 0 "it is made"
like "$out" "*\"python\":\"$venv/bin/python\",\"made\":true*" "where compile looks for it"
is "$(has one) $(has two)" "1.0 2.0" "with what is pinned"
is "$(ls "$dir/data/spur/tools")" "venv
venv.lock" "no log stays behind"
out=$("$SPUR" compile --setup --json 2>&1); like "$out" '*"made":false*' "it is made once"
{ echo "# pins of a test"; wheel one 1.1; } >"$pins"
out=$("$SPUR" compile --setup --json 2>&1); like "$out" '*"made":true*' "other pins: it is made again"
is "$(has one) $(has two)" "1.1 " "and nothing of the old one is left"
rm "$venv/bin/python"
out=$("$SPUR" compile --setup --json 2>&1); like "$out" '*"made":true*' "so is one that lost its Python"

# failures leave no environment that looks whole
sed 's/:[0-9a-f]\{8\}/:00000000/' "$pins" >"$dir/pins"; cp "$pins" "$dir/good"; cp "$dir/pins" "$pins"
out=$("$SPUR" compile --setup 2>&1); is $? 1 "a package that is not the pinned one is refused"
like "$out" "*pip install failed, see $venv.log: ERROR*HASHES*" "with pip's words and where all of them are"
[ ! -e "$venv/requirements.done" ]; ok $? "what is there is not taken for whole"
cp "$dir/good" "$pins"
out=$("$SPUR" compile --setup --json 2>&1); like "$out" '*"made":true*' "the next call makes it"
mkdir -p "$dir/mine"; echo letter >"$dir/mine/letter"
out=$(SPUR_TOOLS=$dir/mine "$SPUR" compile --setup 2>&1); is $? 2 "a folder with other things in it is refused"
is "$(cat "$dir/mine/letter")" letter "and left alone"
printf '#!/bin/sh\necho no venv here; exit 1\n' >"$dir/broken"; chmod +x "$dir/broken"
out=$(SPUR_TOOLS=$dir/other SPUR_TRAIN_PYTHON=$dir/broken "$SPUR" compile --setup 2>&1); is $? 1 "a Python without venv"
like "$out" "*python3-venv*no venv here*" "is said to lack it"
out=$(SPUR_TOOLS_PYTHON=$py SPUR_TOOLS=$dir/other "$SPUR" compile --setup --json 2>&1); is $? 0 "an environment of the user"
like "$out" "*\"python\":\"$py\",\"made\":false*" "is only looked at"

# killed, cancelled, and two at once
printf '#!/bin/sh\necho $$ >"%s/pid"; exec sleep 60\n' "$dir" >"$dir/slow"; chmod +x "$dir/slow"
wait_pid() { n=0; while [ ! -s "$dir/pid" ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done; child=$(cat "$dir/pid" 2>/dev/null); }
SPUR_TOOLS=$dir/late SPUR_TRAIN_PYTHON=$dir/slow "$SPUR" compile --setup >"$dir/out" 2>&1 &
job=$!
wait_pid; kill -INT $job; wait $job; is $? 130 "it can be cancelled"
kill -0 "$child" 2>/dev/null; is $? 1 "with what it started"
rm -f "$dir/pid"
SPUR_TOOLS=$dir/late SPUR_TRAIN_PYTHON=$dir/slow "$SPUR" compile --setup >"$dir/out" 2>&1 &
job=$!
wait_pid; kill -9 $job "$child"; wait $job 2>/dev/null
mkdir -p "$dir/late/bin"; : >"$dir/late/bin/half"
out=$(SPUR_TOOLS=$dir/late "$SPUR" compile --setup --json 2>&1); like "$out" '*"made":true*' "killed halfway: the next call makes it"
[ ! -e "$dir/late/bin/half" ] && [ -s "$dir/late/requirements.done" ]; ok $? "from the beginning"
for n in 1 2; do SPUR_TOOLS=$dir/both "$SPUR" compile --setup --json >"$dir/both.$n" 2>&1 & pids="${pids:-} $!"; done
bad=0; for p in $pids; do wait "$p" || bad=1; done
is $bad 0 "two at once"
is "$(cat "$dir/both.1" "$dir/both.2" | grep -c '"made":true')" 1 "make it once"

# the demo looks before it starts
out=$(SPUR_TRAIN_PYTHON=$dir/broken "$SPUR" demo run "$dir/demo" --batch 2>&1); is $? 1 "the demo without torch"
like "$out" "*has no torch or no numpy*apt-get install python3-torch*" "says so, and what to install"
[ ! -e "$dir/demo/recordings" ]; ok $? "before it has done anything"
done_testing
