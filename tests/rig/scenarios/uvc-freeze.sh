#!/bin/sh
# A camera that stays plugged in but sends nothing is reported within its stall time-out, and found
# again once it sends.
. ./lib.sh

plug_camera F1 hall_two_people --repeat "$SLOWER"
start_watchpost "$camera_link"
expect_state $LATER_S status '"frames[a-z_]*": *[1-9]'

camera freeze
expect_event $SOON_S camera_lost
expect_once $SOON_S camera/cam/status '"(state|reason)": *"stall'
camera thaw
expect_event $SOON_S camera_found
expect_state $SOON_S camera/cam/status '"state": *"online"'
pass
