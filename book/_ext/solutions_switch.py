"""Build the book without its solutions, for a course that is graded: ``make book SOLUTIONS=0``.

With the environment variable ``SOLUTIONS=0`` the table of contents loses its pages under ``solutions/``, and what
an earlier build with solutions has left in the output is deleted, so that nothing of them can be published by
accident. The pages of the exercises link to a solution only where its page is built.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import yaml
from sphinx.application import Sphinx
from sphinx.config import Config

FOLDER = "solutions/"


def without_solutions(toc: Any) -> Any:
    """A copy of a table of contents, as read from its YAML, without the pages under ``solutions/``."""
    if isinstance(toc, list):
        return [without_solutions(item) for item in toc if not _is_solution(item)]
    if isinstance(toc, dict):
        pruned = {key: without_solutions(value) for key, value in toc.items()}
        return {key: value for key, value in pruned.items() if key not in {"sections", "chapters", "parts"} or value}
    return toc


def _is_solution(item: Any) -> bool:
    return isinstance(item, dict) and str(item.get("file", "")).startswith(FOLDER)


def leave_solutions_out(app: Sphinx, config: Config) -> None:
    """Replace the table of contents where solutions are not wanted."""
    config.book_solutions = os.environ.get("SOLUTIONS", "1") != "0"
    if config.book_solutions:
        return
    if Path(app.outdir, FOLDER).exists():
        for left in Path(app.outdir).iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    toc = yaml.safe_load(Path(app.srcdir, config.external_toc_path).read_text(encoding="utf8"))
    pruned = Path(app.outdir).parent / "toc_without_solutions.yml"
    pruned.write_text(yaml.safe_dump(without_solutions(toc), sort_keys=False), encoding="utf8")
    config.external_toc_path = str(pruned)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("book_solutions", True, "env")
    # Before sphinx-external-toc reads the table of contents (at 900).
    app.connect("config-inited", leave_solutions_out, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
