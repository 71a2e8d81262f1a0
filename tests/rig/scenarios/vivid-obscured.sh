#!/bin/sh
# A camera that delivers and sees nothing is told: blinded by a white picture, frozen when no pixel changes any more; and told
# again when it sees.
. ./lib.sh

# White must be white.
v4l2-ctl -d $VIVID --set-ctrl=brightness=128
start_watchpost $VIVID
# What the picture usually looks like is learned first.
sleep 30

v4l2-ctl -d $VIVID --set-ctrl=test_pattern=6
expect_event $LATER_S camera_obscured '"reason": *"blinded"'
expect_state $LATER_S camera/cam/status '"state": *"obscured"'
v4l2-ctl -d $VIVID --set-ctrl=test_pattern=0
expect_event $LATER_S camera_cleared

# Without the clock that is drawn into it, each picture is the one before.
v4l2-ctl -d $VIVID --set-ctrl=osd_text_mode=2
expect_event $LATER_S camera_obscured '"reason": *"frozen"'
v4l2-ctl -d $VIVID --set-ctrl=osd_text_mode=0
expect_event $LATER_S camera_cleared
expect_state $LATER_S camera/cam/status '"state": *"online"'
pass
