"""From one source to two notebooks: what they hold, that nothing leaks, that faults name their line, and nbgrader."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import sample_chapter

from mlopt_course.checks import catalogue
from mlopt_course.registry import CHAPTERS
from mlopt_course.release import SourceError, notebook_folder, release, repository_root, stale
from mlopt_course.release.execute import ExecutionError
from mlopt_course.release.notebooks import dumps, solution_notebook, student_notebook
from mlopt_course.release.source import clear, read_source

HERE = Path(__file__).parent
SCRIPTS = Path(sys.executable).parent  # nbgrader calls alembic by its name
SOURCE = (HERE / "data" / "01_sample.md").read_text(encoding="utf-8")
EXERCISES = {exercise.name: exercise for exercise in sample_chapter.EXERCISES}


@pytest.fixture(scope="module")
def sample():
    """The sample chapter is the only one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "CHAPTERS", ("sample",))
        patch.setitem(sys.modules, "mlopt_course.checks.sample", sample_chapter)
        yield


def make_root(folder: Path) -> Path:
    for kind in ("solutions", "exercises"):
        (folder / kind).mkdir(parents=True)
        shutil.copy(HERE / "sample_chapter.py", folder / kind)
    (folder / "solutions" / "01_sample.md").write_text(SOURCE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def released(sample, tmp_path_factory):
    """A root folder with the sample's notebooks, made once."""
    root = make_root(tmp_path_factory.mktemp("root"))
    release(root)
    return root


def load(root, kind):
    return nbformat.read(root / kind / "01_sample.ipynb", as_version=4)


def by_grade_id(notebook):
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


@pytest.mark.parametrize("kind", ["exercises", "solutions"])
def test_both_notebooks_are_valid_and_carry_nothing_of_the_run(released, kind):
    notebook = load(released, kind)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"} | ({"mlopt"} if kind == "solutions" else set())
    assert notebook.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    text = (released / kind / "01_sample.ipynb").read_text(encoding="utf-8")
    for private in (str(released), str(Path.home()), 'execution":', "iopub"):
        assert private not in text


def test_no_answer_reaches_the_students_copy(released):
    text = (released / "exercises" / "01_sample.ipynb").read_text(encoding="utf-8")
    for secret in ("return 2 * x", "the secret says", "velocity - rate", "SOLUTION", "the explanation", "✓"):
        assert secret not in text
    for cell in load(released, "exercises").cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_the_students_copy_keeps_what_is_given_and_tells_how_it_works(released):
    notebook = load(released, "exercises")
    cells = by_grade_id(notebook)
    assert notebook.cells[0].source.startswith(
        "# Exercises: a sample\n\nTwo small ones.\n\n**How this notebook works.**"
    )
    assert "2 exercises for 5 points" in notebook.cells[0].source
    assert "%pip install" in notebook.cells[1].source
    assert cells["double"].source == (
        'def double(x):\n    """Twice ``x``, a number or an array."""\n'
        "    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    about = next(cell.source for cell in notebook.cells if cell.id == "about-move")
    assert "**3 points** · core" in about
    assert "<details>\n<summary>Hint</summary>\n\nChange the velocity first" in about


def test_metadata_is_nbgraders(released):
    cells = by_grade_id(load(released, "exercises"))
    assert list(cells) == ["double", "check_double", "play_double", "move", "check_move"]
    common = {"schema_version": 3, "task": False}
    answer = {**common, "grade": False, "grade_id": "double", "locked": False, "solution": True}
    check = {**common, "grade": True, "grade_id": "check_double", "locked": True, "points": 2, "solution": False}
    assert cells["double"].metadata == {"deletable": False, "nbgrader": answer}
    assert cells["check_double"].metadata == {"deletable": False, "editable": False, "nbgrader": check}
    assert cells["play_double"].metadata.nbgrader.locked
    assert cells["play_double"].metadata.tags == ["nbval-ignore-output"]


def test_the_solutions_are_run(released):
    notebook = load(released, "solutions")
    cells = by_grade_id(notebook)
    assert notebook.cells[0].source.startswith("# Worked solutions: a sample\n")
    why = next(cell for cell in notebook.cells if cell.metadata.get("tags") == ["solution"])
    assert why.source.startswith("<details>\n<summary>Why</summary>\n\nAdding a thing to itself is the explanation")
    assert cells["check_double"].outputs[0].data["text/plain"] == "✓ Twice as much: right, 2 of 2 points."
    assert "✓" in cells["check_move"].outputs[0].data["text/html"]
    assert cells["play_double"].outputs == [], "a widget's state changes from run to run"
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_releasing_again_changes_nothing_and_elsewhere_gives_the_same_bytes(released, tmp_path):
    files = [released / kind / "01_sample.ipynb" for kind in ("solutions", "exercises")]
    before = [file.read_bytes() for file in files]
    assert release(released) == []
    other = make_root(tmp_path)
    assert len(release(other)) == 2
    assert [(other / file.relative_to(released)).read_bytes() for file in files] == before


def changed_copy(released, tmp_path):
    return Path(shutil.copytree(released, tmp_path / "copy"))


def test_what_is_stale_is_named(released, tmp_path):
    assert stale(released) == []
    root = changed_copy(released, tmp_path)
    copy, solutions = root / "exercises" / "01_sample.ipynb", root / "solutions" / "01_sample.ipynb"
    copy.write_text(copy.read_text(encoding="utf-8").replace("YOUR CODE HERE", "YOUR CODE"), encoding="utf-8")
    assert stale(root) == ["exercises/01_sample.ipynb does not match its source"]
    copy.unlink()
    assert stale(root) == ["exercises/01_sample.ipynb is missing"]
    text = solutions.read_text(encoding="utf-8")
    solutions.write_text(text.replace("return 2 * x", "return x * 2"), encoding="utf-8")
    assert stale(root)[0] == "solutions/01_sample.ipynb does not match its source"
    solutions.write_text("{}", encoding="utf-8")
    assert stale(root)[0] == "solutions/01_sample.ipynb is not a notebook"
    solutions.write_text("<html>", encoding="utf-8")
    assert stale(root)[0] == "solutions/01_sample.ipynb is not a notebook"
    solutions.unlink()
    (root / "exercises" / "02_old.ipynb").write_text(text, encoding="utf-8")
    assert stale(root)[::2] == ["solutions/01_sample.ipynb is missing", "exercises/02_old.ipynb has no source"]


def test_a_changed_source_makes_both_stale(released, tmp_path):
    root = changed_copy(released, tmp_path)
    (root / "solutions" / "01_sample.md").write_text(SOURCE.replace("Two small", "Two tiny"), encoding="utf-8")
    assert stale(root) == [
        "solutions/01_sample.ipynb was run with an older source, checks or package",
        "exercises/01_sample.ipynb does not match its source",
    ]


def test_cleared_outputs_and_other_checks_are_stale(released, tmp_path, monkeypatch):
    root = changed_copy(released, tmp_path)
    path = root / "solutions" / "01_sample.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    path.write_text(dumps(notebook), encoding="utf-8")
    assert stale(root) == ["solutions/01_sample.ipynb has check cells without an output"]
    monkeypatch.setattr("mlopt_course.__version__", "99")
    assert stale(released) == ["solutions/01_sample.ipynb was run with an older source, checks or package"]


def edit(old, new, count=1):
    assert old in SOURCE
    return SOURCE.replace(old, new, count)


def line_of(text, wanted):
    return text[: text.index(wanted)].count("\n") + 1


CELL = "```{code-cell} ipython3\n"
ANSWER = '    """Twice ``x``, a number or an array."""\n'
FAULTS = {
    "no space": (edit("### BEGIN", "###BEGIN"), "###BEGIN SOLUTION", "unknown marker '###BEGIN SOLUTION'"),
    "plural": (edit("BEGIN SOLUTION", "BEGIN SOLUTIONS"), "SOLUTIONS", "unknown marker"),
    "lower case": (edit("### BEGIN SOLUTION", "### begin solution"), "### begin", "unknown marker"),
    "two hashes": (edit("### BEGIN", "## BEGIN"), "    ## BEGIN", "unknown marker"),
    "misspelt": (edit("BEGIN SOLUTION", "BEGIN SOLTUION"), "SOLTUION", "unknown marker"),
    "end misspelt": (edit("### END SOLUTION", "### END SOLUTOIN"), "SOLUTOIN", "unknown marker"),
    "another word": (edit("### BEGIN SOLUTION", "### START SOLUTION"), "START SOLUTION", "unknown marker"),
    "not alone": (edit("### BEGIN SOLUTION", "pass  ### BEGIN SOLUTION"), "pass  ###", "unknown marker"),
    "hidden tests": (edit("    return 2 * x\n", "    ### BEGIN HIDDEN TESTS\n"), "HIDDEN TESTS", "unknown marker"),
    "not closed": (edit("    ### END SOLUTION\n", ""), "### BEGIN SOLUTION", "without '### END SOLUTION'"),
    "not opened": (edit("    ### BEGIN SOLUTION\n", ""), "### END SOLUTION", "without '### BEGIN SOLUTION'"),
    "nested": (
        edit("    return 2 * x\n", "    ### BEGIN SOLUTION\n    return 2\n"),
        "    ### BEGIN SOLUTION\n    return 2\n",
        "inside a region that is already open",
    ),
    "elsewhere": (
        edit("sample_chapter.install()", "### BEGIN SOLUTION\nsample_chapter.install()\n### END SOLUTION"),
        "### BEGIN SOLUTION",
        "does not say solution: true",
    ),
    "unknown exercise": (edit('"sample.double"', '"sample.duoble"'), "check(", "did you mean 'sample.double'?"),
    "same grade_id": (edit("grade_id: move", "grade_id: double"), "def move", "grade_id 'double' was used before"),
    "bad grade_id": (edit("grade_id: move", 'grade_id: "a b"'), "def move", "got 'a b'"),
    "unknown mark": (edit("solution: true", "solutions: true"), "def double", "did you mean 'solution'?"),
    "text for truth": (edit("solution: true", 'solution: "yes"'), "def double", "must be true or false, got 'yes'"),
    "points differ": (edit("grade: true", "grade: true, points: 7"), "check(", "7 points here, but 2 in the exercise"),
    "points no number": (edit("grade: true", "grade: true, points: few"), "check(", "points must be a whole number"),
    "unknown key": (edit(":nbgrader:", ":nbgradr:"), "def double", "unknown cell metadata 'nbgradr'; did you mean"),
    "unknown tag": (
        edit("```{code-cell} ipython3\nplay", "```{code-cell} ipython3\n:tags: [nbval-ignore-outputs]\n\nplay"),
        "play(",
        "did you mean 'nbval-ignore-output'?",
    ),
    "code as text": (
        edit(":nbgrader: {grade_id: check_double, grade: true}", ":tags: [solution]"),
        "check(",
        "only text may carry the tag 'solution'",
    ),
    "no region": (
        edit("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", "", 1),
        "def double",
        "an answer cell needs its answer between",
    ),
    "answer outside": (edit(ANSWER, ANSWER + "    a = 2\n"), "a = 2", "code outside the answer's region: 'a = 2'"),
    "code after": (edit("    ### END SOLUTION\n", "    ### END SOLUTION\n\na = 2\n"), "a = 2", "code outside"),
    "bad syntax": (edit("return 2 * x", "return 2 x"), "return 2 x", "not valid Python"),
    "other function": (edit("def double(", "def twice("), "def twice", "must define double"),
    "unmarked check": (
        edit(":nbgrader: {grade_id: check_double, grade: true}\n\n", ""),
        "check(",
        "a cell that calls check or play holds one line only",
    ),
    "longer check": (edit("double)\n", "double)\nx = 1\n"), "x = 1", "one line only"),
    "MyST": (edit("Return $2x$.", "See {doc}`book`."), "See {doc}", "MyST syntax"),
    "label": (edit("Return $2x$.", "(here)=\nReturn."), "(here)=", "MyST syntax"),
    "no title": (edit("# Exercises: a sample\n", "Sample\n"), "Sample", "must be text that begins with the title"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_faults_of_a_source_are_found_with_their_line(name, tmp_path):
    text, where, message = FAULTS[name]
    path = tmp_path / "01_sample.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_source(path, EXERCISES)
    file, line, fault = str(caught.value).split(":", 2)
    assert message in fault
    assert (file, int(line)) == ("01_sample.md", line_of(text, where))


def test_exercises_that_are_missing_or_out_of_order_are_found(tmp_path):
    path = tmp_path / "01_sample.md"

    def fault(text):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SourceError) as caught:
            read_source(path, EXERCISES)
        return str(caught.value)

    assert "no check of the exercise 'sample.move'" in fault(SOURCE.partition("## Exercise 2")[0])
    check = SOURCE[SOURCE.index(CELL + ":nbgrader: {grade_id: check_double") : SOURCE.index(CELL + "play")]
    play = CELL + 'play("sample.double", double)\n```\n\n'
    why = SOURCE[SOURCE.index("+++ {") : SOURCE.index("## Exercise 2")]
    assert "an explanation must come after the check" in fault(SOURCE.replace(check + play, ""))
    assert "has no check before the next answer" in fault(SOURCE.replace(check + play + why, ""))
    assert "'sample.double' is checked before" in fault(SOURCE + check.replace("check_double", "again"))
    assert "must come after its check" in fault(SOURCE.replace(play, "").replace(check, play + check))
    assert "has no play function" in fault(SOURCE + play.replace("double", "move"))
    answer = SOURCE[SOURCE.index(CELL + ":nbgrader: {grade_id: double") : SOURCE.index(check)]
    assert "has no answer cell before it" in fault(SOURCE.replace(answer, ""))


def test_an_answer_that_is_also_told_elsewhere_is_found(tmp_path):
    path = tmp_path / "01_sample.md"
    told = "velocity = velocity - rate * x\n    return x + velocity, velocity"
    path.write_text(edit("Return $2x$.", f"Later you will write\n\n    {told}\n"), encoding="utf-8")
    with pytest.raises(SourceError, match="this answer can be read in another cell"):
        student_notebook(read_source(path, EXERCISES), EXERCISES)


def test_written_answers_are_cleared_and_graded_by_hand(tmp_path):
    written = (
        '\n+++ {"nbgrader": {"grade_id": "why", "solution": true, "grade": true, "points": 4}}\n\n'
        "Why?\n\n### BEGIN SOLUTION\nBecause of this and that, at length.\n### END SOLUTION\n"
    )
    path = tmp_path / "01_sample.md"
    path.write_text(SOURCE + written, encoding="utf-8")
    cell = student_notebook(read_source(path, EXERCISES), EXERCISES)["cells"][-1]
    assert cell["source"] == "Why?\n\nYOUR ANSWER HERE"
    marks = cell["metadata"]["nbgrader"]
    assert (marks["grade"], marks["solution"], marks["points"], marks["locked"]) == (True, True, 4, False)
    path.write_text(SOURCE + written.replace(', "points": 4', ""), encoding="utf-8")
    with pytest.raises(SourceError, match="a written answer needs grade: true, points"):
        read_source(path, EXERCISES)


def test_regions_are_replaced_as_nbgrader_does_it():
    from nbgrader.preprocessors import ClearSolutions

    region = "{0}### BEGIN SOLUTION\n{0}return 1\n{0}### END SOLUTION\n"
    text = f"def f(x):\n    if x:\n{region.format(' ' * 8)}{region.format(' ' * 4)}\n    # end"
    cell = nbformat.v4.new_code_cell(text)
    ClearSolutions()._replace_solution_region(cell, "python")
    assert clear(text, ("# YOUR CODE HERE", "raise NotImplementedError()")) == cell.source


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys\nprint('oops', file=sys.stderr)", "writes on stderr: oops"),
        ("print(object())", "shows a memory address"),
        ("import os\nprint(os.getcwd(), os.path.expanduser('~') + '/x')", "shows a path of this machine"),
        ("1 / 0", "do not run: ZeroDivisionError"),
    ],
)
def test_outputs_that_cannot_be_published_stop_the_release(sample, tmp_path, code, message):
    root = make_root(tmp_path)
    path = root / "solutions" / "01_sample.md"
    path.write_text(edit("sample_chapter.install()", f"sample_chapter.install()\n{code}"), encoding="utf-8")
    with pytest.raises(ExecutionError, match=message):
        release(root)
    assert not list(root.glob("*/*.ipynb"))


def test_a_root_without_sources_or_with_unknown_chapters_is_refused(sample, tmp_path):
    (tmp_path / "solutions").mkdir()
    with pytest.raises(SourceError, match="there are no sources"):
        stale(tmp_path)
    (tmp_path / "solutions" / "02_other.md").write_text(SOURCE, encoding="utf-8")
    with pytest.raises(SourceError, match="no source for the exercises of chapter 'sample'"):
        stale(tmp_path)
    (tmp_path / "solutions" / "01_sample.md").write_text(SOURCE, encoding="utf-8")
    with pytest.raises(SourceError, match=r"02_other.md:1: there are no exercises"):
        stale(tmp_path)


def test_a_full_disk_leaves_the_old_notebook(released, tmp_path, monkeypatch):
    root = changed_copy(released, tmp_path)
    copy = root / "exercises" / "01_sample.ipynb"
    copy.write_text("old", encoding="utf-8")

    def full(self, *arguments, **options):
        self.touch()
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        release(root)
    assert copy.read_text(encoding="utf-8") == "old"
    assert not list(root.rglob("*.partial"))


def nbgrader(folder, *arguments):
    home = folder / "home"
    home.mkdir(exist_ok=True)
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env={**os.environ, "HOME": str(home), "PYTHONWARNINGS": "ignore", "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


@pytest.mark.slow
def test_nbgrader_validates_assigns_and_grades(released, tmp_path):
    """The real nbgrader takes the solutions as its source, makes the student's copy of it, and grades both."""
    source = tmp_path / "source" / "week1"
    shutil.copytree(released / "solutions", source, ignore=shutil.ignore_patterns("*.md", "__pycache__"))
    status, text = nbgrader(tmp_path, "validate", str(source / "01_sample.ipynb"))
    assert status == 0, text
    assert "Success! Your notebook passes all the tests." in text
    (tmp_path / "nbgrader_config.py").write_text(
        "from mlopt_course.release.nbgrader import configure\nconfigure(get_config())\n", encoding="utf-8"
    )
    status, text = nbgrader(tmp_path, "generate_assignment", "week1")
    assert status == 0, text
    made = nbformat.read(tmp_path / "release" / "week1" / "01_sample.ipynb", as_version=4)
    ours = load(released, "exercises")
    assert [cell.source for cell in made.cells[1:]] == [cell.source for cell in ours.cells[1:]]

    for student, folder in (("ada", released / "solutions"), ("ben", released / "exercises")):
        submitted = tmp_path / "submitted" / student / "week1"
        submitted.mkdir(parents=True)
        shutil.copy(folder / "01_sample.ipynb", submitted)
        shutil.copy(HERE / "sample_chapter.py", submitted)
    status, text = nbgrader(tmp_path, "autograde", "week1")
    assert status == 0, text
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        scores = {name: book.find_submission("week1", name) for name in ("ada", "ben")}
        assert {name: (found.score, found.max_score) for name, found in scores.items()} == {
            "ada": (5, 5),
            "ben": (0, 5),
        }


def test_published_notebooks_are_found_and_up_to_date(monkeypatch):
    monkeypatch.setattr(catalogue, "CHAPTERS", CHAPTERS)  # the book's, whatever the other tests here have put there
    root = repository_root()
    assert notebook_folder("exercises") == root / "exercises"
    with pytest.raises(ValueError, match="kind must be"):
        notebook_folder("tests")
    assert stale(root) == [], "run `mlopt release` and commit what it writes"


def test_an_installed_copy_cannot_release(monkeypatch, tmp_path):
    import mlopt_course.release as module

    monkeypatch.setattr(module, "_PACKAGE", tmp_path / "site-packages" / "mlopt_course")
    with pytest.raises(ValueError, match="needs a checkout"):
        repository_root()
    assert notebook_folder("exercises") == tmp_path / "site-packages" / "mlopt_course" / "notebooks" / "exercises"


def test_the_solution_before_its_run_has_the_same_cells(tmp_path):
    path = tmp_path / "01_sample.md"
    path.write_text(SOURCE, encoding="utf-8")
    source = read_source(path, EXERCISES)
    student, solution = student_notebook(source, EXERCISES), solution_notebook(source, EXERCISES, "p")
    shared = [cell["id"] for cell in solution["cells"] if cell["metadata"].get("tags") != ["solution"]]
    assert [cell["id"] for cell in student["cells"]] == shared
    assert len(shared) == len(solution["cells"]) - 1
    assert source.chapter == "sample"
