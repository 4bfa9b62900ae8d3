"""Where a notebook can be had and run: download, Google Colab, Binder, or ``mlopt start`` on one's own machine.

The addresses come from the repository and the launch buttons of ``_config.yml``. An exercise notebook also lies at a
stable address of the site, beside its page (``exercises/NN_stem.ipynb``).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from markup import element, html_element
from sphinx.application import Sphinx
from sphinx.config import Config


def launch_addresses(config: Config, path: str) -> dict[str, str]:
    """The services that can open the repository's notebook ``path``, and at which address."""
    options = config.html_theme_options
    buttons = options.get("launch_buttons", {})
    branch = options.get("repository_branch", "main")
    project = options.get("repository_url", "").removeprefix("https://github.com/").strip("/")
    found = {}
    if buttons.get("colab_url"):
        found["Open in Colab"] = f"{buttons['colab_url'].rstrip('/')}/github/{project}/blob/{branch}/{path}"
    if buttons.get("binderhub_url"):
        where = quote(f"lab/tree/{path}", safe="")
        found["Open in Binder"] = f"{buttons['binderhub_url'].rstrip('/')}/v2/gh/{project}/{branch}?urlpath={where}"
    return found


def launch_bar(config: Config, path: str, download: str) -> html_element:
    """A row of links for a notebook.

    Parameters
    ----------
    config : Config
        Of the book.
    path : str
        The notebook in the repository.
    download : str
        Its address, relative to the page that the row is for.
    """
    links = [element("a", "Download the notebook", href=download, download="", class_="mlopt-button")]
    for label, address in launch_addresses(config, path).items():
        links.append(element("a", label, href=address, class_="mlopt-button", rel="noopener"))
    command = nodes.literal("", "mlopt start my-folder")
    hint = element(
        "span", "or, on your own machine, ", command, " and open it in JupyterLab.", class_="mlopt-launch-hint"
    )
    return element("div", *links, hint, class_="mlopt-launch")


def copy_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Put the exercise notebooks at their stable addresses."""
    if exception is not None or app.builder.name != "html":
        return
    for docname in app.env.found_docs:
        source = Path(app.srcdir, f"{docname}.ipynb")
        if docname.startswith("exercises/") and source.is_file():
            target = Path(app.outdir, f"{docname}.ipynb")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def drop_colab_for_markdown(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Take the theme's Colab button off pages that are Markdown in the repository: Colab opens .ipynb only."""
    if context.get("page_source_suffix") != ".md":
        return
    for group in context.get("header_buttons", []):
        if group.get("label") == "launch-buttons":
            group["buttons"] = [button for button in group["buttons"] if button["text"] != "Colab"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.setup_extension("markup")
    app.connect("build-finished", copy_notebooks)
    # After the theme has made its buttons.
    app.connect("html-page-context", drop_colab_for_markdown, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
