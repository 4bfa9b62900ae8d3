"""The command `mlopt`: what it does, and that every failure is one line and a status that is not zero."""

import errno
import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import sample_chapter

from mlopt_course import cli, release
from mlopt_course.checks import catalogue, running
from mlopt_course.release import workspace
from mlopt_course.release.notebooks import dumps, student_notebook
from mlopt_course.release.source import read_source

HERE = Path(__file__).parent
ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "move": "def move(x, velocity, rate):\n    velocity = velocity - rate * x\n    return x + velocity, velocity",
}


@pytest.fixture(autouse=True)
def sample(monkeypatch, tmp_path):
    """The sample chapter is the only one; its notebook is published, and the current folder is empty."""
    monkeypatch.setattr(catalogue, "CHAPTERS", ("sample",))
    monkeypatch.setitem(sys.modules, "mlopt_course.checks.sample", sample_chapter)
    published = tmp_path / "published" / "exercises"
    published.mkdir(parents=True)
    source = read_source(HERE / "data" / "01_sample.md", {one.name: one for one in sample_chapter.EXERCISES})
    made = student_notebook(source, {one.name: one for one in sample_chapter.EXERCISES})
    (published / "01_sample.ipynb").write_text(dumps(made), encoding="utf-8")
    monkeypatch.setattr(workspace, "notebook_folder", lambda kind: published.parent / kind)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("COLUMNS", "120")
    return published


def run(capsys, *arguments):
    """Status, standard output and standard error of a command in this process."""
    status = cli.main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def fails(capsys, *arguments):
    """The one line on standard error of a command that fails."""
    status, _, err = run(capsys, *arguments)
    assert status != 0
    assert err.startswith("Error: ")
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1, err
    assert "Traceback" not in err
    return err.removeprefix("Error: ").strip()


def test_help_lists_every_command_and_is_quick(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    for command in ("start", "check", "release", "grade", "demo"):
        assert f"\n  {command} " in out
    assert run(capsys, "--version")[1] == f"mlopt {importlib.metadata.version('mlopt-course')}\n"
    code = "import sys; from mlopt_course.cli import main; main(['--help']); print([m for m in sys.modules if m.partition('.')[0] in ('nbformat', 'rich', 'scipy', 'sqlalchemy', 'jupyter_client', 'jupytext', 'IPython')])"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_can_be_run():
    done = subprocess.run(
        [sys.executable, "-m", "mlopt_course", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("mlopt ")


def test_start_makes_a_folder_to_work_in(capsys, sample):
    status, out, err = run(capsys, "start", "a/b")
    assert (status, err) == (0, "")
    assert out == "made a/b/01_sample.ipynb\nmade a/b/README.md\n"
    assert Path("a/b/01_sample.ipynb").read_bytes() == (sample / "01_sample.ipynb").read_bytes()
    readme = Path("a/b/README.md").read_text(encoding="utf-8")
    assert "mlopt check 01_sample.ipynb" in readme


def test_start_never_touches_work_that_is_there(capsys, sample):
    run(capsys, "start", "mine")
    Path("mine/01_sample.ipynb").write_text("my work", encoding="utf-8")
    Path("mine/README.md").write_text("my notes", encoding="utf-8")
    message = fails(capsys, "start", "mine")
    assert message == "mine/01_sample.ipynb is there already and was not touched; there is nothing new to add"
    shutil.copy(sample / "01_sample.ipynb", sample / "02_second.ipynb")
    status, out, _ = run(capsys, "start", "mine")
    assert status == 0
    assert out == "made mine/02_second.ipynb\nkept mine/01_sample.ipynb, which was there already\n"
    assert Path("mine/01_sample.ipynb").read_text(encoding="utf-8") == "my work"
    assert Path("mine/README.md").read_text(encoding="utf-8") == "my notes"


def test_start_takes_chapters(capsys, sample):
    shutil.copy(sample / "01_sample.ipynb", sample / "02_second.ipynb")
    run(capsys, "start", "mine", "--chapter", "second")
    assert sorted(path.name for path in Path("mine").iterdir()) == ["02_second.ipynb", "README.md"]
    assert fails(capsys, "start", "mine", "--chapter", "third") == (
        "chapter 'third' is unknown; there are sample, second"
    )


def test_start_on_a_file_and_without_notebooks(capsys, sample):
    Path("file").write_text("x", encoding="utf-8")
    assert fails(capsys, "start", "file") == "file is a file, not a folder"
    assert "Not a directory" in fails(capsys, "start", "file/inside")
    (sample / "01_sample.ipynb").unlink()
    assert "there are no exercise notebooks" in fails(capsys, "start", "mine")


def test_a_full_disk_leaves_no_half_notebook(capsys, monkeypatch):
    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *arguments):
            self.file.close()

        def write(self, data):
            self.file.write(data[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # a real one does not name the file either

    opened = Path.open

    def full(self, mode="r", *arguments, **options):
        file = opened(self, mode, *arguments, **options)
        return Full(file) if "x" in mode else file

    monkeypatch.setattr(Path, "open", full)
    assert fails(capsys, "start", "mine").endswith("01_sample.ipynb: No space left on device")
    assert list(Path("mine").iterdir()) == []


def test_no_permission_is_one_line(capsys, monkeypatch):
    def refused(self, *arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "mkdir", refused)
    assert fails(capsys, "start", "mine") == "mine: Permission denied"
    monkeypatch.setattr(Path, "read_text", refused)
    Path("a.ipynb").touch()
    assert fails(capsys, "check", "a.ipynb") == "a.ipynb: Permission denied"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), None),
        (("chek",), "No such command 'chek'"),
        (("start",), "Missing argument 'FOLDER'"),
        (("start", "a", "--nope"), "No such option"),
        (("check",), "Missing argument 'NOTEBOOK...'"),
        (("check", "none.ipynb"), "none.ipynb does not exist"),
        (("check", "."), ". is a folder, not a notebook"),
        (("check", "text.ipynb"), "text.ipynb is not a notebook"),
        (("check", "list.ipynb"), "list.ipynb is not a notebook"),
        (("check", "bytes.ipynb"), "bytes.ipynb is not a notebook: it is not text"),
        (("check", "empty.ipynb"), "empty.ipynb has no exercises: no cell of it calls check(...)"),
        (("check", "unknown.ipynb"), "unknown.ipynb checks an unknown exercise, 'sample.third'"),
        (("check", "triple"), "'triple' is neither a notebook nor an exercise; exercises are sample.double"),
        (("check", "duoble"), "'duoble' is neither a notebook nor an exercise; did you mean 'sample.double'?"),
        (("check", "near.ipynb"), "near.ipynb checks an unknown exercise, 'sample.mvoe'; did you mean 'sample.move'?"),
        (("check", "odd.ipynb"), "odd.ipynb has no exercises"),
        (("check", "pipe.ipynb"), "pipe.ipynb is not an ordinary file"),
        (("check", "/dev/zero"), "/dev/zero is not an ordinary file"),
        (("check", "huge.ipynb"), "huge.ipynb has 101 MB; at most 100 MB are read"),
        (("check", "here"), "here is a folder, not a notebook: try here/work.ipynb"),
        (("check", ""), "the name of a notebook must not be empty"),
        (("start", ""), "FOLDER must not be empty"),
        (("start", "dangling"), "dangling is a link that leads nowhere"),
        (("check", "double"), "there is no notebook of chapter 'sample' here: make one with `mlopt start .`"),
        (("check", "a.ipynb", "--time-limit", "0"), "Invalid value for '--time-limit'"),
        (("release", "--root", "nowhere"), "there is no folder nowhere/solutions"),
        (("release", "--check", "--root", "here"), "there are no sources"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(capsys, arguments, message):
    Path("text.ipynb").write_text("hello", encoding="utf-8")
    Path("list.ipynb").write_text("[1, 2]", encoding="utf-8")
    Path("bytes.ipynb").write_bytes(b"\xff\xfe\x00")
    Path("empty.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()), encoding="utf-8")
    cell = nbformat.v4.new_code_cell("check('sample.third', third)")
    Path("unknown.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])), encoding="utf-8")
    for name, source in {"near": "check('sample.mvoe', move)", "odd": "check(3, 4)\ncheck (x)"}.items():
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        Path(f"{name}.ipynb").write_text(nbformat.writes(made), encoding="utf-8")
    os.mkfifo("pipe.ipynb")
    with open("huge.ipynb", "wb") as file:
        file.truncate(101_000_000)
    Path("dangling").symlink_to("nowhere")
    Path("here/solutions").mkdir(parents=True)
    Path("here/work.ipynb").touch()
    if message is None:
        assert run(capsys, *arguments)[0] != 0
    else:
        assert fails(capsys, *arguments).startswith(message)


def test_stale_notebooks_fail_the_release_check(capsys, sample):
    root = sample.parent
    (root / "solutions").mkdir()
    shutil.copy(HERE / "data" / "01_sample.md", root / "solutions")
    message = fails(capsys, "release", "--check", "--root", str(root))
    assert message == "solutions/01_sample.ipynb is missing: run `mlopt release` and commit what it writes"
    text = (root / "solutions" / "01_sample.md").read_text(encoding="utf-8")
    (root / "solutions" / "01_sample.md").write_text(text.replace("### BEGIN", "##BEGIN", 1), encoding="utf-8")
    line = text[: text.index("### BEGIN")].count("\n") + 1
    message = fails(capsys, "release", "--root", str(root))
    assert message.startswith(f"01_sample.md:{line}: unknown marker '##BEGIN SOLUTION'")


def notebook(name="mine.ipynb", **answers):
    """A student's notebook with these answers, and the sample chapter beside it for the kernel."""
    made = nbformat.read(workspace.available()["sample"], as_version=4)
    for cell in made.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
    made.cells = [cell for cell in made.cells if cell.source]
    Path(name).write_text(nbformat.writes(made), encoding="utf-8")
    shutil.copy(HERE / "sample_chapter.py", "sample_chapter.py")
    return name


def test_check_right(capsys):
    status, out, err = run(capsys, "check", notebook(**ANSWERS))
    assert (status, err) == (0, "")
    assert out.count("✓ right") == 2
    assert "5 of 5 points, 2 of 2 exercises right." in out


def test_check_tells_points_and_what_to_look_at(capsys):
    wrong = ANSWERS["move"].replace("- rate", "+ rate")
    status, out, _ = run(capsys, "check", notebook(move=wrong))
    assert status == 1
    assert "0 of 5 points, 0 of 2 exercises right." in out
    assert "○ not answered" in out
    assert "Hint: What is x + x?" in out
    assert "✗ not yet" in out
    assert "That goes uphill: the gradient is subtracted." in out


def test_check_takes_the_name_of_an_exercise(capsys):
    notebook("01_sample.ipynb", double=ANSWERS["double"])
    status, out, _ = run(capsys, "check", "double")
    assert status == 0
    assert "2 of 2 points, 1 of 1 exercises right." in out
    assert "momentum" not in out


def test_check_survives_what_students_do(capsys):
    """A syntax error, and a loop that never ends in a cell of their own; outputs of cells that were never run."""
    name = notebook(double="def double(x)\n    return x", move=ANSWERS["move"], check_move="")
    made = nbformat.read(name, as_version=4)
    made.cells.insert(2, nbformat.v4.new_code_cell("while True:\n    pass"))
    made.cells[2].outputs = [nbformat.v4.new_output("stream", text="old")]
    Path(name).write_text(nbformat.writes(made), encoding="utf-8")
    Path("pytest.ini").write_text("[pytest]\naddopts = --nonsense\n", encoding="utf-8")
    Path("conftest.py").write_text("raise RuntimeError\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", name, "--time-limit", "1")
    text = " ".join(word for word in out.split() if word != "│")
    assert status == 1
    assert "Name 'double' is not defined, because its cell stopped with SyntaxError: expected ':'" in text
    assert "✗ missing" in text
    assert "Its check cell is not in the notebook" in text


def test_check_survives_a_dead_kernel(capsys):
    name = notebook(double="import os\nos._exit(3)", move=ANSWERS["move"])
    status, out, _ = run(capsys, "check", name)
    assert status == 1
    assert "The notebook's Python ended before this cell was run." in " ".join(out.replace("│", " ").split())


def test_progress_is_reported_while_it_runs():
    seen = []
    marked = running.run_notebook(Path(notebook(**ANSWERS)), progress=lambda *state: seen.append(state))
    cells = len(seen)
    assert [done for done, _, _ in seen] == list(range(1, cells + 1))
    assert {total for _, total, _ in seen} == {cells}
    assert [name for _, _, name in seen if name] == ["sample.double", "sample.move"]
    assert [one.points for one in marked] == [2, 3]


def test_commands_of_the_extra_say_what_is_missing(capsys, monkeypatch):
    monkeypatch.setitem(cli.ELSEWHERE, "grade", ("mlopt_course.no_such_module", "grade", "Grade."))
    assert fails(capsys, "grade", "x") == (
        "mlopt grade needs the extra 'grading' (mlopt_course.no_such_module is missing): "
        "pip install 'mlopt-course[grading]'"
    )


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (KeyboardInterrupt(), 130, "Error: interrupted\n"),
        (RuntimeError("odd\nthing"), 1, "Error: RuntimeError: odd thing (a fault of mlopt"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "Error: No space left on device\n"),
        (BrokenPipeError(), 128 + signal.SIGPIPE, ""),
        (SystemExit(3), 3, ""),
    ],
)
def test_unexpected_ends_are_quiet(capsys, monkeypatch, error, status, text):
    def broken(*arguments, **options):
        raise error

    monkeypatch.setattr(release, "repository_root", broken)
    monkeypatch.setattr(cli, "_discard_output", lambda: None)
    found, _, err = run(capsys, "release")
    assert (found, err.startswith(text)) == (status, True)
    assert len(err.splitlines()) <= 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this platform has no /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mlopt_course", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "Error: No space left on device\n")


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise on Windows")
def test_a_reader_that_goes_away_is_no_error():
    done = subprocess.Popen(
        [sys.executable, "-m", "mlopt_course", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert done.stdout
    assert done.stderr
    done.stdout.close()
    with done.stderr as errors:
        assert errors.read() == ""
    assert done.wait() != 0


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_ctrl_c_ends_the_run_and_its_kernel():
    name = notebook(double="import time, pathlib\npathlib.Path('begun').touch()\ntime.sleep(60)", move=ANSWERS["move"])
    code = "import sys, sample_chapter; sample_chapter.install(); from mlopt_course.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "check", name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={**os.environ, "PYTHONPATH": str(HERE)},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not Path("begun").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "Error: interrupted\n")
