#!/usr/bin/env bash
# Builds the disk of a Debian machine with systemd as process 1, a broker and cameras' drivers: what a user's machine is before
# they install Watchpost. Prints the folder that holds disk.img, vmlinuz and initrd.img. Wants root, and packages beside it.
#
#   build-machine.sh [suite]     the Debian to build (bookworm); cached below .cache/package until this script changes
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
suite=${1:-bookworm}
arch=$(dpkg --print-architecture)
machine=$(cd "$here/../.." && pwd)/.cache/package/$suite-$arch
# Room for what the tests install and write.
DISK_MIB=1536

# shellcheck source=tests/rig/mirror.sh
. "$here/../rig/mirror.sh"

main() {
    local stamp
    stamp=$(cat "$here/build-machine.sh" "$here/machine/package-test.service" | sha256sum)
    if [ "$(cat "$machine/stamp" 2>/dev/null)" != "$stamp" ]; then
        rm -rf "$machine"
        mkdir -p "$machine"
        build >&2
        echo "$stamp" >"$machine/stamp"
    fi
    echo "$machine"
}

build() {
    local mirror security root=$machine/root
    mirror=$(mirror_labelled Debian)
    security=$(mirror_labelled Debian-Security)
    if [ -z "$mirror" ]; then
        echo "build-machine: no Debian mirror among apt's sources; run apt-get update first"
        return 1
    fi
    mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' \
        --include="linux-image-$arch,initramfs-tools,zstd,systemd-sysv,udev,kmod,dbus,procps,iproute2" \
        --include=mosquitto,mosquitto-clients,init-system-helpers \
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
    local root=$1
    echo porch-pc >"$root/etc/hostname"
    echo 127.0.0.1 localhost porch-pc >"$root/etc/hosts"
    echo "LABEL=root / ext4 defaults 0 1" >"$root/etc/fstab"
    echo vivid >"$root/etc/modules-load.d/camera.conf"
    echo "options vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0" >"$root/etc/modprobe.d/camera.conf"
    install -m 644 "$here/machine/package-test.service" "$root/etc/systemd/system/"
    ln -s ../package-test.service "$root/etc/systemd/system/multi-user.target.wants/"
    # The broker of a house listens, and lets its own people in.
    printf 'listener 1883\nallow_anonymous true\n' >"$root/etc/mosquitto/conf.d/house.conf"
    # Nobody waits for a network that is not there, or looks at a terminal.
    rm -f "$root"/etc/systemd/system/getty.target.wants/*
    echo 'Storage=persistent' >>"$root/etc/systemd/journald.conf"
}

main
