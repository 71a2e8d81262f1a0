#!/bin/sh
# A product name that is not valid UTF-8 where the kernel cut it harms nobody.
. ./lib.sh

plug_camera C1 hall_two_people --repeat "$SLOWER" --product '中文摄像头名称很长很长很长的测试'
start_watchpost "$camera_link"
expect_event $LATER_S entered '"label": *"person"'
pass
