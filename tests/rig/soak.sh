#!/bin/bash
# Random faults at a daemon with two cameras, for many minutes; ends with a verdict.
#
#   soak.sh [MINUTES]         (120)
#     SEED=N                  repeats the schedule of an earlier run, which printed it
#     and what run.sh takes: WATCHPOST_BIN, ORT_LIB, …
set -euo pipefail

export MINUTES=${1:-120}
export SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
echo "soak: seed $SEED, $MINUTES minutes"
exec "$(dirname "$0")/run.sh" soak
