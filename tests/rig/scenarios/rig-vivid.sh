#!/bin/sh
# The virtual webcam delivers YUYV, and its control `disconnect` ends the stream of who has it open.
. ./lib.sh

v4l2-ctl -d $VIVID --set-fmt-video=width=640,height=360,pixelformat=YUYV || fail "the format is refused"
start_reader $VIVID
wait_for $SOON_S "five frames" more_frames 5 0
grep -q 'bytesused: 460800 ' "$WORK/frames" || fail "the frames are not 640x360 YUYV"

v4l2-ctl -d $VIVID --set-ctrl=disconnect=1
wait_for $SOON_S "end of the stream" reader_has_ended

start_reader $VIVID
wait_for $SOON_S "five frames after the disconnect" more_frames 5 0
pass
