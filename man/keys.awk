# ui/keymap.def to man/spur-keys.7: awk -f man/keys.awk ui/keymap.def >man/spur-keys.7 (a lint keeps them equal).
function roff(text) {
	gsub(/\\\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	sub(/^[.']/, "\\\\\\&&", text)
	return text
}
# A word of a macro line: punctuation alone would be taken for punctuation.
function word(text) {
	text = roff(text)
	return text ~ /^[][(){}.,:;?!|]$/ ? "\\&" text : text
}
function flush_keys() {
	if (keys != "")
		printf ".It %s\n%s\n", keys, help
	keys = ""
}
function end_list() {
	flush_keys()
	if (scope != "")
		print ".El"
}
BEGIN {
	print ".\\\" Made by man/keys.awk from ui/keymap.def."
	print ".Dd November 22, 2026\n.Dt SPUR-KEYS 7\n.Os\n.Sh NAME\n.Nm spur-keys\n.Nd keys of the workbench and its windows"
	print ".Sh DESCRIPTION\nWhat each key does, by screen; those of"
	print ".Sx Everywhere\nhold on every screen that does not use them otherwise.\n.Ic \\&?\nshows the same for the place where one is."
}
/^SPUR_KEY\("/ {
	line = $0
	sub(/^SPUR_KEY\("/, "", line)
	now = line
	sub(/".*/, "", now)
	sub(/", [0-9]+\).*$/, "", line)
	n = match(line, /", "[^"]*$/)
	text = substr(line, n + 4)
	line = substr(line, 1, n - 1)
	n = match(line, /", "[^"]*$/)
	action = substr(line, n + 4)
	line = substr(line, 1, n - 1)
	shown = substr(line, match(line, /"[^"]*$/) + 1)
	if (now != scope) {
		end_list()
		scope = now
		printf ".Ss %s\n.Bl -tag -width Ctrl-D__PgDn -compact\n", scope == "global" ? "Everywhere" : toupper(substr(scope, 1, 1)) substr(scope, 2)
		last = ""
	}
	if (action "\t" text != last)
		flush_keys()
	keys = keys (keys == "" ? "Ic " : " , ") word(shown)
	help = roff(text)
	last = action "\t" text
}
END {
	end_list()
	print ".Sh SEE ALSO\n.Xr spur 1 ,\n.Xr spur-view 1"
}
