#!/usr/bin/env bash
# Judges the systemd units as files: what systemd says about them, how exposed they leave the daemon, and that the unit of
# instances is the same but for names. Needs systemd's programs, not a running systemd. Ends with "N passed, N failed".
set -euo pipefail

cd "$(dirname "$0")/../../systemd"
# On systemd's scale of 0 to 10, in tenths.
exposure_max=15
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

main() {
    local unit drop_in
    for unit in watchpost.service watchpost@.service; do
        check "systemd understands $unit" understood "$unit"
        check "$unit is exposed by 1.5 at most" exposed "$exposure_max" "$unit"
    done
    for drop_in in drop-ins/*.conf; do
        check "systemd understands ${drop_in#*/}" understood watchpost.service "$drop_in"
    done
    check "instances are locked in as the service is" same_but_for_names
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

check() {
    local what=$1
    shift
    if "$@"; then
        echo "ok $what"
        passed=$((passed + 1))
    else
        echo "not ok $what"
        failed=$((failed + 1))
    fi
}

# The unit with one of its drop-ins, in a place where its program exists: systemd has nothing to complain about.
understood() {
    local unit=$1 drop_in=${2:-} complaints
    sed -e 's|/usr/bin/watchpost|/bin/true|' -e '/^Documentation=/d' "$unit" >"$scratch/$unit"
    rm -rf "$scratch/$unit.d"
    if [ -n "$drop_in" ]; then
        mkdir "$scratch/$unit.d"
        cp "$drop_in" "$scratch/$unit.d/"
    fi
    complaints=$(systemd-analyze verify "$scratch/$unit" 2>&1 | grep -F "$scratch" || true)
    [ -z "$complaints" ] || {
        echo "$complaints"
        return 1
    }
}

exposed() {
    systemd-analyze security --no-pager --offline=true --threshold="$1" "$2" | tail -n 1
    return "${PIPESTATUS[0]}"
}

same_but_for_names() {
    diff <(sandbox watchpost.service) <(sandbox watchpost@.service)
}

sandbox() {
    sed -n '/^# Who it is/,$p' "$1" | sed '/^StateDirectory=\|^NoExecPaths=/s/watchpost-%i/watchpost/'
}

main
