#!/usr/bin/env bash
# Brings a fresh Debian or Raspberry Pi OS machine to where Watchpost builds and its tests run. Does nothing where that is
# so already. Says what it installs before it does.
#
#   setup.sh [build|test|arm]    what `make demo` needs, also what `make test` needs, or also what the tests on ARM need
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd)
# The oldest Rust that builds every dependency; Cargo.toml says the same.
rust_min=1.94

build_packages=(build-essential ca-certificates clang cmake libclang-dev mosquitto mosquitto-clients nasm pkg-config
    python3 python3-pip)

main() {
    local packages=("${build_packages[@]}") lists=()
    case ${1:-build} in
    build) ;;
    test) lists=(tests/rig tests/package) ;;
    arm) lists=(tests/rig tests/package cross) ;;
    *)
        echo "setup: $1 is nothing to set up; build, test and arm are" >&2
        exit 64
        ;;
    esac
    local list
    for list in "${lists[@]}"; do
        mapfile -t -O "${#packages[@]}" packages < <(grep -vE '^(#|$)' "$checkout/$list/packages")
    done
    install_missing "${packages[@]}"
    ensure_rust
    "$checkout/scripts/fetch-onnxruntime.sh"
}

install_missing() {
    local missing=() package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        return
    fi
    echo "setup: installing Debian packages: ${missing[*]}" >&2
    as_root apt-get -q update >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" >&2
}

# Rust from rustup if somebody put it there, else Debian's packages for current toolchains.
ensure_rust() {
    if new_enough; then
        return
    fi
    echo "setup: there is no Rust $rust_min or later; trying Debian's rustc-web and cargo-web" >&2
    install_missing rustc-web cargo-web
    if ! new_enough; then
        echo "setup: still no Rust $rust_min; install it with rustup (https://rustup.rs) and run this again" >&2
        exit 69
    fi
}

new_enough() {
    local found
    found=$(rustc --version 2>/dev/null | awk '{ print $2 }')
    [ -n "$found" ] && command -v cargo >/dev/null &&
        [ "$(printf '%s\n' "$rust_min" "$found" | sort --version-sort | head -n 1)" = "$rust_min" ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

main "$@"
