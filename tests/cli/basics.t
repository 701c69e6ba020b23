#!/bin/sh
# Exit codes and messages of the roof.
. "$top_srcdir/tests/tap.sh"
out=$("$SPUR" help 2>&1); is $? 0 "help exits 0"
like "$out" "*usage: spur VERB*" "and says how to call"
out=$("$SPUR" nonsense 2>&1); is $? 2 "an unknown verb is a usage error"
like "$out" "spur: unknown verb 'nonsense'*" "and says so"
out=$("$SPUR" help help 2>&1); is $? 0 "help of a verb"
like "$out" "*--complete*" "lists its options"
"$SPUR" version --json | grep -q '"version":"'; ok $? "version --json is JSON"
out=$("$SPUR" version extra 2>&1); is $? 2 "too many arguments are a usage error"
out=$("$SPUR" version --nope 2>&1); is $? 2 "so is an unknown option"
"$SPUR" help >/dev/full 2>/dev/null; is $? 1 "a full disk is a failure"
"$SPUR" help --complete | grep -qx version; ok $? "completion knows the verbs"
"$SPUR" completion bash | bash -n; ok $? "completion of bash is a script"
out=$(PATH=$(dirname "$SPUR"):$PATH bash -c 'source <(spur completion bash); COMP_WORDS=(spur vers); COMP_CWORD=1; _spur; echo "${COMPREPLY[@]}"')
is "$out" "version" "and completes a verb"
"$SPUR" completion tcsh >/dev/null 2>&1; is $? 2 "other shells are a usage error"
done_testing
