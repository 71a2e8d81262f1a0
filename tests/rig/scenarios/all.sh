#!/bin/sh
# Runs in the guest: the scenarios named as arguments, each in a shell of its own. Ends with 1 if one failed.
cd "$(dirname "$0")" || exit
status=0
for name in "$@"; do
    output=/tmp/$name.out
    # A pipe would stay open for as long as anything that a failed scenario has left behind.
    : >"$output"
    tail -f "$output" &
    tail_pid=$!
    timeout "$DEADLINE_S" sh "./$name.sh" >>"$output" 2>&1
    ended=$?
    sleep 2
    kill $tail_pid
    if ! grep -q -E "^(not )?ok $name" "$output"; then
        echo "not ok $name: ended with $ended and without a verdict"
        ended=1
    fi
    [ $ended = 0 ] || status=1
done
exit $status
