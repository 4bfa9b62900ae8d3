"""`play`: a plot, driven by sliders, that runs the student's own function once its check has passed."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

from .notebook import GRADING_VARIABLE, passed_answers, show


class _Note:
    """One line of text, in a notebook and elsewhere."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def play(name: str, answer: Callable[..., Any]) -> None:
    """Show the plot of the exercise ``name``, made by ``answer``, if that very function has passed its check.

    Before that it says in a line that the plot will appear. It never raises, and does nothing while a grader runs
    the notebook.
    """
    if os.environ.get(GRADING_VARIABLE):
        return
    try:
        from .catalogue import exercise

        found = exercise(name)
        if found.play is None:
            show(_Note(f"{found.title} has no plot."))
        elif name not in passed_answers:
            show(_Note("A plot that runs your own function appears here once its check passes."))
        elif passed_answers[name] is not answer:
            show(_Note("Your function has changed: run its check again, then this cell."))
        else:
            show(found.play(answer))
    except Exception as error:
        show(_Note(f"The plot could not be drawn: {type(error).__name__}: {error}"))


def slider_plot(draw: Callable[..., str], **sliders: tuple[float, float, float, float]) -> Any:
    """A figure with a slider for each setting, redrawn whenever one moves.

    Parameters
    ----------
    draw : callable
        ``draw(axes, **settings) -> str`` draws on a Matplotlib axes and returns one sentence on what is seen, which
        stands under the picture: those who cannot see it, read it.
    **sliders : tuple (low, high, step, value)
        Range of each setting; whole numbers all four give a slider of whole numbers. An underscore in the name
        becomes a space in its label.

    Returns
    -------
    ipywidgets.VBox
        Sliders, picture and sentence. What ``draw`` raises is shown in place of the sentence.
    """
    import ipywidgets as widgets

    controls = {name: _slider(widgets, name, *settings) for name, settings in sliders.items()}
    picture = widgets.Image(format="png", layout=widgets.Layout(max_width="640px", width="100%"))
    sentence = widgets.HTML()

    def redraw(change: Any = None) -> None:
        picture.value, sentence.value = _picture(draw, {name: control.value for name, control in controls.items()})

    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([*controls.values(), picture, sentence])


def _slider(widgets: Any, name: str, low: float, high: float, step: float, value: float) -> Any:
    whole = all(isinstance(number, int) for number in (low, high, step, value))
    kind = widgets.IntSlider if whole else widgets.FloatSlider
    options = {} if whole else {"readout_format": ".3g"}
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name.replace("_", " "),
        style={"description_width": "10em"},
        layout=widgets.Layout(width="28em", max_width="100%"),
        **options,
    )


def _picture(draw: Callable[..., str], settings: dict[str, Any]) -> tuple[bytes, str]:
    """The picture as PNG, and the sentence under it as HTML."""
    import html

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.add_subplot()
    try:
        text = draw(axes, **settings)
    except Exception as error:  # it is the student's function that runs
        text = f"Your function raised {type(error).__name__} for these settings: {error}"
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file)
    return file.getvalue(), f"<span role='status'>{html.escape(str(text or ''))}</span>"
