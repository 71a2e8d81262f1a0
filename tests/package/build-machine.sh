#!/usr/bin/env bash
# Builds the disk of a Debian machine with systemd as process 1, a broker and cameras' drivers: what a user's machine is before
# they install Watchpost. Prints the folder that holds disk.img, vmlinuz and initrd.img. Wants root, and packages beside it.
#
#   build-machine.sh [suite] [arch]     the Debian to build (bookworm), and for which processor (this one; arm64 elsewhere wants the
#                                       build root of cross/, whose qemu-user runs the packages' scripts meanwhile)
#
# Cached below .cache/package until this script changes, or what it calls.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
suite=${1:-bookworm}
arch=${2:-$(dpkg --print-architecture)}
checkout=$(cd "$here/../.." && pwd)
machine=$checkout/.cache/package/$suite-$arch
# Room for what the tests install and write.
DISK_MIB=1536

# shellcheck source=tests/rig/mirror.sh
. "$here/../rig/mirror.sh"

main() {
    local stamp
    stamp=$(cat "$here"/{build-machine,slim-initrd}.sh "$here/machine/package-test.service" | sha256sum)
    if [ "$(cat "$machine/stamp" 2>/dev/null)" != "$stamp" ]; then
        rm -rf "$machine"
        mkdir -p "$machine"
        if [ "$arch" != "$(dpkg --print-architecture)" ]; then
            run_foreign_programs >&2
        fi
        build >&2
        echo "$stamp" >"$machine/stamp"
    fi
    echo "$machine"
}

# Lets the kernel run programs for 64-bit ARM, under the name that package qemu-user-binfmt uses (mmdebstrap asks for it), until the
# machine is built.
run_foreign_programs() {
    # ELF, 64 bits, little endian, an executable or a library, for machine 183.
    local formats=/proc/sys/fs/binfmt_misc magic=7f454c460201010000000000000000000200b700
    local mask=ffffffffffffff00fffffffffffffffffeffffff
    mountpoint --quiet $formats || mount -t binfmt_misc none $formats
    if ! grep -q -s "^magic $magic" $formats/*; then
        "$checkout/cross/debian.sh" root
        echo "build-machine: programs for ARM run under qemu-user until the machine is built"
        printf ':qemu-aarch64:M::%s:%s:%s:OCF' "$(escaped $magic)" "$(escaped $mask)" \
            "${CROSS_ROOT:-$checkout/target/cross-root/arm64}/usr/bin/qemu-aarch64" >$formats/register
        trap "echo -1 >$formats/qemu-aarch64" EXIT
    fi
}

# Bytes as the kernel takes them: \x7f\x45…
escaped() {
    # shellcheck disable=SC2001 # each two digits
    sed 's/../\\x&/g' <<<"$1"
}

build() {
    local mirror security root=$machine/root
    mirror=$(mirror_labelled Debian)
    security=$(mirror_labelled Debian-Security)
    if [ -z "$mirror" ]; then
        echo "build-machine: no Debian mirror among apt's sources; run apt-get update first"
        return 1
    fi
    mmdebstrap --quiet --variant=minbase --architectures="$arch" --aptopt='APT::Install-Recommends "false"' \
        --include="linux-image-$arch,initramfs-tools,zstd,systemd-sysv,udev,kmod,dbus,procps,iproute2" \
        --include=mosquitto,mosquitto-clients,init-system-helpers \
        --essential-hook="$here/slim-initrd.sh \"\$1\"" \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        "$suite" "$root" "deb $mirror $suite main" ${security:+"deb $security $suite-security main"}
    furnish "$root"
    cp "$root"/boot/vmlinuz-* "$machine/vmlinuz"
    cp "$root"/boot/initrd.img-* "$machine/initrd.img"
    truncate --size="${DISK_MIB}M" "$machine/disk.img"
    mkfs.ext4 -q -L root -d "$root" "$machine/disk.img"
    rm -rf "$root"
}

# A host name, a camera, and the test's own unit, which runs what the second disk brings.
furnish() {
    local root=$1 terminal=ttyS1
    echo porch-pc >"$root/etc/hostname"
    echo 127.0.0.1 localhost porch-pc >"$root/etc/hosts"
    echo "LABEL=root / ext4 defaults 0 1" >"$root/etc/fstab"
    echo vivid >"$root/etc/modules-load.d/camera.conf"
    echo "options vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0" >"$root/etc/modprobe.d/camera.conf"
    # What it prints leaves through the second line, which has another name on QEMU's ARM machine.
    [ "$arch" != arm64 ] || terminal=hvc0
    sed "s|/dev/ttyS1|/dev/$terminal|" "$here/machine/package-test.service" >"$root/etc/systemd/system/package-test.service"
    ln -s ../package-test.service "$root/etc/systemd/system/multi-user.target.wants/"
    # The broker of a house listens, and lets its own people in.
    printf 'listener 1883\nallow_anonymous true\n' >"$root/etc/mosquitto/conf.d/house.conf"
    # Nobody waits for a network that is not there, or looks at a terminal.
    rm -f "$root"/etc/systemd/system/getty.target.wants/*
    echo 'Storage=persistent' >>"$root/etc/systemd/journald.conf"
}

main
