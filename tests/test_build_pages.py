"""What the book's own extensions make of a page: a small book, built strictly with the real configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parent.parent
STEM = "03_first_order"
METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}
TOC = f"""\
format: jb-book
root: book/index
parts:
  - caption: Chapters
    chapters:
      - file: book/{STEM}
        sections:
          - file: exercises/{STEM}.ipynb
          - file: solutions/{STEM}.ipynb
"""
CHAPTER = """\
# First-order methods

Now {set}`try a rate of 1.9 <momentum: learning_rate=1.9, beta=0, start=[1, 2], problem=rosenbrock>` and look.

## The code

```{source} mlopt_course.registry.find_method
:strip-docstring:
```

```{source} mlopt_course.registry.Iterate
:caption: An iterate
```

## Exercises: ten of them

Do them.

## Summary, quiz, further reading

```{quiz}
- question: Which $x$ is *best*?
  answers:
    - {text: "$0$", correct: false, why: "No, since $0 < 1$."}
    - {text: "`one`", correct: true, why: "Yes, it is."}
```
"""


def _notebook(solved: bool) -> nbformat.NotebookNode:
    cells = [new_markdown_cell("# First-order methods: exercises", id="title")]
    for grade_id in ("descent_step", "momentum_step"):
        answer = (
            "    ### BEGIN SOLUTION\n    return x - 1\n    ### END SOLUTION"
            if solved
            else "    raise NotImplementedError()"
        )
        grading = {"grade_id": grade_id, "solution": True, "grade": False, "schema_version": 3}
        cells.append(new_markdown_cell(f"## Exercise: {grade_id}\n\nWrite it.", id=f"text-{grade_id}"))
        cells.append(
            new_code_cell(f"def {grade_id}(x):\n{answer}", id=grade_id, metadata={"nbgrader": grading, "tags": []})
        )
        cells.append(new_code_cell(f'check("{grade_id}", {grade_id})', id=f"check-{grade_id}"))
    return new_notebook(cells=cells, metadata=METADATA)


def _build(root: Path, solutions: str) -> str:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("jupyter-book")), "build", str(root), "-W", "-n", "--keep-going"],
        env={**os.environ, "SOLUTIONS": solutions, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A book of one chapter, with its exercises and solutions, and the assets' folder empty."""
    root = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "_config.yml", root)
    (root / "_toc.yml").write_text(TOC)
    for name in ("_ext", "_static"):
        shutil.copytree(ROOT / "book" / name, root / "book" / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "mlopt_course").symlink_to(ROOT / "mlopt_course")
    (root / "book" / "_vendor" / "site").mkdir(parents=True)
    (root / "book" / "references.bib").write_text("")
    (root / "book" / "index.md").write_text("# The book\n")
    (root / "book" / f"{STEM}.md").write_text(CHAPTER)
    for folder, solved in (("exercises", False), ("solutions", True)):
        (root / folder).mkdir()
        nbformat.write(_notebook(solved), root / folder / f"{STEM}.ipynb")
    # What tools leave in a checkout is no page, and no reason for a warning.
    (root / ".pytest_cache").mkdir()
    (root / ".pytest_cache" / "README.md").write_text("# A cache\n")
    (root / "solutions" / f"{STEM}.md").write_text("# The source that the notebooks are made from\n")
    return root


@pytest.fixture(scope="module")
def built(project):
    """The pages with solutions, as parsed HTML by their name; what the build printed; and what is on disk."""
    printed = _build(project, "1")
    site = project / "_build" / "html"
    pages = {
        folder: BeautifulSoup((site / folder / f"{STEM}.html").read_text(), "html.parser").select_one("article")
        for folder in ("book", "exercises", "solutions")
    }
    return pages, printed, site


@pytest.fixture(scope="module")
def built_without(project, built):
    """The same folder, built again without solutions."""
    _build(project, "0")
    return project / "_build" / "html"


def test_sentence_sets_an_explorer(built):
    button = built[0]["book"].select_one("button.mlopt-set")
    assert button.get_text() == "try a rate of 1.9"
    assert button["type"] == "button"
    assert button["data-explorer"] == "momentum"
    assert button["data-settings"] == '{"learning_rate": 1.9, "beta": 0, "start": [1, 2], "problem": "rosenbrock"}'


def test_source_is_the_packages_own_and_names_its_file(built):
    shown = [listing.get_text() for listing in built[0]["book"].select(".mlopt-source pre")]
    assert shown[0].startswith("def find_method(")
    assert '"""' not in shown[0]
    assert '"""One step of a method' in shown[1]
    captions = built[0]["book"].select(".mlopt-source .caption-text")
    assert captions[0].get_text() == "mlopt_course.registry.find_method"
    assert captions[0].a["href"].endswith("mlopt_course/registry.py")
    assert captions[1].get_text() == "An iterate"


def test_quiz_explains_every_option_and_names_every_button(built):
    questions = built[0]["book"].select(".mlopt-quiz fieldset")
    assert len(questions) == 1
    options = questions[0].select(".mlopt-quiz-option")
    assert [option["data-correct"] for option in options] == ["false", "true"]
    assert [option.select_one(".mlopt-quiz-why").get_text() for option in options] == [
        "Not quite. No, since \\(0 < 1\\).",
        "Right. Yes, it is.",
    ]
    assert len({option.input["name"] for option in options}) == 1
    # A formula alone gives its button no name that a screen reader would find.
    assert [option.input.get("aria-label") for option in options] == ["0", None]


def test_exercises_and_solutions_link_to_each_other(built):
    pages, _, _ = built
    for here, there in (("exercises", "solutions"), ("solutions", "exercises")):
        links = [a["href"] for a in pages[here].select(".mlopt-answer-link a")]
        assert links == [f"../{there}/{STEM}.html#{name}" for name in ("descent-step", "momentum-step")]
        for link in links:
            section = pages[there].find(id=link.partition("#")[2])
            assert section.name == "section"
            assert section.h2.get_text().startswith(f"Exercise: {link.partition('#')[2].replace('-', '_')}")


def test_solutions_are_folded_and_without_markers(built):
    solutions = built[0]["solutions"]
    folded = solutions.select("details")
    assert [fold.summary.p.get_text() for fold in folded] == ["Show the solution"] * 2
    assert folded[0].pre.get_text().strip() == "def descent_step(x):\n    return x - 1"
    assert not built[0]["exercises"].select("details")
    assert all(not summary.get("aria-label") for summary in solutions.select("details > summary"))


def test_notebook_can_be_had_at_its_stable_address_and_launched(built):
    pages, _, site = built
    stored = nbformat.read(site / "exercises" / f"{STEM}.ipynb", as_version=4)
    assert stored == _notebook(solved=False)
    for folder, address in (("exercises", f"{STEM}.ipynb"), ("book", f"../exercises/{STEM}.ipynb")):
        links = [a["href"] for a in pages[folder].select(".mlopt-launch a")]
        assert address in links
        assert any(link.endswith(f"/exercises/{STEM}.ipynb") and "colab" in link for link in links)
        assert any("binder" in link and f"exercises%2F{STEM}.ipynb" in link for link in links)
    part = pages["book"].select_one(".mlopt-launch").parent
    assert part.h2.get_text().startswith("Exercises")
    assert pages["solutions"].select(".mlopt-launch") == []


def test_site_asks_no_other_site_for_anything(built):
    _, _, site = built
    for page in site.rglob("*.html"):
        soup = BeautifulSoup(page.read_text(), "html.parser")
        loaded = [tag.get("src") or tag.get("href") for tag in soup.select("script[src], link[rel=stylesheet], img")]
        outside = [address for address in loaded if address.startswith(("http:", "https:", "//"))]
        assert not outside, page
        assert "thebe" not in "".join(str(script.string) for script in soup.select("script:not([src])")).lower()


def test_report_gives_weight_of_every_page(built):
    lines = {line.split()[0]: line for line in built[1].splitlines() if " kB" in line}
    assert set(lines) == {"book/index", *(f"{folder}/{STEM}" for folder in ("book", "exercises", "solutions"))}


def test_root_leads_to_the_book(built):
    assert "book/index.html" in (built[2] / "index.html").read_text()


def test_nothing_of_the_solutions_is_left_without_them(built_without):
    assert (built_without / "exercises" / f"{STEM}.html").exists()
    assert [path for path in built_without.rglob("*") if "solutions" in path.relative_to(built_without).parts] == []
    for path in built_without.rglob("*"):
        if path.suffix in {".html", ".js", ".ipynb"} and "_static" not in path.parts:
            text = path.read_text()
            assert "return x - 1" not in text, path
            assert f"solutions/{STEM}" not in text, path
