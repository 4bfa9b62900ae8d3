"""Browser assets: only what is pinned gets in, whole or not at all, and nothing is fetched twice."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from vendor import fetch, integrity, take

ROOT = Path(__file__).parent.parent
FILES = {"package/es5/main.js": b"main", "package/es5/fonts/a.woff": b"a", "package/README.md": b"no"}


def tarball(files: dict[str, bytes]) -> bytes:
    """A package as npm packs it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


PACKED = tarball(FILES)
PINS = {
    "maths": {
        "version": "1.0.0",
        "integrity": integrity(PACKED),
        "from": "es5",
        "take": ["main.js", "fonts"],
        "into": "site/maths",
    }
}


def pack(spec: str, folder: Path) -> None:
    """Stand in for npm."""
    assert spec == "maths@1.0.0"
    (folder / "maths-1.0.0.tgz").write_bytes(PACKED)


def test_fetches_what_is_pinned_and_only_once(tmp_path):
    vendor = tmp_path / "_vendor"
    assert fetch(PINS, vendor, pack)
    found = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}
    assert found == {"pins.json", "site/maths/main.js", "site/maths/fonts/a.woff"}
    assert not fetch(PINS, vendor, lambda spec, folder: pytest.fail("fetched again"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_vendor"]


def test_fetches_again_when_the_pins_change(tmp_path):
    vendor = tmp_path / "_vendor"
    fetch(PINS, vendor, pack)
    assert fetch({"maths": {**PINS["maths"], "take": ["main.js"]}}, vendor, pack)
    assert not (vendor / "site" / "maths" / "fonts").exists()


def test_refuses_another_file_and_keeps_the_old_ones(tmp_path):
    vendor = tmp_path / "_vendor"
    fetch(PINS, vendor, pack)
    changed = {"maths": {**PINS["maths"], "integrity": integrity(b"something else")}}
    with pytest.raises(RuntimeError, match="not the pinned file"):
        fetch(changed, vendor, pack)
    assert (vendor / "site" / "maths" / "main.js").read_bytes() == b"main"


def test_missing_files_and_paths_that_climb_are_refused(tmp_path):
    with pytest.raises(RuntimeError, match=r"holds no gone\.js"):
        take(PACKED, {"from": "es5", "take": ["main.js", "gone.js"]}, tmp_path / "a")
    climbing = tarball({"package/fonts/../../../escaped.js": b"x", "package/fonts/a.woff": b"a"})
    take(climbing, {"from": "", "take": ["fonts"]}, tmp_path / "b" / "c")
    assert [path.name for path in tmp_path.rglob("*.js")] == ["main.js"]


def test_integrity_is_what_npm_publishes():
    # The published digest of the empty string under sha512.
    assert integrity(b"") == (
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
    )


def test_every_pin_is_exact():
    pins = json.loads((ROOT / "book" / "vendor.json").read_text())
    assert set(pins) == {"mathjax", "axe-core"}
    for pin in pins.values():
        assert all(part.isdigit() for part in pin["version"].split("."))
        assert pin["integrity"].startswith("sha512-")
