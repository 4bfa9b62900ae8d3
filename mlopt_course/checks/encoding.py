"""Values as JSON and back. Nothing is pickled, no object of the student's survives, nothing here trusts its input.

``None``, booleans, integers, finite floats and text stand for themselves; a JSON list is a list; everything else
is a dict with one tag: ``tuple``, ``dict``, ``float`` (nan, inf), ``complex``, ``array``, ``probe``, ``generator``
(a random generator), or, for what cannot be handed in, ``unsupported`` and ``oversized``.
"""

from __future__ import annotations

import base64
import binascii
import math
import types
from dataclasses import dataclass
from typing import Any

import numpy as np

from .probes import PROBES, field_names

MAX_BYTES = 200_000
MAX_DEPTH = 20
_KINDS = "biufc"
_DTYPES = {"?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"}


@dataclass(frozen=True)
class Unsupported:
    """Stands, after decoding, for a value that could not be handed in; ``oversized`` where it was too large."""

    description: str
    oversized: bool = False


class _Oversized(Exception):
    pass


def encode(value: Any, max_bytes: int = MAX_BYTES) -> Any:
    """``value`` as JSON-able data of at most about ``max_bytes``. Never raises, whatever the value does.

    Numbers, text, None, lists, tuples, dicts, arrays (and what turns into one by ``__array__``), NumPy scalars,
    probes and NumPy's random generators are written down; anything else becomes ``{"unsupported": type name}``,
    and what is too large ``{"oversized": description}``.
    """
    try:
        return _Encoder(max_bytes).encode(value, 0)
    except _Oversized as size:
        return {"oversized": str(size)}
    except (Exception, SystemExit, GeneratorExit):  # an object that refuses to be read
        return _unsupported(value)


class _Encoder:
    def __init__(self, max_bytes: int) -> None:
        self.left = max_bytes

    def spend(self, size: int, what: str) -> None:
        self.left -= size
        if self.left < 0:
            raise _Oversized(what)

    def encode(self, value: Any, depth: int) -> Any:
        self.spend(2, "a collection of very many values")
        kind = type(value)  # not isinstance, which believes an object's own __class__
        if value is None or kind is bool:
            return value
        if depth > MAX_DEPTH:
            return {"unsupported": "a collection nested too deeply"}
        for base, encoder in _ENCODERS:
            if issubclass(kind, base):
                return encoder(self, value, depth)
        if kind.__name__ in PROBES and PROBES[kind.__name__] is kind:
            fields = {name: self.encode(getattr(value, name), depth + 1) for name in field_names(kind)}
            return {"probe": kind.__name__, "fields": fields}
        if hasattr(kind, "__array__"):
            return self.array(np.asarray(value), depth)
        return _unsupported(value)

    def integer(self, value: Any, depth: int) -> Any:
        number = int.__int__(value)
        if number.bit_length() > 4096:
            return {"oversized": f"an integer of {number.bit_length()} bits"}
        self.spend(number.bit_length() // 3, "an integer")
        return number

    def real(self, value: Any, depth: int) -> Any:
        number = float.__float__(value)
        self.spend(20, "a collection of very many numbers")
        return number if math.isfinite(number) else {"float": repr(number)}

    def complex(self, value: Any, depth: int) -> Any:
        number = complex.__complex__(value)
        return {"complex": [self.real(number.real, depth), self.real(number.imag, depth)]}

    def text(self, value: Any, depth: int) -> Any:
        text = str.__str__(value)
        self.spend(len(text), f"a text of {len(text)} characters")
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    def list(self, value: Any, depth: int) -> Any:
        length = list.__len__(value)
        self.spend(length, f"a list of {length} values")
        return [self.encode(item, depth + 1) for item in list.__iter__(value)]

    def tuple(self, value: Any, depth: int) -> Any:
        length = tuple.__len__(value)
        self.spend(length, f"a tuple of {length} values")
        return {"tuple": [self.encode(item, depth + 1) for item in tuple.__iter__(value)]}

    def range(self, value: Any, depth: int) -> Any:
        self.spend(min(len(value), 2**40), f"a range of {len(value)} values")
        return [self.encode(item, depth + 1) for item in value]

    def dict(self, value: Any, depth: int) -> Any:
        length = dict.__len__(value)
        self.spend(length, f"a dict of {length} entries")
        return {"dict": [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in dict.items(value)]}

    def array(self, value: Any, depth: int) -> Any:
        if issubclass(type(value), np.ma.MaskedArray):
            value = np.ma.filled(value.astype(float), math.nan)  # a masked entry is a missing number
        array = value if type(value) is np.ndarray else np.ndarray.view(value, np.ndarray)
        self.spend(array.nbytes * 4 // 3, f"an array of shape {array.shape}")
        if array.dtype.kind == "O":
            return self.objects(array, depth)
        if array.dtype.kind == "U":  # words, as of `np.where(right, "yes", "no")`
            return self.encode(array.tolist(), depth)
        if array.dtype.kind not in _KINDS:
            return {"unsupported": f"an array of {array.dtype.name}"}
        if array.dtype.itemsize > 8 and array.dtype.kind != "c":
            array = array.astype(np.float64)
        elif array.dtype.itemsize > 16:
            array = array.astype(np.complex128)
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        code = base64.b64encode(little.tobytes()).decode("ascii")
        dtype = "?" if array.dtype.kind == "b" else f"{array.dtype.kind}{array.dtype.itemsize}"
        return {"array": code, "dtype": dtype, "shape": [*array.shape]}

    def objects(self, array: np.ndarray, depth: int) -> Any:
        """An array of Python objects: as numbers where all of them are, else not handed in."""
        if array.size and {type(item) for item in array.flat} <= {int, float, np.float64, np.int64}:
            return self.array(array.astype(float), depth)
        return {"unsupported": "an array of Python objects"}

    def scalar(self, value: Any, depth: int) -> Any:
        item = np.generic.item(value)
        if issubclass(type(item), np.generic):  # longdouble stays itself
            item = complex(item) if issubclass(type(item), np.complexfloating) else float(item)
        return self.encode(item, depth)

    def random(self, value: Any, depth: int) -> Any:
        state = value.bit_generator.state
        if type(state) is not dict or state.get("bit_generator") != "PCG64":
            return {"unsupported": "a random generator other than PCG64"}
        inner = state["state"]
        return {"generator": [inner["state"], inner["inc"], state["has_uint32"], state["uinteger"]]}


_ENCODERS: tuple[tuple[Any, Any], ...] = (
    (float, _Encoder.real),
    (int, _Encoder.integer),
    (str, _Encoder.text),
    (complex, _Encoder.complex),
    (list, _Encoder.list),
    (tuple, _Encoder.tuple),
    (dict, _Encoder.dict),
    (np.ndarray, _Encoder.array),
    (np.generic, _Encoder.scalar),
    (np.random.Generator, _Encoder.random),
    (range, _Encoder.range),
)


def _unsupported(value: Any) -> dict[str, str]:
    return {"unsupported": type_name(value)}


def type_name(value: Any) -> str:
    """What to call the type of a value in a message; safe on any object."""
    kind = type(value)
    if issubclass(kind, type):
        return "a class"
    if issubclass(kind, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return "a function"
    if issubclass(kind, (types.GeneratorType, map, zip, filter)):
        return "a generator"
    if issubclass(kind, types.CoroutineType):
        return "a coroutine"
    try:
        name = str.__str__(kind.__name__)
    except Exception:
        name = "?"
    return f"an object of type {name[:60]}"


def decode(data: Any) -> Any:
    """The value that `encode` wrote down: fresh arrays, and `Unsupported` for what was not handed in.

    Raises ValueError for data that `encode` cannot have made.
    """
    try:
        return _decode(data, 0)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"not an encoded value: {type(error).__name__}") from error


def _decode(data: Any, depth: int) -> Any:
    if depth > 2 * MAX_DEPTH:
        raise ValueError("not an encoded value: nested too deeply")
    if data is None or type(data) in (bool, int, float, str):
        return data
    if type(data) is list:
        return [_decode(item, depth + 1) for item in data]
    if type(data) is not dict or not data:
        raise ValueError(f"not an encoded value: {type(data).__name__}")
    tag = next(iter(data))
    if tag == "tuple":
        return tuple(_decode(item, depth + 1) for item in data[tag])
    if tag == "dict":
        return {_hashable(_decode(k, depth + 1)): _decode(v, depth + 1) for k, v in data[tag]}
    if tag == "float":
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[data[tag]]
    if tag == "complex":
        real, imaginary = (_decode(part, depth + 1) for part in data[tag])
        return complex(real, imaginary)
    if tag == "array":
        return _decode_array(data)
    if tag == "probe":
        kind = PROBES[data[tag]]
        return kind(**{name: _decode(data["fields"][name], depth + 1) for name in field_names(kind)})
    if tag == "generator":
        return _decode_generator(data[tag])
    if tag in ("unsupported", "oversized"):
        return Unsupported(str(data[tag])[:200], oversized=tag == "oversized")
    raise ValueError(f"not an encoded value: unknown tag {tag!r:.60}")


def _hashable(key: Any) -> Any:
    hash(key)
    return key


def _decode_array(data: dict[str, Any]) -> np.ndarray:
    code, dtype, shape = data["array"], data["dtype"], data["shape"]
    if dtype not in _DTYPES or type(shape) is not list or len(shape) > 32:
        raise ValueError("not an encoded array")
    if not all(type(length) is int and length >= 0 for length in shape):
        raise ValueError("not an encoded array: bad shape")
    try:
        raw = base64.b64decode(code, validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError("not an encoded array: bad data") from error
    native = np.dtype(dtype) if dtype == "?" else np.dtype("<" + dtype).newbyteorder("=")
    little = native if dtype == "?" else np.dtype("<" + dtype)
    return np.frombuffer(raw, dtype=little).reshape(shape).astype(native)


def _decode_generator(parts: Any) -> np.random.Generator:
    state, increment, has_uint32, uinteger = parts
    bits = np.random.PCG64(0)
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": state, "inc": increment},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    return np.random.Generator(bits)
