# shellcheck shell=dash
# Sourced by latency-*.sh, which print how long a frame takes from the kernel's time-stamp on, stage by stage. They judge
# nothing but that there is something to print, and mean something only where nothing is emulated (RIG_ACCEL=uml or kvm), with the
# model that is in use (MODEL_DIR=models/person).

MINUTES=${MINUTES:-3}
# shellcheck disable=SC2034 # read by add_camera
WIDTH=1280 HEIGHT=720

# watch NODE: no frame waits for motion, and of people in view there is news in every look, which waits for no other.
watch() {
    begin_config "group_commit_ms = 0"
    add_camera cam "$1" <<CONF
fps = 15
update_every_ms = 100
[camera.motion]
enabled = false
CONF
    run_watchpost
    sleep $((MINUTES * 60))
    is_running "$watchpost_pid" || fail "watchpost ended"
}

# print_stages: the last status's percentiles, the kernel's time-stamp to the outbox being `total`.
print_stages() {
    sed -n "s#^$BASE/status .*\"cam\":.*\"latency_ms\":{\(.*\)}}}.*#\1#p" "$MESSAGES" |
        tail -n 1 | sed 's/},*/\n/g; s/":{"/ /g; s/["}]//g' | grep . >"$WORK/stages"
    [ -s "$WORK/stages" ] || fail "no latency in the last status"
    sed "s/^/# $NAME: ms /" "$WORK/stages"
}

# print_events TYPE: of events that are told in the frame that they are of, the kernel's time-stamp to the broker's connection.
print_events() {
    sed -n "s#^$BASE/camera/cam/event .*\"type\":\"$1\".*\"latency_ms\":\([0-9.]*\).*#\1#p" "$MESSAGES" | sort -n >"$WORK/events"
    [ -s "$WORK/events" ] || fail "no event $1"
    awk -v what="# $NAME: ms $1, to the broker's connection" '
        { ms[NR] = $1 }
        END { print what, "of " NR, "p50:" ms[int((NR + 1) / 2)], "p99:" ms[int(NR * 0.99 + 0.999)], "max:" ms[NR] }' "$WORK/events"
}
