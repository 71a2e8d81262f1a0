# shellcheck shell=bash
# Sourced by the scripts that boot a machine under QEMU: what it is made of, and where its two lines lead.

# use_machine ARCH LOG: from here on `machine` is the program and its first options (the kernel's console goes to the file LOG, what
# the test prints to standard output), `cpu` the processor to emulate, and `line` what Linux calls its console.
use_machine() {
    local arch=$1 log=$2
    case $arch in
    arm64)
        machine=(qemu-system-aarch64 -machine virt -serial "file:$log")
        machine+=(-device virtio-serial-pci -chardev "stdio,id=out" -device "virtconsole,chardev=out")
        # As in a Raspberry Pi 4; `max` would spend its time on pointer authentication.
        cpu=cortex-a72
        line=ttyAMA0
        ;;
    *)
        machine=(qemu-system-x86_64 -machine pc -serial "file:$log" -serial stdio)
        # An old one on purpose. QEMU 7.2 emulates fused multiply-add and AVX so slowly that a person
        # model of 416x256 took 60 s a frame with `max`, 11 s without FMA and 7 s on this one.
        cpu=Nehalem
        line=ttyS0
        ;;
    esac
    machine+=(-nodefaults -no-user-config -display none)
}
