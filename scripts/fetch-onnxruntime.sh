#!/usr/bin/env bash
# Fetches ONNX Runtime's library from its PyPI wheel, pinned by version and hash, into .cache/onnxruntime/. Prints nothing
# when it is there already. `fetch-onnxruntime.sh --path` prints where the library is, and nothing where there is none;
# `--for aarch64` before that means another machine's, which lies in a folder of its own.
set -euo pipefail

version=1.32.0
checkout=$(cd "$(dirname "$0")/.." && pwd)

main() {
    machine=$(uname -m)
    home=$checkout/.cache/onnxruntime/$version
    if [ "${1:-}" = --for ]; then
        [ "$2" = "$machine" ] || home=$home-$2
        machine=$2
        shift 2
    fi
    library=$home/libonnxruntime.so
    if [ "${1:-}" = --path ]; then
        [ ! -e "$library" ] || echo "$library"
        return
    fi
    [ ! -e "$library" ] || return 0
    local platform sha256
    case $machine in
    x86_64)
        platform=manylinux_2_28_x86_64
        sha256=5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d
        ;;
    aarch64)
        platform=manylinux_2_28_aarch64
        sha256=2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c
        ;;
    *)
        echo "setup: there is no ONNX Runtime wheel for $machine; the embedded engine does the work" >&2
        return 0
        ;;
    esac
    fetch "$platform" "$sha256"
}

fetch() {
    local platform=$1 sha256=$2 scratch
    echo "setup: fetching ONNX Runtime $version (about 20 MB) from PyPI" >&2
    mkdir -p "$home"
    scratch=$(mktemp -d "$home/fetch.XXXXXX")
    echo "onnxruntime==$version --hash=sha256:$sha256" >"$scratch/requirements.txt"
    # The library does not depend on Python's version, so any one wheel will do on every machine.
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
        --platform "$platform" --implementation cp --python-version 3.11 --abi cp311 \
        --dest "$scratch" --requirement "$scratch/requirements.txt" >&2
    python3 -m zipfile --extract "$scratch"/onnxruntime-*.whl "$scratch/wheel"
    mv "$scratch/wheel/onnxruntime/LICENSE" "$scratch/wheel/onnxruntime/ThirdPartyNotices.txt" "$home/"
    # Last, because its presence means that everything is there.
    mv "$scratch/wheel/onnxruntime/capi/libonnxruntime.so.$version" "$library"
    rm -rf "$scratch"
}

main "$@"
