"""Cities: a small example of five, and three instances of TSPLIB with its coordinates and its measures of distance."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np


def euclidean(coordinates: np.ndarray) -> np.ndarray:
    """EUC_2D: distances rounded to the nearest whole number (Reinelt, 1995, TSPLIB 95, section 2.1)."""
    x, y = np.asarray(coordinates, dtype=float).T
    return np.floor(np.hypot(x[:, None] - x, y[:, None] - y) + 0.5)


def geographical(coordinates: np.ndarray) -> np.ndarray:
    """GEO: whole kilometres on an idealised sphere (Reinelt, 1995, TSPLIB 95, section 2.4).

    Coordinates are latitude and longitude as DDD.MM, degrees and minutes; pi is 3.141592 and the radius 6378.388 km,
    as the definition fixes them, so that optimal lengths can be compared.
    """
    coordinates = np.asarray(coordinates, dtype=float)
    degrees = np.trunc(coordinates)
    minutes = coordinates - degrees
    latitude, longitude = (3.141592 * (degrees + 5.0 * minutes / 3.0) / 180.0).T
    q1 = np.cos(longitude[:, None] - longitude)
    q2 = np.cos(latitude[:, None] - latitude)
    q3 = np.cos(latitude[:, None] + latitude)
    angle = np.arccos(np.clip(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3), -1.0, 1.0))
    distances = np.trunc(6378.388 * angle + 1.0)
    np.fill_diagonal(distances, 0.0)
    return distances


def explicit(matrix: np.ndarray) -> np.ndarray:
    """EXPLICIT: the matrix itself."""
    return np.array(matrix, dtype=float)


_MEASURES = {"EUC_2D": euclidean, "GEO": geographical, "EXPLICIT": explicit}


@dataclass(frozen=True)
class Instance:
    """Cities, how distances between them are measured, and the length of the shortest tour."""

    name: str
    measure: str
    data: tuple[tuple[float, ...], ...]
    shortest: float
    optimal_tour: tuple[int, ...] = ()

    @property
    def coordinates(self) -> np.ndarray | None:
        return None if self.measure == "EXPLICIT" else np.array(self.data, dtype=float)

    def distances(self) -> np.ndarray:
        return _MEASURES[self.measure](np.array(self.data, dtype=float))


_FIVE = ((0, 2, 2, 5, 7), (2, 0, 4, 8, 2), (2, 4, 0, 1, 3), (5, 8, 1, 0, 6), (7, 2, 3, 6, 0))

_BURMA14 = (
    (16.47, 96.10), (16.47, 94.44), (20.09, 92.54), (22.39, 93.37), (25.23, 97.24), (22.00, 96.05), (20.47, 97.02),
    (17.20, 96.29), (16.30, 97.38), (14.05, 98.12), (16.53, 97.38), (21.52, 95.59), (19.41, 97.13), (20.09, 94.55),
)  # fmt: skip

_ULYSSES22 = (
    (38.24, 20.42), (39.57, 26.15), (40.56, 25.32), (36.26, 23.12), (33.48, 10.54), (37.56, 12.19), (38.42, 13.11),
    (37.52, 20.44), (41.23, 9.10), (41.17, 13.05), (36.08, -5.21), (38.47, 15.13), (38.15, 15.35), (37.51, 15.17),
    (35.49, 14.32), (39.36, 19.56), (38.09, 24.36), (36.09, 23.00), (40.44, 13.57), (40.33, 14.15), (40.37, 14.23),
    (37.57, 22.56),
)  # fmt: skip

_BERLIN52 = (
    (565, 575), (25, 185), (345, 750), (945, 685), (845, 655), (880, 660), (25, 230), (525, 1000), (580, 1175),
    (650, 1130), (1605, 620), (1220, 580), (1465, 200), (1530, 5), (845, 680), (725, 370), (145, 665), (415, 635),
    (510, 875), (560, 365), (300, 465), (520, 585), (480, 415), (835, 625), (975, 580), (1215, 245), (1320, 315),
    (1250, 400), (660, 180), (410, 250), (420, 555), (575, 665), (1150, 1160), (700, 580), (685, 595), (685, 610),
    (770, 610), (795, 645), (720, 635), (760, 650), (475, 960), (95, 260), (875, 920), (700, 500), (555, 815),
    (830, 485), (1170, 65), (830, 610), (605, 625), (595, 360), (1340, 725), (1740, 245),
)  # fmt: skip

#: The optimal tours that TSPLIB publishes (ulysses22, berlin52), counted from 0.
_ULYSSES22_TOUR = (0, 13, 12, 11, 6, 5, 14, 4, 10, 8, 9, 18, 19, 20, 15, 2, 1, 16, 21, 3, 17, 7)
_BERLIN52_TOUR = (
    0, 48, 31, 44, 18, 40, 7, 8, 9, 42, 32, 50, 10, 51, 13, 12, 46, 25, 26, 27, 11, 24, 3, 5, 14, 4, 23, 47, 37, 36, 39,
    38, 35, 34, 33, 43, 45, 15, 28, 49, 19, 22, 29, 1, 6, 41, 20, 16, 2, 17, 30, 21,
)  # fmt: skip

INSTANCES = MappingProxyType(
    {
        instance.name: instance
        for instance in (
            Instance("five", "EXPLICIT", _FIVE, 13.0),
            Instance("burma14", "GEO", _BURMA14, 3323.0),
            Instance("ulysses22", "GEO", _ULYSSES22, 7013.0, _ULYSSES22_TOUR),
            Instance("berlin52", "EUC_2D", _BERLIN52, 7542.0, _BERLIN52_TOUR),
        )
    }
)
