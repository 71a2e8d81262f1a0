# shellcheck shell=bash
# A first-time user: from the package to the first event, counted in commands. The camera is the kernel's (vivid); nobody is in
# its test picture, so the walk's second half plays the clip that the package brings.

keep=/var/lib/package-test
files >$keep/files.before
cp /etc/passwd /etc/group $keep/

systemctl is-active --quiet mosquitto.service || echo "# the broker is not up"
echo "# walk: apt-get install ./watchpost_*.deb"
started=$(uptime_s)
apt-get -qq install -y /job/previous.deb >/var/log/package-test-install.log 2>&1 || {
    cat /var/log/package-test-install.log
    not_ok "the package installs"
}
echo "# walk: installed after $(($(uptime_s) - started)) s"
expect_soon $SOON_S "the service runs as soon as it is installed" systemctl is-active --quiet watchpost.service
expect "it is enabled" systemctl is-enabled --quiet watchpost.service
expect_soon $SOON_S "the broker hears that the device is there" says watchpost/porch-pc/availability online
expect_soon $SOON_S "the kernel's camera is watched" says watchpost/porch-pc/camera/porch/status '"online"'
echo "# walk: watching after $(($(uptime_s) - started)) s and 1 command"

echo "# walk: an editor: source = \"clip:/usr/share/watchpost/demo.avi\", unpaced = true"
sed -i -e 's|^source = .*|source = "clip:/usr/share/watchpost/demo.avi"\nunpaced = true|' /etc/watchpost/watchpost.toml
echo "# walk: mosquitto_sub -t 'watchpost/#'"
heard $LATER_S watchpost/porch-pc/camera/porch/event >$keep/first-event &
listener=$!
echo "# walk: systemctl restart watchpost"
systemctl restart watchpost.service
wait $listener
expect "the first event has come" grep -qF watchpost.event/1 $keep/first-event
echo "# walk: first event after $(($(uptime_s) - started)) s and 4 commands, under emulation"
cut -c1-200 $keep/first-event | sed 's/^/#   /'

expect "ONNX Runtime is the package's own" \
    grep -qF /usr/lib/watchpost/libonnxruntime.so "/proc/$(property watchpost.service MainPID)/maps"
expect "and it does the work" says watchpost/porch-pc/status '"backend":"onnxruntime (ONNX Runtime'
systemd-analyze security --no-pager watchpost.service | grep -v '^.✓' | sed 's/^/# /'

# shellcheck source=tests/package/machine/hostile.sh
. /job/hostile.sh

# For the next boot: the camera again.
sed -i -e 's|^source = .*|source = "/dev/video0"|' -e '/^unpaced/d' /etc/watchpost/watchpost.toml
