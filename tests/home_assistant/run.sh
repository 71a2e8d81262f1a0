#!/usr/bin/env bash
# Our discovery document against the real Home Assistant core: its MQTT integration, a real mosquitto, the real daemon.
# Not in `make test`: it installs Home Assistant (300 MB) below .cache the first time.
#
#   WATCHPOST_BIN=… tests/home_assistant/run.sh
#
# HOME_ASSISTANT_PYTHON is the Python to install it with (3.13 or later; default: the newest that is there).
set -euo pipefail

checkout=$(cd "$(dirname "$0")/../.." && pwd)
environment=$checkout/.cache/home-assistant
# The oldest with device discovery is 2024.11; pip takes the newest that the Python runs.
requirements=('homeassistant>=2025.1' 'paho-mqtt>=2.1')

main() {
    if [ ! -e "$environment/ready" ]; then
        install
    fi
    "$environment/bin/python" "$checkout/tests/home_assistant/check.py" "${WATCHPOST_BIN:-$checkout/target/release/watchpost}"
}

install() {
    local python
    python=$(newest_python)
    echo "home_assistant: installing ${requirements[*]} for $("$python" --version) into ${environment#"$checkout"/}" >&2
    rm -rf "$environment"
    "$python" -m venv "$environment"
    "$environment/bin/pip" install --quiet --prefer-binary "${requirements[@]}"
    touch "$environment/ready"
}

newest_python() {
    local candidate
    for candidate in ${HOME_ASSISTANT_PYTHON:-python3.15 python3.14 python3.13 python3}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "home_assistant: needs Python 3.13 or later; name one in HOME_ASSISTANT_PYTHON" >&2
    exit 69
}

main
