"""What a method is: a generator of iterates, registered under its name."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

# The chapters with a module, in the order of the book. Not all define methods: losses are functions.
CHAPTERS = (
    "basics",
    "losses",
    "first_order",
    "second_order",
    "bracketing",
    "direct_search",
    "stochastic",
    "evolutionary_swarm",
    "constrained",
    "bayesian",
    "hyperparameter_tuning",
    "deep_learning",
    "ml_problems",
    "applications",
)

NEEDS = (
    "gradient", "hessian", "bounds", "batch", "finite_sum", "constraints", "residuals", "fisher", "samples",
)  # fmt: skip
SPACES = ("real", "scalar", "permutation")


class Iterate:
    """One step of a method: a point, its value where the method knows it, and state worth drawing.

    `minimize` copies what it keeps, so a method may go on to change the arrays in place.

    Parameters
    ----------
    x : ndarray, shape (d,), or float, or a permutation
        The point.
    fun : float, optional
        Objective at ``x``. Leave it out when the method did not compute it: `minimize` then does.
    **state
        Arrays or numbers to keep in the history (``velocity=...``, ``population=...``).
    """

    __slots__ = ("fun", "state", "x")

    def __init__(self, x: Any, fun: float | None = None, **state: Any) -> None:
        self.x = x
        self.fun = fun
        self.state = state

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in Iterate.__slots__:  # not set yet, while being copied or unpickled
            raise AttributeError(name)
        try:
            return self.state[name]
        except KeyError:
            raise AttributeError(f"this iterate has no {name!r}; it has {['x', 'fun', *self.state]}") from None

    def __repr__(self) -> str:
        parts = "".join(f", {name}={value!r}" for name, value in self.state.items())
        return f"Iterate({self.x!r}, fun={self.fun!r}{parts})"


@dataclass(frozen=True)
class Method:
    """A registered method and what a reader should know of it (see `methods`)."""

    name: str
    function: Callable[..., Iterator[Iterate]]
    chapter: str
    needs: tuple[str, ...]
    space: str
    options: Mapping[str, Any]
    uses_rng: bool
    summary: str
    use_when: str
    fails_when: str
    reference: str


_REGISTRY: dict[str, Method] = {}


def method(
    *,
    chapter: str,
    needs: str | tuple[str, ...] = (),
    space: str = "real",
    use_when: str = "",
    fails_when: str = "",
    reference: str = "",
) -> Callable[[Callable[..., Iterator[Iterate]]], Callable[..., Iterator[Iterate]]]:
    """Register a generator function ``f(problem, x0, *, option=default, ...)`` as a method.

    The function itself is returned unchanged. A keyword-only parameter ``rng`` is not an option: `minimize`
    fills it with a `numpy.random.Generator`. A method that has converged returns; the string that it
    returns becomes the result's message.

    Parameters
    ----------
    chapter : str
        Stem of the chapter that teaches it (``"first_order"``).
    needs : str or tuple of str
        What the problem must offer, out of ``gradient, hessian, bounds, batch, finite_sum, constraints, residuals,
        fisher, samples``.
        A method that needs ``bounds`` also never evaluates outside them.
    space : {"real", "scalar", "permutation"}
        What ``x`` is.
    use_when, fails_when, reference : str
        One line each, for the method index and the chooser.
    """
    wanted = (needs,) if isinstance(needs, str) else tuple(needs)
    for need in wanted:
        if need not in NEEDS:
            raise ValueError(f"needs must be among {NEEDS}, got {need!r}")
    if space not in SPACES:
        raise ValueError(f"space must be one of {SPACES}, got {space!r}")

    def register(function: Callable[..., Iterator[Iterate]]) -> Callable[..., Iterator[Iterate]]:
        name = function.__name__
        if not function.__module__.startswith(f"{__package__}."):
            methods()  # so that a clash with one of the book's methods shows here, not when its chapter is imported
        known = _REGISTRY.get(name)
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"method {name!r} is already registered by {known.function.__module__}")
        parameters = list(inspect.signature(function).parameters.values())
        keyword = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        if len(parameters) - len(keyword) != 2:
            raise ValueError(
                f"method {name!r} must take problem and x0, and its options by keyword alone "
                f"(problem, x0, *, option=default), got {inspect.signature(function)}"
            )
        uses_rng = "rng" in keyword
        keyword.pop("rng", None)
        for option, default in keyword.items():
            if default is inspect.Parameter.empty:
                raise ValueError(f"option {option!r} of method {name!r} must have a default value")
        _REGISTRY[name] = Method(
            name=name,
            function=function,
            chapter=chapter,
            needs=wanted,
            space=space,
            options=MappingProxyType(keyword),
            uses_rng=uses_rng,
            summary=(inspect.getdoc(function) or "").partition("\n")[0],
            use_when=use_when,
            fails_when=fails_when,
            reference=reference,
        )
        return function

    return register


def methods(chapter: str | None = None) -> dict[str, Method]:
    """Every method by name, in the order of the book; those of one chapter if ``chapter`` is given."""
    for stem in CHAPTERS:
        importlib.import_module(f"mlopt_course.{stem}")
    if chapter is not None and chapter not in CHAPTERS:
        raise ValueError(f"chapter must be one of {CHAPTERS}, got {chapter!r}")
    ordered = sorted(_REGISTRY.values(), key=lambda m: CHAPTERS.index(m.chapter) if m.chapter in CHAPTERS else 99)
    return {m.name: m for m in ordered if chapter is None or m.chapter == chapter}


def find_method(name: str | Callable[..., Iterator[Iterate]]) -> Method:
    """The method of that name (or of that registered function); a ValueError names near misses."""
    if callable(name):
        found = _REGISTRY.get(getattr(name, "__name__", ""))
        if found is not None and found.function is name:
            return found
        raise ValueError(f"method must be a name or a function decorated with @method, got {name!r}")
    if not isinstance(name, str):
        raise ValueError(f"method must be a name or a function decorated with @method, got {name!r}")
    if name not in _REGISTRY:
        methods()
    if name not in _REGISTRY:
        import difflib

        plain = name.lower().replace("-", "_").replace(" ", "_")  # SciPy writes BFGS and L-BFGS-B
        near = difflib.get_close_matches(plain, _REGISTRY, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"known are {', '.join(sorted(_REGISTRY))}"
        raise ValueError(f"method {name!r} is unknown; {hint}")
    return _REGISTRY[name]
