#!/bin/sh
# Called by mmdebstrap with the root that it builds: the first file system gets what QEMU's disks need and nothing else. All the
# drivers that Debian would take along cost minutes under emulation.
set -eu

settings=$1/etc/initramfs-tools
mkdir -p "$settings/conf.d" "$settings/hooks"
echo MODULES=list >"$settings/conf.d/qemu"
cat >"$settings/hooks/qemu" <<'END'
#!/bin/sh
[ "${1:-}" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules virtio_pci virtio_blk ext4
END
chmod +x "$settings/hooks/qemu"
