"""Writes data/licences.txt: whose work is embedded in the program and under which licence.

    python3 scripts/licences.py            prints it
    python3 scripts/licences.py --write    writes data/licences.txt

Crates come from `cargo metadata` (what a Linux build of `fond` links, tests left out), the rest from the list below.
A test compares the crates of the file with Cargo.lock.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

EMBEDDED = [
    ("PT Sans, PT Serif (as Fond Sans, Fond Serif)", "ParaType Free Font License", "crates/server/assets/fonts/LICENCE.txt"),
    ("htmx", "0BSD", "crates/server/assets/htmx.LICENCE.txt"),
    ("icons, styles, scripts of the pages", "MIT OR Apache-2.0", "drawn and written for this project"),
    ("dictionary of first forms (data/lemmas/ru.lemmas), from OpenCorpora 0.92 r417150 by pymorphy3-dicts-ru", "CC BY-SA 3.0", "data/lemmas/LICENSE; https://opencorpora.org"),
    ("data/rusmarc, data/fund, data/tables, data/samples, data/i18n, data/bench", "MIT OR Apache-2.0", "written for this project; sources of the facts in data/README.md"),
]


def metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline",
               "--filter-platform", "x86_64-unknown-linux-gnu"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def linked(meta):
    """Packages that the server's normal dependencies reach."""
    nodes = {node["id"]: node for node in meta["resolve"]["nodes"]}
    packages = {package["id"]: package for package in meta["packages"]}
    left = [key for key, package in packages.items() if package["name"] == "server" and package["source"] is None]
    seen = set()
    while left:
        key = left.pop()
        if key in seen:
            continue
        seen.add(key)
        for dep in nodes[key]["deps"]:
            if any(kind["kind"] is None for kind in dep["dep_kinds"]):
                left.append(dep["pkg"])
    return sorted((packages[key] for key in seen), key=lambda package: (package["name"], package["version"]))


def page():
    lines = ["Fond is under MIT or Apache-2.0, as you choose (LICENSE-MIT, LICENSE-APACHE).",
             "It embeds the work of others, each under its own licence.", "", "Embedded files", ""]
    lines += [f"{name}\t{licence}\t{where}" for name, licence, where in EMBEDDED]
    lines += ["", "Rust crates", ""]
    for package in linked(metadata()):
        if package["source"] is None:
            continue
        where = package["repository"] or package["homepage"] or "–"
        licence = package["license"] or package["license_file"] or "?"
        lines.append(f"{package['name']} {package['version']}\t{licence}\t{where}")
    return "\n".join(lines) + "\n"


def main():
    text = page()
    if "--write" in sys.argv[1:]:
        (ROOT / "data" / "licences.txt").write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


main()
