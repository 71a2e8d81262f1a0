# shellcheck shell=bash
# An upgrade with everything in use: a changed configuration, events in the outbox because the broker is away, counted lines; then
# a second instance, a password from a credential, and the end of it all.
keep=/var/lib/package-test
base=watchpost/porch-pc/camera/yard

expect_soon $SOON_S "the service is up after another restart" systemctl is-active --quiet watchpost.service
cat >>/etc/watchpost/watchpost.toml <<'TOML'

[detector]
model = "person-tiny"

[[camera]]
name = "yard"
source = "clip:/job/yard_line.avi"
unpaced = true

  [[camera.line]]
  name = "path"
  from = [0.5356, 0.5049]
  to = [0.5701, 0.9656]
TOML
sed -i '0,/^\[detector\]$/{/^\[detector\]$/d}' /etc/watchpost/watchpost.toml
mkdir -p /etc/watchpost/conf.d
echo '# a note of its owner' >/etc/watchpost/conf.d/90-note.toml
/usr/bin/watchpost check || not_ok "the changed configuration is right"

line_total() {
    local in out
    in=$(heard 3 "$base/line/path/in")
    out=$(heard 3 "$base/line/path/out")
    echo $((${in:-0} + ${out:-0}))
}
total_is() {
    [ "$(line_total)" = "$1" ]
}
kept_totals() {
    tr -d ' \n' </var/lib/watchpost/outbox/kept.json | grep -o '"path":\[[0-9]*,[0-9]*\]' | tr -c '0-9\n' ' ' |
        while read -r in out; do echo $((in + out)); done
}
kept_is() {
    [ "$(kept_totals)" = "$1" ]
}
installed() {
    dpkg-query --show --showformat '${Version}' watchpost
}

# A subscriber whose session the broker keeps over its own restart, so that nothing is missed.
mosquitto_sub -h 127.0.0.1 -c -i keeper -q 1 -t 'watchpost/porch-pc/camera/+/event' -E
systemctl restart watchpost.service
expect_soon $LATER_S "somebody has crossed the line" total_is 1
events() {
    timeout 8 mosquitto_sub -h 127.0.0.1 -c -i keeper -q 1 -t 'watchpost/porch-pc/camera/+/event' >>$keep/events 2>/dev/null
}
events
echo "# $(wc -l <$keep/events) events so far; now the broker goes away"
systemctl stop mosquitto.service
systemctl restart watchpost.service
expect_soon $LATER_S "somebody has crossed it again, with no broker to tell" kept_is 2
sha256sum /etc/watchpost/watchpost.toml /etc/watchpost/conf.d/90-note.toml >$keep/config.sha256
from=$(installed)
pid=$(property watchpost.service MainPID)
if apt-get -qq install -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold /job/current.deb >$keep/upgrade.log 2>&1; then
    ok "the package is upgraded from $from to $(installed)"
else
    cat $keep/upgrade.log
    not_ok "the package is upgraded"
fi
expect "there is a new version" test "$from" != "$(installed)"
expect_soon $SOON_S "the service runs again" systemctl is-active --quiet watchpost.service
expect "as another process" test "$(property watchpost.service MainPID)" != "$pid"
expect "the configuration is as its owner left it" sha256sum --quiet --check $keep/config.sha256
expect "the new package's own configuration lies beside it" test -f /etc/watchpost/watchpost.toml.dpkg-dist
expect "the totals are kept" test "$(kept_totals)" -ge 2
systemctl start mosquitto.service
expect_soon $LATER_S "the outbox is emptied into the broker" says watchpost/porch-pc/status '"depth":0'
events
crossed=$(grep -c line_crossed $keep/events)
expect "both crossings have reached the subscriber ($crossed)" test "$crossed" -ge 2
grep -o '"seq":[0-9]*,"id"' $keep/events | tr -dc '0-9\n' | sort -nu >$keep/numbers
expect "no event is missing: numbers $(head -n 1 $keep/numbers) to $(tail -n 1 $keep/numbers)" \
    test "$(wc -l <$keep/numbers)" = $(($(tail -n 1 $keep/numbers) - $(head -n 1 $keep/numbers) + 1))
expect_soon $LATER_S "the line goes on where it was" total_is 3

echo "# --- a second instance, with a password that only root can read"
mosquitto_passwd -b -c /etc/mosquitto/passwd watchpost 'a password' 2>/dev/null
chown mosquitto /etc/mosquitto/passwd
printf 'per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\nallow_anonymous false\npassword_file /etc/mosquitto/passwd\n' \
    >/etc/mosquitto/conf.d/house.conf
systemctl restart mosquitto.service
cat >/etc/watchpost/shop.toml <<'TOML'
[mqtt]
url = "mqtt://127.0.0.1:1884"
username = "watchpost"

[[camera]]
name = "door"
source = "clip:/usr/share/watchpost/demo.avi"
repeat = true
TOML
(umask 077 && echo 'a password' >/etc/watchpost/mqtt.password)
systemctl enable --quiet --now watchpost@shop.service
expect_soon $SOON_S "the second instance is let in with the password" says watchpost/shop/availability online
expect "and has a state folder of its own" test -d /var/lib/watchpost-shop/outbox
expect "and the first one is not disturbed" systemctl is-active --quiet watchpost.service

echo "# --- removal and purge"
apt-get -qq remove -y watchpost >/dev/null 2>&1
expect "a removal stops both" test "$(systemctl is-active watchpost.service watchpost@shop.service | grep -c '^active')" = 0
expect "and keeps the configuration and the state" test -f /etc/watchpost/watchpost.toml -a -f /var/lib/watchpost/outbox/kept.json
apt-get -qq purge -y watchpost >/dev/null 2>&1
files >$keep/files.after
# The accounts' former versions (passwd-, group-) are the system's, and the broker's password is the test's.
left=$(comm -13 $keep/files.before $keep/files.after | grep -vE '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-$|^/etc/mosquitto/passwd$')
[ -z "$left" ] || echo "$left" | sed 's/^/#   left: /'
expect "a purge leaves no file" test -z "$left"
# An empty folder of links is removed by Debian's own maintainer scripts, whosever it was.
taken=$(comm -23 $keep/files.before $keep/files.after | grep -v '^/etc/systemd/system/[^/]*\.wants$')
[ -z "$taken" ] || echo "$taken" | head -n 20 | sed 's/^/#   taken: /'
expect "and takes no file that was there" test -z "$taken"
expect "and leaves no account" cmp /etc/passwd $keep/passwd
expect "and no group" cmp /etc/group $keep/group
expect "and no unit" test -z "$(systemctl list-unit-files --no-legend 'watchpost*')"
