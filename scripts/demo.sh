#!/usr/bin/env bash
# Shows the main job: a real broker on a free loopback port, a real subscriber, and the built-in clip through the daemon.
#
#   demo.sh WATCHPOST
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd)
watchpost=$(realpath "$1")
out=$checkout/out
# Debian puts the broker where only root's PATH looks.
PATH=$PATH:/usr/sbin

main() {
    local port
    mkdir -p "$out"
    scratch=$(mktemp -d)
    port=$(free_port)
    trap 'stop; rm -rf "$scratch"' EXIT

    mosquitto -p "$port" >"$scratch/broker.log" 2>&1 &
    broker=$!
    wait_for_port "$port"
    echo "demo: mosquitto listens on 127.0.0.1:$port; a subscriber shows what it gets:"
    # Not a pipe: the subscriber itself must be what we end.
    mosquitto_sub -h 127.0.0.1 -p "$port" -t 'watchpost/#' -v > >(tee "$out/demo-messages.txt") &
    subscriber=$!

    cd "$checkout"
    WATCHPOST_LOG=${WATCHPOST_LOG:-warn} "$watchpost" demo --broker "mqtt://127.0.0.1:$port"
    # The daemon says `offline` last; once the subscriber has that, it has everything.
    wait_for 'availability offline' "$out/demo-messages.txt"
    "$watchpost" detect "$checkout/tests/scenes/stills/hall_three.jpg" --draw "$out/demo.png"
    echo "demo: the messages are in out/demo-messages.txt, and a picture of what the model sees in out/demo.png"
}

stop() {
    kill "${subscriber:-}" "${broker:-}" 2>/dev/null || true
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

wait_for_port() {
    until_true "mosquitto does not listen" listens "$1"
}

listens() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

wait_for() {
    until_true "the subscriber never got '$1'" grep -q "$1" "$2"
}

# Tries a command for 10 s.
until_true() {
    local complaint=$1
    shift
    for _ in $(seq 100); do
        if "$@"; then
            return
        fi
        sleep 0.1
    done
    echo "demo: $complaint" >&2
    exit 69
}

main "$@"
