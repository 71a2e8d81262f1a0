#!/bin/sh
# Random faults for MINUTES, from the schedule that SEED names: memory stays flat, every frame that the USB
# camera sent is accounted for, and each camera is lost and found in turn.
. ./lib.sh
. ./matrix.sh

MINUTES=${MINUTES:-10}
SEED=${SEED:-1}
# Slope of resident memory that counts as a leak in a run of half an hour and more. Shorter ones see the allocator
# settle and only print it: 24 KiB within half a minute are 2.8 MiB an hour.
SLOPE_MAX_KIB_PER_H=${SLOPE_MAX_KIB_PER_H:-2048}
# Frames that a closed stream may take along: four buffers of the driver, one on the bus, one handed over and the first
# ones before the daemon has seen a number.
UNSEEN_PER_OPENING=8

soak() {
    local ends
    ends=$(($(uptime_s) + MINUTES * 60))
    round=0
    while [ "$(uptime_s)" -lt $ends ]; do
        round=$((round + 1))
        draw
        echo "$round $kind $number" >>"$WORK/schedule"
        "fault_$kind"
        sample $((2 + number % 9))
        all_online
        sample 1
    done
}

# draw: the round's fault and a number, the same for the same seed.
draw() {
    # shellcheck disable=SC2046 # two words
    set -- $(awk -v seed="$SEED" -v round="$round" 'BEGIN {
        srand(seed * 1000003 + round)
        rand()
        split("unplug freeze stall trunc err eio disconnect qbuf dead drops flagged", kinds)
        print kinds[1 + int(rand() * 11)], int(rand() * 1000)
    }')
    kind=$1
    number=$2
}

# sample SECONDS: lets them pass, and notes the memory after each.
sample() {
    local left=$1
    while [ "$left" -gt 0 ]; do
        sleep 1
        left=$((left - 1))
        echo "$(cut -d' ' -f1 /proc/uptime) $(resident_kib)" >>"$WORK/memory"
    done
}

fault_unplug() {
    camera unplug
    wait_for_no_camera
    sample $((number % 5))
    camera plug
    wait_for_camera
}

fault_freeze() {
    camera freeze
    sample $((1 + number % 9))
    camera thaw
}

fault_stall() { camera stall; }
fault_trunc() { camera trunc $((1 + number % 9)); }
fault_err() { camera err $((1 + number % 9)); }
fault_eio() { vivid_fault inject_fatal_streaming_error=1; }
fault_disconnect() { vivid_fault disconnect=1; }
fault_qbuf() { vivid_fault inject_vidioc_qbuf_error=1; }
fault_flagged() { vivid_fault inject_v4l2_buf_flag_error=1; }

fault_dead() {
    vivid_fault percentage_of_dropped_buffers=100
    sample $((1 + number % 9))
    vivid_fault percentage_of_dropped_buffers=0
}

fault_drops() {
    vivid_fault percentage_of_dropped_buffers=30
    sample $((1 + number % 9))
    vivid_fault percentage_of_dropped_buffers=0
}

# Kilobytes an hour by least squares over the second half: in the first, everything is used for the first time.
slope_kib_per_h() {
    tail -n $(($(wc -l <"$WORK/memory") / 2)) "$WORK/memory" |
        awk '{ x = $1 / 3600; n++; sx += x; sy += $2; sxx += x * x; sxy += x * $2 }
            END { d = n * sxx - sx * sx; printf "%.0f", (d > 0 ? (n * sxy - sx * sy) / d : 0) }'
}

# in_turn CAMERA: lost, found, lost, found.
in_turn() {
    sed -n "s#^$BASE/camera/$1/event .*\"type\": *\"\(camera_[a-z]*\)\".*#\1#p" "$MESSAGES" |
        awk -v name="$1" '$0 == last { print name " was " $0 " twice in a row"; bad = 1 } { last = $0; n++ }
            END { print "# " name ": " n + 0 " losses and returns, in turn"; exit bad }' ||
        fail "events that contradict each other"
}

# sent = frames looked at + overwritten in the hand-over + missing by number + at most so many at each opening.
frames_add_up() {
    local sent known openings
    camera count
    wait_for $SOON_S "count of frames" grep -q 'uvcsim: sent' "$WORK/uvcsim.log"
    sent=$(sed -n 's/uvcsim: sent //p' "$WORK/uvcsim.log" | tail -n 1)
    known=$(($(counter door frames) + $(counter door dropped) + $(counter door missing)))
    openings=$(grep -c 'camera opened.*camera=door' "$WORK/watchpost.log")
    echo "# door: $sent sent = $(counter door frames) looked at ($(counter door broken) broken) + $(counter door dropped)" \
        "overwritten + $(counter door missing) missing + $((sent - known)) unseen in $openings openings"
    [ $known -le "$sent" ] || fail "more frames are counted than were sent"
    [ $((sent - known)) -le $((UNSEEN_PER_OPENING * openings)) ] || fail "frames are unaccounted for"
    echo "# wall: $(counter wall frames) looked at, $(counter wall dropped) overwritten, $(counter wall missing) missing"
}

# A line for every frame would fill the memory disk in hours.
WATCHPOST_LOG=info,ort=warn
start_two_cameras S1
echo "# seed $SEED, $MINUTES minutes"
before=$(resources)
soak
leaks=$(no_leaks "$before") || leaks="more than before: $before, now $(resources)"
slope=$(slope_kib_per_h)
echo "# $round faults: $(cut -d' ' -f2 "$WORK/schedule" | sort | uniq -c | awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }')"
echo "# memory: $(awk 'NR == 1 { print $2 }' "$WORK/memory") KiB first, $(resident_kib) KiB last; slope $slope KiB/h; $leaks"
in_turn door
in_turn wall
stop_watchpost
frames_add_up
events_without_gaps
! grep -q -i panicked "$WORK/watchpost.log" || fail "the daemon panicked"
case $leaks in more*) fail "$leaks" ;; esac
[ "$MINUTES" -lt 30 ] || [ "$slope" -le "$SLOPE_MAX_KIB_PER_H" ] || fail "memory grows by $slope KiB/h"
pass
