#!/bin/sh
# A camera that is pulled out and put back is lost, found and watched again, by the same process. It is named by what it is.
. ./lib.sh

plug_camera R1 hall_two_people --repeat "$SLOWER"
start_watchpost usb:R1
expect_event $LATER_S entered

camera unplug
expect_event $SOON_S camera_lost
expect_state $SOON_S camera/cam/status '"state": *"lost"'
wait_for_no_camera

camera plug
wait_for_camera
expect_event $SOON_S camera_found
expect_event $LATER_S entered
is_running "$watchpost_pid" || fail "watchpost is another process now"
pass
