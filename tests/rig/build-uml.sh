#!/bin/bash
# Compiles Linux as a program (User-Mode Linux) with the camera drivers in it, from Debian's sources of the kernel. It runs them and
# the daemon at the speed of the machine itself where there is no KVM, on one processor.
#
#   build-uml.sh [suite]      prints the path of the kernel; x86-64 only
#
# Takes twenty processor minutes, fetches 140 MB and wants bc, bison, flex, gcc and make. The kernel lies under .cache/rig in the checkout.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
suite=${1:-bookworm}
folder=$(cd "$here/../.." && pwd)/.cache/rig/uml-$suite
work=$folder/work

# shellcheck source=tests/rig/mirror.sh
. "$here/mirror.sh"

# Beyond the architecture's defaults: memory-mapped devices, without which there are no media drivers; the cameras; fine timers.
WANTED="VIRTIO_UML UML_PCI_OVER_VIRTIO HIGH_RES_TIMERS NO_HZ_IDLE BLK_DEV_INITRD DEVTMPFS TMPFS
    MEDIA_SUPPORT MEDIA_SUPPORT_FILTER MEDIA_CAMERA_SUPPORT MEDIA_TEST_SUPPORT MEDIA_USB_SUPPORT V4L_TEST_DRIVERS FB VIDEO_VIVID
    USB_SUPPORT USB USBIP_CORE USBIP_VHCI_HCD USB_VIDEO_CLASS"
# What would only be compiled.
UNWANTED="MODULES DEBUG_INFO MEDIA_SUBDRV_AUTOSELECT ETHERNET FTRACE SOUND"

main() {
    local stamp
    check_processor
    stamp=$(sha256sum "$0" | cut -d' ' -f1)
    if [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then
        echo "$folder/linux"
        return
    fi

    check_tools
    rm -rf "$folder"
    mkdir -p "$work"
    fetch_sources
    echo "build-uml: compiling" >&2
    configure >"$folder/make.log"
    if ! make -C "$work/linux" ARCH=um --jobs="$(nproc)" linux >>"$folder/make.log" 2>&1; then
        tail -n 20 "$folder/make.log" >&2
        exit 1
    fi
    install -m 755 "$work/linux/linux" "$folder/linux"
    rm -rf "$work" "$folder/apt"
    echo "$stamp" >"$folder/stamp"
    echo "$folder/linux"
}

check_processor() {
    if [ "$(dpkg --print-architecture)" != amd64 ]; then
        echo "build-uml: User-Mode Linux is for x86-64 only; RIG_ACCEL=tcg emulates a machine anywhere" >&2
        exit 69
    fi
    # Until 6.13 it has no room for registers that large, and the first program in the guest ends in a panic (put_fp_registers).
    if grep -q -w amx_tile /proc/cpuinfo; then
        echo "build-uml: User-Mode Linux $suite cannot keep the registers of a processor with AMX; RIG_ACCEL=tcg emulates a machine" >&2
        exit 69
    fi
}

check_tools() {
    local tool
    for tool in bc bison flex gcc make; do
        if ! command -v "$tool" >/dev/null; then
            echo "build-uml: $tool is missing; bc, bison, flex, gcc and make compile the kernel" >&2
            exit 69
        fi
    done
}

fetch_sources() {
    echo "build-uml: fetching the sources of Debian $suite's kernel" >&2
    use_private_apt "$folder/apt" "$suite" amd64
    (cd "$work" && apt-get --quiet --quiet download "$(depends_on linux-source 'linux-source-[0-9].*')")
    mkdir "$work/linux"
    # The package holds an archive in an archive.
    dpkg --fsys-tarfile "$work"/linux-source-*.deb | tar --extract --to-stdout --wildcards './usr/src/*.tar.xz' |
        tar --extract --xz --directory "$work/linux" --strip-components=1
}

configure() {
    local option options=()
    for option in $WANTED; do options+=(--enable "$option"); done
    for option in $UNWANTED; do options+=(--disable "$option"); done
    cd "$work/linux"
    make ARCH=um x86_64_defconfig
    # Any number that no real card has.
    scripts/config "${options[@]}" --set-val UML_PCI_OVER_VIRTIO_DEVICE_ID 1234
    make ARCH=um olddefconfig
    for option in VIDEO_VIVID USB_VIDEO_CLASS USBIP_VHCI_HCD; do
        if ! grep --quiet "^CONFIG_$option=y" .config; then
            echo "build-uml: this kernel cannot have $option" >&2
            exit 1
        fi
    done
}

main "$@"
