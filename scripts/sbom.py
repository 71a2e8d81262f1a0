#!/usr/bin/env python3
"""What a package is made of: the crates that are linked into the program, ONNX Runtime's library and the models.

sbom.py TARGET FOLDER       writes FOLDER/watchpost.cdx.json (CycloneDX 1.5) and FOLDER/third-party.txt (the crates' licences)

`cargo metadata` knows the crates; the library and the models, which no cargo tool knows of, are read from FOLDER's neighbour and
the checkout. Needs nothing but Python and the crates' sources, which a build has fetched.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tomllib
import uuid

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
LICENCE_NAMES = ("licen", "copying", "notice", "copyright", "unlicense", "readme.ijg")


def main():
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    metadata = cargo_metadata(target)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    links = linked(root, nodes, packages)
    crates = sorted((packages[i] for i in links if i != root), key=lambda crate: (crate["name"], crate["version"]))
    write_bill(folder / "watchpost.cdx.json", packages[root], crates, packages, links)
    write_licences(folder / "third-party.txt", crates)
    print(f"sbom: {len(crates)} crates are linked into the program for {target}", file=sys.stderr)


def cargo_metadata(target):
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE).stdout)


def linked(root, nodes, packages):
    """The packages that end up in the program, each with those that it depends on: not what only builds or tests it."""

    def runs(package):
        return not any("proc-macro" in target["kind"] for target in packages[package]["targets"])

    links, waiting = {}, [root]
    while waiting:
        package = waiting.pop()
        if package in links:
            continue
        deps = [dep for dep in nodes[package]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        deps = [dep["pkg"] for dep in deps if runs(dep["pkg"])]
        links[package] = deps
        waiting += deps
    return links


def write_bill(path, root, crates, packages, links):
    version = root["version"]
    main_ref = f"pkg:cargo/watchpost@{version}"
    parts = [library(), *models()]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # From the lock file, so that one commit gives one document.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, sha256(CHECKOUT / 'Cargo.lock'))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": main_ref,
                "name": "watchpost",
                "version": version,
                "licenses": [{"expression": root["license"]}],
                "purl": main_ref,
            }
        },
        "components": [component(crate) for crate in crates] + parts,
        "dependencies": [
            {
                "ref": ref(packages[package]),
                "dependsOn": sorted({ref(packages[dep]) for dep in deps})
                + ([part["bom-ref"] for part in parts] if packages[package] is root else []),
            }
            for package, deps in sorted(links.items())
        ],
    }
    path.write_text(json.dumps(bill, indent=1) + "\n")


def ref(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(crate):
    found = {
        "type": "library",
        "bom-ref": ref(crate),
        "name": crate["name"],
        "version": crate["version"],
        "purl": ref(crate),
        "hashes": [{"alg": "SHA-256", "content": checksums()[crate["name"], crate["version"]]}],
    }
    if crate["license"]:
        # Before SPDX had expressions, crates wrote a slash.
        found["licenses"] = [{"expression": crate["license"].replace("/", " OR ")}]
    return found


def checksums(cache={}):
    if not cache:
        lock = tomllib.loads((CHECKOUT / "Cargo.lock").read_text())
        cache.update({(p["name"], p["version"]): p["checksum"] for p in lock["package"] if "checksum" in p})
    return cache


def library():
    path = CHECKOUT / "target/package/libonnxruntime.so"
    version = (CHECKOUT / "target/package/onnxruntime.version").read_text().strip()
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/onnxruntime@{version}",
        "name": "onnxruntime",
        "version": version,
        "purl": f"pkg:pypi/onnxruntime@{version}",
        "licenses": [{"license": {"id": "MIT"}}],
        "hashes": [{"alg": "SHA-256", "content": sha256(path)}],
    }


def models():
    for manifest in sorted((CHECKOUT / "models").glob("*/manifest.toml")):
        model = tomllib.loads(manifest.read_text())
        yield {
            "type": "machine-learning-model",
            "bom-ref": f"model:{model['name']}@{model['version']}",
            "name": model["name"],
            "version": model["version"],
            "licenses": [{"expression": model["license"]}],
            "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
        }


def write_licences(path, crates):
    """Every licence text once, below the names of the crates that come with it."""
    texts = {}
    for crate in crates:
        found = list(licence_files(pathlib.Path(crate["manifest_path"]).parent))
        if not found:
            found = [f"(no licence file; its manifest says {crate['license']})"]
        for text in found:
            texts.setdefault(text, []).append(f"{crate['name']} {crate['version']}")
    with path.open("w") as out:
        for text, names in sorted(texts.items(), key=lambda entry: entry[1]):
            out.write(f"{'=' * 100}\n{', '.join(names)}\n{'=' * 100}\n\n{text.strip()}\n\n")


def licence_files(folder):
    """The crate's own, and those of code in another language that it brings along in a folder."""
    for inside in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        for path in sorted(inside.iterdir()):
            if path.is_file() and path.name.lower().startswith(LICENCE_NAMES) and path.suffix not in (".rs", ".py"):
                yield path.read_text(errors="replace")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


main()
