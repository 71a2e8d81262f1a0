#!/usr/bin/env bash
# The package on a whole Debian machine: systemd as process 1, a broker, the kernel's test camera, in QEMU. Installs, watches,
# freezes, upgrades, purges; machine/stages/ has one file a boot. Ends with "N passed, N failed".
#
#   run.sh [STAGE...]             all stages, or those whose names begin so (1 always goes first)
#     ARCH=arm64                  a machine for ARM (this one's); wants the build root of cross/ and qemu-system-arm
#     PACKAGE=PATH                the .deb to test (out/package's)
#     SUITE=trixie                another Debian (bookworm)
#     DEADLINE_S=SECONDS          for everything (3600)
#     CONSOLE=1                   prints the machine's console afterwards
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
arch=${ARCH:-$(dpkg --print-architecture)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# shellcheck source=tests/rig/machine.sh
. "$here/../rig/machine.sh"

main() {
    local machine package
    package=${PACKAGE:-$(newest_package)}
    machine=$("$here/build-machine.sh" "${SUITE:-bookworm}" "$arch")
    echo "# $(basename "$package"), $(stat --format %s "$package") bytes"
    make_job "$package" "$@"
    cp --sparse=always "$machine/disk.img" "$scratch/disk.img"
    local status=0
    boot "$machine" | tee "$scratch/output" || status=$?
    if [ -n "${CONSOLE:-}" ] || ! grep -q '^END' "$scratch/output"; then
        tail -n "${CONSOLE_LINES:-60}" "$scratch/console.log" >&2
    fi
    report "$status"
}

newest_package() {
    local found
    found=$(find "$checkout/out/package" -name "watchpost_*_$arch.deb" -printf '%T@ %p\n' 2>/dev/null |
        sort -n | tail -n 1 | cut -d' ' -f2)
    if [ -z "$found" ]; then
        echo "run: there is no package in out/package; make one with scripts/package.sh" >&2
        exit 66
    fi
    echo "$found"
}

# The second disk: the package, what it is upgraded from, and what is done with them.
make_job() {
    local package=$1 job=$scratch/job stage prefix
    shift
    mkdir -p "$job/stages"
    cp "$here"/machine/{lib.sh,walk.sh} "$here"/{hostile.sh,probe.sh} "$checkout/tests/scenes/yard_line.avi" "$job/"
    for stage in "$here"/machine/stages/*; do
        for prefix in 1 "${@:-}"; do
            case $(basename "$stage") in
            "$prefix"*) cp "$stage" "$job/stages/" ;;
            esac
        done
    done
    cp "$package" "$job/current.deb"
    make_previous "$package" "$job/previous.deb"
    truncate --size=256M "$scratch/job.img"
    mkfs.ext4 -q -d "$job" "$scratch/job.img"
}

# The release before: the same program with an older number, whose configuration file had another text. So dpkg has to decide
# between the owner's, the old and the new one.
make_previous() {
    local root=$scratch/previous
    dpkg-deb --raw-extract "$1" "$root"
    sed -i 's/^Version: .*/Version: 0.0.9-1/' "$root/DEBIAN/control"
    echo '# As it was in 0.0.9.' >>"$root/etc/watchpost/watchpost.toml"
    (cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    dpkg-deb --root-owner-group -Znone --build "$root" "$2" >/dev/null
    rm -rf "$root"
}

boot() {
    local files=$1 machine cpu line
    use_machine "$arch" "$scratch/console.log"
    timeout --kill-after=5 "${DEADLINE_S:-3600}" "${machine[@]}" -accel tcg,thread=multi,tb-size=512 -cpu "$cpu" \
        -smp 2 -m 1536 -kernel "$files/vmlinuz" -initrd "$files/initrd.img" \
        -append "console=$line root=/dev/vda rw quiet loglevel=4 panic=-1 mitigations=off audit=0 systemd.show_status=0" \
        -drive "file=$scratch/disk.img,format=raw,if=virtio,cache=unsafe" \
        -drive "file=$scratch/job.img,format=raw,if=virtio,readonly=on" </dev/null | sed -u 's|\r$||'
}

report() {
    local passed failed
    passed=$(grep --count '^ok ' "$scratch/output" || true)
    failed=$(grep --count '^not ok ' "$scratch/output" || true)
    if ! grep -q '^END' "$scratch/output"; then
        echo "run: the machine ended early ($1)" >&2
        failed=$((failed + 1))
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

main "$@"
