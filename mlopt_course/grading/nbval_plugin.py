"""A pytest plugin beside nbval: time per exercise, kernels that die or are spoilt, answers out.

nbval itself is unmodified and runs every cell. This plugin hands it a kernel that drains its output while it waits
(`client.DrainedKernel`), starts a new one where the old one is gone, and writes down what every cell did.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import nbval.plugin
import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME

from mlopt_course.checks.answers import NOT_CALLABLE, TIME_LIMIT, WRONG_ARGUMENTS

from .client import CellRun, DrainedKernel, KernelDied
from .rebuild import ROLE, defined_names

# After so many new kernels, the student's earlier cells are no longer run again: one of them may be the killer.
REPLAYED_RESTARTS = 6
# `check` stops an answer by itself when its time is over; we wait a little longer, for what it then has to say.
GRACE_SECONDS = 1.0
SUSPICIOUS_SECONDS = 1.0  # a check this slow may have left processes that compute


@dataclass
class Recorder:
    """The plugin object: give it to ``pytest.main(plugins=[recorder])``, then read ``cells`` and ``answers``.

    Parameters
    ----------
    seconds : float
        Wall time that the cells of one exercise have together.
    output_bytes : int
        Output of a cell that is passed on to nbval.
    """

    seconds: float
    output_bytes: int
    cells: list[CellRun] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)  # exercises whose time ran out or whose kernel died
    tried_again: set[str] = field(default_factory=set)
    restarts: int = 0
    failure: str = ""
    given: set[str] = field(default_factory=set)  # names that the release's own cells define

    def pytest_configure(self) -> None:
        DrainedKernel.output_bytes = self.output_bytes
        nbval.plugin.RunningKernel = DrainedKernel

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            # Comments such as NBVAL_SKIP in an answer decide nothing here.
            item.options = {"check": False, "skip": False, "check_exception": False}
            item.output_timeout = 3
            if item.cell.metadata[ROLE]["role"] == "setup":
                self.given |= defined_names(item.cell.source)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: Any) -> None:
        notebook = item.parent
        notebook.timed_out = False  # else nbval expects all later cells to fail
        mark = item.cell.metadata[ROLE]
        run = CellRun(mark["role"], mark["exercise"])
        self.cells.append(run)
        if run.exercise in self.lost:
            run.status = "skipped"
            pytest.skip("the exercise is lost already")
        if notebook.kernel is not None:
            if notebook.kernel.needs_replacing():
                self._replace(notebook, item.cell_num)
            if self.restarts:
                self._bring_answers(notebook, item.cell_num)
        left = self.seconds + GRACE_SECONDS - self.spent.get(run.exercise, 0.0)
        item.config.option.nbval_cell_timeout = max(left, 1.0) if run.exercise else self.seconds

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Iterator[None]:
        run, notebook = self.cells[-1], item.parent
        notebook.kernel.begin(run)
        started = time.monotonic()
        try:
            try:
                yield
            except Exception as error:
                if not self._may_be_another(run, notebook, error):
                    raise
                self._once_more(item, run)
            else:
                if self._may_be_another(run, notebook):
                    self._once_more(item, run)
        except KernelDied as death:
            run.status, run.message = "died", str(death)
            raise
        except Exception:
            if notebook.timed_out:
                run.status = "timeout"
            elif run.status == "ok":
                run.status, run.error = "error", run.error or "RuntimeError"
            raise
        finally:
            run.seconds = time.monotonic() - started
            self._note(run, notebook)

    def _may_be_another(self, run: CellRun, notebook: Any, error: Exception | None = None) -> bool:
        """Whether it may be what an earlier exercise left behind that kept this one from handing in answers."""
        kernel = notebook.kernel
        if run.exercise in self.tried_again or notebook.timed_out or not kernel.present - {run.exercise}:
            return False
        if isinstance(error, KernelDied):
            return True
        undefined = error is not None and run.error == "NameError"  # the answer's own cell did not define it
        outcomes = kernel.answer.get("outcomes") if kernel.answer is not None else None
        return run.role == "check" and not undefined and _is_spoilt(outcomes, self.given)

    def _once_more(self, item: Any, run: CellRun) -> None:
        """Run a check again, in a new kernel that no other exercise has been in but those that it needs."""
        self.tried_again.add(run.exercise)
        run.error, run.message, run.line = "", "", None
        self._replace(item.parent, item.cell_num)
        self._bring_answers(item.parent, item.cell_num)
        item.parent.kernel.begin(run)
        item.runtest()

    def _note(self, run: CellRun, notebook: Any) -> None:
        """Write down what a cell that just ended did."""
        kernel = notebook.kernel
        run.printed = kernel.printed
        self.spent[run.exercise] = self.spent.get(run.exercise, 0.0) + run.seconds
        if notebook.timed_out and run.status == "ok":
            run.status = "timeout"
        if run.exercise and run.status in ("died", "timeout"):
            self.lost.add(run.exercise)
        if kernel.answer is not None:
            self.answers[run.exercise] = kernel.answer.get("outcomes")
        errors = _errors(self.answers.get(run.exercise))
        if run.error == "MemoryError" or any(error.get("type") == "MemoryError" for error in errors):
            kernel.leaving = True  # its other threads may have run out of memory too
        if run.role == "check" and run.seconds > SUSPICIOUS_SECONDS and kernel.is_alive() and kernel.box.has_company():
            kernel.leaving = True  # processes that it started would slow down the other exercises

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "setup" and report.failed and not self.failure:
            self.failure = str(report.longrepr)[-500:]

    def _replace(self, notebook: Any, position: int) -> None:
        """Start a new kernel and run in it what was given."""
        notebook.kernel.end()
        self.restarts += 1
        notebook.kernel = DrainedKernel(CURRENT_ENV_KERNEL_NAME)
        for source, run in self._earlier(notebook, position):
            if run.role == "setup" and run.status == "ok":
                notebook.kernel.run_quietly(source, self.seconds)

    def _bring_answers(self, notebook: Any, position: int) -> None:
        """Run those of the student's earlier cells that the exercise at hand builds on and the kernel has not seen."""
        if self.restarts > REPLAYED_RESTARTS:
            return
        exercise = self.cells[-1].exercise
        known = set(notebook.kernel.present)
        missing: list[tuple[str, CellRun]] = []
        wanted = {"*"}  # what `from module import *` defines is not known
        for cell in notebook.nb.cells:
            wanted |= _used(cell.source) if cell.metadata[ROLE]["exercise"] == exercise else set()
        for source, run in reversed(self._earlier(notebook, position)):
            names = defined_names(source) if run.role == "answer" and run.status == "ok" else set()
            own = run.exercise == exercise and run.role == "answer"
            if run.exercise not in known | self.lost and (own or names & wanted):
                missing.append((source, run))
                wanted |= _used(source)
        for source, run in reversed(missing):
            if run.status == "ok":
                notebook.kernel.run_quietly(source, self.seconds, run.exercise)

    def _earlier(self, notebook: Any, position: int) -> list[tuple[str, CellRun]]:
        """Sources of the cells that ran before, and how they went."""
        sources = [cell.source for cell in notebook.nb.cells if cell.cell_type == "code"][:position]
        return list(zip(sources, self.cells, strict=False))


def _used(source: str) -> set[str]:
    """Names that a cell refers to; all its words where it is not valid Python (magics, say)."""
    try:
        return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"\w+", source))


def _is_spoilt(outcomes: Any, given: set[str]) -> bool:
    """Whether there are no outcomes, or a name that was given is gone, or no error arose in the answer's own lines."""
    errors = _errors(outcomes)
    messages = [error["message"] for error in errors if isinstance(error.get("message"), str)]
    unknown = [re.match(r"name '(\w+)' is not defined", message) for message in messages]
    if any(match is not None and match.group(1) in given for match in unknown):
        return True
    if not errors or len(errors) < len(outcomes):
        return not outcomes or not isinstance(outcomes, list)
    kinds = (NOT_CALLABLE, WRONG_ARGUMENTS, TIME_LIMIT)
    return all(error.get("line") is None and error.get("type") not in kinds for error in errors)


def _errors(outcomes: Any) -> list[dict[str, Any]]:
    """The errors among some outcomes, which a student's code may have forged."""
    errors = [one.get("error") for one in outcomes if isinstance(one, dict)] if isinstance(outcomes, list) else []
    return [error for error in errors if isinstance(error, dict)]
