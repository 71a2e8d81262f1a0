#!/usr/bin/env bash
# Builds for ARM on a PC, and runs what was built, with Debian's packages only: no Docker, no rustup. Wants root and mmdebstrap,
# a cargo that fetches the crates, and 3 GB of disk.
#
#   debian.sh root                  makes the build root, once: Debian 13 below target/cross-root/ARCH
#   debian.sh build [OPTIONS]       cargo build --release --locked in it
#   debian.sh cargo ARGS…           any other cargo command in it, for the target
#   debian.sh run PROGRAM ARGS…     a program for ARM on this machine, under the build root's qemu-user
#     ARCH=armhf                    32-bit ARM (arm64)
#     CROSS_ROOT=PATH               where the build root lies
#
# What is built lies in target/cross/TRIPLE/release.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd)
arch=${ARCH:-arm64}
root=${CROSS_ROOT:-$checkout/target/cross-root/$arch}
# The triple is Rust's; Debian's compilers and libraries are named after the tools'.
case $arch in
arm64) triple=aarch64-unknown-linux-gnu tools=aarch64-linux-gnu qemu=qemu-aarch64 ;;
armhf) triple=armv7-unknown-linux-gnueabihf tools=arm-linux-gnueabihf qemu=qemu-arm ;;
*)
    echo "debian: nothing is built for $arch; arm64 and armhf would do" >&2
    exit 64
    ;;
esac
# rustc-web is Debian's own newer Rust, beside the one that its release began with. cmake is libjpeg-turbo's, libclang is
# bindgen's; qemu-user before 10 crashes in ONNX Runtime 1.28 and later.
packages=rustc-web,cargo-web,libstd-rust-web-dev:$arch,gcc,g++,libc6-dev,gcc-$tools,g++-$tools
packages+=,libc6-dev-$arch-cross,libclang-dev,cmake,make,pkgconf,qemu-user

# shellcheck source=tests/rig/mirror.sh
. "$checkout/tests/rig/mirror.sh"

main() {
    case ${1:-} in
    root) make_root ;;
    build)
        make_root
        in_root build --release "${@:2}"
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
        exec "$root/usr/bin/$qemu" -L "$root/usr/$tools" "$@"
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
    echo "debian: making the build root for $arch (2.4 GB, some minutes)" >&2
    rm -rf "$root"
    mkdir -p "$(dirname "$root")"
    mmdebstrap --quiet --mode=root --variant=apt --architectures="amd64,$arch" \
        --aptopt='APT::Install-Recommends "false"' --include="$packages" \
        trixie "$root" "deb $mirror trixie main"
    touch "$root/.ready"
}

# The crates are fetched outside, where the registry can be reached, and are all that cargo sees inside.
in_root() {
    local crates=$checkout/target/cross-crates name=${triple//-/_}
    mkdir -p "$root/src" "$root/proc" "$root/dev" "$checkout/target/cross"
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
        CARGO_HOME=/root/.cargo CARGO_NET_OFFLINE=true CARGO_TARGET_DIR=/src/target/cross \
        ${CARGO_BUILD_JOBS:+"CARGO_BUILD_JOBS=$CARGO_BUILD_JOBS"} \
        "CARGO_TARGET_${name^^}_LINKER=$tools-gcc" "CARGO_TARGET_${name^^}_RUNNER=$qemu -L /usr/$tools" \
        "CC_$name=$tools-gcc" "CXX_$name=$tools-g++" "AR_$name=$tools-ar" \
        "BINDGEN_EXTRA_CLANG_ARGS_$name=--sysroot=/usr/$tools -I/usr/$tools/include" \
        chroot "$root" sh -ec 'cd /src; exec cargo --config "source.crates-io.replace-with=\"fetched\"" \
            --config "source.fetched.directory=\"/src/target/cross-crates\"" "$@"' \
        _ "$1" --locked --target "$triple" "${@:2}"
}

main "$@"
