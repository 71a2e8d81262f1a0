#!/bin/bash
# Runs in the daemon's place; see hostile.sh. Tries what a hostile program would, and compares with what the unit promises.
set -u
passed=0
failed=0

# refused WHAT COMMAND...: the command must fail; says how.
refused() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "not ok $what: it can ($said)"
        failed=$((failed + 1))
    else
        echo "ok $what: ${said##*: }"
        passed=$((passed + 1))
    fi
}

# allowed WHAT COMMAND...: what the daemon lives by must work.
allowed() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "ok $what: it can${said:+ ($said)}"
        passed=$((passed + 1))
    else
        echo "not ok $what: ${said##*: }"
        failed=$((failed + 1))
    fi
}

# only WHAT PATTERN: every line of the input matches the pattern.
only() {
    local what=$1 pattern=$2 all others
    all=$(cat)
    others=$(grep -vE "^($pattern)$" <<<"$all" | grep -v '^$')
    if [ -z "$others" ]; then
        echo "ok $what: $(tr '\n' ' ' <<<"$all" | cut -c1-200)"
        passed=$((passed + 1))
    else
        echo "not ok $what: also $(tr '\n' ' ' <<<"$others" | cut -c1-400)"
        failed=$((failed + 1))
    fi
}

# A system call by its number on x86-64 or ARM64: name, then arguments.
call() {
    perl -e '
        my %n = $^V && (`uname -m` =~ /x86/)
            ? (unshare=>272, mount=>165, ptrace=>101, bpf=>321, add_key=>248, setns=>308, reboot=>169, init_module=>175,
               mmap=>9, mprotect=>10, personality=>135, clock_settime=>227, sethostname=>170, swapon=>167, keyctl=>250,
               perf_event_open=>298, userfaultfd=>323, io_uring_setup=>425, setuid=>105, chroot=>161, sched_setscheduler=>144,
               pidfd_open=>434, kexec_load=>246, iopl=>172)
            : (unshare=>97, mount=>40, ptrace=>117, bpf=>280, add_key=>217, setns=>268, reboot=>142, init_module=>105,
               mmap=>222, mprotect=>226, personality=>92, clock_settime=>112, sethostname=>161, swapon=>224, keyctl=>219,
               perf_event_open=>241, userfaultfd=>282, io_uring_setup=>425, setuid=>146, chroot=>51, sched_setscheduler=>119,
               pidfd_open=>434, kexec_load=>104);
        my $name = shift; my @a = map { /^-?\d+$|^0x/ ? (/^0x/ ? hex : $_ + 0) : $_ } @ARGV;
        my $r = syscall($n{$name}, @a);
        if ($r == -1) { print "$!"; exit 1 } print "result $r"; exit 0' "$@"
}

perl_socket() {
    perl -e 'socket(my $s, $ARGV[0], $ARGV[1], $ARGV[2]) or do { print "$!"; exit 1 }; print "a socket"' "$@"
}

perl_listen() {
    perl -e 'socket(my $s, 2, 1, 0) or die "$!\n"; my $a = pack("S n a4 x8", 2, 4444, "\0\0\0\0");
        bind($s, $a) or do { print "$!"; exit 1 }; listen($s, 1) or do { print "$!"; exit 1 }; print "port 4444"'
}

tcp() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1")
}

opens() {
    (exec 3<>"$1")
}

echo "# who: $(id)"
echo "# capabilities: $(grep Cap /proc/self/status | tr -s '\t\n' ' ')"
allowed "no capability can be had" grep -q '^CapBnd:.*0000000000000000' /proc/self/status
allowed "no privilege can be gained by a program" grep -q '^NoNewPrivs:.*1' /proc/self/status
allowed "system calls are filtered" grep -q '^Seccomp:.*2' /proc/self/status

echo "# --- what it can write"
find / -xdev -writable \( -type f -o -type d \) 2>/dev/null | sed 's|^\(/tmp\|/var/tmp\)/.*|\1|' | sort -u |
    only "files and folders on the disk" '/tmp|/var/tmp|/var/lib/watchpost(/.*)?'
find /run /dev /sys -writable \( -type f -o -type d \) 2>/dev/null | grep -v '^/proc' | sort -u |
    only "files and folders in memory" '/dev/shm|/dev/mqueue|/run/(lock|user)(/.*)?|/run/systemd/(notify|journal/.*)'
find /proc/sys -writable -type f 2>/dev/null | only "kernel settings" ''
refused "a file in /usr" touch /usr/bin/x
refused "its own configuration" touch /etc/watchpost/watchpost.toml
refused "a timer of root's" touch /etc/cron.d/x
allowed "its own state" touch /var/lib/watchpost/.probe
rm -f /var/lib/watchpost/.probe
refused "a set-user-id file" sh -c 'cp /bin/true /var/lib/watchpost/.suid && chmod 4755 /var/lib/watchpost/.suid && ls -l /var/lib/watchpost/.suid'
rm -f /var/lib/watchpost/.suid
refused "a program of its own, run from its state" sh -c 'cp /bin/true /var/lib/watchpost/.own && chmod 755 /var/lib/watchpost/.own && /var/lib/watchpost/.own'
rm -f /var/lib/watchpost/.own
refused "a program of its own, run from /tmp" sh -c 'cp /bin/true /tmp/own && chmod 755 /tmp/own && /tmp/own'
refused "a program of its own, run from memory" sh -c 'cp /bin/true /dev/shm/own && chmod 755 /dev/shm/own && /dev/shm/own'

echo "# --- what it can read"
refused "passwords of the system" cat /etc/shadow
refused "root's password file for the broker" cat /etc/watchpost/mqtt.password
refused "homes" ls /root /home
refused "keys of the host" ls /etc/ssh
refused "other state folders" ls /var/lib/private
refused "the kernel's log" cat /dev/kmsg
refused "the disk" head -c 1 /dev/vda
refused "memory of the machine" head -c 1 /dev/mem
refused "the environment of process 1" cat /proc/1/environ
# The shell that prints this, and what it started.
for process in /proc/[0-9]*; do
    [ "$(stat -c %U "$process" 2>/dev/null)" = "$(id -un)" ] && continue
    [ -d "$process" ] && echo "$process"
done | only "processes of others" ''
refused "the journal" sh -c 'cat /var/log/journal/*/*'

echo "# --- which devices it can open"
for node in $(find /dev -type c -o -type b 2>/dev/null); do
    (exec 3<"$node") 2>/dev/null && echo "$node"
done | sort | only "device nodes" '/dev/(null|zero|full|random|urandom|tty|ptmx|pts/.*|video[0-9]+|v4l-subdev[0-9]+|vbi[0-9]+|radio[0-9]+|swradio[0-9]+|v4l-touch[0-9]+)'
for node in /dev/video*; do
    allowed "the camera $node" opens "$node"
done

echo "# --- whom it can talk to"
allowed "the broker, by TCP" tcp 1883
refused "listening on a port" perl_listen
refused "netlink" perl_socket 16 3 0
refused "packets on the wire" perl_socket 17 3 768
refused "raw IP" perl_socket 2 3 1
refused "Bluetooth" perl_socket 31 3 1
refused "virtual machines' sockets" perl_socket 40 1 0
refused "the message bus" sh -c 'test -S /run/dbus/system_bus_socket && perl -e "socket(my \$s,1,1,0); connect(\$s, pack(q(S a108),1,q(/run/dbus/system_bus_socket))) or do { print qq(\$!); exit 1 }"'
refused "the service manager's private socket" perl -e 'socket(my $s,1,1,0); connect($s, pack("S a108",1,"/run/systemd/private")) or do { print "$!"; exit 1 }'

echo "# --- what it can do to the system"
refused "a new user namespace" call unshare 0x10000000
refused "a mount" mount -t tmpfs none /tmp
refused "root's identity" call setuid 0
refused "watching a process (ptrace)" call ptrace 0x4206 1 0 0
refused "a signal to process 1" sh -c 'kill -0 1'
refused "a program for the kernel (bpf)" call bpf 0 0 0
refused "a module" call init_module 0 0 0
refused "restarting the machine" call reboot 0xfee1dead 672274793 0x1234567 0
refused "the clock" call clock_settime 0 0
refused "the host's name" call sethostname 0 0
refused "another personality" call personality 0x0400000
refused "performance counters" call perf_event_open 0 0 -1 -1 0
refused "keys of the kernel" call keyctl 0 -3 0
refused "real-time priority" call sched_setscheduler 0 1 0
refused "chroot" call chroot 0
refused "memory that is written and run" call mmap 0 4096 7 0x22 -1 0

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
