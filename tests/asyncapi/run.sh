#!/usr/bin/env bash
# docs/asyncapi.yaml against the official schema of AsyncAPI 3.0, which comes from npm the first time.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/../.." && pwd)
cache=$checkout/.cache/asyncapi
specs=@asyncapi/specs@6

mkdir -p "$cache"
if [ ! -e "$cache/ready" ]; then
    (cd "$cache" && npm pack --silent "$specs" >/dev/null && tar xzf asyncapi-specs-*.tgz)
    python3 -m venv "$cache/python"
    "$cache/python/bin/pip" install --quiet jsonschema PyYAML
    touch "$cache/ready"
fi
"$cache/python/bin/python" "$checkout/tests/asyncapi/check.py" "$cache/package/schemas/3.0.0.json"
