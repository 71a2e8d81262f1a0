# shellcheck shell=bash
# Sourced by the build scripts: packages of any Debian suite and architecture, fetched through an apt
# state of our own. Nothing on the host changes, and no root rights are needed.

readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian mirrors that this machine's own apt uses already: a machine behind a local mirror stays
# behind it. Third-party repositories have another origin and are left out.
mirror_labelled() {
    # shellcheck disable=SC2016 # the names are apt's, not the shell's
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL) $(COMPONENT)' |
        sed -n "s/ Debian $1 main$//p" |
        head -n 1
}

# use_private_apt DIR SUITE ARCH: from here on apt-get and apt-cache see that suite, and only it.
use_private_apt() {
    local dir=$1 suite=$2 arch=$3
    local mirror security
    unset APT_CONFIG
    mirror=${DEBIAN_MIRROR:-$(mirror_labelled Debian)}
    security=${DEBIAN_SECURITY_MIRROR:-$(mirror_labelled Debian-Security)}
    if [ -z "$mirror" ]; then
        echo "no Debian mirror among apt's sources: run apt-get update, or set DEBIAN_MIRROR" >&2
        return 1
    fi

    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    : >"$dir/status"
    echo "deb [signed-by=$KEYRING] $mirror $suite main" >"$dir/sources.list"
    if [ -n "$security" ]; then
        echo "deb [signed-by=$KEYRING] $security $suite-security main" >>"$dir/sources.list"
    fi
    cat >"$dir/apt.conf" <<CONF
Dir::State "$dir";
Dir::State::lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Log "$dir";
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "";
APT::Update::Post-Invoke {};
APT::Update::Post-Invoke-Success {};
Acquire::Languages "none";
Acquire::Retries "3";
CONF
    export APT_CONFIG=$dir/apt.conf
    apt-get --quiet --quiet update
}

# depends_on PACKAGE PATTERN: its first dependency of that name, such as the kernel behind a meta package.
depends_on() {
    apt-cache depends "$1" | sed -n "s/^ *Depends: \($2\)$/\1/p" | head -n 1
}
