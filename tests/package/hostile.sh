#!/usr/bin/env bash
# A hostile look at the service: what somebody who has taken the daemon over could read, write, open, connect to and do. A probe
# takes the daemon's place in its own unit, with the same user, groups and sandbox; only ExecPaths is widened by what the probe
# itself needs (a shell, perl and find), after it has shown that the real unit refuses to start them.
#
#   hostile.sh        as root, on a machine with systemd as process 1 and the package installed; `make test-package` runs it in one
#
# Prints `ok WHAT: FOUND` or `not ok …` for each promise, and ends with "N passed, N failed".
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
unit=/usr/lib/systemd/system/watchpost.service
probe=/run/systemd/system/watchpost-probe.service
report=/run/watchpost-probe.txt

main() {
    make_unit "$probe" "$here/probe.sh" ''
    systemctl start watchpost-probe.service
    if [ -s "$report" ]; then
        echo "not ok a shell cannot be started: the unit ran one"
    else
        echo "ok a shell cannot be started: $(systemctl show --property Result --value watchpost-probe.service), status $(systemctl show --property ExecMainStatus --value watchpost-probe.service) (203 is EXEC)"
    fi
    make_unit "$probe" "$here/probe.sh" '/usr/bin /bin /usr/sbin'
    rm -f "$report"
    systemctl start watchpost-probe.service
    cat "$report"
    rm -f "$probe" "$report"
    systemctl daemon-reload
    systemctl reset-failed watchpost-probe.service 2>/dev/null
}

# The installed unit, but for what it runs and how its end is looked at.
make_unit() {
    local to=$1 program=$2 more_paths=$3
    mkdir -p /run/systemd/system
    sed -e '/^ExecStartPre=/d; /^ExecReload=/d; /^WatchdogSec=/d; /^Restart/d; /^WantedBy=/d; /^\[Install\]/d' \
        -e 's/^Type=.*/Type=oneshot/' \
        -e "s|^ExecStart=.*|ExecStart=/bin/bash $program|" \
        -e "s|^\(ExecPaths=.*\)|\1 $more_paths|" \
        "$unit" >"$to"
    cat >>"$to" <<UNIT
[Service]
StandardOutput=file:$report
StandardError=inherit
BindReadOnlyPaths=$(dirname "$program")
TimeoutStartSec=600
UNIT
    systemctl daemon-reload
}

main
