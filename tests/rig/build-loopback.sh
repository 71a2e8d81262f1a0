#!/bin/bash
# Compiles v4l2loopback for the guest's kernel; build-guest.sh calls it when RIG_LOOPBACK=1.
#
#   build-loopback.sh GUEST_DIR MODULES_DIR KERNEL_RELEASE
#
# The driver comes from Debian 13: Debian 12's 0.12.7 reports wrong sizes and sequence numbers for
# MJPEG. The headers are those of the guest's own suite and want that suite's compiler (gcc-12).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
guest=$1
modules=$2
release=$3
work=$guest/work/loopback
host_arch=$(dpkg --print-architecture)
# shellcheck source=tests/rig/mirror.sh
. "$here/mirror.sh"

mkdir -p "$work"
cd "$work"
# Still the apt state that build-guest.sh chose: the guest's.
common=$(depends_on "linux-headers-$release" 'linux-headers-.*-common')
kbuild=$(depends_on "linux-headers-$release" 'linux-kbuild-.*')
apt-get --quiet --quiet download "linux-headers-$release" "$common" "$kbuild"
use_private_apt "$guest/apt-loopback" trixie "$host_arch"
apt-get --quiet --quiet download v4l2loopback-dkms
for deb in ./*.deb; do
    dpkg --extract "$deb" .
done

headers=$work/usr/src/linux-headers-$release
# Debian's wrapper names the place where the package would be installed.
sed -i "s#^include .*#include $work/usr/src/$common/Makefile#" "$headers/Makefile"
mv usr/src/v4l2loopback-[0-9]* driver
if ! make --silent -C "$headers" M="$work/driver" modules >make.log 2>&1; then
    cat make.log >&2
    exit 1
fi
strip --strip-debug driver/v4l2loopback.ko
mkdir -p "$modules/updates"
cp driver/v4l2loopback.ko "$modules/updates/"
