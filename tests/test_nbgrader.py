"""The published notebooks of every chapter are assignments that the real nbgrader validates, hands out and grades."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from test_release import nbgrader

from mlopt_course.checks import exercises

ROOT = Path(__file__).parent.parent
STEMS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.md"))

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("stem", STEMS)
def test_nbgrader_takes_the_published_notebooks(stem, tmp_path):
    solved, blank = ROOT / "solutions" / f"{stem}.ipynb", ROOT / "exercises" / f"{stem}.ipynb"
    (tmp_path / "nbgrader_config.py").write_text(
        "from mlopt_course.release.nbgrader import configure\nconfigure(get_config())\n", encoding="utf-8"
    )
    for folder, notebook in (("source/w", solved), ("submitted/ada/w", solved), ("submitted/ben/w", blank)):
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(notebook, tmp_path / folder)
    status, text = nbgrader(tmp_path, "validate", f"source/w/{stem}.ipynb")
    assert status == 0, text
    assert "Success! Your notebook passes all the tests." in text

    status, text = nbgrader(tmp_path, "generate_assignment", "w")
    assert status == 0, text
    made = nbformat.read(tmp_path / "release" / "w" / f"{stem}.ipynb", as_version=4)
    ours = nbformat.read(blank, as_version=4)
    assert [cell.source for cell in made.cells[1:]] == [cell.source for cell in ours.cells[1:]]

    status, text = nbgrader(tmp_path, "autograde", "w")
    assert status == 0, text
    total = sum(exercise.points for exercise in exercises(stem.partition("_")[2]).values())
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        scores = {name: book.find_submission("w", name) for name in ("ada", "ben")}
        marks = {name: (found.score, found.max_score) for name, found in scores.items()}
    assert marks == {"ada": (total, total), "ben": (0, total)}
