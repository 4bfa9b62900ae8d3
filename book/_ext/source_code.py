"""The directive ``{source}``: shows the source of an object of the package, so that no page copies code.

``{source} mlopt_course.first_order.descent.momentum`` prints the function as it is run and tested, its dotted name
and a link to the file as its caption. ``:strip-docstring:`` leaves the docstring out and ``:strip-decorators:`` the
decorators, ``:caption:`` replaces the name, ``:name:`` makes it a target, ``:emphasize-lines:`` marks lines. The page
is built again when the file changes.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.directives.code import container_wrapper
from sphinx.util import parselinenos
from sphinx.util.docutils import SphinxDirective


def find_object(name: str) -> Any:
    """The object of a dotted name.

    Raises
    ------
    ValueError
        When no module of that path can be imported, or it has no such attribute.
    """
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        module_name = ".".join(parts[:end])
        try:
            found: Any = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not module_name.startswith(error.name):
                raise
            continue
        for attribute in parts[end:]:
            if not hasattr(found, attribute):
                raise ValueError(f"{found.__name__} has no {attribute!r} (source of {name})")
            found = getattr(found, attribute)
        return found
    raise ValueError(f"no module for {name!r}")


def without_docstring(source: str) -> str:
    """The source of a function or class without its docstring; its comments and layout stay."""
    statement = ast.parse(source).body[0]
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return source
    first = statement.body[0]
    if ast.get_docstring(statement) is None or first.end_lineno is None or len(statement.body) == 1:
        return source
    lines = source.splitlines()
    rest = lines[first.end_lineno :]
    while rest and not rest[0].strip():
        rest = rest[1:]
    return "\n".join(lines[: first.lineno - 1] + rest)


def without_decorators(source: str) -> str:
    """The source of a function or class from its ``def`` or ``class`` on."""
    statement = ast.parse(source).body[0]
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return source
    return "\n".join(source.splitlines()[statement.lineno - 1 :])


def source_of(found: Any, strip_docstring: bool = False, strip_decorators: bool = False) -> str:
    """An object's source, dedented."""
    source = inspect.cleandoc("\n" + inspect.getsource(found))
    if strip_decorators:
        source = without_decorators(source)
    return without_docstring(source) if strip_docstring else source


class Source(SphinxDirective):
    """See the module's text."""

    required_arguments = 1
    option_spec = {
        "strip-docstring": directives.flag,
        "strip-decorators": directives.flag,
        "caption": directives.unchanged_required,
        "name": directives.unchanged,
        "emphasize-lines": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Make the listing."""
        name = self.arguments[0]
        try:
            found = find_object(name)
            text = source_of(found, "strip-docstring" in self.options, "strip-decorators" in self.options)
        except (ValueError, TypeError, OSError) as error:
            raise self.error(f"source: {error}") from None
        plain = found if isinstance(found, ModuleType) else inspect.unwrap(found)
        path = Path(inspect.getsourcefile(plain) or "")
        self.env.note_dependency(str(path))
        block = nodes.literal_block(text, text, language="python", force=False)
        if "emphasize-lines" in self.options:
            count = len(text.splitlines())
            wanted = parselinenos(self.options["emphasize-lines"], count)
            block["highlight_args"] = {"hl_lines": [line + 1 for line in wanted if line < count]}
        self.set_source_info(block)
        caption = self.options.get("caption") or self.default_caption(name, path)
        listing = container_wrapper(self, block, caption)
        listing["classes"].append("mlopt-source")
        self.add_name(listing)
        return [listing]

    def default_caption(self, name: str, path: Path) -> str:
        """The dotted name, linked to the file in the repository where the object is of the book's own package."""
        repository = self.config.html_theme_options.get("repository_url", "")
        package = name.partition(".")[0]
        if not repository or package != self.config.execution_key_package:
            return f"`{name}`"
        branch = self.config.html_theme_options.get("repository_branch", "main")
        folder = Path(importlib.import_module(package).__file__ or "").resolve().parent.parent
        return f"[`{name}`]({repository}/blob/{branch}/{path.resolve().relative_to(folder).as_posix()})"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.setup_extension("execution_key")
    app.add_directive("source", Source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
