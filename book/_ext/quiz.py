"""The directive ``{quiz}``: self-check questions that explain every option, with no kernel and no network.

Its body is YAML, a list of ``question`` and ``answers``, each answer with ``text``, ``correct`` and ``why``; all
texts are Markdown. Choosing an option shows its explanation (``book.js``); without JavaScript each explanation can
be unfolded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from markup import element
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ANSWER_KEYS = {"text", "correct", "why"}


def read_quiz(text: str) -> list[dict[str, Any]]:
    """The questions of a quiz's YAML.

    Raises
    ------
    ValueError
        When the YAML cannot be read, a key is missing or unknown, a question has fewer than two answers or no
        correct one, or an answer has no explanation.
    """
    try:
        questions = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"the quiz is not YAML: {error}") from None
    if not isinstance(questions, list) or not questions:
        raise ValueError("a quiz is a list of questions")
    for number, question in enumerate(questions, start=1):
        if not isinstance(question, Mapping) or set(question) != {"question", "answers"}:
            raise ValueError(f"question {number} needs exactly the keys question and answers")
        answers = question["answers"]
        if not isinstance(answers, list) or len(answers) < 2:
            raise ValueError(f"question {number} needs at least two answers")
        for answer in answers:
            _check_answer(number, answer)
        if not any(answer["correct"] for answer in answers):
            raise ValueError(f"question {number} has no correct answer")
    return questions


def _check_answer(number: int, answer: Any) -> None:
    if not isinstance(answer, Mapping) or set(answer) != ANSWER_KEYS:
        raise ValueError(f"an answer of question {number} needs exactly the keys text, correct and why, got {answer!r}")
    if not isinstance(answer["correct"], bool):
        raise ValueError(f"correct must be true or false in question {number}, got {answer['correct']!r}")
    for key in ("text", "why"):
        if not str(answer[key] or "").strip():
            raise ValueError(f"an answer of question {number} has an empty {key}")


def name_of_maths(text: nodes.Element) -> str | None:
    """What an answer that is a formula and nothing else is called, for MathJax hides it from its label."""
    words = "".join(part.astext() for part in text.findall(nodes.Text) if not isinstance(part.parent, nodes.math))
    return None if words.strip() else text.astext()


class Quiz(SphinxDirective):
    """See the module's text."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Make the form, or report what is wrong with its YAML."""
        try:
            questions = read_quiz("\n".join(self.content))
        except ValueError as error:
            raise self.error(str(error)) from None
        name = f"quiz-{self.env.new_serialno('quiz')}"
        return [
            element(
                "form",
                *(self.question(f"{name}-{number}", number, q) for number, q in enumerate(questions, start=1)),
                class_="mlopt-quiz",
                id=name,
                aria_label="Quiz",
            )
        ]

    def question(self, name: str, number: int, question: Mapping[str, Any]) -> nodes.Node:
        """One question: a field set with an option per answer."""
        legend = element("legend", element("span", f"{number}. ", class_="mlopt-quiz-number"))
        legend += self.inline(question["question"])
        options = [self.option(name, answer) for answer in question["answers"]]
        return element("fieldset", legend, *options, element("div", class_="mlopt-quiz-verdict", role="status"))

    def option(self, name: str, answer: Mapping[str, Any]) -> nodes.Node:
        """One answer: a radio button, and its explanation folded away."""
        text = element("span", *self.inline(answer["text"]))
        button = element("input", type="radio", name=name, aria_label=name_of_maths(text))
        label = element("label", button, text)
        verdict = element("strong", "Right. " if answer["correct"] else "Not quite. ")
        why = element("div", verdict, *self.inline(answer["why"]), class_="mlopt-quiz-why")
        folded = element("details", element("summary", "Explanation"), why)
        correct = "true" if answer["correct"] else "false"
        return element("div", label, folded, class_="mlopt-quiz-option", data_correct=correct)

    def inline(self, text: Any) -> list[nodes.Node]:
        """The inline nodes of a text in Markdown; several paragraphs stay as they are."""
        holder = nodes.container()
        self.state.nested_parse(StringList(str(text).splitlines(), self.env.docname), self.content_offset, holder)
        if len(holder) == 1 and isinstance(holder[0], nodes.paragraph):
            return list(holder[0].children)
        return list(holder.children)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.setup_extension("markup")
    app.add_directive("quiz", Quiz)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
