"""Tarballs, Python wheels and container images of programs that were built, and SHA256SUMS. The same input gives the
same bytes.

Called by packaging/build: packages.py ROOT OUT PROGRAM... with SOURCE_DATE_EPOCH in the environment.
"""

import base64
import gzip
import hashlib
import io
import os
import platform
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile

from licences import licences

# What a machine is called in an ELF header, by Rust and by Python.
MACHINES = {62: "x86_64", 183: "aarch64"}
PROGRAM_INTERPRETER = 3

SUMS = "SHA256SUMS"
THIRD_PARTY = "THIRD-PARTY-LICENCES.txt"
COMPLETIONS = {"bash": "gobag.bash", "zsh": "_gobag", "fish": "gobag.fish"}
EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])


class Program:
    """An ELF program for Linux: its bytes, machine, and whether it needs no loader."""

    def __init__(self, file):
        with open(file, "rb") as data:
            self.bytes = data.read()
        if self.bytes[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{file} is no program for 64-bit Linux; name one that cargo built")
        (number,) = struct.unpack_from("<H", self.bytes, 18)
        if number not in MACHINES:
            raise ValueError(f"{file} is for a machine that is neither x86-64 nor arm64; name another")
        self.machine = MACHINES[number]
        self.target = f"{self.machine}-unknown-linux-gnu"
        (at,) = struct.unpack_from("<Q", self.bytes, 32)
        size, count = struct.unpack_from("<HH", self.bytes, 54)
        kinds = (struct.unpack_from("<I", self.bytes, at + size * n)[0] for n in range(count))
        self.is_static = PROGRAM_INTERPRETER not in kinds

    def tags(self):
        """Where a wheel of it may be installed (PEP 425, 600 and 656): a static program runs by any C library."""
        if not self.is_static:
            return [f"linux_{self.machine}"]
        platforms = ("manylinux_2_17", "manylinux2014", "musllinux_1_1")
        return [f"{name}_{self.machine}" for name in platforms]


def saved(program, folder):
    """A file in `folder` with the program, under the name by which it is called."""
    file = os.path.join(folder, "gobag")
    with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o755), "wb") as copy:
        copy.write(program.bytes)
    return file


def run(*words):
    """What a command prints; a CalledProcessError where it fails."""
    return subprocess.run(words, check=True, capture_output=True).stdout


def printed(here):
    """What a program that runs here prints of itself, by the name that the file has in a tarball."""
    with tempfile.TemporaryDirectory() as folder:
        file = saved(here, folder)
        files = {f"completions/{name}": run(file, "completions", shell) for shell, name in COMPLETIONS.items()}
        return {"gobag.1": run(file, "man"), **files}


def image(here, program, tag):
    """A container image of a static program, as one that runs here makes it."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        out = os.path.join(folder, "image.tar")
        words = [] if program is here else ["--engine", saved(program, other)]
        run(saved(here, folder), "image", "-o", out, "--tag", tag, *words)
        with open(out, "rb") as file:
            return file.read()


def tarball(folder, files):
    """A gzipped tar of `files` below `folder`, owned by nobody in particular; the program alone is executable."""
    packed, raw = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime = len(files[name]), EPOCH
            entry.mode = 0o755 if name == "gobag" else 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=EPOCH) as out:
        out.write(raw.getvalue())
    return packed.getvalue()


def wheel(about, program, files):
    """A wheel that installs the program as a script, its man page and completions beside it (PEP 427)."""
    version, name = about["version"], f"gobag-{about['version']}"
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in program.tags())
    metadata = (
        f"Metadata-Version: 2.4\nName: gobag\nVersion: {version}\nSummary: {about['description']}\n"
        f"License-Expression: {about['license']}\nLicense-File: LICENSE\nLicense-File: {THIRD_PARTY}\n"
        f"Requires-Python: >=3.7\nDescription-Content-Type: text/markdown\n\n"
    )
    share = f"{name}.data/data/share"
    contents = {
        f"{name}.data/scripts/gobag": files["gobag"],
        f"{share}/man/man1/gobag.1": files["gobag.1"],
        f"{share}/bash-completion/completions/gobag": files["completions/gobag.bash"],
        f"{share}/zsh/site-functions/_gobag": files["completions/_gobag"],
        f"{share}/fish/vendor_completions.d/gobag.fish": files["completions/gobag.fish"],
        f"{name}.dist-info/METADATA": metadata.encode() + files["README.md"],
        f"{name}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: gobag\nRoot-Is-Purelib: false\n{tags}".encode(),
        f"{name}.dist-info/licenses/LICENSE": files["LICENSE"],
        f"{name}.dist-info/licenses/{THIRD_PARTY}": files[THIRD_PARTY],
    }
    record = f"{name}.dist-info/RECORD"
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    rows = [f"{file},sha256={digest(data)},{len(data)}\n" for file, data in sorted(contents.items())]
    # It is the last one, as the specification recommends.
    contents[record] = "".join([*rows, f"{record},,\n"]).encode()
    packed = io.BytesIO()
    # A zip has no date before 1980, and seconds are even.
    date = time.gmtime(max(EPOCH, 315532800))[:6]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file, data in contents.items():
            entry = zipfile.ZipInfo(file, date)
            entry.create_system, entry.compress_type = 3, zipfile.ZIP_DEFLATED
            mode = 0o755 if file.endswith("/scripts/gobag") else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, data)
    return f"{name}-py3-none-{'.'.join(program.tags())}.whl", packed.getvalue()


def packages(root, programs):
    """All files of a release but the sums, by name."""
    with open(os.path.join(root, "Cargo.toml"), "rb") as manifest:
        cargo = tomllib.load(manifest)
    about = {**cargo["workspace"]["package"], "description": cargo["package"]["description"]}
    here = next((program for program in programs if program.machine == platform.machine()), None)
    if here is None:
        raise ValueError(f"none of the programs runs on {platform.machine()}, to print its man page; name one more")
    common, made = printed(here), {}
    for name in ("LICENSE", "README.md"):
        with open(os.path.join(root, name), "rb") as file:
            common[name] = file.read()
    for program in programs:
        files = {**common, "gobag": program.bytes, THIRD_PARTY: licences(root, program.target).encode()}
        folder = f"gobag-{about['version']}-{program.target}"
        made[f"{folder}.tar.gz"] = tarball(folder, files)
        name, data = wheel(about, program, files)
        made[name] = data
        if program.is_static:
            made[f"{folder}-oci.tar"] = image(here, program, f"gobag:{about['version']}")
    return made


def write(out, made):
    """Puts the files of a release, and their sums, in the place of those of an earlier one."""
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(out):
        if name == SUMS or (name.startswith("gobag-") and name.endswith((".tar", ".tar.gz", ".whl"))):
            os.remove(os.path.join(out, name))
    made[SUMS] = "".join(f"{hashlib.sha256(made[name]).hexdigest()}  {name}\n" for name in sorted(made)).encode()
    for name, data in made.items():
        with open(os.path.join(out, name), "wb") as file:
            file.write(data)
        print(f"{len(data):>10}  {os.path.join(out, name)}")


def main():
    root, out, *files = sys.argv[1:]
    try:
        programs = [Program(file) for file in files]
        targets = [program.target for program in programs]
        twice = next((target for target in targets if targets.count(target) > 1), None)
        if twice:
            raise ValueError(f"two programs are for {twice}; name one for each")
        write(out, packages(root, programs))
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace") if isinstance(error.stderr, bytes) else error.stderr or ""
        sys.exit(f"packaging/build: {' '.join(error.cmd)}: {' '.join(said.split()) or error}")
    except (OSError, ValueError) as error:
        sys.exit(f"packaging/build: {error}")


main()
