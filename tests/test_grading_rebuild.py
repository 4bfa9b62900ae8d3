"""Reading strangers' notebooks and putting their answers into ours: no kernel is started here."""

from __future__ import annotations

import json

import nbformat
import pytest

from mlopt_course.grading.notebooks import Cell, Unreadable, read_cells
from mlopt_course.grading.rebuild import ROLE, BadRelease, exercise_names, rebuild, release_parts

STUB = "def {0}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def release(names=("one", "two", "three")):
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("# Read me"), v4.new_code_cell("import numpy as np\nfrom mlopt_course import check")]
    for name in names:
        answer = {"nbgrader": {"grade_id": name, "solution": True, "grade": False}}
        check = {"nbgrader": {"grade_id": f"check_{name}", "solution": False, "grade": True}}
        cells.append(v4.new_code_cell(STUB.format(name), metadata=answer))
        cells.append(v4.new_code_cell(f'check("first_order.{name}", {name})', metadata=check))
        cells.append(v4.new_code_cell(f"play({name})", metadata={"tags": ["nbval-ignore-output"]}))
    return v4.new_notebook(cells=cells)


def student_cells(**answers):
    """The release as a student hands it in, answered."""
    cells = read_cells(nbformat.writes(release()).encode())
    return [Cell(c.kind, answers.get(c.grade_id, c.source), c.grade_id) for c in cells]


def sources(rebuilt, role="answer"):
    return {
        c.metadata[ROLE]["exercise"][12:]: c.source for c in rebuilt.notebook.cells if c.metadata[ROLE]["role"] == role
    }


def notes(rebuilt, name):
    return " ".join(rebuilt.notes.get(name and f"first_order.{name}", []))


def test_answers_are_taken_and_all_else_is_ours():
    result = rebuild(release(), student_cells(one="def one(x):\n    return 1"))
    assert sources(result) == {
        "one": "def one(x):\n    return 1",
        "two": STUB.format("two"),
        "three": STUB.format("three"),
    }
    assert result.answered == {"first_order.one"}
    assert not result.missing
    assert not result.notes
    assert [c.metadata[ROLE]["role"] for c in result.notebook.cells] == ["setup", *["answer", "check"] * 3]


@pytest.mark.parametrize("change", ["edited", "deleted", "doubled", "moved"])
def test_check_cells_are_always_ours(change):
    cells = student_cells(one="def one(x): return 1")
    (at,) = [i for i, c in enumerate(cells) if c.grade_id == "check_one"]
    if change == "edited":
        cells[at] = Cell("code", "print('full marks')", "check_one")
    elif change == "deleted":
        del cells[at]
    elif change == "doubled":
        cells.insert(at, cells[at])
    else:
        cells.append(cells.pop(at))
    result = rebuild(release(), cells)
    assert all(f'check("first_order.{name}", {name})' in source for name, source in sources(result, "check").items())
    assert len(sources(result, "check")) == 3
    words = {"edited": "edited", "deleted": "deleted", "doubled": "more than once", "moved": ""}
    assert words[change] in notes(result, "one")
    assert notes(result, "one") == "" if change == "moved" else "ours was used" in notes(result, "one")


def test_an_answer_without_its_id_is_found_by_content():
    cells = [c for c in student_cells() if c.grade_id != "two"] + [
        Cell("code", "import math\ndef two(x):\n    return 2")
    ]
    result = rebuild(release(), cells)
    assert sources(result)["two"].endswith("return 2")
    assert "by its content" in notes(result, "two")
    assert "first_order.two" not in result.missing


def test_an_answer_below_an_untouched_stub_is_found():
    result = rebuild(release(), [*student_cells(), Cell("code", "def three(x):\n    return 3")])
    assert sources(result)["three"].endswith("return 3")


def test_the_last_attempt_counts_and_a_copied_stub_does_not():
    cells = student_cells(one="def one(x): return 'first'")
    cells += [Cell("code", "def one(x): return 'last'", "one"), Cell("code", STUB.format("one"), "one")]
    result = rebuild(release(), cells)
    assert "last" in sources(result)["one"]
    assert "several answer cells" in notes(result, "one")


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_cell_whose_type_changed_is_read_as_code(kind):
    cells = [Cell(kind, "def one(x): return 1", "one") if c.grade_id == "one" else c for c in student_cells()]
    result = rebuild(release(), cells)
    assert sources(result)["one"] == "def one(x): return 1"
    assert kind in notes(result, "one")


def test_deleted_answers_are_missing_and_say_so():
    result = rebuild(release(), [c for c in student_cells() if c.grade_id != "one"])
    assert result.missing == {"first_order.one"}
    assert sources(result)["one"] == STUB.format("one")


def test_reordered_cells_run_in_our_order():
    result = rebuild(release(), student_cells(one="def one(x): return 1", two="def two(x): return 2")[::-1])
    assert list(sources(result)) == ["one", "two", "three"]
    assert "another order" in notes(result, "")


def test_cells_of_their_own_are_left_out_but_remembered():
    cells = [*student_cells(), Cell("code", "import math as m\nhelper, k = 1, 2\ndef f(): pass\nclass C: pass")]
    cells += [Cell("code", "%matplotlib inline\nimport scipy\ndef g(): pass")]
    result = rebuild(release(), cells)
    assert {"m", "helper", "k", "f", "C", "g", "scipy"} <= result.elsewhere
    assert "one" not in result.elsewhere
    assert not any("helper" in c.source for c in result.notebook.cells)


def test_an_edited_setup_cell_is_ours_again():
    cells = [Cell("code", "import numpy as np\nimport evil") if "numpy" in c.source else c for c in student_cells()]
    result = rebuild(release(), cells)
    assert not any("evil" in c.source for c in result.notebook.cells)
    assert "evil" in result.elsewhere
    assert "given code" in notes(result, "")


def test_the_use_of_judging_code_is_flagged():
    for line in ("from mlopt_course.checks import first_order", "import mlopt_course.checks.first_order as f"):
        result = rebuild(release(), student_cells(one=f"{line}\ndef one(x): return 1"))
        assert "judging code" in notes(result, "one")
    assert not rebuild(release(), student_cells(one="from mlopt_course import check\ndef one(x): return 1")).notes


def test_an_enormous_answer_is_not_run():
    result = rebuild(release(), student_cells(one="def one(x): return 1\n" + "#" * 1_000_001))
    assert sources(result)["one"] == STUB.format("one")


def test_an_answer_may_differ_from_what_was_given_in_its_indentation_alone():
    given = release(("one",))
    given.cells[2].source = "def one(x):\n    for i in x:\n        y = i\n        return y"
    repaired = given.cells[2].source.replace("        return", "    return")
    result = rebuild(given, [Cell("code", repaired, "one")])
    assert sources(result)["one"] == repaired
    assert result.answered == {"first_order.one"}
    untouched = rebuild(given, [Cell("code", given.cells[2].source.replace("\n", "  \n") + "\n", "one")])
    assert not untouched.answered


def test_a_release_without_checks_is_refused():
    with pytest.raises(BadRelease, match="no check cell"):
        release_parts(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]))
    bad = release()
    bad.cells[3].source = "assert one(1) == 1"
    with pytest.raises(BadRelease, match="check_one"):
        release_parts(bad)
    assert exercise_names(release_parts(release())) == ["first_order.one", "first_order.two", "first_order.three"]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "line 1 is not valid JSON"),
        (nbformat.writes(release()).encode()[:200], "not valid JSON"),
        (b"\xff\xfe\xfa\x00\xd8", "not"),
        (b'{"a": "\xe9"}', "UTF-8"),
        (b"[1, 2]", "not a notebook"),
        (b'{"cells": 3}', "list of cells"),
        (b"[" * 100_000, "not a notebook"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "not a notebook"),
        (b"<<<<<<< HEAD\n{}\n=======\n>>>>>>> x", "unresolved merge"),
        (b"%PDF-1.4", "not valid JSON"),
        (b"PK\x03\x04\xff\xff", "not"),
    ],
)
def test_what_is_no_notebook_gets_a_sentence(raw, sentence):
    with pytest.raises(Unreadable, match=sentence) as caught:
        read_cells(raw)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_strange_but_readable_notebooks_are_read():
    cell = {"cell_type": "code", "source": "x = 1", "metadata": {"nbgrader": {"grade_id": "a"}}}
    expected = [Cell("code", "x = 1", "a")]
    assert read_cells(json.dumps({"cells": [cell]}).encode("utf-8-sig")) == expected
    assert read_cells(json.dumps({"cells": [cell]}).encode("utf-16")) == expected
    lines = {**cell, "source": ["x = ", "1", 7]}
    assert read_cells(json.dumps({"cells": [lines, 3, None, "x"], "nbformat": 99}).encode()) == expected
    old = {"nbformat": 3, "worksheets": [{"cells": [{**cell, "input": "x = 1", "source": ""} | {"source": "x = 1"}]}]}
    assert read_cells(json.dumps(old).encode()) == expected
    third = {
        "cell_type": "code",
        "input": ["x = ", "1"],
        "metadata": cell["metadata"],
        "outputs": [],
        "language": "python",
    }
    assert read_cells(json.dumps({"nbformat": 3, "worksheets": [{"cells": [third]}, None]}).encode()) == expected
    odd = {"cell_type": ["?"], "source": {"a": 1}, "metadata": {"nbgrader": {"grade_id": 3}}}
    assert read_cells(json.dumps({"cells": [odd]}).encode()) == [Cell("raw", "", "")]
    assert read_cells(b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}')[0].source == "?"
