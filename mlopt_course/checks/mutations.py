"""What may become of one node of a syntax tree in a mutant: one rule for each kind of slip."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

_OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
_COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_PAIRS = (
    ("max", "min"), ("maximum", "minimum"), ("amax", "amin"), ("argmax", "argmin"), ("sum", "mean"), ("any", "all"),
    ("zeros", "ones"), ("zeros_like", "ones_like"), ("floor", "ceil"), ("sin", "cos"), ("exp", "log"),
    ("cumsum", "cumprod"), ("append", "extend"),
)  # fmt: skip
_NEIGHBOURS = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


def replacements(node: ast.AST, parent: ast.AST, field: str, variables: list[str]) -> Iterator[ast.AST]:
    """Nodes that may stand in the place of ``node``, which is ``parent``'s ``field``; each makes one mutant."""
    if isinstance(node, ast.stmt):
        yield from _statement(node)
    elif isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        yield from _expression(node, variables)
        if _counts(node, parent, field):
            yield from _off_by_one(node)
    elif isinstance(node, ast.comprehension) and node.ifs:
        new = deepcopy(node)
        new.ifs = []
        yield new


def _statement(node: ast.stmt) -> Iterator[ast.AST]:
    if not isinstance(node, (ast.Pass, ast.FunctionDef)):
        yield ast.Pass()
    if isinstance(node, (ast.Assign, ast.Return)) and node.value is not None:
        yield _changed(node, value=ast.UnaryOp(ast.USub(), node.value))
    if isinstance(node, ast.AugAssign):
        for operator in _OPERATORS.get(type(node.op), ()):
            yield _changed(node, op=operator())
        yield ast.Assign([node.target], node.value)
    if isinstance(node, (ast.If, ast.While)):
        yield _changed(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Break):
        yield ast.Continue()
    if isinstance(node, ast.Continue):
        yield ast.Break()


def _expression(node: ast.expr, variables: list[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        for operator in _OPERATORS.get(type(node.op), ()):
            yield _changed(node, op=operator())
        yield from (node.left, node.right)
        if not isinstance(node.op, (ast.Add, ast.Mult)):
            yield _changed(node, left=node.right, right=node.left)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from node.values
    elif isinstance(node, ast.Compare):
        for number, comparison in enumerate(node.ops):
            for other in _COMPARISONS.get(type(comparison), ()):
                yield _changed(node, ops=[*node.ops[:number], other(), *node.ops[number + 1 :]])
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Name) and node.id in variables:
        yield from (ast.Name(name, ast.Load()) for name in variables if name != node.id)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse, _changed(node, body=node.orelse, orelse=node.body))
    elif isinstance(node, ast.Slice):
        for bound in ("lower", "upper", "step"):
            if getattr(node, bound) is not None:
                yield _changed(node, **{bound: None})
    elif isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) > 1:
        for number in range(len(node.elts) - 1):
            yield _changed(node, elts=_swapped(node.elts, number))


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if type(value) is bool:
        yield ast.Constant(not value)
    elif type(value) in (int, float):
        number: Any = value
        for other in dict.fromkeys((number + 1, number - 1, number * 2, type(number)(0), -number)):
            if other != number:
                yield ast.Constant(other)
    elif type(value) is str and value:
        yield ast.Constant(value + " mutated")


def _call(node: ast.Call) -> Iterator[ast.AST]:
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield node.args[0]
    if isinstance(node.func, ast.Attribute):
        if not _is_module(node.func.value):
            yield node.func.value  # x.copy() becomes x
        if node.func.attr in _NEIGHBOURS:
            yield _changed(node, func=_changed(node.func, attr=_NEIGHBOURS[node.func.attr]))
    elif isinstance(node.func, ast.Name) and node.func.id in _NEIGHBOURS:
        yield _changed(node, func=ast.Name(_NEIGHBOURS[node.func.id], ast.Load()))
    for number in range(len(node.args) - 1):
        yield _changed(node, args=_swapped(node.args, number))
    for number in range(len(node.keywords)):
        yield _changed(node, keywords=[*node.keywords[:number], *node.keywords[number + 1 :]])


def _is_module(node: ast.expr) -> bool:
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in ("np", "numpy", "math", "scipy")


def _counts(node: ast.expr, parent: ast.AST, field: str) -> bool:
    """Whether the node is an index, a bound of a slice or a length of a range."""
    if isinstance(parent, ast.Subscript):
        return field == "slice" and not isinstance(node, (ast.Slice, ast.Tuple))
    if isinstance(parent, ast.Call):
        return field == "args" and _called(parent) in ("range", "arange")
    return isinstance(parent, ast.Slice)


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _off_by_one(node: ast.expr) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Constant):  # constants have mutants of their own
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))


def _swapped(items: list[Any], number: int) -> list[Any]:
    return [*items[:number], items[number + 1], items[number], *items[number + 2 :]]


def _changed(node: Any, **fields: Any) -> Any:
    """A shallow copy with other fields; children are shared, and nobody changes them."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})
