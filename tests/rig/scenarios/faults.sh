#!/bin/sh
# Every fault of a camera, one after the other, at one daemon with two cameras: what is lost is told once,
# with its reason, and found once; the other camera is not disturbed; nothing leaks.
. ./lib.sh
. ./matrix.sh

row_unplug() {
    camera unplug
    wait_for_no_camera
    lifted
    camera plug
    lost_and_found door unplugged
}

row_freeze() {
    camera freeze
    CAMERA=door
    expect_event $SOON_S camera_lost '"reason": *"stalled"'
    expect_state $SOON_S camera/door/status '"state": *"stalled"'
    sleep 5
    lifted
    camera thaw
    expect_event $SOON_S camera_found
    expect_events door "camera_lost stalled, camera_found"
    expect_events wall ""
    # A lock or a wait that both share would have held the other camera for as long.
    local gap
    gap=$(frame_gap wall)
    [ "$gap" -lt $STALL_MS ] || fail "the other camera's frames paused for $gap ms"
    note="door: camera_lost stalled, camera_found; wall: longest pause $gap ms"
}

# Each stalled transfer is lost to the driver; when the last is, the camera is silent until it is opened anew.
row_endpoint_stall() {
    lifted
    until_lost door camera stall
    lost_and_found door stalled
}

until_lost() {
    local name=$1
    shift
    CAMERA=$name
    wait_for $SOON_S "loss of $name" again_until_lost "$name" "$@"
}

again_until_lost() {
    local name=$1
    shift
    "$@"
    sleep 0.5
    events_of "$name" | grep -q camera_lost
}

row_broken_frames() {
    local missing
    broken=$(counter door broken)
    missing=$(counter door missing)
    camera err 20
    # Some at a time: a camera that sends nothing else is lost, and rightly so; and those that come during a slow
    # inference are overwritten unseen.
    wait_for $LATER_S "broken frames in the count" broken_frames_are_counted
    broken=$(($(counter door broken) - broken))
    missing=$(($(counter door missing) - missing))
    expect_events door ""
    expect_events wall ""
    CAMERA=door
    note="no event; broken +$broken, missing +$missing"
}

broken_frames_are_counted() {
    camera trunc 5
    sleep 1
    [ "$(counter door broken)" -gt "$broken" ]
}

row_another_format() {
    # Whoever still holds the old node keeps its number taken.
    exec 4<"$door_link"
    local first
    first=$(readlink -f "$door_link")
    camera unplug
    wait_for_no_camera
    lifted
    mkfifo "$WORK/other"
    uvcsim "$CLIPS/hall_two_people.avi" --serial "$serial" --port 1 --yuyv <"$WORK/other" 2>>"$WORK/uvcsim.log" &
    other_pid=$!
    exec 5>"$WORK/other"
    lost_and_found door unplugged
    [ "$(readlink -f "$door_link")" != "$first" ] || fail "the camera came back as the same $first"
    log_says 'camera opened.*pixel=YUYV.*' || fail "the other format was not taken"
    exec 4<&-
    kill "$other_pid"
    wait_for_no_camera
    camera plug
    expect_event $SOON_S camera_lost
    expect_event $SOON_S camera_found
}

# The daemon sleeps while the other program is faster, and so misses frames of both.
row_second_program() {
    MAY_MISS=100
    camera unplug
    wait_for_no_camera
    kill -STOP "$watchpost_pid"
    camera plug
    wait_for_camera
    start_reader "$door_link"
    wait_for $SOON_S "frames of the other program" more_frames 2 0
    kill -CONT "$watchpost_pid"
    CAMERA=door
    expect_event $SOON_S camera_lost
    expect_state $SOON_S camera/door/status 'does another program use it'
    lifted
    kill "$reader_pid"
    expect_event $SOON_S camera_found
    expect_events door "camera_lost unplugged, camera_found"
}

row_dead_camera() {
    vivid_fault percentage_of_dropped_buffers=100
    CAMERA=wall
    expect_event $SOON_S camera_lost '"reason": *"stalled"'
    lifted
    vivid_fault percentage_of_dropped_buffers=0
    expect_event $SOON_S camera_found
    expect_events wall "camera_lost stalled, camera_found"
    expect_events door ""
}

row_drops_30() {
    local before after
    wait_for_status
    before=$(counter wall missing)
    vivid_fault percentage_of_dropped_buffers=30
    wait_for_status
    after=$(counter wall missing)
    vivid_fault percentage_of_dropped_buffers=0
    [ "$after" -gt "$before" ] || fail "no frame is missing"
    expect_events wall ""
    note="no event; missing +$((after - before))"
    CAMERA=wall
}

row_eio() {
    lifted
    vivid_fault inject_fatal_streaming_error=1
    lost_and_found wall failed
    in_row | grep -q 'Input/output error' || fail "no reason that says so"
}

row_enodev() {
    lifted
    vivid_fault disconnect=1
    lost_and_found wall unplugged
}

row_flagged_buffer() {
    local before after
    before=$(counter wall flagged)
    vivid_fault inject_v4l2_buf_flag_error=1
    wait_for_status
    after=$(counter wall flagged)
    [ "$after" -gt "$before" ] || fail "no buffer is counted as flagged"
    expect_events wall ""
    note="no event; flagged +$((after - before))"
    CAMERA=wall
}

row_qbuf() {
    lifted
    vivid_fault inject_vidioc_qbuf_error=1
    lost_and_found wall failed
    log_says 'give a buffer back to' || fail "the log does not say which step failed"
}

row_reqbufs() {
    vivid_fault inject_vidioc_reqbufs_error=1
    lifted
    vivid_fault disconnect=1
    lost_and_found wall unplugged
    log_says 'get buffers from' || fail "the log does not say which step failed"
}

row_streamon() {
    vivid_fault inject_vidioc_streamon_error=1
    lifted
    vivid_fault disconnect=1
    lost_and_found wall unplugged
    log_says 'start streaming from' || fail "the log does not say which step failed"
}

start_two_cameras X1
row enodev "vivid disconnect: ENODEV"
row eio "vivid inject_fatal_streaming_error: EIO"
row qbuf "vivid inject_vidioc_qbuf_error"
row reqbufs "vivid inject_vidioc_reqbufs_error, then disconnect"
row streamon "vivid inject_vidioc_streamon_error, then disconnect"
row dead_camera "vivid drops 100 % of its buffers"
row unplug "USB unplug and plug"
row freeze "USB freeze for 10 s"
row endpoint_stall "USB transfers stalled until none is left"
row another_format "USB replug as YUYV, under another node number; and back"
row second_program "v4l2-ctl streams first after a replug"
row broken_frames "USB: frames cut off, five a second, and 20 flagged as faulty"
row drops_30 "vivid drops 30 % of its buffers"
row flagged_buffer "vivid: one buffer flagged as broken"
finish_rows
