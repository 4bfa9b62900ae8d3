"""Figures, and the colours of figures and explorers: what they draw, and that they read on light and dark pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from mlopt_course import Problem, explore, minimize, problems
from mlopt_course.explore.landscape import landscape

mpl.use("agg")
from matplotlib import pyplot as plt

CURVATURE = np.array([1.0, 10.0])
BOWL = Problem(lambda x: float(0.5 * x @ (CURVATURE * x)), lambda x: CURVATURE * x, x0=[-2.0, 1.0], x_opt=[0.0, 0.0],
               f_opt=0.0, window=((-3, 3), (-2, 2)), name="bowl")  # fmt: skip
BOWL_1 = Problem(lambda x: float(x @ x), lambda x: 2 * x, x0=[2.0], x_opt=[0.0], f_opt=0.0)


def test_landscapes_have_a_window_levels_and_the_right_kind():
    picture = landscape(BOWL)
    assert picture.kind == "plane"
    assert (np.diff(picture.levels) > 0).all()
    # Levels are quantiles at squared fractions, so bands of a bowl are about equally wide.
    assert np.std(np.diff(np.sqrt(picture.levels))) < 0.4 * np.mean(np.diff(np.sqrt(picture.levels)))
    assert landscape(BOWL_1).kind == "line"
    assert landscape(problems.hartmann6()).kind == "none"
    unframed = Problem(lambda x: float(x @ x), x0=[4.0, -2.0], x_opt=[0.0, 0.0])
    (low, high), (down, up) = landscape(unframed).window
    assert low < 0 < 4 < high
    assert down < -2 < 0 < up


def test_figures_draw_the_history():
    figure, (left, right) = plt.subplots(1, 2)
    runs = {name: minimize(BOWL, method=name, max_iterations=20) for name in ("momentum", "adam")}
    explore.plot_path(runs, BOWL, left)
    explore.plot_convergence(runs, right)
    paths = [line for line in left.get_lines() if line.get_label() in runs]
    np.testing.assert_array_equal(paths[1].get_xydata(), runs["adam"].history.x)
    np.testing.assert_array_equal(right.get_lines()[0].get_ydata(), runs["momentum"].history.fun)
    assert right.get_yscale() == "log"
    looks = {(line.get_linestyle(), line.get_marker()) for line in right.get_lines()}
    assert len(looks) == 2
    plt.close(figure)
    with pytest.raises(ValueError, match="must have one or two variables"):
        explore.plot_path(runs["adam"], problems.hartmann6())
    with pytest.raises(ValueError, match="got a sequence"):
        explore.plot_convergence([runs["adam"]])


def _contrast(a: str, b: str) -> float:
    def luminance(colour):
        parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_figures_read_on_light_and_dark_pages():
    for page in ("#ffffff", "#14181e"):
        assert _contrast(explore.style.INK, page) > 4
        assert min(_contrast(colour, page) for colour in explore.style.COLOURS) >= 3
    looks = list(zip(map(str, explore.style.DASHES), explore.style.MARKERS, strict=True))
    assert len(set(looks)) == len(looks) == len(explore.style.COLOURS)


def test_explorers_read_on_light_and_dark_pages():
    sheet = (Path(explore.__file__).parent / "explorer.css").read_text()
    blocks = re.findall(r"\{([^}]*--mlopt-ink:[^}]*)\}", sheet)
    assert len(blocks) == 2
    for block in blocks:
        colours = dict(re.findall(r"--mlopt-([\w-]+): (#\w{6})", block))
        for name in ("ink", "muted", "goal"):
            assert _contrast(colours[name], colours["paper"]) >= 4.5, name
        assert _contrast(colours["ink"], colours["lit"]) >= 4.5
        for lane in range(8):
            for ground in ("paper", "deep", "shallow"):
                assert _contrast(colours[f"lane-{lane}"], colours[ground]) >= (3 if ground == "paper" else 2.4), lane


def test_without_anywidget_the_import_works_and_the_error_names_it():
    script = (
        "import sys; sys.modules['anywidget'] = None; sys.modules['matplotlib'] = None\n"
        "from mlopt_course import explore, problems\n"
        "try: explore.descent(problems.sphere(), steps=1)\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "pip install anywidget" in done.stdout
