"""Small wrong versions of a reference answer, made from its syntax tree: an exercise is only as good as its cases,
and cases that let one of these pass would let a student's slip pass too.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .answers import Limits, collect
from .exercise import STUDENT_SEED, Exercise
from .judge import is_right
from .mutations import replacements

# Small cases take milliseconds: whatever takes this long never ends.
SECONDS = 2.0


@dataclass(frozen=True, eq=False)
class Mutant:
    """A wrong version of a function.

    Attributes
    ----------
    label : str
        The changed statement as it now reads (its first line), or ``delete: ...`` for one that was removed. This is
        the key of `Exercise.equivalent_mutants`.
    function : callable
        The mutant, compiled among the globals of the original.
    """

    label: str
    function: Callable[..., Any]


def mutants(function: Callable[..., Any]) -> Iterator[Mutant]:
    """Every mutant of a plain function, each different from the others and from the original.

    Changed are: operators, comparisons, signs, constants, indices and slices, terms and operands (dropped),
    statements (dropped), arguments (swapped, dropped), variables (exchanged), calls (dropped or replaced by their
    neighbour, ``max`` by ``min``), copies (not made), conditions (negated). Docstrings, defaults, annotations and
    the text of errors are left alone.

    Raises ValueError for a function that closes over variables or has no source.
    """
    if getattr(function, "__closure__", None):
        raise ValueError(f"{function.__name__} closes over variables: mutants need a plain function of a module")
    try:
        module = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError) as error:
        raise ValueError(f"{function!r} has no source to make mutants from: {error}") from error
    definition = module.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise ValueError(f"{function.__name__} must be written with def, not as a lambda")
    definition.decorator_list = []
    seen = {ast.unparse(module)}
    for parent, field, index, statement, new in _changes(definition):
        old = _get(parent, field, index)
        _set(parent, field, index, new)
        try:
            text = ast.unparse(ast.fix_missing_locations(module))
            label = _label(old, new, statement)
        finally:
            _set(parent, field, index, old)
        if text not in seen:
            seen.add(text)
            yield Mutant(label, _compile(text, function))


def survivors(exercise: Exercise, seed: int = STUDENT_SEED, seconds: float = SECONDS) -> tuple[int, list[Mutant]]:
    """Number of mutants of the exercise's reference, and those that the cases of ``seed`` let pass."""
    cases = exercise.cases(seed)
    limits = Limits(seconds=seconds, quiet=True)
    count, alive = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mutant in mutants(exercise.reference):
            count += 1
            # One case after the other, smallest first: nearly all mutants fail on one of the first, and need no more.
            if all(is_right(exercise, [case], collect(mutant.function, [case], limits)) for case in cases):
                alive.append(mutant)
    return count, alive


def _changes(definition: ast.FunctionDef) -> Iterator[tuple[ast.AST, str, int | None, ast.stmt, ast.AST]]:
    """(parent, field, index, statement, replacement) for each place in the body."""
    variables = _variables(definition)
    body = definition.body[1:] if ast.get_docstring(definition) is not None else definition.body
    places: list[tuple[ast.AST, str, int | None, ast.stmt]] = []
    for node in body:
        places.extend(_places(definition, "body", definition.body.index(node), node, node))
    for parent, field, index, statement in places:
        node = _get(parent, field, index)
        for new in replacements(node, parent, field, variables):
            yield parent, field, index, statement, new


def _places(
    parent: ast.AST, field: str, index: int | None, node: ast.AST, statement: ast.stmt
) -> Iterator[tuple[ast.AST, str, int | None, ast.stmt]]:
    """Every place at and below ``node`` where something may be changed, with the statement that it belongs to."""
    if isinstance(node, ast.stmt):
        statement = node
    yield parent, field, index, statement
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.arguments)):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "ctx", "decorator_list", "msg") or (
            isinstance(node, ast.Call) and name == "func" and isinstance(value, ast.Name)
        ):
            continue
        if isinstance(value, list):
            for number, child in enumerate(value):
                if isinstance(child, ast.AST):
                    yield from _places(node, name, number, child, statement)
        elif isinstance(value, ast.AST):
            yield from _places(node, name, None, value, statement)


def _variables(definition: ast.FunctionDef) -> list[str]:
    arguments = definition.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    for node in ast.walk(definition):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
    return list(dict.fromkeys(names))


def _get(parent: ast.AST, field: str, index: int | None) -> Any:
    value = getattr(parent, field)
    return value if index is None else value[index]


def _set(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _label(old: ast.AST, new: ast.AST, statement: ast.stmt) -> str:
    if isinstance(new, ast.Pass):
        return f"delete: {ast.unparse(old).splitlines()[0]}"
    shown = new if isinstance(old, ast.stmt) else statement
    return ast.unparse(shown).splitlines()[0]


def _compile(text: str, function: Callable[..., Any]) -> Callable[..., Any]:
    namespace = dict(function.__globals__)
    exec(compile(text, f"<mutant of {function.__name__}>", "exec"), namespace)
    return namespace[function.__name__]
