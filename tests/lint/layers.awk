# An include may point to the includer's own folder or to a lower floor. An unknown folder is an
# error; a .def row's declaration file counts as its folder.
BEGIN {
	n = split("base io,codec,model format,decode,plot,image,ipc sync query,export,demo extract job lab,observe db verb session ui,viewers cli", floor, " ")
	for (i = 1; i <= n; i++) { m = split(floor[i], f, ","); for (j = 1; j <= m; j++) level[f[j]] = i }
}
FNR == 1 {
	me = FILENAME; top = me
	if (sub(/^.*\/src\//, "", me)) sub(/\/.*/, "", me)
	else if (match(top, /\/(db|ui|viewers)\/[^\/]*$/)) { me = substr(top, RSTART + 1); sub(/\/.*/, "", me) }
	if (!(me in level)) { printf "# %s: folder '%s' has no floor\n", FILENAME, me; bad++ }
}
/^#[ \t]*include[ \t]*"/ {
	split($0, q, "\""); path = q[2]; dir = path
	if (path == "config.h") next
	if (!sub(/\/.*/, "", dir)) { printf "# %s:%d: include \"%s\" without its folder\n", FILENAME, FNR, path; bad++; next }
	if (dir == me) next
	if (!(dir in level)) { printf "# %s:%d: unknown folder '%s'\n", FILENAME, FNR, dir; bad++; next }
	if (me == "viewers" && path == "ui/keymap.h") next	# the same keys in terminal and window
	if (me == "viewers" && dir == "db") { printf "# %s:%d: viewers never talk to db\n", FILENAME, FNR; bad++; next }
	if (level[dir] >= level[me]) { printf "# %s:%d: %s may not include %s\n", FILENAME, FNR, me, path; bad++ }
}
END { print (bad ? "not ok 1 - includes point down" : "ok 1 - includes point down"); print "1..1"; exit bad > 0 }
