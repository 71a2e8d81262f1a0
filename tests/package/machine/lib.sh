# shellcheck shell=bash
# Sourced by what runs in the machine: expectations, waits with a deadline, and what the broker has.

# Emulation is slow and the host may be busy: a deadline is there to end a test that hangs.
SOON_S=180
LATER_S=900
passed=0
failed=0

ok() {
    echo "ok $*"
    passed=$((passed + 1))
}

not_ok() {
    echo "not ok $*"
    failed=$((failed + 1))
}

# expect WHAT COMMAND...: the command succeeds.
expect() {
    local what=$1
    shift
    if "$@"; then
        ok "$what"
    else
        not_ok "$what"
    fi
}

# expect_soon SECONDS WHAT COMMAND...: the command succeeds before the deadline.
expect_soon() {
    local limit=$1 what=$2 started
    shift 2
    started=$(uptime_s)
    until "$@" >/dev/null 2>&1; do
        if [ $(($(uptime_s) - started)) -ge "$limit" ]; then
            not_ok "$what: not within $limit s"
            systemctl --no-pager --full status watchpost.service | tail -n 25 | sed 's/^/#   /'
            # What systemd says of a start that failed is not in the status of the next one.
            journalctl --no-pager --unit watchpost.service --lines 12 --output cat | sed 's/^/#   /'
            return 1
        fi
        sleep 1
    done
    ok "$what, after $(($(uptime_s) - started)) s"
}

uptime_s() {
    cut -d. -f1 /proc/uptime
}

property() {
    systemctl show --property "$2" --value "$1"
}

# heard SECONDS TOPIC: the first message on that topic, a retained one at once.
heard() {
    mosquitto_sub -h 127.0.0.1 -W "$1" -C 1 -t "$2"
}

# says TOPIC TEXT: the topic's retained message holds the text.
says() {
    heard 5 "$1" | grep -qF -- "$2"
}

# Everything that a package could leave behind; noise of the system itself is left out.
files() {
    find / -xdev \( -path /var/log -o -path /tmp -o -path /var/tmp -o -path /var/lib/package-test -o -path /var/lib/systemd \
        -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/mosquitto -o -path /job \) -prune \
        -o -print | sort
}
