#!/bin/sh
# People who walk through the picture of a USB camera are reported, when they come and when they go.
. ./lib.sh

plug_camera M1 hall_two_people --repeat "$SLOWER"
start_watchpost "$camera_link"
expect_event $LATER_S entered '"label": *"person"'
expect_event $LATER_S left '"label": *"person"'
pass
