"""Explanations of a solution: folded in the solutions, absent from the student's copy."""

from pathlib import Path

import pytest
import sample_chapter

from mlopt_course.release import SourceError
from mlopt_course.release.notebooks import solution_notebook, student_notebook
from mlopt_course.release.source import read_source

WRITTEN = (Path(__file__).parent / "data" / "01_sample.md").read_text(encoding="utf-8")
# The sample without its own explanation: each test puts one where it wants it.
SOURCE = WRITTEN[: WRITTEN.index("+++ {")] + WRITTEN[WRITTEN.index("## Exercise 2") :]
EXERCISES = {exercise.name: exercise for exercise in sample_chapter.EXERCISES}
WHY = '+++ {"tags": ["solution"]}\n\nBecause adding a thing to itself doubles it.\n\n+++\n\n'
SECOND = "## Exercise 2"


def read(tmp_path, text):
    path = tmp_path / "01_sample.md"
    path.write_text(text, encoding="utf-8")
    return read_source(path, EXERCISES)


def test_an_explanation_is_in_the_solutions_only(tmp_path):
    source = read(tmp_path, SOURCE.replace(SECOND, WHY + SECOND))
    student, solution = student_notebook(source, EXERCISES), solution_notebook(source, EXERCISES, "p")
    assert "doubles it" not in str(student)
    assert student == student_notebook(read(tmp_path, SOURCE), EXERCISES)
    (found,) = [cell for cell in solution["cells"] if "doubles it" in cell["source"]]
    assert found["source"].startswith("<details>\n<summary>Why</summary>\n\nBecause")
    assert found["metadata"]["tags"] == ["solution"]
    others = [cell["id"] for cell in solution["cells"] if cell is not found]
    assert others == [cell["id"] for cell in student["cells"]]


def test_an_explanation_may_repeat_the_answer(tmp_path):
    answer = "velocity = velocity - rate * x\n    return x + velocity, velocity"
    told = SOURCE + WHY.replace("Because", f"As in\n\n    {answer}\n\nbecause")
    student = student_notebook(read(tmp_path, told), EXERCISES)
    assert "velocity - rate" not in str(student)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SOURCE.replace("## Exercise 1", WHY + "## Exercise 1"), "must come after the check"),
        (SOURCE.replace(SECOND, WHY.replace('["solution"]', '["solutions"]') + SECOND),
         "unknown tag 'solutions'; did you mean 'solution'"),
        (SOURCE.replace("```{code-cell} ipython3\nplay", "```{code-cell} ipython3\n:tags: [solution]\n\nplay"),
         "only text may carry the tag 'solution'"),
    ],
)  # fmt: skip
def test_explanations_out_of_place_are_faults(tmp_path, text, message):
    with pytest.raises(SourceError, match=message):
        read(tmp_path, text)
