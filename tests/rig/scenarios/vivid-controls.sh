#!/bin/sh
# What the commands tell of a camera; the size that is chosen where none is configured; and its controls: set when it is opened and
# again when it comes back, while one that the camera has not is named and takes nothing with it.
. ./lib.sh

brightness_is() {
    [ "$(v4l2-ctl -d $VIVID --get-ctrl=brightness)" = "brightness: $1" ]
}

says() {
    grep -q -E "$2" "$1" || {
        sed 's/^/# /' "$1"
        fail "$1 does not say $2"
    }
}

begin_config
watchpost cameras --toml >>"$WORK/watchpost.toml" || fail "cameras --toml ended with $?"
says "$WORK/watchpost.toml" '^source = '
watchpost check --config "$WORK/watchpost.toml" >"$WORK/check" || fail "check does not take what cameras --toml wrote"
watchpost cameras --json >"$WORK/cameras" || fail "cameras --json ended with $?"
says "$WORK/cameras" '"/dev/video0"'

begin_config
WIDTH='' add_camera cam $VIVID <<'CONF'
[camera.controls]
brightness = 77
no_such_control = 1
CONF
run_watchpost
brightness_is 77 || fail "the control is not set"
says "$WORK/watchpost.log" 'a control is not as configured.*no_such_control'
# The rig's model takes 224×128; the driver offers 320×180, and 1280×720 among others.
says "$WORK/watchpost.log" 'size=320×180.*the smallest whole view that covers the model'

v4l2-ctl -d $VIVID --set-ctrl=brightness=10
v4l2-ctl -d $VIVID --set-ctrl=disconnect=1
expect_event $SOON_S camera_lost
expect_event $SOON_S camera_found
wait_for $SOON_S "the control as it was" brightness_is 77

# Whatever else it finds on this machine.
watchpost doctor --config "$WORK/watchpost.toml" >"$WORK/doctor" 2>&1
says "$WORK/doctor" '^warning +camera cam +the daemon says online.*no_such_control'
says "$WORK/doctor" '^ok +model '
says "$WORK/doctor" '^ok +broker '

# Without the daemon it opens the camera by itself.
stop_watchpost
watchpost doctor --config "$WORK/watchpost.toml" >"$WORK/doctor" 2>&1
says "$WORK/doctor" '^warning +camera cam .*no_such_control'

# The driver keeps it, and other scenarios look at the same camera.
v4l2-ctl -d $VIVID --set-ctrl=brightness=128
pass
