"""Finds the submissions in a folder, in the layouts that learning platforms export; strange entries are findings too.

``<student>/<notebook>.ipynb`` (also deeper, as nbgrader lays it out), ``<student>.ipynb``, and
``<student>_<notebook>.ipynb``. Links are not followed. A student with several notebooks is graded on the one that
carries the assignment's name.
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from .notebooks import MAX_FILE_BYTES

MAX_DEPTH = 4
SUFFIX = ".ipynb"
SKIPPED = ("__MACOSX", "__pycache__", "node_modules")


@dataclass(frozen=True)
class Submission:
    """A student's file, or the reason why there is none to read (``fault``, a sentence)."""

    student: str
    path: Path
    sha256: str = ""
    fault: str = ""
    note: str = ""


def find(folder: Path, assignment: str) -> list[Submission]:
    """Submissions of ``assignment`` (the release's stem, such as "03_first_order"), sorted by student.

    A student who appears twice (a folder and a file) is listed twice, the second as "name (2)".

    Raises
    ------
    OSError
        The folder itself cannot be read.
    """
    found: list[Submission] = []
    for entry in sorted(os.scandir(folder), key=lambda entry: (not entry.is_dir(follow_symlinks=False), entry.name)):
        name = entry.name
        if name.startswith(".") or name in SKIPPED:
            continue
        path = Path(entry.path)
        if entry.is_symlink():
            if _is_notebook(name) or path.is_dir():
                found.append(
                    Submission(_student(name, assignment), path, fault="A symbolic link: links are not followed.")
                )
        elif entry.is_dir():
            found.append(_in_folder(path, assignment))
        elif _is_notebook(name):
            found.append(_read(Submission(_student(name, assignment), path)))
    return _distinct(sorted(found, key=lambda submission: (submission.student, str(submission.path))))


def ignored(folder: Path) -> list[str]:
    """Names of the files beside the submissions that are no notebooks: an archive or a script that was handed in."""
    entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".") and entry.name not in SKIPPED]
    return sorted(display_name(entry.name) for entry in entries if not (entry.is_dir() or _is_notebook(entry.name)))


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(SUFFIX)


def _student(name: str, assignment: str) -> str:
    """The student of a file's name."""
    stem = name[: -len(SUFFIX)] if _is_notebook(name) else name
    shorter = stem.removesuffix(assignment).rstrip("_- ")
    return display_name(shorter or stem)


def display_name(name: str) -> str:
    """A file's name as text that can be stored and shown: NFC, without control characters or bad bytes.

    Bytes that are not UTF-8 are read as Windows-1252, which old archives are in.
    """
    raw = os.fsencode(name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    text = unicodedata.normalize("NFC", text)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text) or "\N{REPLACEMENT CHARACTER}"


def _in_folder(folder: Path, assignment: str) -> Submission:
    student = display_name(folder.name)
    if _is_notebook(folder.name):
        return Submission(display_name(folder.name[: -len(SUFFIX)]), folder, fault="A folder with a notebook's name.")
    notebooks: list[Path] = []
    unreadable: list[str] = []
    for where, folders, files in os.walk(folder, onerror=lambda error: unreadable.append(str(error.strerror))):
        deep = len(Path(where).relative_to(folder).parts) >= MAX_DEPTH
        folders[:] = [] if deep else sorted(f for f in folders if not f.startswith(".") and f not in SKIPPED)
        notebooks += [Path(where, name) for name in sorted(files) if _is_notebook(name) and not name.startswith(".")]
    if not notebooks:
        reason = f"There is no notebook in the folder (looked at most {MAX_DEPTH} folders deep)."
        reason = f"The folder cannot be read: {unreadable[0]}." if unreadable else reason
        return Submission(student, folder, fault=reason)
    named = [path for path in notebooks if path.stem == assignment]
    named = named or [path for path in notebooks if assignment in path.stem] or notebooks
    note = (
        ""
        if len(notebooks) == 1
        else f"{len(notebooks)} notebooks were handed in: {display_name(named[0].name)} was graded."
    )
    return _read(Submission(student, named[0], note=note))


def _read(submission: Submission) -> Submission:
    """The submission with its hash, or with what keeps it from being read."""

    def faulty(fault: str) -> Submission:
        return Submission(submission.student, submission.path, fault=fault, note=submission.note)

    try:
        status = os.lstat(submission.path)
        if stat.S_ISLNK(status.st_mode):
            return faulty("A symbolic link: links are not followed.")
        if not stat.S_ISREG(status.st_mode):
            return faulty("Not an ordinary file.")
        if status.st_size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES / 1e6
            return faulty(f"The file has {status.st_size / 1e6:.0f} MB; at most {limit:.0f} MB are read.")
        digest = hashlib.sha256(submission.path.read_bytes()).hexdigest()
    except OSError as error:
        return faulty(f"The file cannot be opened: {error.strerror}.")
    return Submission(submission.student, submission.path, digest, note=submission.note)


def _distinct(found: list[Submission]) -> list[Submission]:
    """Give every submission a name of its own."""
    taken: set[str] = set()
    named = []
    for one in found:
        name, count = one.student, 1
        while name.casefold() in taken:
            count += 1
            name = f"{one.student} ({count})"
        taken.add(name.casefold())
        note = one.note if count == 1 else f"{one.note} A second submission under the name {one.student}.".strip()
        named.append(Submission(name, one.path, one.sha256, one.fault, note))
    return named
