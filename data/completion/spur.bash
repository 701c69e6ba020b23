# bash completion for spur: the words come from spur itself.
_spur()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word words=()
	COMPREPLY=()
	case $prev in
	--catalog | -o | --dbc | --recipe)
		COMPREPLY=($(compgen -f -- "$cur"))
		return
		;;
	--time)
		COMPREPLY=($(compgen -W "utc local rel ns" -- "$cur"))
		return
		;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word == -* ]] || words+=("$word")
	done
	COMPREPLY=($(compgen -W "$(spur help --complete "${words[@]:0:2}" 2>/dev/null)" -- "$cur"))
	if [[ ${#words[@]} -gt 0 && $cur != -* ]]; then
		COMPREPLY+=($(compgen -f -- "$cur"))
	fi
}
complete -o filenames -F _spur spur
