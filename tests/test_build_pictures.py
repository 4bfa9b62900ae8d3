"""Pictures with a palette: smaller, and the same to the eye, on a page of either colour."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from small_pictures import shrink

from mlopt_course.explore import style


def drawn(path):
    with style.context():
        figure = Figure()
        ax = figure.subplots()
        for slope in range(1, 4):
            ax.plot(np.linspace(0, slope, 50) ** 2, label=str(slope))
            ax.fill_between(range(50), slope, slope + 1, alpha=0.25)
        ax.legend()
        figure.savefig(path)
    return path


def on_page(path, colour):
    with Image.open(path) as picture:
        page = Image.new("RGBA", picture.size, colour)
        return np.asarray(Image.alpha_composite(page, picture.convert("RGBA")).convert("RGB"), dtype=float)


def test_a_picture_gets_smaller_and_looks_the_same(tmp_path):
    path = drawn(tmp_path / "a.png")
    size, before = path.stat().st_size, [on_page(path, colour) for colour in ("#ffffff", "#14181e")]
    shrink(path)
    assert path.stat().st_size < size / 2
    assert list(tmp_path.iterdir()) == [path]
    for colour, seen in zip(("#ffffff", "#14181e"), before, strict=True):
        off = np.abs(on_page(path, colour) - seen)
        assert off.mean() < 1  # of 255 levels
        assert off.max() < 40


def test_a_picture_that_would_grow_or_has_a_palette_stays(tmp_path):
    tiny = tmp_path / "tiny.png"
    Image.new("RGB", (1, 1)).save(tiny)
    path = drawn(tmp_path / "a.png")
    shrink(path)
    before = tiny.read_bytes(), path.read_bytes()
    shrink(tiny)
    shrink(path)
    assert (tiny.read_bytes(), path.read_bytes()) == before
