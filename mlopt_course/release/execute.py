"""Runs a solutions notebook and keeps of its outputs what is the same in every run."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

CELL_SECONDS = 120
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")


class ExecutionError(ValueError):
    """A solutions notebook that does not run through, or whose outputs cannot be published."""


def execute(notebook: dict[str, Any], folder: Path, name: str) -> dict[str, Any]:
    """The notebook with the outputs of its cells, run in ``folder`` in a new kernel.

    Cells tagged ``nbval-ignore-output`` (plots driven by sliders) keep none: those change from run to run.

    Raises
    ------
    ExecutionError
        nbclient is not installed; a cell raises, writes on stderr, or shows a memory address or a path of this machine.
    """
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ImportError as error:
        raise ExecutionError("running the solutions needs nbclient: pip install 'mlopt-course[dev]'") from error
    node = nbformat.from_dict(notebook)
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("MLOPT_INSTANCES", None)
    client = NotebookClient(
        node, timeout=CELL_SECONDS, kernel_name="python3", record_timing=False, resources={"metadata": {"path": folder}}
    )
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        raise ExecutionError(f"{name}: the solutions do not run: {error.ename}: {error.evalue}") from error
    cells = [_tidy(cell, name) for cell in node.cells]
    return {**notebook, "cells": cells}


def _tidy(cell: Any, name: str) -> dict[str, Any]:
    made = dict(cell)
    made["metadata"] = {key: value for key, value in cell.metadata.items() if key != "execution"}
    if cell.cell_type != "code":
        return made
    ignored = "nbval-ignore-output" in cell.metadata.get("tags", [])
    made["outputs"] = [] if ignored else [_output(output, cell, name) for output in cell.outputs]
    return made


def _output(output: Any, cell: Any, name: str) -> dict[str, Any]:
    made = {key: value for key, value in output.items() if key != "transient"}
    texts = [str(made.get("text", ""))]
    texts += [str(value) for mime, value in made.get("data", {}).items() if not mime.startswith("image/")]
    first = cell.source.strip().splitlines()[0]
    if made.get("name") == "stderr":
        raise ExecutionError(f"{name}: the cell {first!r} writes on stderr: {texts[0].strip().splitlines()[0]}")
    for text in texts:
        if _ADDRESS.search(text):
            raise ExecutionError(f"{name}: the cell {first!r} shows a memory address, which changes from run to run")
        if str(Path.cwd()) in text or str(Path.home()) + os.sep in text:
            raise ExecutionError(f"{name}: the cell {first!r} shows a path of this machine")
    return made
