"""Reverse-mode automatic differentiation of NumPy expressions.

>>> x = Tensor([1.0, 2.0])
>>> y = (x * x).sum()
>>> y.backward()
>>> x.grad
array([2., 4.])

Each operation makes a `Tensor` that remembers its inputs and, beside its value, the rule that takes the gradient with
respect to the output to the gradients with respect to the inputs. `Tensor.backward` applies the rules from the output
back to the leaves, each once, in reverse topological order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray
Rule = Callable[[Array], Sequence[Array | None]]


class Tensor:
    """An array that records what is computed from it.

    Parameters
    ----------
    value : array_like of real numbers
        Kept as float64. It must not be changed in place between an operation and `backward`, which uses it.
    inputs : tuple of Tensor
        What it was computed from; none for a leaf.
    rule : callable, optional
        ``rule(gradient) -> gradients``, one for each input.

    Attributes
    ----------
    grad : ndarray or None
        For leaves, the sum of the gradients of all `backward` calls since `zero_grad`: a second call adds to the first,
        as in PyTorch, and never disturbs it, because nothing in between keeps a gradient. None before the first.
    """

    __array_ufunc__ = None  # so that ndarray + Tensor is left to Tensor.__radd__

    def __init__(self, value: Any, inputs: tuple[Tensor, ...] = (), rule: Rule | None = None) -> None:
        self.value = np.asarray(value, dtype=float)
        self.grad: Array | None = None
        self.inputs = inputs
        self.rule = rule

    def backward(self, gradient: Any = None) -> None:
        """Add the gradient of this tensor, a single number, with respect to each leaf to the leaf's ``grad``.

        With ``gradient``, an array of this tensor's shape, that of ``(gradient * self).sum()``.
        """
        if gradient is None:
            if self.value.size != 1:
                raise ValueError(f"backward needs gradient= for a tensor of shape {self.shape}: it is not a number")
            gradient = np.ones(self.shape)
        gradient = np.asarray(gradient, dtype=float)
        if gradient.shape != self.shape:
            raise ValueError(f"gradient must have the tensor's shape {self.shape}, got {gradient.shape}")
        pending = {id(self): gradient}
        for node in reversed(_topological_order(self)):
            received = pending.pop(id(node))
            if node.rule is None:
                node.grad = received.copy() if node.grad is None else node.grad + received
                continue
            for source, part in zip(node.inputs, node.rule(received), strict=True):
                if part is not None:
                    part = _undo_broadcasting(part, source.shape)
                    pending[id(source)] = pending[id(source)] + part if id(source) in pending else part
                else:
                    pending.setdefault(id(source), np.zeros(source.shape))

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.grad = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def __repr__(self) -> str:
        return f"Tensor({self.value!r})"

    def __len__(self) -> int:
        return len(self.value)

    def item(self) -> float:
        """The value of a tensor of one element."""
        return self.value.item()

    def __add__(self, other: Any) -> Tensor:
        other = as_tensor(other)
        return Tensor(self.value + other.value, (self, other), lambda g: (g, g))

    def __mul__(self, other: Any) -> Tensor:
        other = as_tensor(other)
        return Tensor(self.value * other.value, (self, other), lambda g: (g * other.value, g * self.value))

    def __truediv__(self, other: Any) -> Tensor:
        other = as_tensor(other)
        ratio = self.value / other.value
        return Tensor(ratio, (self, other), lambda g: (g / other.value, -g * ratio / other.value))

    def __pow__(self, exponent: float) -> Tensor:
        if isinstance(exponent, Tensor):
            raise TypeError("the exponent of ** must be a number; for a tensor b write exp(b * log(a))")
        slope = exponent * self.value ** (exponent - 1) if exponent != 0 else np.zeros(self.shape)
        return Tensor(self.value**exponent, (self,), lambda g: (g * slope,))

    def __matmul__(self, other: Any) -> Tensor:
        other = as_tensor(other)
        return Tensor(self.value @ other.value, (self, other), lambda g: _matmul_rule(g, self.value, other.value))

    def __neg__(self) -> Tensor:
        return Tensor(-self.value, (self,), lambda g: (-g,))

    def __sub__(self, other: Any) -> Tensor:
        return self + -as_tensor(other)

    def __rsub__(self, other: Any) -> Tensor:
        return as_tensor(other) - self

    def __rtruediv__(self, other: Any) -> Tensor:
        return as_tensor(other) / self

    def __rmatmul__(self, other: Any) -> Tensor:
        return as_tensor(other) @ self

    __radd__, __rmul__ = __add__, __mul__

    def __getitem__(self, index: Any) -> Tensor:
        def rule(g: Array) -> tuple[Array]:
            whole = np.zeros(self.shape)
            np.add.at(whole, index, g)  # an element taken twice gets both gradients
            return (whole,)

        return Tensor(self.value[index], (self,), rule)

    def sum(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
        """Sum over all elements, or over an axis or several."""
        total = self.value.sum(axis=axis, keepdims=keepdims)
        return Tensor(total, (self,), lambda g: (_spread(g, self.shape, axis, keepdims),))

    def mean(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
        """Mean over all elements, or over an axis or several."""
        total = self.sum(axis, keepdims)
        return total / (self.value.size / max(total.value.size, 1))

    def max(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
        """Largest element, of all or along an axis or several. Equal largest ones share the gradient evenly."""
        top = self.value.max(axis=axis, keepdims=True)
        where = self.value == top
        share = where / where.sum(axis=axis, keepdims=True)
        value = self.value.max(axis=axis, keepdims=keepdims)
        return Tensor(value, (self,), lambda g: (share * _spread(g, self.shape, axis, keepdims),))

    def reshape(self, *shape: Any) -> Tensor:
        return Tensor(self.value.reshape(*shape), (self,), lambda g: (g.reshape(self.shape),))

    def transpose(self, *axes: int) -> Tensor:
        """Axes in another order; reversed by default."""
        order = axes or tuple(reversed(range(self.value.ndim)))
        return Tensor(self.value.transpose(order), (self,), lambda g: (g.transpose(np.argsort(order)),))

    @property
    def T(self) -> Tensor:
        return self.transpose()


def as_tensor(value: Any) -> Tensor:
    """``value`` itself if it is a `Tensor`, else a leaf that holds it."""
    return value if isinstance(value, Tensor) else Tensor(value)


def _topological_order(output: Tensor) -> list[Tensor]:
    """Every tensor that the output depends on, each after its inputs; without recursion, so graphs may be deep."""
    order: list[Tensor] = []
    seen: set[int] = set()
    stack: list[tuple[Tensor, bool]] = [(output, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((source, False) for source in node.inputs)
    return order


def _undo_broadcasting(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the axes along which a value of this shape was repeated."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    repeated = tuple(i + extra for i, size in enumerate(shape) if size == 1 and gradient.shape[i + extra] != 1)
    return gradient.sum(axis=(*range(extra), *repeated), keepdims=True).reshape(shape)


def _spread(gradient: Array, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Array:
    """The gradient of a reduction, repeated along the axes that it reduced."""
    if axis is not None and not keepdims:
        gradient = np.expand_dims(gradient, axis)
    return np.broadcast_to(gradient, shape)


def _matmul_rule(g: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """For C = A B: dA = dC B', dB = A' dC; vectors are matrices with one row (left) or one column (right)."""
    rows, columns = (a[None, :] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    g = np.expand_dims(g, -1) if b.ndim == 1 else g
    g = np.expand_dims(g, -2) if a.ndim == 1 else g
    to_a = g @ np.swapaxes(columns, -1, -2)
    to_b = np.swapaxes(rows, -1, -2) @ g
    if a.ndim == 1:
        to_a = to_a[..., 0, :]
    if b.ndim == 1:
        to_b = to_b[..., 0]
    return to_a, to_b


def exp(x: Any) -> Tensor:
    x = as_tensor(x)
    value = np.exp(x.value)
    return Tensor(value, (x,), lambda g: (g * value,))


def log(x: Any) -> Tensor:
    x = as_tensor(x)
    return Tensor(np.log(x.value), (x,), lambda g: (g / x.value,))


def sqrt(x: Any) -> Tensor:
    x = as_tensor(x)
    value = np.sqrt(x.value)
    return Tensor(value, (x,), lambda g: (g / (2 * value),))


def sin(x: Any) -> Tensor:
    x = as_tensor(x)
    return Tensor(np.sin(x.value), (x,), lambda g: (g * np.cos(x.value),))


def cos(x: Any) -> Tensor:
    x = as_tensor(x)
    return Tensor(np.cos(x.value), (x,), lambda g: (-g * np.sin(x.value),))


def tanh(x: Any) -> Tensor:
    x = as_tensor(x)
    value = np.tanh(x.value)
    return Tensor(value, (x,), lambda g: (g * (1 - value**2),))


def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x)), written with tanh because that cannot overflow."""
    x = as_tensor(x)
    value = 0.5 * (1 + np.tanh(0.5 * x.value))
    return Tensor(value, (x,), lambda g: (g * value * (1 - value),))


def relu(x: Any) -> Tensor:
    """max(x, 0), with derivative 0 at 0."""
    x = as_tensor(x)
    return Tensor(np.maximum(x.value, 0.0), (x,), lambda g: (g * (x.value > 0),))


def absolute(x: Any) -> Tensor:
    """|x|, with derivative 0 at 0."""
    x = as_tensor(x)
    return Tensor(np.abs(x.value), (x,), lambda g: (g * np.sign(x.value),))


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of each pair; equal ones share the gradient evenly."""
    a, b = as_tensor(a), as_tensor(b)
    share = np.where(a.value == b.value, 0.5, a.value > b.value)
    return Tensor(np.maximum(a.value, b.value), (a, b), lambda g: (g * share, g * (1 - share)))


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """``a`` where the condition (an array of booleans) holds, ``b`` elsewhere."""
    a, b, chosen = as_tensor(a), as_tensor(b), np.asarray(condition, dtype=bool)
    return Tensor(
        np.where(chosen, a.value, b.value), (a, b), lambda g: (np.where(chosen, g, 0.0), np.where(chosen, 0.0, g))
    )


def concatenate(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    parts = tuple(as_tensor(t) for t in tensors)
    ends = np.cumsum([part.shape[axis] for part in parts])[:-1]
    value = np.concatenate([part.value for part in parts], axis=axis)
    return Tensor(value, parts, lambda g: np.split(g, ends, axis=axis))


def log_sum_exp(x: Any, axis: int = -1, keepdims: bool = False) -> Tensor:
    """log(sum(exp(x))) along an axis, without overflow."""
    x = as_tensor(x)
    top = x.value.max(axis=axis, keepdims=True)
    powers = np.exp(x.value - top)
    total = powers.sum(axis=axis, keepdims=True)
    value = (top + np.log(total)) if keepdims else (top + np.log(total)).squeeze(axis)
    return Tensor(value, (x,), lambda g: (_spread(g, x.shape, axis, keepdims) * (powers / total),))


def conv2d(images: Any, filters: Any, *, stride: int = 1, padding: int = 0) -> Tensor:
    r"""Two-dimensional convolution of neural networks (cross-correlation: the filter is not flipped).

    .. math:: y_{n,f,i,j} = \sum_{c,p,q} x_{n,c,\,s i + p,\,s j + q} \, w_{f,c,p,q}

    Parameters
    ----------
    images : Tensor, shape (n, channels, height, width)
    filters : Tensor, shape (filters, channels, p, q)
    stride : int
        :math:`s \ge 1`.
    padding : int
        Zeros added on each side, at least 0.

    Returns
    -------
    Tensor, shape (n, filters, (height + 2 padding - p) // stride + 1, (width + 2 padding - q) // stride + 1)
        PyTorch's ``conv2d`` without bias.
    """
    x, w = as_tensor(images), as_tensor(filters)
    if x.value.ndim != 4 or w.value.ndim != 4 or x.shape[1] != w.shape[1]:
        raise ValueError(
            "images must have shape (n, channels, height, width) and filters (filters, channels, p, q), "
            f"got {x.shape} and {w.shape}"
        )
    around = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(x.value, around)
    if w.shape[2] > padded.shape[2] or w.shape[3] > padded.shape[3]:
        raise ValueError(f"filters must fit into the padded images {padded.shape[2:]}, got {w.shape[2:]}")
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    value = np.einsum("ncijpq,fcpq->nfij", windows, w.value, optimize=True)

    def rule(g: Array) -> tuple[Array, Array]:
        to_padded = np.zeros(padded.shape)
        rows, columns = stride * g.shape[2], stride * g.shape[3]
        for p in range(w.shape[2]):
            for q in range(w.shape[3]):
                part = np.einsum("nfij,fc->ncij", g, w.value[:, :, p, q], optimize=True)
                to_padded[:, :, p : p + rows : stride, q : q + columns : stride] += part
        inside = to_padded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]
        return inside, np.einsum("nfij,ncijpq->fcpq", g, windows, optimize=True)

    return Tensor(value, (x, w), rule)


def max_pool2d(images: Any, size: int) -> Tensor:
    """Largest value in each block of ``size`` by ``size`` pixels; height and width must be multiples of it."""
    x = as_tensor(images)
    n, channels, height, width = x.shape
    if height % size or width % size:
        raise ValueError(f"size must divide height and width {(height, width)}, got {size!r}")
    return x.reshape(n, channels, height // size, size, width // size, size).max(axis=(3, 5))


def value_and_gradient(fun: Callable[..., Tensor], *arguments: Any) -> tuple[float, list[Array]]:
    """The value of ``fun(*arguments)``, a single number, and its gradient with respect to each argument.

    >>> value_and_gradient(lambda x: (x * x).sum(), [1.0, 2.0])
    (5.0, [array([2., 4.])])
    """
    leaves = [Tensor(argument) for argument in arguments]
    output = fun(*leaves)
    if not isinstance(output, Tensor) or output.value.size != 1:
        raise ValueError(f"fun must return a Tensor of one element, got {output!r}")
    output.backward()
    return output.item(), [np.zeros(leaf.shape) if leaf.grad is None else leaf.grad for leaf in leaves]
