# fish completion for spur: the words come from spur itself.
function __spur_words
	set -l words (commandline -opc)
	set -e words[1]
	spur help --complete (string match -v -- '-*' $words)[1..2] 2>/dev/null
end
complete -c spur -a '(__spur_words)'
