#!/usr/bin/env python3
"""Writes which crates are inside the libraries, and under which licences: packaging/licences.py

From `cargo metadata --locked`, with all features that a library can have: docs/third-party-licences.md for people, and
packaging/sbom.spdx.json (SPDX 2.3) for programs. `--check` compares them with what is there.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/third-party-licences.md"
SBOM = ROOT / "packaging/sbom.spdx.json"
TARGET = "x86_64-unknown-linux-gnu"


def metadata():
    command = ["cargo", "metadata", "--locked", "--format-version=1", "--no-default-features"]
    command += ["--features=client,async,tls", f"--filter-platform={TARGET}"]
    return json.loads(subprocess.check_output(command, cwd=ROOT))


def inside(data):
    """The packages that are linked: what the crate depends on, without what only builds or tests it."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    packages = {package["id"]: package for package in data["packages"]}
    start = data["resolve"]["root"]
    found, waiting = set(), [start]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            package = packages[dependency["pkg"]]
            is_linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            runs_in_compiler = any("proc-macro" in target["kind"] for target in package["targets"])
            if is_linked and not runs_in_compiler and dependency["pkg"] not in found | {start}:
                found.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    linked = sorted((packages[name] for name in found), key=lambda package: (package["name"], package["version"]))
    return packages[start], linked


def licence(package):
    """An SPDX expression: older crates write a slash."""
    return (package["license"] or "NOASSERTION").replace("/", " OR ")


def document(linked):
    lines = [
        "# What is inside the libraries",
        "",
        "Made by `packaging/licences.py` from Cargo.lock, with TLS; libraries without it have fewer. Rust's standard library is",
        "inside, too (MIT OR Apache-2.0). Each crate's source has the text of its licence.",
        "",
        "| crate | version | licence | source |",
        "|---|---|---|---|",
    ]
    for package in linked:
        source = package["repository"] or f"https://crates.io/crates/{package['name']}"
        lines.append(f"| {package['name']} | {package['version']} | {licence(package)} | <{source}> |")
    return "\n".join(lines) + "\n"


def sbom(own, linked):
    def identifier(package):
        name = f"{package['name']}-{package['version']}".replace("_", "-").replace("+", "-")
        return f"SPDXRef-Package-{name}"

    def entry(package):
        described = {
            "SPDXID": identifier(package),
            "name": package["name"],
            "versionInfo": package["version"],
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": licence(package),
            "copyrightText": "NOASSERTION",
        }
        if package is not own:
            name, version = package["name"], package["version"]
            described["downloadLocation"] = f"https://crates.io/api/v1/crates/{name}/{version}/download"
            reference = {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:cargo/{name}@{version}",
            }
            described["externalRefs"] = [reference]
        return described

    def relation(one, kind, other):
        return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}

    text = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"ferro-mqtt-{own['version']}",
        "documentNamespace": f"https://spdx.org/spdxdocs/ferro-mqtt-{own['version']}",
        # Always the same, so that it changes with what is inside only.
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: packaging/licences.py"]},
        "packages": [entry(package) for package in [own, *linked]],
        "relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBES", identifier(own))]
        + [relation(identifier(own), "DEPENDS_ON", identifier(package)) for package in linked],
    }
    return json.dumps(text, indent=1) + "\n"


def main():
    own, linked = inside(metadata())
    outdated = []
    for path, text in [(DOCUMENT, document(linked)), (SBOM, sbom(own, linked))]:
        if sys.argv[1:] != ["--check"]:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            outdated.append(str(path.relative_to(ROOT)))
    if outdated:
        sys.exit(f"outdated: {', '.join(outdated)}: run packaging/licences.py")


main()
