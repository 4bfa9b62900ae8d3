"""Run the pages again when the package they import, or a library underneath it, has changed.

The cache of executed notebooks is keyed by their code cells alone: a page would go on showing what an older
``mlopt_course`` computed. So the cache's path carries a digest of the package's files, of data that pages read, and
of the versions that matter. A change means a new, empty cache, and, since Sphinx treats the path as part of the
environment, every page is read again. The caches of the last few states are kept, so that switching back and forth
is cheap.

A change in the book's extensions, styles or scripts means that every page is written again, without running it:
Sphinx by itself does not look at them while no page has changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

SUFFIXES = {".py", ".js", ".css", ".svg", ".json", ".npz", ".csv"}
KEPT_CACHES = 4


def package_digest(package: Path, ignore: Iterable[str] = (), pins: Iterable[str] = ()) -> str:
    """A digest of the package's files and of the installed versions of ``pins``.

    Parameters
    ----------
    package : Path
        Folder of the package.
    ignore : iterable of str
        Files and folders inside it that do not count.
    pins : iterable of str
        Names of distributions; one that is not installed counts as such.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    digest = hashlib.sha256(f"python={sys.version_info[:2]}".encode())
    skipped = {*ignore}
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if path.suffix in SUFFIXES and inside.parts[0] not in skipped and "__pycache__" not in inside.parts:
            digest.update(f"{inside.as_posix()}={hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    for name in pins:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "none"
        digest.update(f"{name}={version}\n".encode())
    return digest.hexdigest()[:16]


def drop_old_caches(caches: Path, keep: int = KEPT_CACHES) -> None:
    """Delete all but the ``keep`` most recently used caches."""
    folders = [folder for folder in caches.iterdir() if folder.is_dir()]
    for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)[keep:]:
        shutil.rmtree(folder, ignore_errors=True)


def set_cache_path(app: Sphinx, config: Config) -> None:
    """Point the notebook cache at the folder of the package's present state."""
    package = Path(app.srcdir, config.execution_key_package)
    caches = Path(app.outdir).parent / ".jupyter_cache"
    digests = [package_digest(package, config.execution_key_ignore, config.execution_key_pins)]
    digests += [package_digest(Path(app.srcdir, folder)) for folder in config.execution_key_data]
    here = caches / hashlib.sha256("".join(digests).encode()).hexdigest()[:16]
    here.mkdir(parents=True, exist_ok=True)
    os.utime(here)
    drop_old_caches(caches)
    config.nb_execution_cache_path = str(here)
    config.execution_key_looks = package_digest(Path(app.srcdir, "book"), ignore=["_vendor"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("execution_key_package", "", "")
    app.add_config_value("execution_key_data", [], "")
    app.add_config_value("execution_key_ignore", [], "")
    app.add_config_value("execution_key_pins", [], "")
    app.add_config_value("execution_key_looks", "", "env")
    app.connect("config-inited", set_cache_path, priority=10)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
