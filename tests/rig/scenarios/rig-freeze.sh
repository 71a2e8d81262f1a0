#!/bin/sh
# A frozen camera stays plugged in and delivers nothing; thawed, it goes on in the same stream.
. ./lib.sh

plug_camera F0 hall_two_people
start_reader "$camera_link"
wait_for $SOON_S "five frames" more_frames 5 0

camera freeze
wait_for $SOON_S "silence" reader_is_quiet
camera_is_there || fail "the camera is gone"

before=$(frames_read)
camera thaw
wait_for $SOON_S "five frames after the thaw" more_frames 5 "$before"
is_running "$reader_pid" || fail "the stream ended"
pass
