#!/bin/sh
# Every format that the test driver offers, in one piece and in planes apart, through the library's own test.
. ./lib.sh

for node in /dev/video0 /dev/video1; do
    WATCHPOST_CAMERA=$node camera_formats --ignored --nocapture >"$WORK/formats" 2>&1 || {
        sed 's/^/# /' "$WORK/formats"
        fail "a format of $node"
    }
    sed -n "s#^\([0-9]* read.*\)#\# $node: \1#p" "$WORK/formats"
done
pass
