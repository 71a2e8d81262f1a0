#!/usr/bin/env bash
# Watchpost and the loop that one would otherwise write (Python, OpenCV, ONNX Runtime) by turns on this machine: the same
# pictures, the same model, one thread each. See docs/performance.md for what is compared.
#
#     benches/against_python.sh                       # 720p, 5 rounds of 200 frames
#     benches/against_python.sh --rounds 9 --width 1920 --height 1080
#     WATCHPOST=/usr/bin/watchpost benches/against_python.sh
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd)
python=$checkout/.cache/against-python/bin/python

main() {
    if [ -z "${WATCHPOST:-}" ]; then
        (cd "$checkout" && cargo build --release --locked)
        WATCHPOST=$checkout/target/release/watchpost
    fi
    "$checkout/scripts/fetch-onnxruntime.sh"
    ORT_DYLIB_PATH=$("$checkout/scripts/fetch-onnxruntime.sh" --path)
    if [ -z "$ORT_DYLIB_PATH" ]; then
        echo "against_python: ONNX Runtime has no wheel for $(uname -m), so there is nothing to compare with" >&2
        exit 69
    fi
    install_python
    export WATCHPOST ORT_DYLIB_PATH
    # Neither side may use a second core.
    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
    exec "$python" "$checkout/benches/against_python.py" "$@"
}

# The versions are pinned so that figures of two machines can be compared; ONNX Runtime's is the one that Watchpost fetches.
install_python() {
    local packages=(opencv-python-headless==5.0.0.93 numpy==2.4.6 onnxruntime==1.32.0)
    local done=$checkout/.cache/against-python/installed
    [ "$(cat "$done" 2>/dev/null)" != "${packages[*]}" ] || return 0
    echo "against_python: fetching OpenCV, NumPy and ONNX Runtime (about 100 MB) from PyPI" >&2
    python3 -m venv --clear "$checkout/.cache/against-python"
    "$python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: "${packages[@]}"
    # Last, because it means that everything is there.
    echo "${packages[*]}" >"$done"
}

main "$@"
