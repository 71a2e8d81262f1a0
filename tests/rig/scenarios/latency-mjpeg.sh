#!/bin/sh
# MJPEG from a USB camera: a clip in its own size, with people in it; CLIP names another.
. ./lib.sh
. ./latency.sh

plug_camera L3 "${CLIP:-hall_two_people}"
watch "$camera_link"
print_stages
print_events updated
pass
