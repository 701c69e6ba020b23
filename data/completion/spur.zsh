#compdef spur
# zsh completion for spur: the words come from spur itself.
_spur()
{
	local -a known
	known=(${(f)"$(spur help --complete ${${(@)words[2,CURRENT-1]}:#-*} 2>/dev/null)"})
	compadd -a known
	(( CURRENT > 2 )) && _files
}
compdef _spur spur
