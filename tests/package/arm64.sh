#!/usr/bin/env bash
# The arm64 package on a PC: unpacked, its program plays the clip on the package's own ONNX Runtime under qemu-user, with a real
# broker. dpkg does not run, and so neither do the maintainer scripts: ARCH=arm64 run.sh tests those, on a machine with systemd.
# Wants the build root of cross/debian.sh, whose qemu-user is 10. Ends with "N passed, N failed".
#
#   arm64.sh          PACKAGE=PATH is the .deb (out/package's)
set -euo pipefail

cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
package=${PACKAGE:-out/package/watchpost_$version-1_arm64.deb}
scratch=$(mktemp -d)
# Debian puts the broker where only root's PATH looks.
PATH=$PATH:/usr/sbin
passed=0
failed=0

main() {
    trap stop EXIT
    if [ ! -e "$package" ]; then
        echo "arm64: there is no $package; make it with cross/debian.sh build and scripts/package.sh arm64" >&2
        exit 66
    fi
    check "the package is for arm64" test "$(dpkg-deb --field "$package" Architecture)" = arm64
    dpkg-deb --extract "$package" "$scratch/root"
    check "the program starts: $(arm64 --version)" arm64 --version
    check "its configuration is right" arm64 check --config "$scratch/root/etc/watchpost/watchpost.toml"
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mosquitto -p "$port" >"$scratch/broker.log" 2>&1 &
    broker=$!
    until mosquitto_pub -p "$port" -t ready -m 1 2>/dev/null; do
        sleep 0.2
    done
    mosquitto_sub -p "$port" -t 'watchpost/#' >"$scratch/messages" &
    subscriber=$!
    check "the clip goes through the whole chain" arm64 demo --backend onnxruntime --broker "mqtt://127.0.0.1:$port" \
        --clip "$scratch/root/usr/share/watchpost/demo.avi"
    grep -o '"backend":"[^"]*"' "$scratch/messages" | sort -u | sed 's/^/# /'
    grep -o '"type":"[a-z_]*"' "$scratch/messages" | sort | uniq -c | sed 's/^ */# /'
    check "ONNX Runtime did the work" grep -q '"backend":"onnxruntime' "$scratch/messages"
    check "somebody entered" grep -q '"type":"entered"' "$scratch/messages"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

arm64() {
    WATCHPOST_LOG=warn cross/debian.sh run "$scratch/root/usr/bin/watchpost" "$@"
}

stop() {
    kill "${subscriber:-}" "${broker:-}" 2>/dev/null || true
    rm -rf "$scratch"
}

check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "ok $what"
        passed=$((passed + 1))
    else
        echo "not ok $what"
        tail -n 20 <<<"$said" | sed 's/^/#   /'
        failed=$((failed + 1))
    fi
}

main "$@"
