#!/usr/bin/env bash
# Builds for 64-bit ARM on a PC, and runs what was built, with Debian's packages only: no Docker, no rustup. Wants root and
# mmdebstrap, a cargo that fetches the crates, and 3 GB of disk.
#
#   debian-aarch64.sh root                  makes the build root, once: Debian 13 below target/cross-root
#   debian-aarch64.sh build                 cargo build --release --locked in it
#   debian-aarch64.sh cargo ARGS…           any other cargo command in it, for the target
#   debian-aarch64.sh run PROGRAM ARGS…     a program for ARM on this machine, under the build root's qemu-user
#
# What is built lies in target/debian-aarch64/aarch64-unknown-linux-gnu/release and needs glibc 2.35 or later.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd)
root=${CROSS_ROOT:-$checkout/target/cross-root}
target=aarch64-unknown-linux-gnu
# rustc-web is Debian's own newer Rust, beside the one that its release began with. cmake is libjpeg-turbo's, libclang is
# bindgen's; qemu-user before 10 crashes in ONNX Runtime 1.28 and later.
packages=rustc-web,cargo-web,libstd-rust-web-dev:arm64,gcc,g++,libc6-dev,gcc-aarch64-linux-gnu,g++-aarch64-linux-gnu
packages+=,libc6-dev-arm64-cross,libclang-dev,cmake,make,pkgconf,qemu-user

# shellcheck source=tests/rig/mirror.sh
. "$checkout/tests/rig/mirror.sh"

main() {
    case ${1:-} in
    root) make_root ;;
    build)
        make_root
        in_root build --release
        ;;
    cargo)
        make_root
        shift
        in_root "$@"
        ;;
    run)
        shift
        make_root
        # Debian's qemu-user is linked statically, so that it runs from the root as it is.
        exec "$root/usr/bin/qemu-aarch64" -L "$root/usr/aarch64-linux-gnu" "$@"
        ;;
    *)
        sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
        exit 64
        ;;
    esac
}

make_root() {
    if [ -e "$root/.ready" ]; then
        return
    fi
    local mirror
    mirror=${DEBIAN_MIRROR:-$(mirror_labelled Debian)}
    echo "debian-aarch64: making the build root (2.4 GB, some minutes)" >&2
    rm -rf "$root"
    mkdir -p "$(dirname "$root")"
    mmdebstrap --quiet --mode=root --variant=apt --architectures=amd64,arm64 \
        --aptopt='APT::Install-Recommends "false"' --include="$packages" \
        trixie "$root" "deb $mirror trixie main"
    touch "$root/.ready"
}

# The crates are fetched outside, where the registry can be reached, and are all that cargo sees inside.
in_root() {
    local crates=$checkout/target/cross-crates
    mkdir -p "$root/src" "$root/proc" "$root/dev" "$checkout/target/debian-aarch64"
    if [ ! "$crates/.lock" -nt "$checkout/Cargo.lock" ]; then
        (cd "$checkout" && cargo vendor --quiet --locked --versioned-dirs "$crates" >/dev/null)
        touch "$crates/.lock"
    fi
    # Mounts of a namespace of its own: they are gone with the last process, however that ends.
    # shellcheck disable=SC2016 # the inner shell's own variables
    exec unshare --mount --propagation private bash -euc '
        root=$1 checkout=$2
        shift 2
        mount --bind "$checkout" "$root/src"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        exec env -i PATH=/usr/sbin:/usr/bin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
    ' _ "$root" "$checkout" \
        CARGO_HOME=/root/.cargo CARGO_NET_OFFLINE=true CARGO_TARGET_DIR=/src/target/debian-aarch64 \
        ${CARGO_BUILD_JOBS:+"CARGO_BUILD_JOBS=$CARGO_BUILD_JOBS"} \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu" \
        CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc CXX_aarch64_unknown_linux_gnu=aarch64-linux-gnu-g++ \
        AR_aarch64_unknown_linux_gnu=aarch64-linux-gnu-ar \
        BINDGEN_EXTRA_CLANG_ARGS_aarch64_unknown_linux_gnu="--sysroot=/usr/aarch64-linux-gnu -I/usr/aarch64-linux-gnu/include" \
        chroot "$root" sh -ec 'cd /src; exec cargo --config "source.crates-io.replace-with=\"fetched\"" \
            --config "source.fetched.directory=\"/src/target/cross-crates\"" "$@"' \
        _ "$1" --locked --target "$target" "${@:2}"
}

main "$@"
