#!/bin/sh
# Runs in the guest: the scenarios named as arguments, each in a shell of its own. Ends with 1 if one failed.
cd "$(dirname "$0")" || exit
status=0
for name in "$@"; do
    output=/tmp/$name.out
    timeout 890 sh "./$name.sh" >"$output" 2>&1
    ended=$?
    cat "$output"
    if ! grep -q -E "^(not )?ok $name" "$output"; then
        echo "not ok $name: ended with $ended and without a verdict"
        ended=1
    fi
    [ $ended = 0 ] || status=1
done
exit $status
