#!/bin/sh
# Unplugging ends a running stream; the same camera comes back under the same link and streams again.
. ./lib.sh

plug_camera R0 hall_two_people
first_link=$camera_link
start_reader "$camera_link"
wait_for $SOON_S "five frames" more_frames 5 0

camera unplug
wait_for_no_camera
wait_for $SOON_S "end of the stream" reader_has_ended

camera plug
wait_for_camera
[ "$camera_link" = "$first_link" ] || fail "the camera came back as $camera_link, not as $first_link"
start_reader "$camera_link"
wait_for $SOON_S "five frames after the replug" more_frames 5 0
pass
