"""What every chapter's source must hold, as functions that list its faults in sentences.

They read `book/NN_stem.md` alone and know nothing of a particular chapter, so a new one is held to the same
standard without a change here. `test_chapter_guards.py` runs them on the book, and on a small sound chapter
broken on purpose, once for each guard, so that a guard which cannot fail is found out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jupytext
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

PARTS = (
    "Before you start",
    "A problem from machine learning",
    "Play",
    "The idea",
    "The algorithm",
    "The code",
    "Theory, measured",
    "When it fails",
    "In practice",
    "Claims, checked",
    "Exercises",
    "Summary, quiz, further reading",
)
PRODUCTION_LIBRARIES = ("scipy", "sklearn", "torch", "optuna", "statsmodels", "cvxpy", "keras", "cma")
# Directives whose body is prose; that of any other (code, maths, sources, quizzes, glue) is not read as prose.
PROSE_DIRECTIVES = re.compile(
    r"\{(admonition|note|tip|warning|important|caution|seealso|hint|dropdown|prf:\w+|exercise|solution|grid|grid-item|"
    r"grid-item-card|card|tab-set|tab-item|margin|sidebar|figure|list-table|table|div|epigraph)\}"
)
AMERICAN = re.compile(
    r"\b(\w*(?:optimiz|minimiz|maximiz|generaliz|normaliz|regulariz|initializ|summariz|realiz|organiz|recogniz|vectoriz|"
    r"factoriz|parametriz|behavior|neighbor|favor(?!ski)|center(?!ing line)|labeled|modeling|traveling|analyz)\w*|"
    r"colors?|colored|gray)\b",
    re.IGNORECASE,
)

_markdown = MarkdownIt("commonmark").enable("table")
for plugin in (dollarmath_plugin, amsmath_plugin, colon_fence_plugin, myst_block_plugin, myst_role_plugin):
    _markdown.use(plugin)


@dataclass(frozen=True)
class Cell:
    """A code cell: its source, tags and metadata, and the part (H2) of the chapter that it stands in."""

    source: str
    metadata: dict
    part: str

    @property
    def tags(self) -> list[str]:
        return list(self.metadata.get("tags", []))


@dataclass(frozen=True)
class Chapter:
    """A chapter's source, read once: tokens of its Markdown with their part, and its code cells."""

    stem: str
    tokens: list[tuple[str, Token]]
    cells: list[Cell]

    @property
    def headings(self) -> list[str]:
        return [token.content for _, token in self.tokens if token.type == "heading_2"]


def read_chapter(path: Path) -> Chapter:
    """Read a MyST chapter into a `Chapter`."""
    tokens: list[tuple[str, Token]] = []
    cells: list[Cell] = []
    part = ""
    for cell in jupytext.read(path).cells:
        if cell.cell_type == "code":
            cells.append(Cell(cell.source, dict(cell.metadata), part))
            continue
        for token in _flatten(_markdown.parse(cell.source)):
            if token.type == "heading_2":
                part = token.content
            tokens.append((part, token))
    return Chapter(path.stem, tokens, cells)


def _flatten(tokens: list[Token]) -> Iterator[Token]:
    """Tokens in order; the body of a prose directive is read as Markdown, and a heading becomes one token."""
    heading = ""
    for token in tokens:
        if token.type == "heading_open":
            heading = "heading_" + token.tag[1]
        elif token.type == "inline" and heading:
            yield Token(heading, token.tag, 0, content=token.content, children=token.children)
            heading = ""
        elif token.type in ("fence", "colon_fence"):
            yield token
            if PROSE_DIRECTIVES.match(token.info.strip()):
                yield from _flatten(_markdown.parse(_body(token.content)))
        else:
            yield token


def _body(content: str) -> str:
    """A directive's content without its options."""
    content = re.sub(r"\A---\n.*?\n---\n", "", content, flags=re.DOTALL)
    return re.sub(r"\A(?::[\w-]+:.*\n)+", "", content)


def directives(chapter: Chapter, name: str, part: str = "") -> list[Token]:
    """The directives of that name (a prefix such as ``prf:`` finds all), in a part or anywhere."""
    return [
        token
        for where, token in chapter.tokens
        if token.type in ("fence", "colon_fence")
        and token.info.strip().startswith("{" + name)
        and where.startswith(part)
    ]


def roles(chapter: Chapter, name: str) -> list[str]:
    """The contents of the inline roles of that name."""
    found = []
    for _, token in chapter.tokens:
        for child in token.children or []:
            if child.type == "myst_role" and re.fullmatch(name, child.meta["name"]):
                found.append(child.content)
    return found


def prose(chapter: Chapter) -> Iterator[str]:
    """The plain words of the chapter: no code, maths, roles, link targets or directives' options."""
    for _, token in chapter.tokens:
        if token.type == "inline":
            yield " ".join(child.content for child in token.children or [] if child.type == "text")


# -- the guards: each takes a chapter and lists what is wrong ------------------------------------------------------


def parts_in_order(chapter: Chapter) -> list[str]:
    found = []
    for heading in chapter.headings:
        part = next((p for p in PARTS if heading == p or heading.startswith(p + ":")), None)
        found.append(part or f"(unknown heading {heading!r})")
    return [] if found == list(PARTS) else [f"the twelve parts must be the H2 headings, in order; found {found}"]


def no_empty_part(chapter: Chapter) -> list[str]:
    faults = []
    for part in PARTS:
        words = sum(
            len(token.content.split())
            for where, token in chapter.tokens
            if where.startswith(part) and token.type == "inline"
        )
        if words < 25:
            faults.append(f"part {part!r} holds {words} words of prose; a part says something or is not there")
    return faults


def numbers_are_computed(chapter: Chapter) -> list[str]:
    """A decimal, a power of ten or an integer from 13 up in prose must stand in an ``assert`` of the page."""
    asserted = "\n".join(line for cell in chapter.cells for line in _asserting_lines(cell.source))
    known = {float(number) for number in re.findall(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?", asserted.replace("_", ""))}
    faults = []
    for text in prose(chapter):
        for match in re.finditer(r"(?<![\w.\-–/])(\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?)(?![\w/]|\.\d)\s?(%?)", text):
            value = float(match[1].replace(",", ""))
            plain = "." not in match[1] and "e" not in match[1]
            if (
                (plain and (value < 13 or _is_year(text, match)))
                or value in known
                or (match[2] and value / 100 in known)
            ):
                continue
            around = text[max(0, match.start() - 40) : match.end() + 20]
            faults.append(f"the number {match[0].strip()!r} is neither glued nor asserted: '...{around}...'")
    return faults


def _is_year(text: str, match: re.Match[str]) -> bool:
    return bool(re.fullmatch(r"(1[5-9]|20)\d\d", match[1]))


def _asserting_lines(source: str) -> list[str]:
    """The lines of a cell's assert statements, continuation lines included."""
    import ast

    try:
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "pass", source, flags=re.MULTILINE))
    except SyntaxError:
        return []
    lines = source.split("\n")
    return [
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        for line in lines[node.lineno - 1 : node.end_lineno]
    ]


def theory_is_proved_and_measured(chapter: Chapter) -> list[str]:
    faults = []
    theorems = directives(chapter, "prf:theorem", "Theory")
    if not theorems:
        faults.append("part 7 states no prf:theorem")
    proofs = len(directives(chapter, "prf:proof", "Theory"))
    cited = sum("{cite" in theorem.content for theorem in theorems)
    if proofs + cited < len(theorems):
        faults.append(
            f"part 7 has {len(theorems)} theorems but only {proofs} proofs and {cited} theorems that cite one"
        )
    if not any(_asserting_lines(cell.source) for cell in chapter.cells if cell.part.startswith("Theory")):
        faults.append("part 7 asserts no measured rate")
    return faults


def algorithm_and_code_side_by_side(chapter: Chapter) -> list[str]:
    faults = []
    if not directives(chapter, "prf:algorithm"):
        faults.append("there is no prf:algorithm box")
    if not directives(chapter, "source", "The code"):
        faults.append("part 6 includes no source of the package ({source})")
    return faults


def failures_are_shown(chapter: Chapter) -> list[str]:
    shown = [
        token for where, token in chapter.tokens if where.startswith("When it fails") and token.type == "heading_3"
    ]
    cells = [cell for cell in chapter.cells if cell.part.startswith("When it fails")]
    if len(shown) < 2 or len(cells) < 2:
        return [
            f"part 8 needs two failures shown running, each under its own H3; found {len(shown)} H3, {len(cells)} cells"
        ]
    return []


def practice_runs_a_library(chapter: Chapter) -> list[str]:
    used = [
        cell for cell in chapter.cells if cell.part.startswith("In practice")
        and re.search(rf"\b(?:import|from)\s+({'|'.join(PRODUCTION_LIBRARIES)})\b", cell.source)
    ]  # fmt: skip
    return [] if used else [f"part 9 runs no production library ({', '.join(PRODUCTION_LIBRARIES)})"]


def claims_are_tested(chapter: Chapter) -> list[str]:
    cells = [cell for cell in chapter.cells if cell.part.startswith("Claims")]
    return [] if any(_asserting_lines(cell.source) for cell in cells) else ["part 10 asserts nothing about its claim"]


def explorers_are_driven_by_prose(chapter: Chapter) -> list[str]:
    faults = []
    made = [cell for cell in chapter.cells if re.search(r"\bexplore\.(?!style|plot)\w+\(", cell.source)]
    if len(made) < 2:
        faults.append(f"a chapter has two to five explorers, this one {len(made)}")
    if not any(cell.part.startswith("Play") for cell in made):
        faults.append("part 3 has no explorer")
    settings = roles(chapter, "set")
    if len(settings) < 2:
        faults.append(f"sentences must set the explorers ({{set}} role); found {len(settings)}")
    ids = set(re.findall(r"""\bid\s*=\s*["']([\w-]+)["']""", "\n".join(cell.source for cell in made)))
    for content in settings:
        target = re.search(r"<\s*([\w-]+)\s*:", content)
        if not target or target[1] not in ids:
            faults.append(f"{{set}}`{content}` names no explorer of the page; there are {sorted(ids)}")
    return faults


def figures_have_words(chapter: Chapter) -> list[str]:
    """Cells that draw carry caption and alt text; the page's own guards look at the images themselves."""
    faults = []
    for cell in chapter.cells:
        if (
            not re.search(r"\bplt\.(subplots|figure)\(|\bexplore\.plot_\w+\(", cell.source)
            or "remove-output" in cell.tags
        ):
            continue
        if re.search(r"^\s*def ", cell.source, re.MULTILINE) and not re.search(
            r"^(?!\s|def|#|@).*plot|^plt|^fig", cell.source, re.M
        ):
            continue  # only defines a drawing function
        meta = cell.metadata.get("mystnb", {})
        caption = str(meta.get("figure", {}).get("caption", ""))
        alt = str(meta.get("image", {}).get("alt", "") or meta.get("figure", {}).get("alt", ""))
        first = cell.source.strip().split("\n")[0][:60]
        if len(caption.split()) < 6:
            faults.append(f"the figure of the cell {first!r} has no caption that says what to see")
        if len(alt.split()) < 6:
            faults.append(f"the figure of the cell {first!r} has no alt text that says what it shows")
        if not {"hide-input", "remove-input", "hide-cell"} & set(cell.tags):
            faults.append(f"the plotting code of the cell {first!r} is not folded (tag hide-input)")
    return faults


def cells_are_short(chapter: Chapter) -> list[str]:
    return [
        f"a cell of {len(cell.source.splitlines())} lines (25 at most): {cell.source.splitlines()[0][:60]!r}"
        for cell in chapter.cells
        if len(cell.source.splitlines()) > 25
    ]


def results_are_cited(chapter: Chapter) -> list[str]:
    cited = {key.strip() for content in roles(chapter, r"cite(:\w+)?") for key in content.split(",")}
    return [] if len(cited) >= 5 else [f"a chapter cites its sources; this one cites {len(cited)}"]


def think_questions_and_quiz(chapter: Chapter) -> list[str]:
    faults = []
    folded = [t for t in directives(chapter, "", "Exercises") if "dropdown" in t.info + t.content[:120]]
    if len(folded) < 2:
        faults.append(f"part 11 needs two think questions with folded answers, found {len(folded)}")
    quizzes = directives(chapter, "quiz")
    if len(quizzes) != 1:
        return [*faults, f"part 12 needs one quiz, found {len(quizzes)}"]
    questions = yaml.safe_load(_body(quizzes[0].content))
    if not 3 <= len(questions) <= 5:
        faults.append(f"the quiz has {len(questions)} questions, not three to five")
    for question in questions:
        for answer in question["answers"]:
            if not str(answer.get("why", "")).strip():
                faults.append(f"quiz: the option {answer.get('text')!r} has no explanation")
        if sum(bool(answer.get("correct")) for answer in question["answers"]) != 1:
            faults.append(f"quiz: {question['question']!r} needs exactly one right option")
    return faults


def one_spelling(chapter: Chapter) -> list[str]:
    return [f"American spelling {match[0]!r}: '...{text[max(0, match.start() - 30) : match.end() + 20]}...'"
            for text in prose(chapter) for match in AMERICAN.finditer(text)]  # fmt: skip


GUARDS = (
    parts_in_order,
    no_empty_part,
    numbers_are_computed,
    theory_is_proved_and_measured,
    algorithm_and_code_side_by_side,
    failures_are_shown,
    practice_runs_a_library,
    claims_are_tested,
    explorers_are_driven_by_prose,
    figures_have_words,
    cells_are_short,
    results_are_cited,
    think_questions_and_quiz,
    one_spelling,
)
