#!/bin/sh
# A camera that is pulled out and put back twenty times: what is told is told in turn, what flaps makes no storm, the camera is
# opened again each time and found in the end, and nothing piles up in the daemon.
. ./lib.sh
. ./matrix.sh

TIMES=20
# Each loss within an hour doubles the time for which the camera must deliver before it counts as found: so often it is
# waited for, and 64 seconds are long enough for the last time.
IN_TURN=6

row_unplug_20() {
    local expected='' round=0 opened
    CAMERA=door
    while [ $round -lt $IN_TURN ]; do
        camera unplug
        expect_event $SOON_S camera_lost '"reason": *"unplugged"'
        wait_for_no_camera
        camera plug
        expect_event $SOON_S camera_found
        expected="${expected}camera_lost unplugged, camera_found, "
        round=$((round + 1))
    done
    while [ $round -lt $TIMES ]; do
        opened=$(times_opened)
        camera unplug
        wait_for_no_camera
        camera plug
        wait_for $SOON_S "opening after round $round" opened_again "$opened"
        round=$((round + 1))
    done
    lifted
    expect_event $SOON_S camera_lost '"reason": *"unplugged"'
    expect_event $LATER_S camera_found
    expect_events door "${expected}camera_lost unplugged, camera_found"
    expect_events wall ""
    note="door: lost and found $IN_TURN times in turn, then once for $((TIMES - IN_TURN)) more unplugs"
}

times_opened() {
    grep -c 'camera opened camera=door' "$WORK/watchpost.log"
}

opened_again() {
    [ "$(times_opened)" -gt "$1" ]
}

start_two_cameras L1
row unplug_20 "USB unplug and plug, $TIMES times"
finish_rows
