"""Arrays to bytes for the browser: small because rows that follow one another differ little.

Each array is optionally differenced along its first axis (integers, modulo their size), split into byte planes
(all first bytes, all second bytes...) and the lot is deflated once. ``js/data.js`` undoes it.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

DTYPES = ("<f4", "<u2", "<i2", "|u1")


def pack(arrays: dict[str, np.ndarray], differenced: tuple[str, ...] = ()) -> tuple[bytes, list[dict[str, Any]]]:
    """Compress arrays into one blob and a directory that says what is where.

    Parameters
    ----------
    arrays : dict of ndarray
        Of dtype float32, uint16, int16 or uint8.
    differenced : tuple of str
        Those to store as differences along the first axis (integers only).

    Returns
    -------
    blob : bytes
        Deflated (zlib format), the same bytes for the same arrays.
    directory : list of dict
        ``name, dtype, shape, differenced`` of each, in the order of the blob.
    """
    planes, directory = [], []
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        dtype = array.dtype.newbyteorder("<").str
        if dtype not in DTYPES:
            raise ValueError(f"{name} must have a dtype among {DTYPES}, got {dtype}")
        directory.append(
            {"name": name, "dtype": dtype[1:], "shape": list(array.shape), "differenced": name in differenced}
        )
        if name in differenced:
            array = np.diff(array, axis=0, prepend=np.zeros_like(array[:1]))
        rows = array.astype(dtype).reshape(len(array), -1).T if array.size else array.astype(dtype).reshape(1, 0)
        planes.append(np.ascontiguousarray(rows).reshape(-1, 1).view("u1").T.tobytes())
    return zlib.compress(b"".join(planes), 9), directory


def unpack(blob: bytes, directory: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """The arrays that `pack` was given."""
    data = np.frombuffer(zlib.decompress(blob), dtype="u1")
    arrays, at = {}, 0
    for entry in directory:
        dtype, shape = np.dtype("<" + entry["dtype"]), tuple(entry["shape"])
        size = int(np.prod(shape))
        planes = data[at : at + size * dtype.itemsize].reshape(dtype.itemsize, size)
        at += size * dtype.itemsize
        columns = np.ascontiguousarray(planes.T).view(dtype).ravel()
        array = columns.reshape(-1, shape[0]).T.reshape(shape) if size else columns.reshape(shape)
        arrays[entry["name"]] = np.cumsum(array, axis=0, dtype=dtype) if entry["differenced"] else array
    return arrays


def round_mantissa(values: np.ndarray) -> np.ndarray:
    """Values as float32 with 15 bits of mantissa kept (relative error at most 2**-16), which deflate far better."""
    bits = np.asarray(values, dtype="<f4").view("<u4").astype("<u8")
    return ((bits + 0x80) & 0xFFFFFF00).astype("<u4").view("<f4")
