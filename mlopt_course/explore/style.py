"""Figures for pages that may be light or dark: transparent, in mid-tones that read on both, told apart without colour.

>>> from mlopt_course.explore import style
>>> style.use()

Colours are Okabe and Ito's (2008), the pale ones darkened until each has a contrast of 3 or more on white and on
the dark page (#14181e). Every colour has a dash and a marker of its own.

A figure is as wide as the text of a phone: there a point of type is a pixel, so that no letter is under 10 pixels.
"""

from __future__ import annotations

from typing import Any

# Vermilion, blue, green, purple, grey, ochre, violet, brown: the order of the explorers.
COLOURS = ("#d55e00", "#1f7fc0", "#0f9b76", "#bb69a3", "#7d828a", "#b07d12", "#7d80d8", "#a9714b")
DASHES: tuple[Any, ...] = (
    "-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (7, 2, 1.5, 2)), (0, (3, 1.5)), "-", (0, (5, 2)), (0, (1.2, 1.6)),
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "X", "P", "*")

# Text and axes; a contrast of 4.2 on both pages.
INK = "#767b84"
FAINT = "#767b8455"


def settings() -> dict[str, Any]:
    """The style as matplotlib's rc settings."""
    from cycler import cycler

    cycle = cycler(color=list(COLOURS)) + cycler(linestyle=list(DASHES))
    return {
        "axes.prop_cycle": cycle,
        "figure.figsize": (4.8, 3.2),
        "figure.dpi": 144,
        "figure.facecolor": "none",
        "figure.edgecolor": "none",
        "figure.constrained_layout.use": True,
        "savefig.facecolor": "none",
        "savefig.edgecolor": "none",
        "savefig.transparent": True,
        "axes.facecolor": "none",
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.grid": False,
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.labelsize": 11.5,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": 10.5,
        "ytick.labelsize": 10.5,
        "grid.color": FAINT,
        "grid.linewidth": 0.6,
        "text.color": INK,
        "font.size": 11,
        "legend.frameon": False,
        "legend.fontsize": 10.5,
        "legend.handlelength": 2.8,
        "lines.linewidth": 1.8,
        "lines.markersize": 5,
        "image.cmap": "cividis",
        "svg.hashsalt": "mlopt",
    }


def use() -> None:
    """Set the style for all figures that follow."""
    import matplotlib as mpl

    mpl.rcParams.update(settings())  # type: ignore[arg-type]


def context(ink: str = INK) -> Any:
    """The style for a ``with`` block alone, with text and axes in the colour ``ink``."""
    import matplotlib as mpl

    inked: Any = {name: ink if isinstance(value, str) and value == INK else value for name, value in settings().items()}
    return mpl.rc_context(inked)
