# shellcheck shell=dash
# Sourced, after lib.sh, by scenarios that put one fault after the other to the same daemon. Each is a
# row with a verdict of its own: a function `row_NAME`, run by `row NAME INJECTED`. Two cameras are
# watched, `wall` (vivid) and `door` (USB); their pictures are masked, so that frames cost no inference
# and are counted at the cameras' own rate.

TABLE=$WORK/table
TIMED=$WORK/timed
DOOR_FPS=10
# In frames of either.
HALF_A_SECOND=5
rows_failed=0

start_two_cameras() {
    plug_camera "$1" hall_two_people
    door_link=$camera_link
    v4l2-ctl -d $VIVID --set-parm=10 >/dev/null
    begin_config
    add_masked wall $VIVID
    add_masked door "$door_link"
    # Every frame is logged: how long a camera was silent is read there.
    export WATCHPOST_LOG=${WATCHPOST_LOG:-info,ort=warn,watchpost::pipeline::camera=debug}
    run_watchpost
    mosquitto_sub -h 127.0.0.1 -q 1 -F '%U %t %p' -t "$BASE/camera/+/event" -t rig/mark >"$TIMED" &
    timer_pid=$!
    wait_for $SOON_S "second subscriber" timer_hears
    wall_fps=$(v4l2-ctl -d $VIVID --get-parm | sed -n 's/.*second: \([0-9]*\).*/\1/p')
    : >"$TABLE"
}

add_masked() {
    add_camera "$1" "$2" <<CONF
fps = 10
masks = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]]
  [camera.motion]
  heartbeat_ms = 3600000
CONF
}

timer_hears() {
    mark probe
    grep -q 'rig/mark probe' "$TIMED"
}

# mark WORDS: a line in what the subscribers hear, which tells before from after.
mark() {
    mosquitto_pub -h 127.0.0.1 -q 1 -t rig/mark -m "$*"
}

# row NAME INJECTED: a failure ends the row and not the scenario.
row() {
    (
        trap end_row EXIT
        row=$1
        NAME="$NAME: $row"
        all_online
        before=$(resources)
        mark "begin $row"
        wait_for $SOON_S "mark" grep -q "^rig/mark begin $row\$" "$MESSAGES"
        seen=$(wc -l <"$MESSAGES")
        logged=$(wc -l <"$WORK/watchpost.log")
        "row_$row"
        all_online
        leaks=$(no_leaks "$before") || {
            echo "$leaks"
            exit 1
        }
        other=$(undisturbed "$(other_than "$CAMERA")") || fail "the other camera was held up: $other"
        echo "$row | $2 | $(told) | $(recovery) | $other | $leaks" >>"$TABLE"
        verdict=ok
        echo "ok $NAME"
    ) || rows_failed=$((rows_failed + 1))
}

# Whatever a row that failed has left, so that the next one does not fail for it.
end_row() {
    local pid
    for pid in ${other_pid:-} ${reader_pid:-}; do
        kill "$pid" 2>/dev/null
    done
    if ! is_ok; then
        kill -CONT "$watchpost_pid"
        vivid_fault percentage_of_dropped_buffers=0
        camera thaw
        camera plug
    fi
}

is_ok() {
    [ "${verdict:-}" = ok ]
}

# lifted: from now on the camera could deliver again; recovery is counted from here.
lifted() {
    mark "lifted $row"
}

# in_row: what the subscriber has got since the row began.
in_row() {
    sed "1,/^rig\/mark begin $row\$/d" "$MESSAGES"
}

# events_of CAMERA: type and reason of its events in this row, in the order in which they came.
events_of() {
    in_row | sed -n "s#^$BASE/camera/$1/event ##p" |
        sed -e 's/.*"type": *"\([a-z_]*\)".*"reason": *"\([a-z]*\)".*/\1 \2/' -e 's/.*"type": *"\([a-z_]*\)".*/\1/' |
        tr '\n' ',' | sed -e 's/,$//' -e 's/,/, /g'
}

# expect_events CAMERA EVENTS: these and no others.
expect_events() {
    local found
    found=$(events_of "$1")
    [ "$found" = "$2" ] || fail "the subscriber saw \"$found\" of $1, not \"$2\""
}

# lost_and_found CAMERA REASON: once each, and nothing of the other camera.
lost_and_found() {
    CAMERA=$1
    expect_event $SOON_S camera_lost "\"reason\": *\"$2\""
    expect_event $SOON_S camera_found
    expect_events "$1" "camera_lost $2, camera_found"
    expect_events "$(other_than "$1")" ""
}

other_than() {
    case $1 in wall) echo door ;; *) echo wall ;; esac
}

# log_says PATTERN: in this row.
log_says() {
    tail -n +$((logged + 1)) "$WORK/watchpost.log" | grep -q -E "$1"
}

vivid_fault() {
    v4l2-ctl -d $VIVID --set-ctrl="$1" || fail "vivid does not take $1"
}

# counter CAMERA NAME: as last published.
counter() {
    sed -n "s#^$BASE/status ##p" "$MESSAGES" | tail -n 1 |
        sed -e "s/.*\"$1\": *{//" -e 's/}.*//' -e "s/.*\"$2\": *\([0-9]*\).*/\1/"
}

statuses() {
    grep -c "^$BASE/status " "$MESSAGES"
}

# The counters are published twice a minute.
wait_for_status() {
    local before
    before=$(statuses)
    wait_for $SOON_S "status" more_statuses "$before"
}

more_statuses() {
    [ "$(statuses)" -gt "$1" ]
}

# frame_gap CAMERA: the longest time between two frames that the daemon looked at in this row, in ms.
frame_gap() {
    tail -n +$((logged + 1)) "$WORK/watchpost.log" | grep "frame camera=$1 " |
        sed 's/^[^T]*T\([0-9]*\):\([0-9]*\):\([0-9.]*\)Z.*/\1 \2 \3/' |
        awk '{ t = ($1 * 3600 + $2 * 60 + $3) * 1000; if (NR > 1 && t - last > gap) gap = t - last; last = t }
            END { printf "%d", gap }'
}

# undisturbed CAMERA: how many frames the daemon took of it in this row, and how many of the driver's, which are numbered, it missed;
# fails where it took none, or missed more than it may.
# A busy machine that emulates another may lose some itself; who waits for the disturbed camera loses more.
undisturbed() {
    tail -n +$((logged + 1)) "$WORK/watchpost.log" | sed -n "s/.* frame camera=$1 seq=\([0-9]*\) .*/\1/p" |
        awk -v may="${MAY_MISS:-$HALF_A_SECOND}" 'NR > 1 { missed += $1 - last - 1 } { last = $1 }
            END { printf "%d taken, %d missed", NR, missed; exit (NR == 0 || missed > may) }'
}

# --- the table ---------------------------------------------------------------------------------------

told() {
    local name
    if [ -n "${note:-}" ]; then
        echo "$note"
        return
    fi
    for name in $cameras; do
        if [ -n "$(events_of "$name")" ]; then
            echo "$name: $(events_of "$name")"
        fi
    done | tr '\n' ';' | sed 's/;$//' | grep . || echo "no event"
}

# From the lifting of the fault to the event that says found, in frames of the camera.
recovery() {
    local fps=$wall_fps
    [ "$CAMERA" = wall ] || fps=$DOOR_FPS
    grep -e "rig/mark lifted $row\$" -e '"camera_found"' "$TIMED" |
        awk -v fps="$fps" -v mark="lifted $row" '
            index($0, mark) { from = $1 + 0; next }
            from > 0 && to == 0 { to = $1 + 0 }
            END { if (to > 0) printf "%d", (to - from) * fps + 0.5; else printf "0" }'
}

finish_rows() {
    events_without_gaps
    if grep -q -i panicked "$WORK/watchpost.log"; then
        fail "the daemon panicked: $(grep -i -m 1 panicked "$WORK/watchpost.log")"
    fi
    stop_watchpost
    echo "# fault | what was injected | what the subscriber saw | recovery (frames) | frames of the other camera | leaks"
    sed 's/^/# /' "$TABLE"
    [ "$rows_failed" = 0 ] || fail "$rows_failed rows failed"
    pass
}

# Events are numbered without gaps, whatever happened to the cameras.
events_without_gaps() {
    sed -n "s#^$BASE/camera/[a-z]*/event .*\"seq\": *\([0-9]*\),\"id.*#\1#p" "$MESSAGES" |
        awk 'NR > 1 && $1 != last + 1 { print "event " $1 " came after event " last; bad = 1 } { last = $1 }
            END { exit bad }' || fail "events are missing or out of order"
}
