#!/bin/sh
# The USB camera offers the clip's size and rate and delivers its pictures byte for byte, and half of
# each when it is told to.
. ./lib.sh

COUNT=20
plug_camera U1 hall_two_people
v4l2-ctl -d "$camera_link" --list-formats-ext >"$WORK/formats"
grep -q "'MJPG'" "$WORK/formats" || fail "no MJPEG offered"
grep -q 'Discrete 640x360' "$WORK/formats" || fail "not the clip's size"
grep -q '(10.000 fps)' "$WORK/formats" || fail "not the clip's rate"

# received COUNT: streams, and prints the length of each frame.
received() {
    timeout $SOON_S v4l2-ctl -d "$camera_link" --stream-mmap --stream-count="$1" --verbose 2>&1 |
        sed -n 's/.*cap dqbuf.*bytesused: \([0-9]*\).*/\1/p'
}

# The AVI ends with an index of 16 bytes a picture, whose last word is the picture's length.
PICTURES=100
tail -c $((16 * PICTURES)) "$CLIPS/hall_two_people.avi" |
    hexdump -v -e '4/4 "%u " "\n"' |
    awk '{ print $4 }' >"$WORK/lengths"

received $COUNT >"$WORK/received"
head -n $COUNT "$WORK/lengths" | cmp -s - "$WORK/received" || fail "the frames are not the clip's"

camera trunc 3
received 4 >"$WORK/received"
largest=$(head -n 3 "$WORK/received" | sort -n | tail -n 1)
smallest=$(sort -n "$WORK/lengths" | head -n 1)
[ "$largest" -lt "$smallest" ] || fail "no frame was cut"
[ "$(tail -n 1 "$WORK/received")" -ge "$smallest" ] || fail "more than three frames were cut"
pass
