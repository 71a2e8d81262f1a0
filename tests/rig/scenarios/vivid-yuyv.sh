#!/bin/sh
# A camera that sends YUYV is watched; the daemon reports it lost when the driver takes it away, found
# when it can be opened again, and says goodbye when it is stopped.
. ./lib.sh

start_watchpost $VIVID
expect_state $LATER_S status '"frames[a-z_]*": *[1-9]'

v4l2-ctl -d $VIVID --set-ctrl=disconnect=1
expect_event $SOON_S camera_lost
expect_event $SOON_S camera_found
expect_state $SOON_S camera/cam/status '"state": *"online"'
stop_watchpost
pass
