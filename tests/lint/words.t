#!/bin/sh
# Calls and libraries that belong to one room only, and what every run links.
. "$top_srcdir/tests/tap.sh"
cd "$top_srcdir" || exit 1
none() {	# none NAME PATTERN FOLDERS...: no line of these folders has the pattern
	name=$1 pattern=$2
	shift 2
	found=$(grep -rnE --include='*.[ch]' -e "$pattern" "$@" 2>/dev/null | grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)' | head -n 5)
	is "$found" "" "$name"
}
none "only io opens files" '(^|[^a-z_>. ]|[^a-z]  *)(open|openat|fopen|opendir|socket)\(' \
	src/base src/codec src/model src/format src/decode src/plot src/sync src/query src/export src/demo src/extract src/lab
none "only cli prints" '[^a-z_](printf|puts|putchar|vprintf)\(|[( ]stdout[,)]' src/base src/io src/codec src/model src/format src/decode \
	src/plot src/sync src/query src/export src/demo src/extract src/job src/lab src/session src/verb db
none "SQL lives in db" 'sqlite3\.h|libpq-fe\.h' src ui viewers
none "curses lives in ui" '<(n?curses|ncursesw/[a-z]+)\.h>' src db viewers
none "SDL lives in viewers" '<SDL' src db ui
none "no call without a bound" '[^a-z_](strcpy|sprintf|vsprintf|gets|atoi|atol|strtok)\(' src db ui viewers
none "no shell" '[^a-z_](system|popen)\(' src db ui viewers
none "no mmap of recordings" '[^a-z_]mmap\(' src/io src/format
n=$(find src db ui viewers -name 'util.[ch]' -o -name 'misc.[ch]' -o -name 'common.[ch]' -o -name '*helpers.[ch]' | wc -l)
is "$n" 0 "no rooms without a name"
# What is made by running something stays out of the tree; a release has no history to ask.
if [ -e .git ] && git rev-parse HEAD >/dev/null 2>&1; then
	top=$(git ls-files | sed 's:/.*::' | LC_ALL=C sort -u | tr '\n' ' ')
	is "$top" ".ci .clang-format .gitignore ARCHITECTURE.md CONTRIBUTING.md LICENSE Makefile.am NEWS README README.md bootstrap configure.ac \
data db debian man src tests ui viewers " "nothing else lies at the top"
	is "$(git ls-files -z | xargs -0 wc -c 2>/dev/null | awk '$1 > 524288 && $2 != "total"')" "" "no tracked file is larger than 512 KiB"
fi
if command -v ldd >/dev/null && ! ldd "$SPUR" | grep -q asan; then
	n=$(ldd "$SPUR" | wc -l)
	[ "$n" -le 20 ]
	ok $? "spur links $n libraries, 20 at most"
fi
done_testing
