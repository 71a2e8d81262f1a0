#!/bin/bash
# Runs in the machine at each boot, as the unit package-test: a stage each, then the machine starts again or goes off. What it
# prints leaves through the second serial line.
set -u

cd /job || exit
export DEBIAN_FRONTEND=noninteractive
stage_file=/var/lib/package-test/stage
mkdir -p "${stage_file%/*}"
stage=$(($(cat $stage_file 2>/dev/null || echo 0) + 1))
echo $stage >$stage_file
# shellcheck source=tests/package/machine/lib.sh
. /job/lib.sh

mapfile -t stages < <(ls /job/stages)
# shellcheck disable=SC1090 # one file a stage
. "/job/stages/${stages[stage - 1]}"
echo "# stage ${stages[stage - 1]}: $passed passed, $failed failed"
sync
if [ $stage -lt ${#stages[@]} ]; then
    systemctl reboot
else
    echo "END"
    systemctl poweroff
fi
