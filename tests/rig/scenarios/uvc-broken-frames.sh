#!/bin/sh
# Frames that end in the middle, and frames that the driver drops because the camera flags them as
# faulty, cost the daemon these frames and nothing else.
. ./lib.sh

plug_camera B1 hall_two_people --repeat "$SLOWER"
start_watchpost "$camera_link"
expect_state $LATER_S status '"frames[a-z_]*": *[1-9]'

camera trunc 20
camera err 20
expect_event $LATER_S entered '"label": *"person"'
expect_state $SOON_S camera/cam/status '"state": *"online"'
pass
