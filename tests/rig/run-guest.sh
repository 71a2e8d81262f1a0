#!/bin/bash
# Boots the test guest, runs one command in it, prints what the command prints and ends with its exit
# code (124: out of time, 125: the guest died before the command ended).
#
#   run-guest.sh [options] 'command'
#     -g DIR               guest folder (default: what build-guest.sh prints)
#     -M 'module args'     a kernel module to load first; may be repeated
#     -f HOST[:GUEST]      a file or folder to take along (default place: /root); may be repeated
#     -p PROGRAM           a program of the host, with the libraries it was linked to; may be repeated
#     -l LIBRARY           a library that such a program opens at run time; may be repeated
#     -L DIR               where the libraries of programs for another architecture lie
#     -t SECONDS           deadline for boot and command together (300)
#     -m MIB               memory (1024)
#     -c CPUS              (2)
#     -k tcg|kvm|uml       emulation works everywhere; KVM wants a machine that has it; UML is Linux as a program, of one
#                          processor and with its drivers built in (tcg)
#     -v                   print the kernel's console afterwards
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
guest=
modules=
deadline_s=300
memory_mib=1024
cpus=2
accelerator=tcg
verbose=0
foreign=
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
job=$scratch/job
console=$scratch/console.log
# Programs of the host bring their own libc and loader: the guest may be an older Debian.
HOST_DIR=opt/host

# shellcheck source=tests/rig/machine.sh
. "$here/machine.sh"

main() {
    mkdir -p "$job/job" "$job/root" "$job/usr/local/bin" "$job/$HOST_DIR/bin" "$job/$HOST_DIR/lib"
    local option
    while getopts g:M:f:L:p:l:t:m:c:k:v option; do
        case $option in
        g) guest=$OPTARG ;;
        M) modules+=$OPTARG$'\n' ;;
        f) take_file "$OPTARG" ;;
        L) foreign=$OPTARG ;;
        p) take_program "$OPTARG" ;;
        l) take_library "$OPTARG" ;;
        t) deadline_s=$OPTARG ;;
        m) memory_mib=$OPTARG ;;
        c) cpus=$OPTARG ;;
        k) accelerator=$OPTARG ;;
        v) verbose=1 ;;
        *) exit 64 ;;
        esac
    done
    shift $((OPTIND - 1))
    printf '%s\n' "${1:?a command to run in the guest}" >"$job/job/command"
    # User-Mode Linux has its drivers built in.
    if [ "$accelerator" = uml ]; then
        : >"$job/job/modules"
    else
        printf '%s' "$modules" >"$job/job/modules"
    fi
    guest=${guest:-$("$here/build-guest.sh")}

    pack_job
    local status=0
    boot || status=$?
    report $status
}

take_file() {
    local from=${1%%:*} to=root/
    case $1 in
    *:*) to=${1#*:} ;;
    esac
    mkdir -p "$(dirname "$job/$to.")"
    cp --recursive --dereference "$from" "$job/$to"
}

take_program() {
    local name
    name=$(basename "$1")
    if [ -z "$(loader_of "$1")" ]; then
        # A script or a static program: nothing to bring along.
        install -m 755 "$1" "$job/usr/local/bin/$name"
        return
    fi
    install -m 755 "$1" "$job/$HOST_DIR/bin/$name"
    take_linked_libraries "$1"
    cat >"$job/usr/local/bin/$name" <<WRAPPER
#!/bin/sh
exec /$HOST_DIR/lib/$(basename "$(loader_of "$1")") --library-path /$HOST_DIR/lib /$HOST_DIR/bin/$name "\$@"
WRAPPER
    chmod 755 "$job/usr/local/bin/$name"
}

take_library() {
    cp --dereference "$1" "$job/$HOST_DIR/lib/"
    take_linked_libraries "$1"
}

take_linked_libraries() {
    local library
    # shellcheck disable=SC2013 # paths of libraries hold no blanks
    for library in $(linked_libraries "$1"); do
        cp --dereference "$library" "$job/$HOST_DIR/lib/"
    done
}

linked_libraries() {
    if [ -z "$foreign" ]; then
        ldd "$1" | sed -n 's/^\t\(.* => \)\?\(\/[^ ]*\) (0x.*/\2/p'
        return
    fi
    # What ldd does, for a program that this machine cannot run.
    local name
    readelf --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r name; do
        echo "$foreign/$name"
        linked_libraries "$foreign/$name"
    done | sort --unique
    loader_of "$1"
}

# Empty for a script or a static program.
loader_of() {
    if [ -z "$foreign" ]; then
        ldd "$1" 2>/dev/null | sed -n 's/^\t\(\/[^ ]*\/ld-linux[^ ]*\) (0x.*/\1/p'
        return
    fi
    readelf --program-headers "$1" 2>/dev/null |
        sed -n "s|.*program interpreter: .*/\([^/]*\)\].*|$foreign/\1|p"
}

# The kernel takes several archives, one behind the other.
pack_job() {
    (cd "$job" && find . -mindepth 1 | cpio --create --format=newc --quiet --owner=0:0) >"$scratch/job.cpio"
    cat "$guest/initrd.cpio" "$scratch/job.cpio" >"$scratch/initrd"
}

boot() {
    case $accelerator in
    uml) boot_uml ;;
    *) boot_qemu ;;
    esac
}

boot_qemu() {
    local machine cpu line
    use_machine "${guest##*-}" "$console"
    case $accelerator in
    kvm) machine+=(-accel kvm -cpu "host,-arch-capabilities") ;;
    tcg) machine+=(-accel "tcg,thread=multi,tb-size=256" -cpu "$cpu") ;;
    esac
    timeout --kill-after=5 "$deadline_s" "${machine[@]}" -no-reboot \
        -m "$memory_mib" -smp "$cpus" -kernel "$guest/vmlinux" -initrd "$scratch/initrd" \
        -append "console=$line quiet loglevel=4 panic=-1 nokaslr mitigations=off random.trust_cpu=on audit=0 apparmor=0 rdinit=/init" \
        </dev/null
}

# The lines lead where they do on a machine: the console to a file, the second serial line to standard output.
boot_uml() {
    local kernel suite parameters
    if [ "${guest##*-}" != amd64 ]; then
        echo "run-guest: User-Mode Linux runs guests for amd64 only, and $guest is another; emulate it (-k tcg)" >&2
        exit 69
    fi
    suite=${guest##*/guest-}
    kernel=$("$here/build-uml.sh" "${suite%-*}") || exit
    mapfile -t parameters < <(built_in_parameters)
    timeout --kill-after=5 "$deadline_s" "$kernel" "mem=${memory_mib}M" "initrd=$scratch/initrd" \
        con=null con0=null,fd:3 ssl=null ssl1=null,fd:1 "${parameters[@]}" \
        quiet loglevel=4 panic=-1 random.trust_cpu=on rdinit=/init \
        </dev/null 3>"$console" 2>&3
}

# What a module would be loaded with, as the kernel's command line has it: `vivid n_devs=2` is vivid.n_devs=2.
built_in_parameters() {
    local module rest parameter
    while read -r module rest; do
        for parameter in $rest; do
            echo "$module.$parameter"
        done
    done <<<"$modules"
}

report() {
    if [ $verbose = 1 ]; then
        cat "$console" >&2
    fi
    if [ "$1" = 124 ]; then
        echo "run-guest: out of time after $deadline_s s; the console ends with" >&2
        tail -n 20 "$console" >&2
        exit 124
    fi
    local status
    status=$(sed -n 's/^RIG_EXIT=\([0-9]*\).*/\1/p' "$console" | tail -n 1)
    if [ -z "$status" ]; then
        echo "run-guest: the guest died (it ended with $1); its console ends with" >&2
        tail -n 40 "$console" >&2
        exit 125
    fi
    exit "$status"
}

main "$@"
