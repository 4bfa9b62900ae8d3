"""The grader's end of a student's kernel: nbval's kernel class, but its output is read (and cut) while it comes,
deadlines hold, death is noticed at once, and nothing that the kernel sends can fill the memory on our side.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from dataclasses import dataclass
from queue import Empty
from typing import Any

import zmq
from jupyter_client.manager import KernelManager
from nbval.kernel import NbvalKernelspecManager, RunningKernel

MIME = "application/vnd.mlopt.answers+json"
MAX_MESSAGE_BYTES = 16 * 2**20
MAX_ANSWER_BYTES = 8 * 2**20
MAX_WAITING_MESSAGES = 100  # in the queue of a socket: with the size of one, this bounds our memory
WATCH_SECONDS = 0.5  # between two looks at what the kernel's processes use
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class KernelDied(RuntimeError):
    """The kernel's process ended while a cell ran; the text says why where our side ended it."""


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


class DrainedKernel(RunningKernel):
    """nbval's kernel, but output is read (and cut) while it comes, deadlines hold, and death is noticed at once."""

    output_bytes = 100_000

    def __init__(self, kernel_name: str, cwd: str | None = None, startup_timeout: float = 60) -> None:
        context = zmq.Context()
        context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
        context.setsockopt(zmq.LINGER, 0)
        context.setsockopt(zmq.RCVHWM, MAX_WAITING_MESSAGES)
        self.waiting: deque[dict[str, Any]] = deque()
        self.run: CellRun | None = None
        self.printed = 0
        self.answer: dict[str, Any] | None = None
        self.wants_answers = self.leaving = False
        self.present: set[str] = set()  # the exercises whose answers ran in it
        self.next_look = 0.0
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
        self.box.seal()

    @property
    def box(self) -> Any:
        """The box that the kernel lives in (`kernel.SandboxProvisioner`)."""
        return self.km.provisioner

    def begin(self, run: CellRun) -> None:
        """A cell is about to run: its errors go to ``run``, and only its exercise's check may hand in answers."""
        self.run, self.wants_answers = run, run.role == "check"
        if run.exercise:
            self.present.add(run.exercise)
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

    def run_quietly(self, source: str, seconds: float, exercise: str = "") -> None:
        """Run a cell again in a new kernel; what comes of it does not matter."""
        self.begin(CellRun("replay", exercise))
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
                raise KernelDied
            self._watch()
        if not replied:
            raise Empty
        self.waiting.append(_idle(msg_id))

    def _watch(self) -> None:
        """End a kernel whose processes together use more than they may."""
        started = time.monotonic()
        if started < self.next_look:
            return
        excess = self.box.excess()
        now = time.monotonic()
        self.next_look = now + max(WATCH_SECONDS, 5 * (now - started))  # a crowd of processes takes long to count
        if excess:
            self.km.shutdown_kernel(now=True)
            raise KernelDied(excess)

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
            if not any(other["msg_type"] == "error" for other in self.waiting):  # the first ends the cell
                self.waiting.append(message)
        elif kind in ("display_data", "execute_result"):
            data = content["data"].get(MIME)
            if self._is_wanted(data):
                self.answer = data
            elif MIME not in content["data"]:
                self.printed += sum(len(part) for part in content["data"].values() if isinstance(part, str))

    def _is_wanted(self, data: Any) -> bool:
        """Whether these are answers, to the exercise whose check runs now."""
        if not (self.wants_answers and self.run is not None and isinstance(data, dict)):
            return False
        return data.get("exercise") == self.run.exercise and len(json.dumps(data)) <= MAX_ANSWER_BYTES

    def _note_error(self, content: dict[str, Any]) -> None:
        """Write down an error, and cut its message to what is read of it."""
        if self.run is None:
            return
        self.run.error = content["ename"] = str(content.get("ename", ""))[:100]
        self.run.message = content["evalue"] = str(content.get("evalue", ""))[:500]
        trace = "\n".join(str(part)[-20_000:] for part in content.get("traceback", [])[-50:])[-20_000:]
        trace = _ANSI.sub("", trace)
        content["traceback"] = [trace]
        lines = re.findall(r"^-+> (\d+)|^\s+Cell In\[\d*\], line (\d+)|^\s+line (\d+)", trace, re.MULTILINE)
        self.run.line = int(next(filter(None, lines[-1]))) if lines else None


def _idle(msg_id: str) -> dict[str, Any]:
    """The message that ends a cell, where the real one was lost in a flood."""
    return {"parent_header": {"msg_id": msg_id}, "msg_type": "status", "content": {"execution_state": "idle"}}
