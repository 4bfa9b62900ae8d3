"""The parts of the book's extensions that say no, and that decide when pages are run again."""

from __future__ import annotations

import os

import pytest
from accessible_pages import repair
from execution_key import drop_old_caches, package_digest
from local_references import with_prefix
from markup import opening
from page_report import weigh
from quiz import read_quiz
from set_role import parse_set
from solutions_switch import without_solutions
from source_code import find_object, source_of, without_docstring

RIGHT = "{text: a, correct: true, why: since}"
WRONG = "{text: b, correct: false, why: since}"


def test_set_reads_numbers_words_and_lists():
    label, explorer, settings = parse_set("try it <race: learning_rate=1e-3, start=[1, -2], problem=beale, on=true>")
    assert (label, explorer) == ("try it", "race")
    assert settings == {"learning_rate": 1e-3, "start": [1, -2], "problem": "beale", "on": True}


@pytest.mark.parametrize(
    "text",
    ["try it", "try it <race>", "<race: beta=1>", "try it <race: beta>", "try it <race: beta=>", "try <2: beta=1>"],
)
def test_set_names_the_shape_it_needs(text):
    with pytest.raises(ValueError, match="set needs the shape"):
        parse_set(text)


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        (f"[{RIGHT}]", "at least two answers"),
        (f"[{WRONG}, {WRONG}]", "no correct answer"),
        (f"[{RIGHT}, {{text: b, correct: false}}]", "exactly the keys text, correct and why"),
        (f"[{RIGHT}, {{text: b, correct: maybe, why: since}}]", "true or false"),
        (f"[{RIGHT}, {{text: b, correct: false, why: ''}}]", "empty why"),
        ("[", "not YAML"),
    ],
)
def test_quiz_says_what_is_wrong(answers, complaint):
    with pytest.raises(ValueError, match=complaint):
        read_quiz(f"- question: which?\n  answers: {answers}")


@pytest.mark.parametrize("text", ["", "question: which?", "- question: which?", "- [1]"])
def test_quiz_is_a_list_of_questions_with_answers(text):
    with pytest.raises(ValueError, match=r"quiz is a list|exactly the keys question and answers"):
        read_quiz(text)


def test_quiz_is_read():
    (question,) = read_quiz(f"- question: which?\n  answers: [{RIGHT}, {WRONG}]")
    assert [answer["correct"] for answer in question["answers"]] == [True, False]


def test_source_finds_modules_functions_and_methods():
    import mlopt_course.registry as registry

    assert find_object("mlopt_course.registry") is registry
    assert find_object("mlopt_course.registry.find_method") is registry.find_method
    assert find_object("mlopt_course.registry.Iterate.__repr__") is registry.Iterate.__repr__


@pytest.mark.parametrize("name", ["mlopt_course.registry.nothing", "mlopt_course.nowhere.f", "no_such_package.f"])
def test_source_of_nothing_is_an_error(name):
    with pytest.raises(ValueError, match=r"has no|no module|no attribute"):
        find_object(name)


def test_source_leaves_out_the_docstring_and_nothing_else():
    whole = 'def f(x):\n    """Doc.\n\n    More.\n    """\n\n    # why\n    return x  # kept\n'
    assert without_docstring(whole) == "def f(x):\n    # why\n    return x  # kept"
    for untouched in ("def f(x):\n    return x\n", 'def f(x):\n    """Doc."""\n', "x = 1\n"):
        assert without_docstring(untouched) == untouched


def test_source_of_a_decorated_method_keeps_its_decorator_unless_asked():
    from mlopt_course.first_order import momentum

    source = source_of(momentum, strip_docstring=True)
    assert source.startswith("@method(")
    assert '"""' not in source
    bare = source_of(momentum, strip_docstring=True, strip_decorators=True)
    assert bare.startswith("def momentum(")
    assert source.endswith(bare)
    compile(bare, "momentum", "exec")


@pytest.fixture
def package(tmp_path):
    for name in ("core.py", "grading/pool.py", "explore/widget.js", "__pycache__/core.py", "notes.md"):
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1")
    return tmp_path / "package"


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("core.py", True),
        ("explore/widget.js", True),
        ("new.py", True),
        ("grading/pool.py", False),
        ("__pycache__/core.py", False),
        ("notes.md", False),
    ],
)
def test_pages_run_again_when_what_they_import_changes(package, name, counts):
    before = package_digest(package, ["grading"], ["numpy"])
    assert package_digest(package, ["grading"], ["numpy"]) == before
    (package / name).write_text("2")
    assert (package_digest(package, ["grading"], ["numpy"]) != before) is counts


def test_pages_run_again_when_a_library_changes(package, monkeypatch):
    from importlib import metadata

    before = package_digest(package, pins=["numpy"])
    monkeypatch.setattr(metadata, "version", lambda name: "0.0")
    assert package_digest(package, pins=["numpy"]) != before


def test_only_the_latest_caches_are_kept(tmp_path):
    for age, name in enumerate("abcd"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    drop_old_caches(tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_table_of_contents_loses_its_solutions_only():
    exercises, solutions = {"file": "exercises/03.ipynb"}, {"file": "solutions/03.ipynb", "title": "Solutions"}
    toc = {"root": "book/index", "parts": [{"chapters": [{"file": "book/03", "sections": [exercises, solutions]}]}]}
    assert without_solutions(toc) == {
        "root": "book/index",
        "parts": [{"chapters": [{"file": "book/03", "sections": [exercises]}]}],
    }
    assert without_solutions({"file": "book/03", "sections": [solutions]}) == {"file": "book/03"}


@pytest.mark.parametrize(
    ("broken", "repaired"),
    [
        ('<summary aria-label="Toggle hidden content">', "<summary>"),
        (
            '<summary><span class="toctree-toggle"',
            '<summary aria-label="Pages of this chapter"><span class="toctree-toggle"',
        ),
        ('<div class="citation" id="id5" role="doc-biblioentry">', '<div class="citation" id="id5">'),
    ],
)
def test_repairs_are_made_once_and_leave_the_rest(broken, repaired):
    assert repair(f"<p>{broken}</p>") == f"<p>{repaired}</p>"
    assert repair(repaired) == repaired
    assert repair("<summary>More</summary>") == "<summary>More</summary>"


def test_attributes_are_escaped():
    assert opening("a", {"title": 'x" onclick="y', "hidden": "", "id": None}) == (
        '<a title="x&quot; onclick=&quot;y" hidden>'
    )


def test_weight_counts_each_picture_once_and_no_other_site(tmp_path):
    (tmp_path / "a.png").write_bytes(b"p" * 1000)
    (tmp_path / "s.js").write_bytes(b"s" * 500)
    page = tmp_path / "page.html"
    page.write_text('<img src="a.png"><img src="a.png"><img src="https://x.org/b.png"><script src="s.js?v=1"></script>')
    weight = weigh(page)
    assert weight["bytes"] == page.stat().st_size + 1000
    assert weight["gzip"] < weight["first_visit_gzip"] < weight["gzip"] + 500


def test_a_page_with_a_bibliography_has_keys_of_its_own():
    listed = "```{bibliography}\n:filter: docname in docnames\n```\n"
    page = f"{{cite:t}}`a2001` and {{cite}}`b2002, c2003`, not `d2004`.\n\n{listed}"
    changed = with_prefix(page, "02-")
    assert "{cite:t}`02-a2001` and {cite}`02-b2002, 02-c2003`, not `d2004`." in changed
    assert "```{bibliography}\n:keyprefix: 02-\n:labelprefix: 02-\n:filter:" in changed
    assert with_prefix("{cite}`a2001`", "02-") == "{cite}`a2001`"
