#!/bin/sh
# A camera that loses three of ten frames for two minutes stays online, and what is lost is counted: of all
# the frames that the camera numbered, about three of ten.
. ./lib.sh
. ./matrix.sh

row_drops_30_long() {
    local missing frames status=0
    wait_for_status
    missing=$(counter wall missing)
    frames=$(($(counter wall frames) + $(counter wall dropped)))
    vivid_fault percentage_of_dropped_buffers=30
    while [ $status -lt 4 ]; do
        wait_for_status
        status=$((status + 1))
    done
    missing=$(($(counter wall missing) - missing))
    frames=$(($(counter wall frames) + $(counter wall dropped) - frames))
    vivid_fault percentage_of_dropped_buffers=0
    local share=$((100 * missing / (missing + frames)))
    [ $share -ge 20 ] && [ $share -le 40 ] || fail "$missing missing and $frames received: $share %, not about 30 %"
    expect_events wall ""
    expect_events door ""
    CAMERA=wall
    note="no event; $share % missing of $((missing + frames))"
}

start_two_cameras L2
row drops_30_long "vivid drops 30 % of its buffers for two minutes"
finish_rows
