# shellcheck shell=bash
# After a restart of the machine: the daemon is there by itself. Then it is frozen on purpose, as a whole and in one thread only,
# and the watchdog must notice that nothing goes forward.

expect_soon $SOON_S "the service is up after a restart of the machine" systemctl is-active --quiet watchpost.service
expect_soon $SOON_S "and watches" says watchpost/porch-pc/camera/porch/status '"online"'
echo "# boot: active after $(($(property watchpost.service ActiveEnterTimestampMonotonic) / 1000000)) s of uptime; userspace began at" \
    "$(($(systemctl show --property UserspaceTimestampMonotonic --value) / 1000000)) s"

# started_again SERVICE PID: it runs, and not as that process any more.
started_again() {
    local now
    now=$(property "$1" MainPID)
    [ "$now" != 0 ] && [ "$now" != "$2" ] && systemctl is-active --quiet "$1"
}

# The watchdog's minute, the half minute in which a thread counts as merely slow, and 30 s for a process that does not die.
WATCHDOG_S=400
# So that the daemon has fed it at least once: before that the minute has not begun.
sleep 5

pid=$(property watchpost.service MainPID)
echo "# freezing the whole process (SIGSTOP)"
kill -STOP "$pid"
expect_soon $WATCHDOG_S "a frozen daemon is killed and started again" started_again watchpost.service "$pid"
expect "by the watchdog" sh -c "journalctl --unit watchpost.service --boot | grep -q 'Watchdog timeout'"
expect_soon $SOON_S "and watches again" says watchpost/porch-pc/camera/porch/status '"online"'

pid=$(property watchpost.service MainPID)
restarts=$(property watchpost.service NRestarts)
thread=$(grep -l '^flow-' /proc/"$pid"/task/*/comm | head -n 1 | cut -d/ -f5)
echo "# freezing thread $thread ($(cat /proc/"$pid"/task/"$thread"/comm)) of $(ls /proc/"$pid"/task | wc -l): ptrace stops that one alone"
# PTRACE_SEIZE and PTRACE_INTERRUPT; then it waits until the thread is gone, for a tracer has to take note of that.
ptrace=101
[ "$(uname -m)" = x86_64 ] || ptrace=117
perl -e 'my ($p, $t) = map { $_ + 0 } @ARGV; syscall($p, 0x4206, $t, 0, 0) == 0 && syscall($p, 0x4207, $t, 0, 0) == 0 or die "$!\n";
    1 while waitpid($t, 0x40000000) > 0' $ptrace "$thread" &
tracer=$!
expect_soon 60 "the thread stands still" grep -q '^State:.*[tT] (' /proc/"$pid"/task/"$thread"/status
expect "the others go on" grep -q '^State:.*[SR] (' /proc/"$pid"/task/"$pid"/status
expect_soon $WATCHDOG_S "a daemon with one frozen thread is killed and started again" started_again watchpost.service "$pid"
expect "by the watchdog, once more" test "$(journalctl --unit watchpost.service --boot | grep -c 'Watchdog timeout')" = 2
expect "the daemon had said which camera" \
    sh -c "journalctl --unit watchpost.service --boot --output cat | grep -q 'a thread is stuck'"
expect "it was started again once" test "$(property watchpost.service NRestarts)" = $((restarts + 1))
kill $tracer 2>/dev/null
expect_soon $SOON_S "and watches again, once more" says watchpost/porch-pc/camera/porch/status '"online"'
