"""`family_tree`: every method of the package on one map, by what it needs to know of the problem."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import methods
from ..hyperparameter_tuning import tuners
from ..registry import Method
from . import style
from .sketch import Choice, Sketch


@dataclass(frozen=True)
class Family:
    """A branch of the map: what its methods have in common."""

    name: str
    branch: str
    idea: str


DERIVATIVES, VALUES = "Differentiable: slopes are used", "Not differentiable: values alone"
BRANCHES = {
    DERIVATIVES: "Local descent. The derivatives where you stand say which way to go and how far.",
    VALUES: "No slope is known, or it would not help. What is left is to compare values.",
}
FAMILIES = (
    Family("First-order", DERIVATIVES, "The gradient gives the direction; memory and rescaling make it quick."),
    Family("First-order, for sums", DERIVATIVES, "One term at a time, with what is remembered of the others."),
    Family("Second-order", DERIVATIVES, "The curvature says how far: each step solves a quadratic model."),
    Family("Quasi-Newton", DERIVATIVES, "The curvature is learnt from the gradients seen on the way."),
    Family("Least squares, likelihood", DERIVATIVES, "The shape of the objective gives its curvature away."),
    Family("With constraints", DERIVATIVES, "Slopes of the objective against slopes of the borders."),
    Family("Exhaustive", VALUES, "Try everything."),
    Family("Bracketing", VALUES, "One variable: an interval that holds the minimum, and shrinks."),
    Family("Direct search", VALUES, "A pattern of points that moves, grows and shrinks by fixed rules."),
    Family("Stochastic", VALUES, "One point, and chance to get it out of the wrong valley."),
    Family("Population", VALUES, "Many points that learn from one another."),
    Family("Model-based", VALUES, "Every value improves a model; the model says where to look next."),
    Family("Tuning", VALUES, "The variables are settings of a model, and a value is a whole training."),
)
_OF_CHAPTER = {
    "basics": "Exhaustive", "first_order": "First-order", "second_order": "Second-order", "bracketing": "Bracketing",
    "direct_search": "Direct search", "stochastic": "Stochastic", "evolutionary_swarm": "Population",
    "constrained": "With constraints", "bayesian": "Model-based", "hyperparameter_tuning": "Tuning",
}  # fmt: skip
# Where a chapter holds methods of several families.
_OF_METHOD = {
    **dict.fromkeys(("sag", "saga", "svrg"), "First-order, for sums"),
    **dict.fromkeys(("bfgs", "dfp", "lbfgs", "sr1", "secant"), "Quasi-Newton"),
    **dict.fromkeys(("gauss_newton", "levenberg_marquardt", "natural_gradient", "irls"), "Least squares, likelihood"),
    "noisy_descent": "First-order",
    **dict.fromkeys(
        ("evolution_strategy", "cma_es", "natural_evolution_strategy", "cross_entropy_method"), "Population"
    ),
}
CHAPTER_TITLES = {
    "basics": "1, Optimisation basics", "first_order": "3, First-order methods",
    "second_order": "4, Second-order methods",
    "bracketing": "5, Bracketing and line search", "direct_search": "6, Direct search",
    "stochastic": "7, Stochastic methods", "evolutionary_swarm": "8, Evolution and swarms",
    "constrained": "9, Constraints", "bayesian": "10, Bayesian optimisation",
    "hyperparameter_tuning": "11, Hyperparameter tuning",
}  # fmt: skip
HAVE = ("anything", "values and gradients", "values alone")
OVER = (
    "any variables", "several numbers", "a single number", "several numbers under constraints", "an order of things",
    "the settings of a model",
)  # fmt: skip
_SPELT = {
    "gradient": "the gradient", "hessian": "the Hessian", "bounds": "a box", "batch": "many values at a time",
    "finite_sum": "a sum of terms", "constraints": "constraints", "residuals": "residuals",
    "fisher": "the Fisher matrix",
    "samples": "the data", "budget": "a budget", "resource": "trainings that can be short",
    "state": "trainings that can go on",
}  # fmt: skip


def family_of(method: Method) -> str:
    """The name of a method's family."""
    if method.name in _OF_METHOD:
        return _OF_METHOD[method.name]
    if method.chapter not in _OF_CHAPTER:
        raise ValueError(f"the map has no family for the chapter {method.chapter!r} of {method.name}")
    return _OF_CHAPTER[method.chapter]


def all_methods() -> dict[str, list[Method]]:
    """Every registered method and every tuner, by family, in the order of the map."""
    found: dict[str, list[Method]] = {family.name: [] for family in FAMILIES}
    for method in [*methods().values(), *tuners().values()]:
        found[family_of(method)].append(method)
    return found


def fits(method: Method, have: str, over: str) -> bool:
    """Whether a method can be used with what can be computed (one of `HAVE`), over such variables (one of `OVER`)."""
    derived = {"hessian", "residuals", "fisher", "samples"}
    missing = {HAVE[0]: set(), HAVE[1]: derived, HAVE[2]: derived | {"gradient", "finite_sum"}}[have]
    constrained = "constraints" in method.needs
    spaces = {
        OVER[0]: True,
        OVER[1]: method.space == "real" and not constrained,
        OVER[2]: method.space == "scalar" or (method.space == "real" and not constrained),
        OVER[3]: constrained,
        OVER[4]: method.space == "permutation",
        OVER[5]: method.space == "configuration",
    }
    return not missing & set(method.needs) and spaces[over]


def family_tree(
    *, id: str = "family", title: str = "The family tree of methods", method: str = "exhaustive_search"
) -> Sketch:
    """A map of all methods: what each needs, when to use it, when it fails, and the chapter that teaches it.

    Parameters
    ----------
    id, title : str
    method : str
        Name of the method shown first; a tuner with a namesake among the methods is ``name (tuning)``.

    Returns
    -------
    Sketch
        With settings ``have``, ``over`` and ``method``.
    """
    families: list[dict[str, Any]] = [
        {"name": family.name, "branch": family.branch, "idea": family.idea,
         "methods": [_entry(m) for m in found]}
        for family, found in zip(FAMILIES, all_methods().values(), strict=True)
    ]  # fmt: skip
    names = [entry["name"] for family in families for entry in family["methods"]]
    controls = (
        Choice("have", "You can compute", HAVE, HAVE[0]), Choice("over", "You search over", OVER, OVER[0]),
        Choice("method", "Method", names, method),
    )  # fmt: skip

    def describe(state: Mapping[str, Any]) -> str:
        said = "; ".join(f"{f['name']}: {', '.join(m['name'] for m in f['methods'])}" for f in families)
        return f"{len(names)} methods in {len(FAMILIES)} families. {said}."

    return Sketch(
        "family_tree", id=id, title=title, controls=controls, describe=describe, still=lambda state: _still(families),
        goal="every value costs an hour of simulation, there is no gradient, and there are three knobs to turn, each "
             "within limits. Find the method made for that.",
        data={"branches": BRANCHES, "families": families, "answer": "bayesian_optimization",
              "have": HAVE, "over": OVER},
    )  # fmt: skip


def _entry(method: Method) -> dict[str, Any]:
    """What the page says of a method, and for which choices it is lit."""
    tuner = method.space == "configuration"
    lit = [[fits(method, have, over) for over in OVER] for have in HAVE]
    return {
        "name": f"{method.name} (tuning)" if tuner and method.name in methods() else method.name,
        "summary": _plain_text(method.summary), "needs": [_SPELT[need] for need in method.needs],
        "use": method.use_when, "fails": method.fails_when, "source": method.reference,
        "chapter": method.chapter, "title": CHAPTER_TITLES[method.chapter],
        "lit": [sum(on << k for k, on in enumerate(row)) for row in lit],
    }  # fmt: skip


def _plain_text(text: str) -> str:
    """A summary without reStructuredText's roles."""
    text = re.sub(r":math:`([^`]*)`", r"\1", text).replace(r"\Delta", "Δ").replace("e^{-Δ/T}", "exp(−Δ/T)")
    text = re.sub(r"^[^:]{2,60}: (?=.)", "", text.replace("`", ""))
    return text[0].upper() + text[1:]


def _still(families: Sequence[Mapping[str, Any]]) -> Any:
    from matplotlib.figure import Figure

    lines: list[tuple[str, str]] = []
    for branch in BRANCHES:
        lines.append((branch, "bold"))
        for family in families:
            if family["branch"] == branch:
                names = f"{family['name']}: " + ", ".join(entry["name"] for entry in family["methods"])
                lines += [(line, "normal") for line in textwrap.wrap(names, 74, subsequent_indent="      ")]
    figure = Figure(figsize=(6.4, 0.19 * len(lines) + 0.3))
    for k, (line, weight) in enumerate(lines):
        figure.text(0.02, 1 - (k + 1) / (len(lines) + 1), line, fontsize=8.5, fontweight=weight, color=style.INK)
    return figure
