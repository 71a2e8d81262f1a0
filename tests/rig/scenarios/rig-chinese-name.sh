#!/bin/sh
# The kernel keeps 31 bytes of a product name, and with this one it cuts inside a character.
. ./lib.sh

plug_camera C0 hall_two_people --product '中文摄像头名称很长很长很长的测试'
v4l2-ctl -d "$camera_link" --info | sed -n 's/.*Card type *: //p' | tr -d '\n' >"$WORK/card"
[ "$(wc -c <"$WORK/card")" = 31 ] || fail "the name has $(wc -c <"$WORK/card") bytes, not 31"
# Ten characters of three bytes, then the first byte of the eleventh.
[ "$(tail -c 1 "$WORK/card" | hexdump -e '1/1 "%02x"')" = e9 ] || fail "the name is not cut inside a character"
start_reader "$camera_link"
wait_for $SOON_S "five frames" more_frames 5 0
pass
