"""Real data that ships with the package: 178 wines, what is in them, and from which vine they come."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np


@dataclass(frozen=True, eq=False)
class Wines:
    """Wines of one region in Italy, from three cultivars of the vine.

    Attributes
    ----------
    X : ndarray, shape (178, 13)
        A chemical analysis of each wine, in units as different as per cent and milligrams per litre.
    cultivar : ndarray of int, shape (178,)
        0, 1 or 2.
    names : tuple of str
        What the columns of ``X`` are.
    """

    X: np.ndarray
    cultivar: np.ndarray
    names: tuple[str, ...]

    def columns(self, *names: str) -> np.ndarray:
        """Some of the columns, shape (178, len(names)); a ValueError for a name that is not among ``names``."""
        for name in names:
            if name not in self.names:
                raise ValueError(f"names must be among {', '.join(self.names)}, got {name!r}")
        return self.X[:, [self.names.index(name) for name in names]]


def wines() -> Wines:
    """The wine recognition data; nothing is downloaded, and only NumPy is needed.

    References
    ----------
    Forina et al., PARVUS, Institute of Pharmaceutical and Food Analysis and Technologies, Genoa; UCI Machine Learning
    Repository, "Wine". The same as ``sklearn.datasets.load_wine()``.
    """
    head, *lines = files(__package__).joinpath("wines.csv").read_text(encoding="utf-8").split()
    table = np.array([[float(entry) for entry in line.split(",")] for line in lines])
    return Wines(table[:, :-1], table[:, -1].astype(int), tuple(head.split(",")[:-1]))
