#!/bin/sh
# YUYV at 1280×720: the test driver's picture, which moves and holds nobody.
. ./lib.sh
. ./latency.sh

# Otherwise vivid stamps a frame with a moment that is still to come, for which the daemon takes that of its arrival.
v4l2-ctl -d "$VIVID" --set-ctrl=timestamp_source=1
watch "$VIVID"
print_stages
pass
