#!/usr/bin/env bash
# Installs a pinned tool of cargo's, below .cache/tools of the checkout where it is not on the machine already.
#
#   cargo-tool.sh cargo-deb
#
# A caller has .cache/tools/bin on its PATH afterwards: `PATH=$PWD/.cache/tools/bin:$PATH`.
set -euo pipefail

cd "$(dirname "$0")/.."
case $1 in
cargo-deb) version=3.8.0 ;;
mdbook) version=0.5.4 ;;
*)
    echo "cargo-tool: no version of $1 is pinned; pin one in $0" >&2
    exit 64
    ;;
esac
tools=.cache/tools
# Some put a v before the number.
if "$tools/bin/$1" --version 2>/dev/null | grep -q -x -F -e "$1 $version" -e "$1 v$version"; then
    exit 0
fi
echo "cargo-tool: building $1 $version, once" >&2
cargo install --quiet --locked --root "$tools" --version "$version" "$1"
