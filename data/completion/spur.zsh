#compdef spur
# zsh completion for spur: the words come from spur itself.
_spur()
{
	local -a known
	known=(${(f)"$(spur help --complete ${${(@)words[2,CURRENT-1]}:#-*} 2>/dev/null)"})
	compadd -a known
	(( CURRENT > 2 )) && _files
}
# Read by compinit as the function itself, or sourced.
if [[ $funcstack[1] == _spur ]]; then
	_spur "$@"
else
	compdef _spur spur
fi
