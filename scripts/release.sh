#!/usr/bin/env bash
# Makes a release: Debian packages and tarballs for amd64 and arm64, their bills of materials, and checksums, into
# out/release/VERSION. Wants a clean checkout on a PC with Debian; what is in it is built from the commit and the lock file alone.
#
#   release.sh                  both architectures (arm64 through cross/debian.sh; half an hour on two cores)
#   release.sh amd64            one of them
set -euo pipefail

cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
out=out/release/$version

main() {
    local arch architectures=("$@")
    if [ ${#architectures[@]} = 0 ]; then
        architectures=(amd64 arm64)
    fi
    if [ -n "$(git status --porcelain)" ]; then
        echo "release: the checkout has changes; commit them or put them away, so that the commit says what is released" >&2
        exit 65
    fi
    if ! grep -q "^## \(Unreleased\|\[\?$version\)" CHANGELOG.md; then
        echo "release: CHANGELOG.md says nothing about $version" >&2
        exit 65
    fi
    rm -rf "$out"
    mkdir -p "$out"
    for arch in "${architectures[@]}"; do
        build "$arch"
        scripts/package.sh "$arch"
        mv out/package/"watchpost_$version-1_$arch.deb" "out/package/watchpost-$version-linux-$arch.tar.gz" "$out/"
        cp target/package/doc/watchpost.cdx.json "$out/watchpost-$version-$arch.cdx.json"
    done
    (cd "$out" && sha256sum -- * >SHA256SUMS)
    git rev-parse HEAD >"$out/COMMIT"
    echo "release: $version of $(cut -c1-12 "$out/COMMIT") lies in $out"
    cat "$out/SHA256SUMS"
}

build() {
    case $1 in
    amd64) cargo build --release --locked ;;
    arm64) cross/debian.sh build ;;
    *)
        echo "release: nothing is released for $1; amd64 and arm64 would do" >&2
        exit 64
        ;;
    esac
}

main "$@"
