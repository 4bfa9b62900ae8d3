"""`mlopt start`: a folder for a student to work in. Nothing that is already there is ever written over."""

from __future__ import annotations

from pathlib import Path

from . import notebook_folder

README = """\
# Your work

{listing}

Open a notebook with `jupyter lab` and fill in the functions. Each `check(...)` cell says whether the function above it
is right, or what to look at. Run all the checks of a notebook at once, with a table of your points:

    mlopt check {example}

`mlopt start .` adds notebooks that are new. It never touches one that is here already.
"""


def available() -> dict[str, Path]:
    """The students' notebooks by chapter: ``{"first_order": .../03_first_order.ipynb}``."""
    return {path.stem.partition("_")[2]: path for path in sorted(notebook_folder("exercises").glob("*.ipynb"))}


def start(folder: Path, chapters: tuple[str, ...] = ()) -> tuple[list[Path], list[Path]]:
    """Put the students' notebooks, of these chapters or of all, and a README into ``folder``, which is made if need be.

    Returns
    -------
    written, kept : list of Path
        New files, and notebooks that were there already, whatever is in them.

    Raises
    ------
    ValueError
        If a chapter is unknown, or no notebooks are published.
    OSError
        If a file cannot be written; a partly written one is removed.
    """
    published = available()
    if not published:
        raise ValueError(f"there are no exercise notebooks in {notebook_folder('exercises')}")
    by_stem = {path.stem: chapter for chapter, path in published.items()}
    wanted = [by_stem.get(chapter, chapter) for chapter in chapters] or list(published)
    for chapter in wanted:
        if chapter not in published:
            raise ValueError(f"chapter {chapter!r} is unknown; there are {', '.join(published)}")
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    kept: list[Path] = []
    for chapter in dict.fromkeys(wanted):
        path = folder / published[chapter].name
        (written if _write_new(path, published[chapter].read_bytes()) else kept).append(path)
    listing = "\n".join(f"- `{path.name}`" for path in sorted([*written, *kept]))
    readme = folder / "README.md"
    if _write_new(readme, README.format(listing=listing, example=sorted([*written, *kept])[0].name).encode()):
        written.append(readme)
    return written, kept


def _write_new(path: Path, data: bytes) -> bool:
    """Write a file that is not there yet, whole or not at all; False where it is."""
    try:
        file = path.open("xb")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(data)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a full disk does not say which file it had no room for
        raise
    return True
