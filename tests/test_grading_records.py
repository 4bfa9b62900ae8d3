"""Finding submissions, the gradebook and what is written from it: no kernel is started here."""

from __future__ import annotations

import csv
import io
import os
import sqlite3
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from mlopt_course.grading import progress, report, session, submissions
from mlopt_course.grading.gradebook import Gradebook, GradebookError, grades_csv, safe_cell

STEM = "03_first_order"


def put(path, content=b"{}"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def found(folder):
    return {one.student: one for one in submissions.find(folder, STEM)}


def test_all_layouts_are_found(tmp_path):
    put(tmp_path / "ana" / f"{STEM}.ipynb")
    put(tmp_path / "ben.ipynb")
    put(tmp_path / f"eva_{STEM}.ipynb")
    put(tmp_path / "fay" / STEM / "work.ipynb")
    put(tmp_path / "fay" / ".ipynb_checkpoints" / f"{STEM}.ipynb")
    put(tmp_path / "notes.txt")
    put(tmp_path / ".hidden" / f"{STEM}.ipynb")
    put(tmp_path / "__MACOSX" / f"{STEM}.ipynb")
    students = found(tmp_path)
    assert sorted(students) == ["ana", "ben", "eva", "fay"]
    assert all(one.sha256 and not one.fault for one in students.values())
    assert students["fay"].path.name == "work.ipynb"


def test_strange_entries_become_findings(tmp_path):
    put(tmp_path / "target.bin")
    (tmp_path / "link.ipynb").symlink_to("/etc/passwd")
    (tmp_path / "linked").symlink_to(tmp_path)
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.ipynb").symlink_to("/etc/passwd")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    with open(tmp_path / "huge.ipynb", "wb") as file:
        file.truncate(submissions.MAX_FILE_BYTES + 1)
    faults = {name: one.fault for name, one in found(tmp_path).items()}
    assert sorted(faults) == ["empty", "folder", "huge", "inside", "link", "linked", "pipe"]
    words = {
        "empty": "no notebook",
        "folder": "folder",
        "huge": "MB",
        "inside": "link",
        "link": "link",
        "linked": "link",
        "pipe": "ordinary",
    }
    assert all(words[name] in fault and fault.endswith(".") for name, fault in faults.items())


@pytest.mark.parametrize(
    "name", ["-rf", "Zoë Ångström", "a b", "..x", "$(rm -rf)", "名前", "=1+1", "'; DROP TABLE run; --", "a\nb"]
)
def test_any_name_is_a_student(tmp_path, name):
    put(tmp_path / name / f"{STEM}.ipynb")
    if not name.startswith("."):
        (one,) = submissions.find(tmp_path, STEM)
        assert one.student.isprintable()
        assert not one.fault
        page = report.page_names([one.student])[one.student]
        assert page.isascii()
        assert not page.startswith(("-", "."))
        assert "/" not in page


def test_bytes_that_are_no_text_are_a_name_too(tmp_path):
    put(tmp_path / os.fsdecode(b"caf\xe9") / f"{STEM}.ipynb")
    (one,) = submissions.find(tmp_path, STEM)
    assert one.student == "café"  # as old archives write it
    assert one.sha256


def test_a_suffix_in_capitals_is_a_notebooks_too(tmp_path):
    put(tmp_path / "ANA.IPYNB")
    put(tmp_path / "ben" / "WORK.Ipynb")
    assert sorted(found(tmp_path)) == ["ANA", "ben"]
    assert all(one.sha256 for one in found(tmp_path).values())


def test_a_notebook_that_lies_too_deep_is_not_denied(tmp_path):
    put(tmp_path.joinpath("ana", *"abcdef") / f"{STEM}.ipynb")
    assert f"at most {submissions.MAX_DEPTH} folders deep" in found(tmp_path)["ana"].fault


def test_what_is_handed_in_but_no_notebook_is_named(tmp_path):
    for name in ("ana.zip", "ben.py", "carl.ipynb", ".hidden", "eva/work.py"):
        put(tmp_path / name)
    assert submissions.ignored(tmp_path) == ["ana.zip", "ben.py"]
    plan = session.Plan(SimpleNamespace(stem=STEM), 1, 1, 7, [], submissions.ignored(tmp_path))
    assert "  NOT graded, as they are not notebooks: ana.zip, ben.py" in progress.describe_plan(plan)
    many = session.Plan(SimpleNamespace(stem=STEM), 1, 1, 7, [], [f"f{i}" for i in range(20)])
    assert progress.describe_plan(many)[-1].endswith("f7 and 12 more")


def test_the_notebook_with_the_assignments_name_counts(tmp_path):
    for name in ("a.ipynb", f"{STEM}.ipynb", "z.ipynb"):
        put(tmp_path / "ana" / name, name.encode())
    one = found(tmp_path)["ana"]
    assert one.path.name == f"{STEM}.ipynb"
    assert "3 notebooks" in one.note


def test_a_student_who_appears_twice_is_listed_twice(tmp_path):
    put(tmp_path / "ana" / f"{STEM}.ipynb")
    put(tmp_path / "ana.ipynb")
    put(tmp_path / f"Ana_{STEM}.ipynb")
    assert len(found(tmp_path)) == 3
    assert any("second submission" in one.note for one in found(tmp_path).values())


EXERCISES = [
    {"name": "first_order.one", "title": "One <b>", "points": 2},
    {"name": "first_order.two", "title": "Two", "points": 3},
]


def begin(book, release_hash="r", seed=7):
    settings = {"seconds": 1, "memory_mb": 1, "workers": 1}
    fields = {"settings": settings, "protection": ["network: none"], "exercises": EXERCISES}
    return book.start_run(assignment=STEM, release_hash=release_hash, seed=seed, **fields)


def result(name, points, possible, status="right", **more):
    base = {
        "exercise": name,
        "title": name,
        "points": points,
        "possible": possible,
        "status": status,
        "message": "Right.",
    }
    return base | {"misconception": None, "hint": "", "notes": [], "seconds": 0.1, "printed": 0} | more


def entry(student, outcome="graded", message="", sha256="h"):
    texts = {"student": student, "path": "p", "sha256": sha256, "outcome": outcome, "message": message}
    return texts | {"notes": [], "seconds": 1.0, "restarts": 0}


@pytest.fixture
def book(tmp_path):
    with Gradebook(tmp_path / "gradebook.sqlite") as opened:
        yield opened


def marks(points=(2, 3)):
    return [
        result(e["name"], p, e["points"], "right" if p else "value") for e, p in zip(EXERCISES, points, strict=True)
    ]


def test_a_submission_is_replaced_whole(book):
    run = begin(book)
    book.record(run, entry("ana"), marks((2, 0)))
    book.record(run, entry("ana"), marks())
    (row,) = book.submissions()
    assert (row.points, row.possible, row.percent, len(row.results)) == (5, 5, 100, 2)
    with sqlite3.connect(book.path) as raw:
        assert raw.execute("select count(*) from result").fetchone() == (2,)
    raw.close()


def test_only_the_same_file_release_and_seed_are_done(book):
    run = begin(book, "r", 7)
    book.record(run, entry("ana", sha256="x"), marks())
    book.record(run, entry("ben", outcome="not graded"), [])
    assert book.graded("r", 7) == {"ana": "x"}
    assert book.graded("r", 8) == {}
    assert book.graded("other", 7) == {}


def test_no_mark_is_not_nought(book):
    run = begin(book)
    book.record(run, entry("ana", outcome="not graded", message="The grader failed"), [])
    (row,) = book.submissions()
    assert row.points is None
    text = grades_csv(book.last_run(), [row])
    assert list(csv.reader(io.StringIO(text)))[1] == ["ana", "", "", "", "5", "", "not graded", "The grader failed"]


def test_half_a_transaction_leaves_nothing(book):
    run = begin(book)
    with pytest.raises(TypeError):
        book.record(run, entry("ana"), [{"no": "such column"}])
    assert book.submissions() == []


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be looked at" * 20, b"SQLite format 3\0" + b"x" * 200]
)
def test_a_file_that_is_no_gradebook_is_one_line(tmp_path, content):
    (tmp_path / "g.sqlite").write_bytes(content)
    with pytest.raises(GradebookError, match="cannot be used") as caught:
        Gradebook(tmp_path / "g.sqlite")
    assert "\n" not in str(caught.value)


def test_a_gradebook_of_another_version_is_refused(tmp_path):
    raw = sqlite3.connect(tmp_path / "g.sqlite")
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(GradebookError, match="another version"):
        Gradebook(tmp_path / "g.sqlite")


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"])
def test_no_cell_is_a_formula(text, book):
    shown = "'" + text.strip()
    assert safe_cell(text) == shown
    run = begin(book)
    book.record(run, entry(text, outcome="unreadable", message=text), marks((0, 0)))
    row = next(csv.DictReader(io.StringIO(grades_csv(book.last_run(), book.submissions()), newline="")))
    assert row["student"] == row["message"] == shown
    assert row["total"] == "0"
    assert safe_cell("Ada") == "Ada"


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.links, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.links += [value for key, value in attrs if key in ("href", "src")]
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_pages_show_hostile_text_as_text_and_need_no_network(book, tmp_path):
    run = begin(book)
    evil = "<script>alert(1)</script>"
    rows = [
        result(
            "first_order.one", 0, 2, "misconception", message=f"Use `{evil}` {evil}", misconception=evil, notes=[evil]
        ),
        result("first_order.two", 0, 3, "value", message=evil, hint=evil, title=evil),
    ]
    book.record(run, entry(evil, message=evil) | {"notes": [evil]}, rows)
    book.record(run, entry("ana"), marks())
    book.finish_run(run)
    report.write(book, tmp_path)
    pages = [tmp_path / "index.html", *(tmp_path / "feedback").iterdir()]
    assert len(pages) == 3
    for page in pages:
        text = page.read_text()
        tags = Tags()
        tags.feed(text)
        assert not tags.open
        assert not {"script", "img", "iframe", "link"} & set(tags.seen)
        assert all((page.parent / link).exists() for link in tags.links)
        assert "http" not in text.replace("http-equiv", "")
    assert "One &lt;b&gt;" in pages[0].read_text()
    assert "50 %</strong> on average" in pages[0].read_text()


def test_pages_of_students_who_are_gone_are_removed(book, tmp_path):
    run = begin(book)
    for name in ("ana", "ben"):
        book.record(run, entry(name), marks())
    report.write(book, tmp_path)
    book.keep_only(["ben"])
    report.write(book, tmp_path)
    assert [page.name[:4] for page in (tmp_path / "feedback").iterdir()] == ["ben-"]
    assert "ana" not in (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")


def test_statistics_add_up(book):
    run = begin(book)
    book.record(run, entry("ana"), marks())
    wrong = [
        result("first_order.one", 0, 2, "misconception", misconception="sign", message="Minus."),
        result("first_order.two", 3, 3),
    ]
    book.record(run, entry("ben"), wrong)
    one, two = report.statistics_of(book.last_run(), book.submissions())
    assert (one.mean, one.passed, one.total, one.rate) == (1.0, 1, 2, 50.0)
    assert one.misconceptions == [("sign", "Minus.", 1)]
    assert (two.mean, two.rate, two.statuses) == (3.0, 100.0, [])
    bins = report.histogram([0, 9.99, 10, 95, 100])
    assert [count for _, count, _ in bins] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert [label for label, _, _ in bins][0::9] == ["0-9", "90-100"]


def test_names_that_look_alike_get_pages_of_their_own():
    names = ["Zoë", "Zoe", "zoe", "名前", "姓名", "", "../../etc/passwd"]
    pages = report.page_names(names)
    assert len({page.lower() for page in pages.values()}) == len(names)
