#!/bin/sh
# A camera that is pulled out and put back twenty times is lost and found twenty times, in that order, and
# nothing piles up in the daemon.
. ./lib.sh
. ./matrix.sh

TIMES=20

row_unplug_20() {
    local expected='' round=0
    CAMERA=door
    while [ $round -lt $TIMES ]; do
        camera unplug
        expect_event $SOON_S camera_lost '"reason": *"unplugged"'
        wait_for_no_camera
        camera plug
        expect_event $SOON_S camera_found
        expected="$expected${expected:+, }camera_lost unplugged, camera_found"
        round=$((round + 1))
    done
    expect_events door "$expected"
    expect_events wall ""
    note="door: lost and found $TIMES times, in turn"
}

start_two_cameras L1
row unplug_20 "USB unplug and plug, $TIMES times"
finish_rows
