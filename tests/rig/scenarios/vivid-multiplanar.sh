#!/bin/sh
# A camera behind the multi-planar interface is watched like any other, and found lost and found again.
. ./lib.sh

MULTIPLANAR=/dev/video1
v4l2-ctl -d $MULTIPLANAR --info 2>/dev/null | grep -q 'Video Capture Multiplanar' || fail "the node is not multi-planar"

start_watchpost $MULTIPLANAR
expect_state $LATER_S status '"frames[a-z_]*": *[1-9]'

v4l2-ctl -d $MULTIPLANAR --set-ctrl=disconnect=1
expect_event $SOON_S camera_lost
expect_event $SOON_S camera_found
stop_watchpost
pass
