# shellcheck shell=dash
# Sourced by every scenario: starts the players, waits for conditions, gives the verdict. Runs under
# busybox in the guest. A scenario ends with `pass`; every function here that waits ends it by itself
# when its deadline passes.

NAME=$(basename "$0" .sh)
WORK=/tmp/$NAME
CLIPS=/root/clips
# Both virtual cameras are on one platform device, so that their links by path are one and lead to either.
# shellcheck disable=SC2034 # used by the scenarios
VIVID=/dev/video0
MESSAGES=$WORK/messages
BASE=watchpost/rig
# The camera that `expect_event` listens to.
CAMERA=cam
# Emulation is slow and the host may be busy: a deadline is there to end a test that hangs.
SOON_S=60
# Long enough for a clip of 10 s to come round several times, although it runs slower.
LATER_S=300
# The longest that a camera may be silent, as the daemon is told.
STALL_MS=5000
# The clips run this many times slower; set by run.sh.
# shellcheck disable=SC2034 # used by the scenarios
SLOWER=${SLOWER:-1}

watchpost_pid=
# Names of the daemon's cameras.
cameras=
# Lines of MESSAGES that an expectation has gone past already.
seen=0
mkdir -p "$WORK"

pass() {
    echo "ok $NAME"
    exit 0
}

fail() {
    echo "not ok $NAME: $*"
    show_end_of "$WORK/watchpost.log" 40
    show_end_of "$MESSAGES" 15
    show_end_of "$WORK/uvcsim.log" 5
    exit 1
}

show_end_of() {
    [ -f "$1" ] || return 0
    echo "# $(basename "$1"), the last lines:"
    # Without the line of each frame: ten a second of them hide everything else.
    grep -v ' DEBUG frame ' "$1" | tail -n "$2" | cut -c1-400 | sed 's/^/#   /'
}

# wait_for SECONDS WHAT COMMAND...: polls the command until it succeeds.
wait_for() {
    local limit=$1 what=$2 started
    shift 2
    started=$(uptime_s)
    until "$@"; do
        if [ $(($(uptime_s) - started)) -ge "$limit" ]; then
            fail "no $what within $limit s"
        fi
        if [ -n "$watchpost_pid" ] && ! is_running "$watchpost_pid"; then
            fail "watchpost ended while waiting for $what"
        fi
        sleep 0.2
    done
}

uptime_s() {
    cut -d. -f1 /proc/uptime
}

is_running() {
    kill -0 "$1" 2>/dev/null
}

clean_up() {
    local pid
    for pid in $watchpost_pid ${reader_pid:-} ${timer_pid:-} ${subscriber_pid:-} ${broker_pid:-} ${uvcsim_pid:-}; do
        kill "$pid" 2>/dev/null
    done
    # The next scenario finds no camera of this one.
    local tries=100
    while [ -n "${serial:-}" ] && camera_is_there && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.1
    done
}
trap clean_up EXIT

# --- cameras -------------------------------------------------------------------------------------

# plug_camera SERIAL CLIP [uvcsim's options]: a USB camera that plays the clip. Commands go to it by
# `camera WORD`; its node is $camera_link, the link by which a user would name it.
plug_camera() {
    serial=$1
    local clip=$2
    shift 2
    mkfifo "$WORK/camera"
    uvcsim "$CLIPS/$clip.avi" --serial "$serial" "$@" <"$WORK/camera" 2>"$WORK/uvcsim.log" &
    uvcsim_pid=$!
    exec 3>"$WORK/camera"
    wait_for_camera
}

camera() {
    echo "$*" >&3
}

wait_for_camera() {
    wait_for $SOON_S "camera $serial" camera_is_there
}

wait_for_no_camera() {
    wait_for $SOON_S "end of camera $serial" camera_is_gone
}

camera_is_there() {
    for camera_link in /dev/v4l/by-id/*_"$serial"-video-index0; do
        [ -e "$camera_link" ] && return 0
    done
    return 1
}

camera_is_gone() {
    ! camera_is_there
}

# --- a reader without the daemon -------------------------------------------------------------------

# start_reader NODE: streams to nowhere and lists every frame in $WORK/frames.
start_reader() {
    v4l2-ctl -d "$1" --stream-mmap --stream-count=100000 --verbose >"$WORK/frames" 2>&1 &
    reader_pid=$!
}

frames_read() {
    grep -c 'cap dqbuf' "$WORK/frames"
}

# more_frames COUNT EARLIER: that many more than there were.
more_frames() {
    [ "$(frames_read)" -ge $(($1 + $2)) ]
}

# Frames on their way still arrive when a camera stops; then there are none for two seconds.
reader_is_quiet() {
    local before
    before=$(frames_read)
    sleep 2
    [ "$(frames_read)" = "$before" ]
}

reader_has_ended() {
    ! is_running "$reader_pid"
}

# --- broker and daemon -----------------------------------------------------------------------------

start_broker() {
    cat >"$WORK/mosquitto.conf" <<CONF
listener 1883 127.0.0.1
allow_anonymous true
persistence false
CONF
    mosquitto -c "$WORK/mosquitto.conf" >"$WORK/mosquitto.log" 2>&1 &
    broker_pid=$!
    wait_for $SOON_S "broker" broker_answers
    mosquitto_sub -h 127.0.0.1 -q 1 -v -t 'watchpost/#' -t 'rig/#' >"$MESSAGES" &
    subscriber_pid=$!
    wait_for $SOON_S "subscriber" subscriber_hears
}

broker_answers() {
    mosquitto_pub -h 127.0.0.1 -t rig/probe -n 2>/dev/null
}

subscriber_hears() {
    mosquitto_pub -h 127.0.0.1 -t rig/probe -m heard
    grep -q '^rig/probe heard' "$MESSAGES"
}

# start_watchpost SOURCE: the daemon with one camera, called cam.
start_watchpost() {
    begin_config
    add_camera cam "$1" <<CONF
# A look takes seconds here: one must be enough to enter, and who is not seen in the next is still there.
confirm_hits = 1
leave_after_ms = 30000
CONF
    run_watchpost
}

# begin_config [LINE]: with one more line for the outbox.
begin_config() {
    cat >"$WORK/watchpost.toml" <<CONF
[device]
name = "rig"

[mqtt]
url = "mqtt://127.0.0.1:1883"

[outbox]
path = "$WORK/outbox"
${1:-}

[detector]
model = "/root/models/person/manifest.toml"
CONF
}

# add_camera NAME SOURCE: with the further keys on standard input. WIDTH and HEIGHT are the size that is asked for; empty, none is.
add_camera() {
    {
        printf '\n[[camera]]\nname = "%s"\nsource = "%s"\n' "$1" "$2"
        [ -z "${WIDTH-640}" ] || printf 'width = %s\nheight = %s\n' "${WIDTH-640}" "${HEIGHT-360}"
        echo "stall_ms = $STALL_MS"
        cat
    } >>"$WORK/watchpost.toml"
    cameras="${cameras:-} $1"
}

# run_watchpost: the daemon with the cameras that were added; ends when all of them are online.
run_watchpost() {
    start_broker
    local library
    for library in /opt/host/lib/libonnxruntime.so*; do
        [ ! -e "$library" ] || export ORT_DYLIB_PATH="$library"
    done
    export RUST_BACKTRACE=1
    watchpost run --config "$WORK/watchpost.toml" >"$WORK/watchpost.log" 2>&1 &
    watchpost_pid=$!
    expect_state $LATER_S availability '^online$'
    all_online
}

all_online() {
    local name
    for name in $cameras; do
        expect_state $LATER_S "camera/$name/status" '"state": *"online"'
    done
}

# stop_watchpost: as a service manager does it; it must end by itself, and say so.
stop_watchpost() {
    local pid=$watchpost_pid
    watchpost_pid=
    kill -TERM "$pid"
    wait "$pid"
    local status=$?
    [ $status = 0 ] || fail "watchpost ended with $status after SIGTERM"
    expect_state $SOON_S availability '^offline$'
}

# expect_state SECONDS TOPIC PATTERN: the newest message of the topic (below the device's) matches.
expect_state() {
    wait_for "$1" "$2 that matches $3" state_matches "$2" "$3"
}

state_matches() {
    sed -n "s#^$BASE/$1 ##p" "$MESSAGES" | tail -n 1 | grep -q -E "$2"
}

# expect_once SECONDS TOPIC PATTERN: some message of the topic matches, now or earlier.
expect_once() {
    wait_for "$1" "message on $2 that matches $3" was_said "$2" "$3"
}

was_said() {
    sed -n "s#^$BASE/$1 ##p" "$MESSAGES" | grep -q -E "$2"
}

# expect_event SECONDS TYPE [PATTERN]: an event of the camera that came after the last expected one.
expect_event() {
    local pattern="^$BASE/camera/$CAMERA/event .*\"type\": *\"$2\""
    wait_for "$1" "event $2 ${3:-}" event_arrived "$pattern" "${3:-}"
}

event_arrived() {
    local line
    line=$(tail -n +$((seen + 1)) "$MESSAGES" | grep -n -E "$1" | grep -E -m 1 -e "$2" | cut -d: -f1)
    [ -n "$line" ] || return 1
    seen=$((seen + line))
}

# --- what the daemon holds ---------------------------------------------------------------------------

# Until it grows by more than this, memory may have been taken for a reason: the allocator keeps what it got.
RSS_TOLERANCE_KIB=4096

# resources: threads, file descriptors, mappings of camera buffers, those of all files, and resident KiB of the daemon.
# Memory without a file behind it is the allocator's: it is judged by what is resident.
resources() {
    local proc=/proc/$watchpost_pid
    echo "$(ls "$proc/task" | wc -l) $(ls "$proc/fd" | wc -l) $(grep -c /dev/video "$proc/maps")" \
        "$(grep -c ' /' "$proc/maps") $(resident_kib)"
}

resident_kib() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$watchpost_pid/status"
}

# no_leaks BEFORE: what `resources` said before is enough again; a little memory aside.
no_leaks() {
    wait_for $SOON_S "return to the resources of before ($1), now $(resources)," holds_no_more_than "$1"
    # shellcheck disable=SC2046,SC2086 # lists of numbers
    grown $1 $(resources)
}

holds_no_more_than() {
    # shellcheck disable=SC2046,SC2086 # lists of numbers
    set -- $1 $(resources)
    [ "$6" -le "$1" ] && [ "$7" -le "$2" ] && [ "$8" -le "$3" ] && [ "$9" -le "$4" ] &&
        [ "${10}" -le $(($5 + RSS_TOLERANCE_KIB)) ]
}

grown() {
    echo "threads $(($6 - $1)), fds $(($7 - $2)), buffers $(($8 - $3)), maps $(($9 - $4)), RSS $((${10} - $5)) KiB"
}
