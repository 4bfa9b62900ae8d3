"""Every chapter's source holds what a chapter must hold; and every guard finds the fault it is there for."""

from pathlib import Path

import pytest
from chapter_guards import GUARDS, read_chapter

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.md"))
SOUND = Path(__file__).parent / "data" / "sound_chapter.md"

# For each guard: what to break in the sound chapter (old, new), and a word of the fault that it must report.
BREAKS = {
    "parts_in_order": [("## The code", "## Code", "Code"), ("## Play\n", "### Play\n", "twelve parts")],
    "no_empty_part": [("People say that the newest method always converges fastest. ", "", "Claims")],
    "numbers_are_computed": [
        ("ends at 0.31", "ends at 0.37", "0.37"),
        ("an hour", "90 minutes", "90"),
        ("assert best < 0.31", "best < 0.31", "0.31"),
        ("the first term wins", "the first 144 terms win", "144"),
        ("spent on it", "spent on it, 1e-7 say", "1e-7"),
    ],
    "theory_is_proved_and_measured": [
        ("{prf:theorem}", "{prf:remark}", "theorem"),
        (" {cite}`nesterov2018`", "", "proofs"),
        ("assert abs(slope - expected) < 0.05", "abs(slope - expected)", "rate"),
    ],
    "algorithm_and_code_side_by_side": [
        ("{prf:algorithm}", "{prf:remark}", "algorithm"),
        ("{source}", "{literal}", "source"),
    ],
    "failures_are_shown": [("### A narrow valley", "A narrow valley", "failures")],
    "practice_runs_a_library": [("from scipy.optimize", "from mine", "library")],
    "claims_are_tested": [("assert wins < seeds", "wins < seeds", "claim")],
    "explorers_are_driven_by_prose": [
        ('explore.race(id="race", goal="finish")', "", "two to five"),
        ("<walk: learning_rate=1.9>", "<wolk: learning_rate=1.9>", "no explorer"),
        ("{set}`a small one <walk: learning_rate=0.01>`", "a small one", "set"),
    ],
    "figures_have_words": [
        ("The path bends towards the valley floor and then follows it slowly.", "A path.", "caption"),
        ("Contours of a long valley with a zigzag path from the upper left to the middle.", "plot", "alt"),
        ("tags: [hide-input]", "tags: []", "folded"),
    ],
    "cells_are_short": [("run(2.5)", "\n".join(f"run({i})" for i in range(26)), "26 lines")],
    "results_are_cited": [(" {cite}`cauchy1847,polyak1964`", "", "cites")],
    "think_questions_and_quiz": [
        (":::{admonition} When?\n:class: dropdown", ":::{admonition} When?", "think"),
        ("why: \"Look at the plot.\"", "why: \"\"", "Nothing"),
        ("correct: false, why: \"It does not.\"", "correct: true, why: \"It does not.\"", "exactly one"),
        ("```{quiz}", "```{code}", "quiz"),
    ],
    "one_spelling": [("on it.", "on its behavior.", "behavior"), ("Five lines", "Five colored lines", "colored")],
}  # fmt: skip


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path, guard):
    faults = guard(read_chapter(path))
    assert not faults, f"{path.name}:\n  " + "\n  ".join(faults)


def test_there_are_chapters():
    assert CHAPTERS


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_a_sound_chapter_passes(guard):
    assert guard(read_chapter(SOUND)) == []


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_a_broken_chapter_is_found_out(guard, tmp_path):
    for old, new, word in BREAKS[guard.__name__]:
        text = SOUND.read_text()
        assert text.count(old) >= 1
        broken = tmp_path / "broken.md"
        broken.write_text(text.replace(old, new))
        faults = guard(read_chapter(broken))
        assert any(word in fault for fault in faults), f"{old!r} -> {new!r} passed {guard.__name__}: {faults}"
