"""The licences of what is linked into gobag, as one text: which package has which, and each text once."""

import html.parser
import json
import os
import re
import subprocess

BEGINNINGS = ("licen", "copying", "copyright", "notice", "unlicense")

# What a Rust toolchain says of the licences of its standard library, below the folder of the toolchain.
LIBRARY = "share/doc/rust/COPYRIGHT-library.html"

# Where a Debian-like system has the licence of its C library, which a static program contains.
LGPL = "/usr/share/common-licenses/LGPL-2.1"

# How the Apache License 2.0 begins.
APACHE = "Apache License"

HEAD = """\
gobag is free software; its own licence is in the file LICENSE. This program also contains, or was made with, the
packages below, each under the licence that is named beside it. Where several are offered any of them may be chosen.
The numbers are those of the texts that follow.
"""


def dependencies(root, target):
    """The packages that a program for `target` is made of, but for those of this repository, sorted."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    told = json.loads(subprocess.run(command, cwd=root, check=True, capture_output=True).stdout)
    nodes = {node["id"]: node for node in told["resolve"]["nodes"]}
    found, left = set(), [told["resolve"]["root"]]
    while left:
        package = left.pop()
        if package not in found:
            found.add(package)
            needs = nodes[package]["deps"]
            left += [need["pkg"] for need in needs if any(kind["kind"] is None for kind in need["dep_kinds"])]
    packages = (package for package in told["packages"] if package["id"] in found and package["source"])
    return sorted(packages, key=lambda package: (package["name"], package["version"]))


def texts_in(folder, named=None):
    """The licence texts in a folder of sources, in the order of their names."""
    names = [name for name in os.listdir(folder) if name.lower().startswith(BEGINNINGS)]
    names += [named] if named and named not in names else []
    files = (os.path.join(folder, name) for name in sorted(names))
    return [read(file) for file in files if os.path.isfile(file)]


def words(text):
    """What is the same in a text, however its lines are broken."""
    return " ".join(text.split()).lower()


def read(file):
    """A text without blanks at the ends of its lines, nor empty lines around it."""
    with open(file, encoding="utf-8", errors="replace") as text:
        return "\n".join(line.rstrip() for line in text).strip("\n")


class Page(html.parser.HTMLParser):
    """A page as plain text: a line for each of its blocks."""

    def __init__(self):
        super().__init__()
        self.parts, self.hidden = [], False

    def handle_starttag(self, tag, attrs):
        self.hidden = tag in ("style", "script", "title")
        self.parts.append("" if tag in ("a", "b", "i", "em", "code", "span", "strong") else "\n")

    def handle_endtag(self, tag):
        self.hidden = False

    def handle_data(self, data):
        self.parts.append("" if self.hidden else data)

    @classmethod
    def text_of(cls, page):
        """The text of a page, with one empty line where there are more."""
        reader = cls()
        reader.feed(page)
        lines = (line.rstrip() for line in "".join(reader.parts).split("\n"))
        return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def chosen(offered, apache):
    """The text of a licence of which everybody has the same, where that is among those `offered`."""
    return [apache] if apache and "Apache-2.0" in re.split(" OR |/", offered) else []


def held(root, target):
    """Name, licence and texts of each part of a program for `target`."""
    parts = []
    for package in dependencies(root, target):
        folder = os.path.dirname(package["manifest_path"])
        name = f"{package['name']} {package['version']}"
        parts.append((name, package["license"] or "see its text", texts_in(folder, package["license_file"])))
    apache = next((text for _, _, texts in parts for text in texts if text.lstrip().startswith(APACHE)), None)
    # Who packaged without a text, and offers a licence whose text names nobody.
    parts = [(name, offered, texts or chosen(offered, apache)) for name, offered, texts in parts]
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], cwd=root, check=True, capture_output=True, text=True)
    library = os.path.join(sysroot.stdout.strip(), LIBRARY)
    texts = [Page.text_of(read(library))] if os.path.isfile(library) else []
    parts.append(("the Rust standard library", "MIT OR Apache-2.0", texts))
    parts.append(("the GNU C library", "LGPL-2.1-or-later", [read(LGPL)] if os.path.isfile(LGPL) else []))
    return parts


def licences(root, target):
    """The whole text; a ValueError that names what has no licence text."""
    parts = held(root, target)
    without = [name for name, _, texts in parts if not texts]
    if without:
        raise ValueError(f"no licence text of {', '.join(without)}; look for it in what cargo fetched")
    numbers, owners, rows = {}, {}, []
    for name, licence, texts in parts:
        for text in texts:
            number = numbers.setdefault(words(text), len(numbers) + 1)
            owners.setdefault(number, (text, []))[1].append(name)
        marks = ", ".join(str(number) for number in dict.fromkeys(numbers[words(text)] for text in texts))
        rows.append(f"{name:<36} {licence:<58} {marks}\n")
    sections = []
    for number, (text, names) in owners.items():
        names = ", ".join(dict.fromkeys(names))
        sections.append(f"\n{'=' * 100}\n{number}: {names}\n{'=' * 100}\n\n{text}\n")
    return HEAD + "\n" + "".join(rows) + "".join(sections)
