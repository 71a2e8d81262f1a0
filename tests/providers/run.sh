#!/usr/bin/env bash
# Runs the execution providers that an x86-64 machine without special hardware can run, beside the CPU provider of the same
# library: who took how many of the model's nodes, how much processor time an inference takes (the median of all threads
# together, so that other programs do not count), and whether the people found are the same.
#
#   tests/providers/run.sh [FRAMES]
#
# Libraries come from their wheels on PyPI, pinned by version and hash, into .cache/providers/ (25 to 84 MB each). WATCHPOST is
# the program (default: target/release/watchpost). FRAMES are timed for each variant (default: 150). Prints a table in Markdown;
# ends with 1 when a provider takes no node, finds other people than the CPU does, or does not heed its options.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
cache=$checkout/.cache/providers
watchpost=${WATCHPOST:-$checkout/target/release/watchpost}
frames=${1:-150}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$checkout"

# Prints where the library of a wheel is.
library() {
    local package=$1 version=$2 sha256=$3 home=$cache/$1-$2 scratch
    if [ ! -e "$home/onnxruntime/capi/libonnxruntime.so.$version" ]; then
        mkdir -p "$cache"
        scratch=$(mktemp -d "$cache/fetch.XXXXXX")
        echo "$package==$version --hash=sha256:$sha256" >"$scratch/requirements.txt"
        python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
            --platform manylinux_2_28_x86_64 --implementation cp --python-version 3.11 --abi cp311 \
            --dest "$scratch" --requirement "$scratch/requirements.txt" >&2
        python3 -m zipfile --extract "$scratch"/*.whl "$scratch/wheel"
        rm -rf "$home"
        mv "$scratch/wheel" "$home"
        rm -rf "$scratch"
    fi
    echo "$home/onnxruntime/capi/libonnxruntime.so.$version"
}

# Compares one provider with the CPU, in one library and with one model.
compare() {
    local provider=$1 library=$2 model=$3 list
    for list in cpu "$provider,cpu"; do
        "$watchpost" detect --model "$model" --backend onnxruntime --library "$library" --providers "$list" --json \
            tests/scenes/stills/*.jpg >"$work/$list.json" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    done
    "$watchpost" bench --model "$model" --backend onnxruntime --library "$library" --providers cpu \
        --providers "$provider,cpu" --frames "$frames" --processor-time --json \
        >"$work/bench.json" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    python3 "$here/row.py" "$provider" "$model" "$work/cpu.json" "$work/$provider,cpu.json" "$work/bench.json"
}

# Whether a provider finds its device here; otherwise says why not.
works() {
    local provider=$1 library=$2 still
    still=$(printf '%s\n' tests/scenes/stills/*.jpg | head -n 1)
    "$watchpost" detect --model person --backend onnxruntime --library "$library" --providers "$provider" "$still" \
        >/dev/null 2>"$work/log" && return
    echo "providers: $provider is left out: $(grep -v "^$" "$work/log" | tail -n 1)" >&2
    return 1
}

echo "| provider | library | model | nodes | inference, CPU provider | inference | people found | largest difference |"
echo "|---|---|---|---|---|---|---|---|"
openvino=$(library onnxruntime-openvino 1.24.1 3007c803634cc69c6d52af1dea7ce729d9bb62b9a11070fd2f959119199007a8)
older=$(library onnxruntime-openvino 1.22.0 693c4e63fb6ca8c10ebd4f67a87701f3f0628eb81f40960bdf7ae5c61b6aefdb)
webgpu=$(library onnxruntime-webgpu 1.27.0 142eb8bdb803c58117bf64164d201f43180bc87229cac14b590aa4ea79e0f70b)
failed=0
for model in person person-fp32; do
    compare openvino "$openvino" "$model" || failed=1
    compare openvino "$older" "$model" || failed=1
    # Wants Vulkan; a processor does it in software with Mesa 25 (package mesa-vulkan-drivers of Debian 13), not with Debian 12's.
    ! works webgpu "$webgpu" || compare webgpu "$webgpu" "$model" || failed=1
done

# Options reach a provider: it keeps what it has compiled in the folder that it is told, and says why it refuses one.
still=tests/scenes/stills/hall_empty.jpg
"$watchpost" detect --model person-fp32 --library "$openvino" --providers openvino,cpu --option "openvino.cache_dir=$work/cache" \
    "$still" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; failed=1; }
[ -n "$(ls "$work/cache" 2>/dev/null)" ] || { echo "providers: cache_dir is empty" >&2; failed=1; }
"$watchpost" detect --model person-fp32 --library "$openvino" --providers openvino --option openvino.no_such=1 "$still" \
    >/dev/null 2>"$work/log" && { echo "providers: an option that does not exist is taken" >&2; failed=1; }
grep -q 'no_such' "$work/log" || { cat "$work/log" >&2; failed=1; }
exit $failed
