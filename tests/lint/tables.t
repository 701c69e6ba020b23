#!/bin/sh
# A row of a table promises its source file, its page and its test; every option stands in its page.
. "$top_srcdir/tests/tap.sh"
cd "$top_srcdir" || exit 1
rows() { [ -f "$1" ] && sed -n "s/^$2(\([a-z0-9_]*\)).*/\1/p" "$1"; }
want() { [ -e "$2" ]; ok $? "$1: $2"; }
for id in $(rows src/verb/verbs.def SPUR_VERB); do
	page=man/spur-$(echo "$id" | tr _ -).1
	want "verb $id" "src/verb/verb_$id.c"
	want "verb $id" "$page"
	missing=
	for o in $("$SPUR" help "$(echo "$id" | tr _ -)" 2>/dev/null | sed -n '/^everywhere:/q; s/^ .*--\([a-z-]*\) .*/\1/p'); do
		sed 's/\\-/-/g' "$page" 2>/dev/null | grep -q -e "Fl -$o\\>" || missing="$missing --$o"
	done
	is "$missing" "" "verb $id: every option is in its page"
	grep -rqw -e "$(echo "$id" | tr _ -)" tests --include='*.t' --include='*.py' --include='*.keys'
	ok $? "verb $id: a test runs it"
done
for id in $(rows src/format/formats.def SPUR_FORMAT); do want "format $id" "src/format/$id"; done
for id in $(rows src/decode/decoders.def SPUR_DECODER); do want "decoder $id" "src/decode/dec_$id.c"; done
for id in $(rows src/export/exports.def SPUR_EXPORTER); do want "exporter $id" "src/export/exp_$id.c"; done
for id in $(rows src/job/executors.def SPUR_EXECUTOR); do want "executor $id" "src/job/exec_$id.c"; done
for id in $(rows src/lab/targets.def SPUR_TARGET); do want "target $id" "src/lab/target_$id.c"; done
for id in $(rows ui/screens.def SPUR_SCREEN); do
	want "screen $id" "ui/screen_$id.c"
	ls tests/golden/screen_"$id"*.txt >/dev/null 2>&1
	ok $? "screen $id: tests/golden/screen_$id*.txt"
done
missing=
for id in $(rows src/format/formats.def SPUR_FORMAT) $(rows src/decode/decoders.def SPUR_DECODER) $(rows src/export/exports.def SPUR_EXPORTER); do
	grep -qE "^\.It Li .*\<$id\>" man/spur-formats.7 || missing="$missing $id"
done
is "$missing" "" "formats, decoders and exporters stand in spur-formats(7)"
missing= known=0
for package in $(grep -rhoE '"lib[a-z0-9+.-]+\.so\.[0-9]+", *"[a-z0-9.+-]+"' src db | sed 's/.*, *"//; s/"//' | sort -u); do
	known=$((known + 1))
	grep -qE "^ $package,?\$" debian/control || missing="$missing $package"
done
is "$missing" "" "what is loaded on first use is recommended by the package"
[ "$known" -ge 3 ]; ok $? "and found here ($known)"
awk -f man/keys.awk ui/keymap.def | cmp -s - man/spur-keys.7
ok $? "spur-keys(7) is the table of keys (awk -f man/keys.awk ui/keymap.def >man/spur-keys.7)"
done_testing
