#!/bin/sh
# YUYV at 1280×720: the test driver's picture, which moves and holds nobody.
. ./lib.sh
. ./latency.sh

watch $VIVID
print_stages
pass
