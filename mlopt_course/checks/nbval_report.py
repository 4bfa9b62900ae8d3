"""A pytest plugin for `mlopt check`: tells the parent process, in JSON lines on standard output, how each cell went.

pytest's own output goes nowhere. The lines: ``{"cells": [exercise or "", ...]}`` first, then one a cell,
``{"exercise", "ok", "error", "message"}``.
"""

from __future__ import annotations

import json
import os
import re
import time
from queue import Empty
from typing import Any

import nbval.plugin
import pytest

_CHECK = re.compile(r"^check\(\s*[\"']([\w.]+)[\"']", re.MULTILINE)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")

_events = os.fdopen(os.dup(1), "w", encoding="utf-8")
_nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(_nowhere, 1)


class WatchedKernel(nbval.plugin.RunningKernel):
    """nbval's kernel, which notices at once that the process ended instead of waiting for the cell's time limit."""

    poll = 0.5

    def get_message(self, stream: str, timeout: float | None = None) -> Any:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = self.poll if end is None else end - time.monotonic()
            try:
                return super().get_message(stream, timeout=max(0, min(left, self.poll)))
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("the kernel died") from None
                if end is not None and left <= self.poll:
                    raise


nbval.plugin.RunningKernel = WatchedKernel


def checked_exercise(source: str) -> str:
    """The exercise that a cell checks, or nothing."""
    found = _CHECK.search(source)
    return found.group(1) if found else ""


def _tell(event: dict[str, Any]) -> None:
    _events.write(json.dumps(event) + "\n")
    _events.flush()


def pytest_collection_modifyitems(items: list[Any]) -> None:
    for item in items:
        item.cell.outputs = []  # nbval refuses stored outputs of cells that have no number: they do not matter here
    _tell({"cells": [checked_exercise(item.cell.source) for item in items]})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any):
    report = yield
    if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
        error, message = _problem(item, call.excinfo)
        exercise = checked_exercise(item.cell.source)
        _tell({"exercise": exercise, "ok": call.excinfo is None, "error": error, "message": message})
    return report


def _problem(item: Any, excinfo: Any) -> tuple[str, str]:
    """Name and text of what went wrong in a cell: the notebook's own exception where there is one."""
    if excinfo is None or excinfo.errisinstance(pytest.skip.Exception):
        return "", ""
    text = str(excinfo.value)
    if text.startswith("Timeout"):
        return "time limit", text
    for output in item.test_outputs or ():
        if output.get("output_type") == "error":
            return output["ename"], _ANSI.sub("", output["evalue"])
    return "kernel", text
