#!/bin/sh
# Measures other people's detectors with `watchpost eval` and compares with what their manifests say.
#
#   tests/peers/run.sh PEERS_DIR DATA_DIR
#
# PEERS_DIR holds their ONNX files, which are never committed; DATA_DIR holds coco-person-val.json and the pictures that it
# names. What is expected was measured on those very pictures (longest side 512) by an independent pipeline of OpenCV,
# onnxruntime and pycocotools. WATCHPOST is the program
# (default: target/release/watchpost); further arguments, such as `--backend embedded`, go to `watchpost eval`.
set -eu

[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 64; }
peers=$(cd "$1" && pwd)
data=$(cd "$2" && pwd)
shift 2
here=$(cd "$(dirname "$0")" && pwd)
watchpost=${WATCHPOST:-$here/../../target/release/watchpost}

# A manifest names a model beside itself, so both are brought together for a while.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/*.toml "$work"
ln -s "$peers"/*.onnx "$work"

# The first one: figures of all pictures come before those of some.
number() { sed -n "s/^ *\"\{0,1\}$2\"\{0,1\} *[:=] *\([0-9.]*\),*$/\1/p" "$1" | head -n 1; }

printf '%-26s %14s %14s %8s\n' model 'AP (expected)' 'AP50 (expected)' ms
for manifest in "$work"/*.toml; do
    "$watchpost" eval --json --model "$manifest" --images "$data" \
        --annotations "$data/coco-person-val.json" "$@" > "$work/result.json"
    printf '%-26s %6.1f (%5.1f) %7.1f (%5.1f) %9.1f\n' "$(basename "$manifest" .toml)" \
        "$(number "$work/result.json" ap)" "$(number "$manifest" ap)" \
        "$(number "$work/result.json" ap50)" "$(number "$manifest" ap50)" \
        "$(number "$work/result.json" inference_median_ms)"
done
