#!/usr/bin/env bash
# Makes the packages of one architecture out of a program that is built already: a Debian package and a tarball, into out/package.
#
#   package.sh [amd64|arm64]     default: this machine's
#     VERSION=1.2.3-1            the Debian package's version, where it is not that of Cargo.toml
#
# amd64 takes target/release/watchpost (`cargo build --release --locked`), arm64 what `cross/debian.sh build` made. Man
# pages and completions come from the checkout's own code and ONNX Runtime's library from its pinned wheel.
set -euo pipefail

cd "$(dirname "$0")/.."
stage=target/package
out=out/package
# Both files of one commit are made at its time, wherever and whenever that is.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH PATH=$PWD/.cache/tools/bin:$PATH

main() {
    local arch=${1:-$(dpkg --print-architecture)} machine target program strip root=${CROSS_ROOT:-target/cross-root/arm64}
    case $arch in
    amd64)
        machine=x86_64
        strip=(strip)
        program=target/release/watchpost
        ;;
    arm64)
        machine=aarch64
        # The build root's own, with its own loader and libraries: it may be of a newer Debian than this machine.
        strip=("$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/aarch64-linux-gnu-strip")
        program=target/cross/aarch64-unknown-linux-gnu/release/watchpost
        ;;
    *)
        echo "package: no packages are made for $arch; amd64 and arm64 would do (docs/install.md tells about others)" >&2
        exit 64
        ;;
    esac
    target=$machine-unknown-linux-gnu
    if [ ! -x "$program" ]; then
        echo "package: there is no $program; build it first, as the head of $0 says" >&2
        exit 66
    fi
    scripts/cargo-tool.sh cargo-deb
    rm -rf "$stage"
    mkdir -p "$stage/doc" "$out"
    # Names of functions are of no use to anybody without a debugger, and 3 MB.
    "${strip[@]}" -o "$stage/watchpost" "$program"
    take_library "$machine"
    check_glibc "$stage/watchpost" "$stage"/libonnxruntime.so*
    scripts/sbom.py "$target" "$stage/doc"
    gzip --best --no-name "$stage/doc/third-party.txt"
    take_documents
    write_pages
    debian_package "$arch"
    tarball "$arch"
}

# A program asks for the glibc of the machine that it was linked on, if nobody looks.
check_glibc() {
    local promised needed file
    promised=$(sed -n 's/^depends = .*libc6 (>= \([0-9.]*\)).*/\1/p' Cargo.toml)
    for file in "$@"; do
        needed=$(grep --text --only-matching --extended-regexp 'GLIBC_2\.[0-9]+' "$file" | sort -uV | tail -n 1)
        if [ "$(printf '%s\n' "${needed#GLIBC_}" "$promised" | sort -V | tail -n 1)" != "$promised" ]; then
            echo "package: $file needs glibc ${needed#GLIBC_}; the package says that $promised is enough" >&2
            exit 65
        fi
    done
}

take_library() {
    local from
    scripts/fetch-onnxruntime.sh --for "$1"
    from=$(scripts/fetch-onnxruntime.sh --for "$1" --path)
    cp "$from" "$stage/"
    sed -n 's/^version=//p' scripts/fetch-onnxruntime.sh >"$stage/onnxruntime.version"
    mkdir -p "$stage/doc/onnxruntime"
    cp "$(dirname "$from")"/{LICENSE,ThirdPartyNotices.txt} "$stage/doc/onnxruntime/"
    gzip --best --no-name "$stage/doc/onnxruntime/ThirdPartyNotices.txt"
}

# What the documentation links to lies beside it.
take_documents() {
    mkdir -p "$stage/doc/examples"
    cp -r README.md CHANGELOG.md docs/* "$stage/doc/"
    sed -i -e 's#](docs/#](#g' -e 's#](config/\(clip\|home\|shop\)\.toml#](examples/\1.toml#g' "$stage/doc/README.md"
    cp config/{clip,home,shop}.toml "$stage/doc/examples/"
}

write_pages() {
    cargo run --quiet --locked --example pages -- "$stage"
    gzip --best --no-name "$stage"/man/*
}

debian_package() {
    local arch=$1 version=()
    if [ -n "${VERSION:-}" ]; then
        version=(--deb-version "$VERSION")
    fi
    CARGO_TARGET_DIR=target cargo deb --quiet --no-build --no-strip --locked \
        --target "$target" "${version[@]}" --output "$out/" >/dev/null
    report "$(find "$out" -name "watchpost_*_$arch.deb" -newer "$stage/onnxruntime.version")"
}

# For systems without dpkg: the same files below one folder, where the program finds library and models beside itself.
tarball() {
    local arch=$1 name root
    name=watchpost-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)-linux-$arch
    root=$stage/$name
    mkdir -p "$root"/{bin,lib/watchpost,share/watchpost/models,share/man/man1}
    cp "$stage/watchpost" "$root/bin/"
    cp "$stage/libonnxruntime.so" "$root/lib/watchpost/"
    cp -r models/person models/person-fp32 models/person-tiny "$root/share/watchpost/models/"
    cp tests/scenes/hall_two_people.avi "$root/share/watchpost/demo.avi"
    cp -r systemd config "$stage/completions" "$root/share/watchpost/"
    cp "$stage"/man/* "$root/share/man/man1/"
    cp -r "$stage/doc" "$root/share/"
    cp README.md LICENSE-MIT LICENSE-APACHE "$root/"
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX \
        --directory "$stage" "$name" | gzip --best --no-name >"$out/$name.tar.gz"
    report "$out/$name.tar.gz"
}

report() {
    echo "package: $1 ($(du --apparent-size --bytes "$1" | cut -f1) bytes)"
}

main "$@"
