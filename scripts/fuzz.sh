#!/bin/bash
# Builds one of the fuzz targets in fuzz/ and lets it run.
#
#   fuzz.sh TARGET SECONDS [libFuzzer's options]
#
# The folder has cargo-fuzz's layout, but neither it nor a nightly compiler is needed: the flags below are those it
# passes. What is found lies in .cache/fuzz/TARGET; inputs worth keeping belong into fuzz/corpus/TARGET, small ones only.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:?a target: jpeg, formats, avi, command or request}
seconds=${2:?seconds to run}
shift 2
host=$(rustc -vV | sed -n 's/^host: //p')
# What libFuzzer looks at: edges and comparisons; and memory that is not ours.
flags=(
    --cfg fuzzing -Zsanitizer=address
    -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
)
cc="CC_${host//-/_}"

env "$cc=$PWD/fuzz/cc" RUSTC_BOOTSTRAP=1 RUSTFLAGS="${flags[*]}" \
    cargo build --release --locked --manifest-path fuzz/Cargo.toml --target-dir .cache/fuzz/target \
    --target "$host" --bin "$target"

found=.cache/fuzz/$target
mkdir -p "$found/corpus"
".cache/fuzz/target/$host/release/$target" "$found/corpus" "fuzz/corpus/$target" \
    -artifact_prefix="$found/" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 "$@"
