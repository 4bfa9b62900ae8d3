"""`check` and `play` as a person meets them: in plain Python, in a notebook, and while a grader runs the notebook."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import sample_chapter

import mlopt_course
from mlopt_course.checks import CheckFailed, catalogue, check, exercise, exercises, notebook, play, playing
from mlopt_course.checks.answers import collect, encode
from mlopt_course.checks.judge import judge

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def sample(monkeypatch):
    """The sample chapter is the only one."""
    monkeypatch.setattr(catalogue, "CHAPTERS", ("sample",))
    monkeypatch.setitem(sys.modules, "mlopt_course.checks.sample", sample_chapter)
    monkeypatch.setattr(notebook, "passed_answers", {})
    monkeypatch.setattr(playing, "passed_answers", notebook.passed_answers)
    monkeypatch.delenv("MLOPT_INSTANCES", raising=False)


def test_right_is_one_friendly_line(capsys):
    assert check("sample.double", sample_chapter.double) is None
    assert capsys.readouterr().out == "✓ Twice as much: right, 2 of 2 points.\n"


def test_it_is_also_the_packages_own_check():
    assert mlopt_course.check is check


def test_wrong_raises_with_the_hint_as_its_text():
    with pytest.raises(CheckFailed) as caught:
        check("sample.double", sample_chapter.squares)
    hint = "That is the square: it is the same for x = 2 only."
    assert str(caught.value) == f"Twice as much: not right yet, 0 of 2 points.\n{hint}"
    assert caught.value._render_traceback_() == [
        "\x1b[1;31m✗ Twice as much: not right yet, 0 of 2 points.\x1b[0m",
        hint,
    ]


def test_unknown_names_tell_the_near_ones():
    with pytest.raises(ValueError, match=r"'sample.duoble' is unknown; did you mean 'sample.double'"):
        check("sample.duoble", sample_chapter.double)
    with pytest.raises(ValueError, match=r"did you mean 'sample.double'"):
        check("double", sample_chapter.double)
    with pytest.raises(ValueError, match=r"known are sample.double, sample.move"):
        exercise("zzz")
    with pytest.raises(ValueError, match="chapter must be one of"):
        exercises("zzz")


def test_exercises_in_the_wrong_chapter_or_twice_are_refused(monkeypatch):
    class Twice:
        __spec__ = sample_chapter.__spec__
        EXERCISES = sample_chapter.EXERCISES * 2

    monkeypatch.setitem(sys.modules, "mlopt_course.checks.sample", Twice)
    with pytest.raises(ValueError, match=r"'sample.double' is defined twice"):
        exercises()
    monkeypatch.setattr(catalogue, "CHAPTERS", ("other",))
    monkeypatch.setitem(sys.modules, "mlopt_course.checks.other", Twice)
    with pytest.raises(ValueError, match=r"'sample.double' stands in the checks of chapter 'other'"):
        exercises()


def test_the_plot_appears_only_for_the_function_that_passed(capsys):
    play("sample.double", sample_chapter.double)
    assert "appears here once its check passes" in capsys.readouterr().out
    check("sample.double", sample_chapter.double)
    capsys.readouterr()
    play("sample.double", sample_chapter.adds)
    assert "has changed" in capsys.readouterr().out
    play("sample.double", sample_chapter.double)
    assert "VBox" in capsys.readouterr().out
    with pytest.raises(CheckFailed):
        check("sample.double", sample_chapter.squares)
    play("sample.double", sample_chapter.double)
    assert "appears here once" in capsys.readouterr().out


def test_play_never_raises(capsys, monkeypatch):
    play("sample.move", sample_chapter.move)
    play("sample.nothing", sample_chapter.move)
    out = capsys.readouterr().out
    assert "A step with momentum has no plot." in out
    assert "'sample.nothing' is unknown" in out
    monkeypatch.setenv("MLOPT_INSTANCES", "x")
    play("sample.double", sample_chapter.double)
    assert capsys.readouterr().out == ""


def test_the_slider_runs_the_students_function_and_says_what_is_seen():
    seen = []

    def answer(slope):
        seen.append(slope)
        if slope == 2.0:
            raise RuntimeError("too steep <b>")
        return 3 * slope

    box = sample_chapter.draw_double(answer)
    slider, picture, sentence = box.children
    first = bytes(picture.value)
    assert first.startswith(b"\x89PNG")
    slider.value = 0.5
    assert "The line ends at 1.5." in sentence.value
    assert seen[-1] == 0.5
    assert bytes(picture.value) != first
    slider.value = 2.0
    assert "Your function raised RuntimeError for these settings: too steep &lt;b&gt;" in sentence.value


def test_whole_numbers_give_a_slider_of_whole_numbers():
    box = playing.slider_plot(lambda axes, steps, learning_rate: "", steps=(1, 9, 1, 3), learning_rate=(0, 1, 0.1, 0.5))
    assert [type(child).__name__ for child in box.children[:2]] == ["IntSlider", "FloatSlider"]
    assert box.children[1].description == "learning rate"


GRADED = """
import sys, sample_chapter
from mlopt_course.checks import check
check("sample.double", sample_chapter.double)
---
check("sample.move", lambda x, velocity, rate: print("noise") or 1 / 0)
---
check("sample.nothing", 3)
---
def endless(x):
    raise KeyboardInterrupt
check("sample.double", endless)
---
print([name for name in sys.modules if name.startswith("mlopt_course.") and
       name.rpartition(".")[2] in ("judge", "compare", "mutants", "first_order", "sample", "scipy")])
"""


def test_in_grading_mode_answers_are_handed_in_and_nothing_is_judged(tmp_path):
    from nbclient import NotebookClient

    cases = {one.name: one.cases(99) for one in sample_chapter.EXERCISES}
    encoded = {name: [{k: encode(v) for k, v in case.items()} for case in each] for name, each in cases.items()}
    (tmp_path / "cases.json").write_text(json.dumps(encoded))
    (tmp_path / "sample_chapter.py").write_text((HERE / "sample_chapter.py").read_text())
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in GRADED.split("---")]
    graded = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(graded, timeout=60, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(env={**os.environ, "MLOPT_INSTANCES": str(tmp_path / "cases.json")})
    handed_in = [cell.outputs[0]["data"][notebook.ANSWERS_MIME] for cell in cells[:4]]
    assert all(len(cell.outputs) == 1 for cell in cells)
    assert [one["exercise"] for one in handed_in] == ["sample.double", "sample.move", "sample.nothing", "sample.double"]

    double, move = sample_chapter.EXERCISES
    assert judge(double, cases["sample.double"], handed_in[0]["outcomes"]).passed
    found = judge(move, cases["sample.move"], handed_in[1]["outcomes"])
    assert "ZeroDivisionError" in found.message
    assert handed_in[1]["outcomes"][0]["printed"] == len("noise\n")
    assert handed_in[2]["outcomes"] == []
    assert "did not finish in time" in judge(double, cases["sample.double"], handed_in[3]["outcomes"]).message
    assert cells[4].outputs[0]["text"].strip() == "[]", "the kernel must not hold the references or the judge"


def test_student_cases_in_a_new_process_give_the_same_messages():
    code = (
        "import sample_chapter; sample_chapter.install()\nfrom mlopt_course.checks import check\n"
        "check('sample.move', lambda x, velocity, rate: (x, velocity))"
    )
    texts = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=HERE,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        texts.add(run.stderr.partition("CheckFailed: ")[2])
    assert len(texts) == 1
    assert "expected ([" in texts.pop()


def test_collect_is_what_check_uses():
    """The same outcome, by way of the file of cases or not."""
    double = sample_chapter.EXERCISES[0]
    cases = double.cases(5)
    copies = json.loads(json.dumps([{k: encode(v) for k, v in case.items()} for case in cases]))
    from mlopt_course.checks.answers import decode

    again = [{k: decode(v) for k, v in case.items()} for case in copies]
    assert collect(np.sin, [{"x": 1.0}])[0]["error"]["type"] in ("wrong arguments", "TypeError")
    assert collect(double.reference, cases) == collect(double.reference, again)
