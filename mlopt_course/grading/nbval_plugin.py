"""A pytest plugin beside nbval: time per exercise, kernels that die, output that never ends, answers out.

nbval itself is unmodified and runs every cell. This plugin hands it a kernel that drains its output while it waits
(`DrainedKernel`), starts a new one where the old one is gone, and writes down what every cell did (`Recorder`).
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

import nbval.plugin
import pytest
import zmq
from jupyter_client.manager import KernelManager
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager, RunningKernel

from .rebuild import ROLE

MIME = "application/vnd.mlopt.answers+json"
MAX_MESSAGE_BYTES = 64 * 2**20
MAX_ANSWER_BYTES = 32 * 2**20
# After so many new kernels, the student's earlier cells are no longer run again: one of them may be the killer.
REPLAYED_RESTARTS = 6
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class KernelDied(RuntimeError):
    """The kernel's process ended while a cell ran."""


@dataclass
class CellRun:
    """What one cell did: "ok", "error", "timeout", "died" or "skipped"; the error; how much it printed."""

    role: str
    exercise: str
    status: str = "ok"
    error: str = ""
    message: str = ""
    line: int | None = None
    seconds: float = 0.0
    printed: int = 0


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

    def pytest_configure(self) -> None:
        DrainedKernel.output_bytes = self.output_bytes
        nbval.plugin.RunningKernel = DrainedKernel

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            # Comments such as NBVAL_SKIP in an answer decide nothing here.
            item.options = {"check": False, "skip": False, "check_exception": False}
            item.output_timeout = 3

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
        if notebook.kernel is not None and notebook.kernel.needs_replacing():
            self._replace(notebook, item.cell_num)
        left = self.seconds - self.spent.get(run.exercise, 0.0)
        item.config.option.nbval_cell_timeout = max(left, 1.0) if run.exercise else self.seconds

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Iterator[None]:
        run, notebook = self.cells[-1], item.parent
        notebook.kernel.begin(run)
        started = time.monotonic()
        try:
            try:
                yield
            except KernelDied:
                if run.exercise in self.tried_again:
                    raise
                # It may be what an earlier exercise left behind that killed it: once more, in a new kernel.
                self.tried_again.add(run.exercise)
                self._replace(notebook, item.cell_num)
                notebook.kernel.begin(run)
                item.runtest()
        except KernelDied:
            run.status = "died"
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

    def _note(self, run: CellRun, notebook: Any) -> None:
        """Write down what a cell that just ended did."""
        kernel = notebook.kernel
        run.printed = kernel.printed
        self.spent[run.exercise] = self.spent.get(run.exercise, 0.0) + run.seconds
        if notebook.timed_out and run.status == "ok":
            run.status = "timeout"
        if run.exercise and run.status in ("died", "timeout"):
            self.lost.add(run.exercise)
        if kernel.answer is not None and kernel.answer.get("exercise") == run.exercise:
            self.answers[run.exercise] = kernel.answer.get("outcomes")
        if "MemoryError" in (run.error, *_errors(self.answers.get(run.exercise))):
            kernel.leaving = True  # its other threads may have run out of memory too

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "setup" and report.failed and not self.failure:
            self.failure = str(report.longrepr)[-500:]

    def _replace(self, notebook: Any, position: int) -> None:
        """Start a new kernel and bring it to where the old one was, without the exercises that are lost."""
        notebook.kernel.end()
        self.restarts += 1
        notebook.kernel = DrainedKernel(CURRENT_ENV_KERNEL_NAME)
        earlier = [cell for cell in notebook.nb.cells if cell.cell_type == "code"][:position]
        for cell, run in zip(earlier, self.cells, strict=False):
            trusted = run.role == "setup"
            wanted = run.role == "answer" and run.exercise not in self.lost and self.restarts <= REPLAYED_RESTARTS
            if run.status == "ok" and (trusted or wanted):
                notebook.kernel.run_quietly(cell.source, self.seconds)


class DrainedKernel(RunningKernel):
    """nbval's kernel, but output is read (and cut) while it comes, deadlines hold, and death is noticed at once."""

    output_bytes = 100_000

    def __init__(self, kernel_name: str, cwd: str | None = None, startup_timeout: float = 60) -> None:
        context = zmq.Context()
        context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
        context.setsockopt(zmq.LINGER, 0)
        self.waiting: deque[dict[str, Any]] = deque()
        self.run: CellRun | None = None
        self.printed = 0
        self.answer: dict[str, Any] | None = None
        self.wants_answers = self.leaving = False
        self.km = KernelManager(kernel_name=kernel_name, kernel_spec_manager=NbvalKernelspecManager(), context=context)
        self.km.start_kernel()
        self.kc = self.km.client()
        self.kc.start_channels(stdin=False, hb=False, control=False)
        try:
            self.kc.wait_for_ready(timeout=startup_timeout)
        except RuntimeError:
            self.end()
            raise
        self.run_quietly("pass", startup_timeout)  # its output is connected when this comes back

    def begin(self, run: CellRun) -> None:
        """A cell is about to run: its errors go to ``run``, and only a check cell may hand in answers."""
        self.run, self.wants_answers = run, run.role == "check"
        self.waiting.clear()
        self.printed, self.answer = 0, None

    def needs_replacing(self) -> bool:
        return self.leaving or not self.is_alive()

    def end(self) -> None:
        """Stop, whether or not nbval did so already."""
        self.kc.stop_channels()
        if hasattr(self, "km"):
            self.km.shutdown_kernel(now=True)
            self.km.context.destroy(linger=0)
            del self.km

    stop = end

    def run_quietly(self, source: str, seconds: float) -> None:
        """Run a cell again in a new kernel; what comes of it does not matter."""
        self.begin(CellRun("replay", ""))
        message = self.execute_cell_input(source, allow_stdin=False)
        try:
            self.await_reply(message, timeout=seconds)
        except Empty:
            self.interrupt()
        except KernelDied:
            return

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Wait for a cell's end, reading its output meanwhile; Empty after ``timeout`` seconds in all."""
        deadline = time.monotonic() + (timeout or 60.0)
        replied = False
        while time.monotonic() < deadline:
            if not replied and self._reply(msg_id):
                replied, deadline = True, time.monotonic() + 3.0  # what is left of its output
            if self._drain(msg_id, 0.02 if replied else 0.05):
                if not replied and not self._reply(msg_id, 1.0):
                    continue  # a forged end: wait for the real one
                return
            if not replied and not self.km.is_alive() and not self._reply(msg_id):
                raise KernelDied("the kernel's process ended")
        if not replied:
            raise Empty
        self.waiting.append(_idle(msg_id))

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        """The next message kept by `await_reply`; after a timeout, those that an interrupt brings."""
        if stream != "iopub":
            return super().get_message(stream, timeout)
        if not self.waiting and self.last_message:
            deadline = time.monotonic() + (timeout or 1.0)
            while time.monotonic() < deadline and not self._drain(self.last_message, 0.05):
                pass
            if not (self.waiting and self.waiting[-1]["content"].get("execution_state") == "idle"):
                self.waiting.clear()
        if not self.waiting:
            raise Empty
        return self.waiting.popleft()

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:
        self.last_message: str = super().execute_cell_input(cell_input, allow_stdin)
        return self.last_message

    def _reply(self, msg_id: str, wait: float = 0.0) -> bool:
        """Whether the answer to this request came on the shell channel."""
        while self.kc.shell_channel.socket.poll(int(wait * 1000)):
            try:
                message = self.kc.get_shell_msg(timeout=0)
                if message["parent_header"].get("msg_id") != msg_id or message["msg_type"] != "execute_reply":
                    continue
                payload = message["content"].get("payload") or []
                self.leaving = any(part.get("source") == "ask_exit" for part in payload)
                return True
            except Exception:  # not a message: a student's code has the kernel's sockets
                continue
        return False

    def _drain(self, msg_id: str, wait: float) -> bool:
        """Read what is there of a cell's output; True at its end."""
        socket = self.kc.iopub_channel.socket
        pause = time.monotonic() + 0.5
        while socket.poll(int(wait * 1000)) and time.monotonic() < pause:
            try:
                message = self.kc.get_iopub_msg(timeout=0)
                ours = message["parent_header"].get("msg_id") == msg_id
                kind, content = message["msg_type"], message["content"]
                if ours and kind == "status" and content["execution_state"] == "idle":
                    self.waiting.append(message)
                    return True
                if ours:
                    self._keep(message, kind, content)
            except Exception:  # as above
                continue
        return False

    def _keep(self, message: dict[str, Any], kind: str, content: dict[str, Any]) -> None:
        """Queue a message for nbval, take out the answers, drop what is beyond the cap."""
        if kind == "stream":
            self.printed += len(content["text"])
            content["text"] = content["text"][: max(0, self.output_bytes - self.printed + len(content["text"]))]
            if content["text"]:
                self.waiting.append(message)
        elif kind == "error":
            self._note_error(content)
            self.waiting.append(message)
        elif kind in ("display_data", "execute_result"):
            data = content["data"].get(MIME)
            if self.wants_answers and isinstance(data, dict) and len(json.dumps(data)) <= MAX_ANSWER_BYTES:
                self.answer = data
            elif MIME not in content["data"]:
                self.printed += sum(len(part) for part in content["data"].values() if isinstance(part, str))

    def _note_error(self, content: dict[str, Any]) -> None:
        if self.run is None:
            return
        self.run.error = str(content.get("ename", ""))[:100]
        self.run.message = str(content.get("evalue", ""))[:500]
        trace = _ANSI.sub("", "\n".join(str(part) for part in content.get("traceback", [])[-50:]))[-20_000:]
        lines = re.findall(r"^-+> (\d+)|^\s+Cell In\[\d*\], line (\d+)|^\s+line (\d+)", trace, re.MULTILINE)
        self.run.line = int(next(filter(None, lines[-1]))) if lines else None


def _idle(msg_id: str) -> dict[str, Any]:
    """The message that ends a cell, where the real one was lost in a flood."""
    return {"parent_header": {"msg_id": msg_id}, "msg_type": "status", "content": {"execution_state": "idle"}}


def _errors(outcomes: Any) -> list[str]:
    """Types of the errors among some outcomes, which a student's code may have forged."""
    errors = [one.get("error") for one in outcomes if isinstance(one, dict)] if isinstance(outcomes, list) else []
    return [str(error.get("type")) for error in errors if isinstance(error, dict)]
