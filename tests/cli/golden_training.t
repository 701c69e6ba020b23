#!/bin/sh
# Extraction, training, evaluation and compilation as jobs, with recipes that need no torch; see golden.sh.
. "$top_srcdir/tests/cli/golden.sh"
command -v python3 >/dev/null || skip_all "no python3"
command -v ssh-keygen >/dev/null || skip_all "no ssh-keygen"
known_people
for who in ann bob; do "$SPUR" identity add $who >/dev/null; done
cp -r "$SPUR_DATA" "$t/share"; SPUR_DATA=$t/share
for file in driving_events/train driving_events/eval compile/compile; do cp "$top_srcdir/tests/cli/fake_recipe.py" "$t/share/recipes/$file.py"; done
mkdir -p "$t/tools/bin" "$t/tools/lib/python3/site-packages/onnxruntime" "$t/bare" "$t/folder"
printf '#!/bin/sh\nexec python3 "$@"\n' >"$t/tools/bin/python"
cp "$t/tools/bin/python" "$t/tools/bin/iree-import-onnx"; cp "$t/tools/bin/python" "$t/tools/bin/iree-compile"; cp "$t/tools/bin/python" "$t/bare/python"
set +f; chmod +x "$t"/tools/bin/* "$t/bare/python"; set -f
export SPUR_DATA SPUR_TRAIN_PYTHON="$t/tools/bin/python" SPUR_TOOLS_PYTHON="$t/tools/bin/python"
mkdir "$t/ex" "$t/bad1" "$t/bad2"
root=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
echo "{\"n\":2,\"windows\":36,\"dataset\":\"ds-nowhere\",\"merkle_root\":\"$root\"}" >"$t/ex/manifest.json"
echo "{\"n\":2,\"merkle_root\":\"short\"}" >"$t/bad1/manifest.json"
echo "{\"n\":2," >"$t/bad2/manifest.json"
sed 's/"segments_per_shard": 16/"segments_per_shard": 2/' "$SPUR_DATA/recipes/driving_events/extract.json" >"$t/recipe.json"
echo "no recording at all" >"$t/text.mf4"
# How long it took, how wide that made a table.
more_plain() {
	sed -E -e 's/"(took_ns|heartbeat_ns|silent_ns|pid)":[0-9]+/"\1":0/g' -e 's/"per_s":[0-9.e+-]+/"per_s":0/g' \
		-e 's/\b[0-9.]+ (us|ms|s)\b/SPAN/g' -e 's/\b[0-9a-f]{8} and [0-9a-f]{8} differ/ID and ID differ/' -e 's/  +/  /g'
}
golden training
rm -f "$t/c.db" "$t/c.db-wal" "$t/c.db-shm"; rm -rf "$t/jobs"
for who in ann bob; do "$SPUR" identity add $who >/dev/null; done
recordings made --drives 2 --seconds 12 --seed 5 --cameras none
golden extract
done_testing
