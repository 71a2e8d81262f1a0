#!/bin/bash
# Builds the test guest: a stock Debian kernel and an initramfs with its V4L2 drivers, busybox, udev,
# v4l-utils and mosquitto.
#
#   build-guest.sh [amd64|arm64] [suite]      prints the folder that holds vmlinux and initrd.cpio
#
# The folder lies under .cache/rig in the checkout and is built again when one of these scripts has
# changed; remove it to fetch a newer kernel. Debian packages are all that is fetched (about 100 MB).
#   RIG_LOOPBACK=1           adds v4l2loopback, which has to be compiled (amd64; wants gcc-12 and make)
#   DEBIAN_MIRROR=URL        instead of the mirror that this machine's apt uses
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
arch=${1:-$(dpkg --print-architecture)}
suite=${2:-bookworm}
loopback=${RIG_LOOPBACK:-0}
cache=$(cd "$here/../.." && pwd)/.cache/rig
guest=$cache/guest-$suite-$arch
work=$guest/work
image=$work/image

# shellcheck source=tests/rig/mirror.sh
. "$here/mirror.sh"

PACKAGES="busybox-static mosquitto mosquitto-clients udev v4l-utils"
DRIVERS="vivid uvcvideo vhci_hcd virtio_pci virtio_console"
# Everything that a driver named above can depend on.
MODULE_FOLDERS="drivers/media drivers/usb drivers/virtio drivers/char drivers/i2c drivers/gpu drivers/base
    drivers/acpi drivers/video net lib"

main() {
    if [ "$loopback" = 1 ]; then
        DRIVERS="$DRIVERS v4l2loopback"
    fi
    local stamp
    stamp=$(fingerprint)
    if [ "$(cat "$guest/stamp" 2>/dev/null)" = "$stamp" ]; then
        echo "$guest"
        return
    fi

    rm -rf "$guest"
    mkdir -p "$work" "$image"
    say "fetching Debian $suite for $arch"
    use_private_apt "$guest/apt" "$suite" "$arch"
    fetch_packages
    say "unpacking kernel $release"
    unpack_kernel
    unpack_packages
    if [ "$loopback" = 1 ]; then
        say "compiling v4l2loopback"
        "$here/build-loopback.sh" "$guest" "$modules" "$release"
    fi
    install_drivers
    prepare_image
    pack_image
    rm -rf "$work" "$guest"/apt*
    echo "$stamp" >"$guest/stamp"
    say "guest ready: initrd $(megabytes "$guest/initrd.cpio"), kernel $(megabytes "$guest/vmlinux")"
    echo "$guest"
}

say() {
    printf 'build-guest: %3ds  %s\n' "$SECONDS" "$*" >&2
}

megabytes() {
    du --apparent-size -m "$1" | sed 's/\t.*/ MiB/'
}

fingerprint() {
    {
        echo "$arch $suite $DRIVERS"
        cat "$here"/build-guest.sh "$here"/build-loopback.sh "$here"/mirror.sh "$here"/init
    } | sha256sum | cut -d' ' -f1
}

fetch_packages() {
    local kernel
    kernel=$(depends_on "linux-image-$arch" 'linux-image-[0-9].*')
    release=${kernel#linux-image-}
    modules=$work/kernel/lib/modules/$release
    # shellcheck disable=SC2086 # a list of words
    apt-get --quiet --quiet install --yes --no-install-recommends --download-only $PACKAGES
    (cd "$work" && apt-get --quiet --quiet download "$kernel")
}

unpack_kernel() {
    local wanted=() folder
    for folder in $MODULE_FOLDERS; do
        wanted+=("*/kernel/$folder/*")
    done
    mkdir -p "$work/kernel"
    dpkg --fsys-tarfile "$work"/linux-image-*.deb |
        tar --extract --directory "$work/kernel" --wildcards './boot/vmlinuz*' '*/modules.*' "${wanted[@]}" \
            2>"$work/tar.log" || check_only_missing_patterns
    # From Debian 13 on the modules are packed below usr.
    if [ -d "$work/kernel/usr/lib/modules" ]; then
        mkdir -p "$work/kernel/lib"
        mv "$work/kernel/usr/lib/modules" "$work/kernel/lib/modules"
    fi
    if [ "$arch" = amd64 ]; then
        unpack_vmlinux "$work/kernel/boot/vmlinuz-$release" "$guest/vmlinux"
    else
        cp "$work/kernel/boot/vmlinuz-$release" "$guest/vmlinux"
    fi
}

# A folder that this architecture's kernel does not have is no error; a broken archive is.
check_only_missing_patterns() {
    ! grep --invert-match --quiet -e 'Not found in archive' -e 'previous errors' "$work/tar.log" || {
        cat "$work/tar.log" >&2
        return 1
    }
}

# The bare ELF kernel boots through PVH: decompressing it under emulation would take seconds at each
# boot. The offsets are those of the x86 boot protocol (setup_sects, payload_offset, payload_length).
unpack_vmlinux() {
    local from=$1 to=$2
    local setup_sectors offset length start
    setup_sectors=$(number_at "$from" $((0x1f1)) 1)
    offset=$(number_at "$from" $((0x248)) 4)
    length=$(number_at "$from" $((0x24c)) 4)
    start=$(((setup_sectors + 1) * 512 + offset))
    tail --bytes=+$((start + 1)) "$from" >"$work/payload.long"
    # The last four bytes are the unpacked size and belong to no compressed stream.
    head --bytes=$((length - 4)) "$work/payload.long" >"$work/payload"
    case $(od --address-radix=n --format=x1 --read-bytes=4 "$work/payload" | tr -d ' ') in
    fd377a58) xz --decompress --stdout <"$work/payload" >"$to" ;;
    28b52ffd) zstd --quiet --decompress --stdout <"$work/payload" >"$to" ;;
    *)
        echo "build-guest: unknown compression of $from" >&2
        return 1
        ;;
    esac
}

number_at() {
    od --address-radix=n --format="u$3" --skip-bytes="$2" --read-bytes="$3" "$1" | tr -d ' '
}

# The whole closure of packages, without what only people read or only an installer runs.
unpack_packages() {
    local deb
    mkdir -p "$image"/usr/{bin,sbin,lib,lib64}
    ln -s usr/bin usr/sbin usr/lib usr/lib64 "$image"
    for deb in "$guest"/apt/cache/archives/*.deb; do
        dpkg --fsys-tarfile "$deb" |
            tar --extract --directory "$image" --keep-directory-symlink --exclude-from=<(unwanted_files)
    done
}

unwanted_files() {
    cat <<'LIST'
./usr/share/*
./usr/lib/*-linux-gnu/gconv
./usr/lib/*-linux-gnu/perl*
./usr/lib/udev/hwdb.d
./lib/udev/hwdb.d
./lib/systemd/system
./lib/systemd/network
./etc/*
./var/*
LIST
}

# The drivers with everything they depend on, uncompressed, and an index of just these.
install_drivers() {
    local driver module to
    local root=${modules%/lib/modules/*}
    depmod --basedir "$root" "$release"
    for driver in $DRIVERS; do
        modprobe --dirname "$root" --set-version "$release" --show-depends "$driver"
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort --unique >"$work/modules"

    while read -r module; do
        to=$image/usr/lib/modules/$release/${module##*/"$release"/}
        mkdir -p "$(dirname "$to")"
        case $module in
        *.xz) xz --decompress --stdout "$module" >"${to%.xz}" ;;
        *.zst) zstd --quiet --decompress --stdout "$module" >"${to%.zst}" ;;
        *) cp "$module" "$to" ;;
        esac
    done <"$work/modules"
    cp "$modules"/modules.{builtin,builtin.modinfo,order} "$image/usr/lib/modules/$release/"
    depmod --basedir "$image" "$release"
}

prepare_image() {
    cp "$here/init" "$image/init"
    chmod 755 "$image/init"
    mkdir -p "$image"/{dev,etc,job,proc,root,run,sys,tmp,usr/local/bin,var}
    ln -s ../run "$image/var/run"
    # Only the rules that make the links in /dev/v4l; the others slow every event down.
    find "$image/usr/lib/udev/rules.d" -type f \
        ! -name '50-udev-default.rules' ! -name '60-persistent-v4l.rules' -delete
    cat >"$image/etc/passwd" <<'PASSWD'
root:x:0:0:root:/root:/bin/sh
mosquitto:x:101:101::/:/bin/sh
nobody:x:65534:65534::/:/bin/sh
PASSWD
    cat >"$image/etc/group" <<'GROUP'
root:x:0:
video:x:44:
mosquitto:x:101:
nogroup:x:65534:
GROUP
    echo '127.0.0.1 localhost' >"$image/etc/hosts"
}

pack_image() {
    (cd "$image" && find . -print0 | sort --zero-terminated |
        cpio --null --create --format=newc --quiet --owner=0:0) >"$guest/initrd.cpio"
}

main
