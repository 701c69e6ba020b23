#!/bin/sh
# What make install puts down works without the tree it was built in, and make uninstall takes all of it away.
. "$top_srcdir/tests/tap.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL SPUR_DATA
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root prefix=/opt/spur
to() { make -s -C "$top_builddir" "$@" prefix="$prefix" DESTDIR="$root" >"$dir/log" 2>&1; }
to install; is $? 0 "make install"
[ -x "$root$prefix/bin/spur" ] || { sed 's/^/# /' "$dir/log"; done_testing; }

# ---- what lies there
share=$root$prefix/share
missing=
for f in $(cd "$top_srcdir" && find data -type f ! -name Makefile.inc ! -path '*/__pycache__/*'); do
	cmp -s "$top_srcdir/$f" "$share/spur/$f" || missing="$missing $f"
done
is "$missing" "" "every file of data/ is installed as it is"
missing=
for page in $(cd "$top_srcdir/man" && ls ./*.[1-9]); do
	page=${page#./}
	[ -s "$share/man/man${page##*.}/$page" ] || missing="$missing $page"
done
[ -x "$root$prefix/bin/spur-view" ] || missing=$(echo "$missing" | sed 's/ spur-view\.1//; s/ spur-ipc\.7//')
is "$missing" "" "every manual page is"
for f in README.md NEWS man/tour/plot.png; do [ -s "$share/doc/spur/$f" ] || missing="$missing $f"; done
is "$missing" "" "so are the documents, with the pictures they show"
is "$(cd "$root" && find . -type f | grep -v -e "^./opt/spur/share/spur/data/" -e "^./opt/spur/share/doc/spur/" \
	-e '^./opt/spur/share/man/man[1-9]/spur' -e '^./opt/spur/bin/spur$' -e '^./opt/spur/bin/spur-view$' \
	-e /completions/spur$ -e /site-functions/_spur$ -e '/vendor_completions.d/spur\.fish$')" "" "and nothing else"
literal() { printf '%s' "$1" | sed 's/[][\.*^$+?(){}|]/\\&/g'; }
told=$(literal "$(sed -n 's/^prefix = //p' "$top_builddir/Makefile")")	# make distcheck tells one below its tree
is "$(grep -raohE "($(literal "$(cd "$top_builddir" && pwd -P)")|$(literal "$(cd "$top_srcdir" && pwd -P)"))[[:alnum:]_./+-]*" "$root" |
	grep -vE "^$told(/|\$)" | sort -u | head -n 3)" "" "nothing of it names the folder it was built in"

# ---- it works with nothing but itself: no variable, no folder of the tree
mkdir "$dir/home" "$dir/there"
mv "$root$prefix" "$dir/there/spur"	# where nobody told it that it would be
at=$dir/there/spur
bare() { (cd "$dir/home" && env -i HOME="$dir/home" PATH="$at/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 TZ=UTC "$@"); }
out=$(bare spur version 2>&1); is $? 0 "spur version"
out=$(bare spur help 2>&1); like "$out" "*usage: spur VERB*" "spur help"
missing=
for verb in $(bare spur help --complete); do
	[ "${verb#-}" != "$verb" ] || [ -s "$at/share/man/man1/spur-$verb.1" ] || missing="$missing $verb"
done
is "$missing" "" "each verb has its page"
bare spur demo make d --drives 1 --seconds 30 --cameras none >"$dir/log" 2>&1; is $? 0 "spur demo make"
out=$(bare spur info d/drive_01.mf4 d/drive_01.mcap 2>&1); is $? 0 "what it made is read"
bare spur add d >"$dir/log" 2>&1; is $? 0 "and catalogued"
[ -s "$dir/home/.local/share/spur/catalogue.db" ]; ok $? "in the home of the user"
bare spur demo score d --json >"$dir/out" 2>"$dir/log"; is $? 0 "the installed queries are found"
is "$(grep -c '"class"' "$dir/out")" 5 "all of them"
out=$(bare spur run "$at/share/spur/data/pipelines/demo.json" --dry-run 2>&1); is $? 0 "so is the pipeline of the demo"
out=$(bare spur train nothing 2>&1); like "$out" "*nothing*" "a recipe is found before its extract is missed"
if [ -x "$at/bin/spur-view" ]; then
	out=$(bare spur-view --version 2>&1) || out=$(bare spur-view --help 2>&1); is $? 0 "spur-view starts"
else
	skip "built without SDL" "spur-view starts"
fi

# ---- completion, as each shell finds it
if command -v bash >/dev/null; then
	out=$(bare bash -c '. "$0"; COMP_WORDS=(spur vers); COMP_CWORD=1; _spur; echo "${COMPREPLY[@]}"' \
		"$at/share/bash-completion/completions/spur")
	is "$out" version "completion of bash"
fi
if command -v zsh >/dev/null; then
	# shellcheck disable=SC2016
	out=$(bare zsh -fc 'fpath=($1 $fpath); autoload -Uz compinit; compinit -D; print $_comps[spur]
		compadd() { print -l ${(M)${(@P)argv[-1]}:#vers*} }; _files() { }; words=(spur vers); CURRENT=2; _spur' \
		zsh "$at/share/zsh/site-functions" 2>&1)
	is "$out" "_spur
version" "completion of zsh"
else
	echo "# no zsh here"
fi
if command -v fish >/dev/null; then
	out=$(bare fish --no-config -c ". '$at/share/fish/vendor_completions.d/spur.fish'; complete -C 'spur vers'" 2>&1)
	is "$out" version "completion of fish"
else
	echo "# no fish here"
fi

# ---- how it is built, where nothing else was asked for
if command -v readelf >/dev/null && ! readelf -d "$at/bin/spur" | grep -q -e asan -e tsan -e ubsan; then
	like "$(readelf -h "$at/bin/spur" | grep Type:)" "*DYN*" "a position independent program"
	like "$(readelf -ldW "$at/bin/spur")" "*GNU_RELRO*BIND_NOW*" "bound at its start, read-only then"
	like "$(readelf -lW "$at/bin/spur" | grep GNU_STACK)" "*RW *" "without an executable stack"
	is "$(readelf -dW "$at/bin/spur" | grep -c -e RPATH -e RUNPATH)" 0 "without a search path of its own"
	case $(sed -n 's/^CFLAGS = //p' "$top_builddir/Makefile") in
	*-O[123gsz]*) like "$(readelf -W --dyn-syms "$at/bin/spur")" "*_chk@*" "with checked copies (_FORTIFY_SOURCE)" ;;
	esac
else
	skip "no readelf, or a build with sanitizers" "hardening"
fi

# ---- and away again
mv "$at" "$root$prefix"
to uninstall; is $? 0 "make uninstall"
is "$(find "$root" ! -type d)" "" "leaves no file"
is "$(find "$root" -path '*spur*' ! -path "$root$prefix" -name '*spur*')" "" "and no folder of its own"
to uninstall; is $? 0 "a second time there is nothing to do"
done_testing
