"""For courses that use nbgrader: lets it leave out of an assignment what only the solutions may hold.

Put the notebooks of ``solutions/`` into nbgrader's ``source/`` folder, and this into ``nbgrader_config.py``::

    from mlopt_course.release.nbgrader import configure

    configure(get_config())

Without it ``nbgrader generate_assignment`` clears the answers, but keeps the explanations that stand below them.
"""

from __future__ import annotations

from typing import Any


def configure(config: Any) -> None:
    """Make ``generate_assignment`` remove every cell with the tag ``solution``, before all else that it does.

    Parameters
    ----------
    config : traitlets.config.Config
        What ``get_config()`` gives in ``nbgrader_config.py``.
    """
    from nbconvert.preprocessors import TagRemovePreprocessor
    from nbgrader.converters import GenerateAssignment

    config.GenerateAssignment.preprocessors = [TagRemovePreprocessor, *GenerateAssignment.preprocessors.default()]
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = {"solution"}
