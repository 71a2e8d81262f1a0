"""Holds docs/asyncapi.yaml against AsyncAPI's own schema, and every reference in it against what it refers to.

    check.py SCHEMA.json
"""

import json
import pathlib
import sys

import yaml
from jsonschema import Draft7Validator

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from references(item)


def found(document, pointer):
    for step in filter(None, pointer.split("/")):
        document = document[step]
    return document


def main():
    document = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
    wrong = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
             for error in Draft7Validator(schema).iter_errors(document)]
    for reference in references(document):
        path, _, pointer = reference.partition("#")
        try:
            found(json.loads((DOCS / path).read_text()) if path else document, pointer)
        except (KeyError, OSError) as error:
            wrong.append(f"{reference}: {error!r}")
    print(*wrong, sep="\n")
    print(f"asyncapi: {len(document['channels'])} channels, {len(wrong)} errors")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
