#!/bin/bash
# Boots the test guest once and runs the scenarios in it, one after the other. Ends with a line
# "N passed, N failed", and with exit code 1 if one failed.
#
#   run.sh                    every scenario but the long ones
#   run.sh --long             the long ones
#   run.sh NAME...            only these, such as uvc-replug
#     WATCHPOST_BIN=PATH      the daemon to test; without it, only the scenarios that test the rig itself
#     ORT_LIB=PATH            ONNX Runtime's library, for a daemon that opens it at run time
#     MODEL_DIR=PATH          folder of the model (tests/rig/model)
#     RIG_ARCH=arm64          an emulated 64-bit ARM machine; WATCHPOST_BIN and ORT_LIB are then for it, and the build root of
#                             cross/ is used (CROSS_ROOT: where it lies)
#     RIG_SUITE=trixie        another Debian's kernel and drivers (bookworm)
#     RIG_ACCEL=kvm|uml       instead of emulation; uml is Linux as a program (build-uml.sh)
#     CLIP_FILE=PATH          one more clip for the USB camera; its name without .avi is CLIP
#     RIG_SLOWER=N            how many times slower the clips run (5; 2 without emulation)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
model=${MODEL_DIR:-$here/model}
accelerator=${RIG_ACCEL:-tcg}
arch=${RIG_ARCH:-$(dpkg --print-architecture)}
# An emulated machine needs a second and more for a frame, and the tracker must see people move in steps.
case $accelerator in
kvm | uml) slower=${RIG_SLOWER:-2} ;;
*) slower=${RIG_SLOWER:-5} ;;
esac
# Generous: a busy machine emulates slowly, and a scenario gives up by itself long before.
SECONDS_A_SCENARIO=$((900 + 60 * ${MINUTES:-0} * 2))
scratch=$(mktemp -d)
output=$scratch/output
trap 'rm -rf "$scratch"' EXIT

main() {
    local names=() options=() name guest
    case ${1:-} in
    '') mapfile -t names < <(short_scenarios) ;;
    --long) mapfile -t names < <(long_scenarios) ;;
    *) names=("$@") ;;
    esac
    for name in "${names[@]}"; do
        if [ ! -f "$here/scenarios/$name.sh" ]; then
            echo "run: there is no scenario $name" >&2
            exit 64
        fi
    done

    guest=$("$here/build-guest.sh" "$arch" "${RIG_SUITE:-bookworm}")
    options+=(-g "$guest" -M 'vivid n_devs=2 node_types=0x1,0x1 num_inputs=1,1 input_types=0,0 multiplanar=1,2' -M uvcvideo -M vhci_hcd)
    if is_foreign; then
        options+=(-L "${CROSS_ROOT:-$checkout/target/cross-root/arm64}/usr/aarch64-linux-gnu/lib")
    fi
    options+=(-p "$(built_uvcsim)" -f "$here/scenarios:/root/scenarios")
    local clip
    for clip in "$checkout"/tests/scenes/*.avi ${CLIP_FILE:+"$CLIP_FILE"}; do
        options+=(-f "$clip:/root/clips/$(basename "$clip")")
    done
    if [ -n "${WATCHPOST_BIN:-}" ]; then
        options+=(-p "$WATCHPOST_BIN" -f "$model:/root/models/person")
        build_formats_test
        options+=(-p "$scratch/camera_formats")
    fi
    if [ -n "${ORT_LIB:-}" ]; then
        options+=(-l "$ORT_LIB")
    fi
    options+=(-k "$accelerator" -m 1536 -t $((60 + SECONDS_A_SCENARIO * ${#names[@]})))

    local status=0
    "$here/run-guest.sh" "${options[@]}" "SLOWER=$slower MINUTES=${MINUTES:-} SEED=${SEED:-} CLIP=${CLIP:-} DEADLINE_S=$((SECONDS_A_SCENARIO - 10)) sh scenarios/all.sh ${names[*]}" | tee "$output" || status=$?
    report "$status"
}

# Those named rig-* need no daemon: they show that the cameras do what the others rely on. Those named long-* take
# minutes each, latency-* measure, and the soak is run by soak.sh.
short_scenarios() {
    local path name
    for path in "$here"/scenarios/*.sh; do
        name=$(basename "$path" .sh)
        case $name in
        lib | matrix | all | soak | latency* | long-*) ;;
        rig-*) echo "$name" ;;
        *) [ -z "${WATCHPOST_BIN:-}" ] || echo "$name" ;;
        esac
    done
}

long_scenarios() {
    local path
    for path in "$here"/scenarios/long-*.sh; do
        basename "$path" .sh
    done
}

is_foreign() {
    [ "$arch" != "$(dpkg --print-architecture)" ]
}

built_uvcsim() {
    local manifest=tests/rig/uvcsim/Cargo.toml target=$checkout/.cache/rig/uvcsim
    if is_foreign; then
        "$checkout/cross/debian.sh" cargo build --quiet --release --manifest-path "$manifest" >&2
        echo "$checkout/target/cross/aarch64-unknown-linux-gnu/release/uvcsim"
        return
    fi
    cargo build --quiet --release --locked --manifest-path "$checkout/$manifest" --target-dir "$target" >&2
    echo "$target/release/uvcsim"
}

# The test of every format, which wants a camera.
build_formats_test() {
    local test=(cargo test --locked) program
    if is_foreign; then
        test=("$checkout/cross/debian.sh" cargo test)
    fi
    # Its place is said on the last line: "Executable tests/camera_formats.rs (target/…)".
    program=$(cd "$checkout" && "${test[@]}" --no-run --test camera_formats 2>&1 | tee "$scratch/build" |
        sed -n 's/.*camera_formats\.rs (\(.*\))$/\1/p')
    if [ -z "$program" ]; then
        cat "$scratch/build" >&2
        return 1
    fi
    ln -s "$checkout/$program" "$scratch/camera_formats"
}

report() {
    local passed failed
    passed=$(grep --count '^ok ' "$output" || true)
    failed=$(grep --count '^not ok ' "$output" || true)
    if [ "$1" -gt 1 ]; then
        echo "run: the guest ended early ($1)" >&2
        failed=$((failed + 1))
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

main "$@"
