"""Reading a notebook that somebody else wrote: any version, any damage, never an exception but `Unreadable`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MAX_FILE_BYTES = 50_000_000
MAX_CELL_CHARACTERS = 1_000_000
MAX_CELLS = 20_000


class Unreadable(Exception):
    """A file that cannot be graded; the text is the sentence for the student and the instructor."""


@dataclass(frozen=True)
class Cell:
    """What matters of a notebook's cell: its kind ("code", "markdown", "raw"), its text, its ids."""

    kind: str
    source: str
    grade_id: str = ""


def read_cells(raw: bytes) -> list[Cell]:
    """Cells of a notebook file, in order; format versions 2 to 4 and later.

    Raises
    ------
    Unreadable
        The bytes are no notebook; the message says in what way.
    """
    data = _parse(raw)
    if not isinstance(data, dict):
        raise Unreadable("The file is JSON, but it is not a notebook.")
    cells = data.get("cells")
    if cells is None and isinstance(data.get("worksheets"), list):  # format 3 and before
        sheets = [sheet for sheet in data["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet.get("cells"), list) for cell in sheet["cells"]]
    if not isinstance(cells, list):
        raise Unreadable("The file is JSON, but it is not a notebook: it has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"The notebook has {len(cells)} cells; at most {MAX_CELLS} are read.")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _parse(raw: bytes) -> Any:
    if not raw.strip():
        raise Unreadable("The file is empty.")
    if len(raw) > MAX_FILE_BYTES:
        raise Unreadable(f"The file has {len(raw) / 1e6:.0f} MB; at most {MAX_FILE_BYTES / 1e6:.0f} MB are read.")
    try:
        return json.loads(raw)  # finds out UTF-8, UTF-16 and UTF-32 by itself
    except UnicodeDecodeError:
        raise Unreadable("The file is not a notebook: it is not text in UTF-8.") from None
    except json.JSONDecodeError as error:
        if b"<<<<<<<" in raw and b">>>>>>>" in raw:
            raise Unreadable("The file holds the marks of an unresolved merge (<<<<<<< and >>>>>>>).") from None
        raise Unreadable(
            f"The file is not a notebook: line {error.lineno} is not valid JSON"
            " (was it cut off while it was saved or uploaded?)."
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("The file is not a notebook: its JSON cannot be read.") from None


def _cell(cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))  # format 3 calls a code cell's text "input"
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        source = ""
    source = source.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be written to a file
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    kind = cell.get("cell_type")
    return Cell(kind if isinstance(kind, str) else "raw", source, grade_id if isinstance(grade_id, str) else "")
