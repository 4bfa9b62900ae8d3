"""Starts students' kernels: a kernel provisioner for jupyter_client, so that nbval needs no change.

It is selected by ``JUPYTER_DEFAULT_PROVISIONER_NAME=mlopt-sandbox`` and finds its `sandbox.Box` in the environment.
`launch` is the one place where a kernel comes to life: to start kernels in another way (a fork of a warm process,
a container), replace it by a function that returns an object with Popen's ``pid``, ``poll``, ``wait`` and ``kill``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from . import sandbox

NAME = "mlopt-sandbox"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def launch(command: list[str], box: sandbox.Box) -> subprocess.Popen[bytes]:
    """Start a kernel's process in its box, with its limits, in a session of its own."""
    limit = sandbox.limiter(box)
    on_linux = sys.platform == "linux"

    def prepare() -> None:
        if on_linux:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            sandbox.first_to_go()
        limit()

    return subprocess.Popen(
        sandbox.command(command, box),
        cwd=box.scratch,
        env=sandbox.environment(box),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=prepare,
    )


class SandboxProvisioner(LocalProvisioner):
    """Launches a kernel in a `sandbox.Box`; talks to it through sockets in the box's folder, as it has no network."""

    box: sandbox.Box

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        self.box = sandbox.Box.from_environment()
        self.box = self.box.prepare()
        manager: Any = self.parent
        stem = self.box.sockets / "k"
        manager.transport, manager.ip = "ipc", str(stem)
        manager.connection_file = f"{stem}.json"
        kwargs = await super().pre_launch(**kwargs)
        if self.box.protection.as_nobody:
            os.chown(manager.connection_file, sandbox.NOBODY, sandbox.NOBODY)
        kwargs["cmd"] = [sys.executable, "-m", "mlopt_course.grading.student_kernel", "-f", manager.connection_file]
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        self.process = launch(cmd, self.box)
        self.pid = self.pgid = self.process.pid
        self.cwd = self.box.scratch
        return self.connection_info

    def seal(self) -> None:
        """The kernel is up, and strangers' code comes next: where we can, make no more files beside its sockets."""
        if self.box.protection.as_nobody:
            os.chown(self.box.sockets, os.getuid(), os.getgid())

    def excess(self) -> str:
        """What the kernel's processes use too much of, all together, as a sentence's end; "" if nothing."""
        if self.process is None:
            return ""
        if memory_used(self.process.pid, self.box.limits.memory_mb) > self.box.limits.memory_mb:
            return f"its processes together used more than {self.box.limits.memory_mb} MB of memory"
        if sandbox.size_of(self.box.sockets) > sandbox.SOCKETS_BYTES:
            return "it filled the disk where its sockets are"
        return ""

    def has_company(self) -> bool:
        """Whether a student's code left other processes beside the kernel."""
        with contextlib.suppress(psutil.Error):
            top = psutil.Process(self.process.pid) if self.process is not None else None
            if top is not None:
                alone = {top, *top.parents(), _kernel_in(top), *_kernel_in(top).parents()}
                return any(process not in alone for process in top.children(recursive=True) if _alive(process))
        return False

    async def send_signal(self, signum: int) -> None:
        """An interrupt goes to the kernel alone (bubblewrap would die of it); other signals to the whole session."""
        if signum != signal.SIGINT or self.process is None:
            await super().send_signal(signum)
            return
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            os.kill(_kernel_in(psutil.Process(self.process.pid)).pid, signal.SIGINT)

    async def kill(self, restart: bool = False) -> None:
        await super().kill(restart)
        end_descendants(self.box.marker)

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        end_descendants(self.box.marker)


def memory_used(pid: int, enough_mb: int) -> float:
    """Megabytes that a process and its descendants hold; counted exactly only where it may be over ``enough_mb``."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    total = sum(_resident(process) for process in family)
    if total > enough_mb * 2**20 and len(family) > 1:  # pages that they share were counted for each
        total = sum(_proportional(process) for process in family)
    return total / 2**20


def _resident(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _proportional(process: psutil.Process) -> int:
    """Bytes, with what is shared divided among those who share it; nothing where Linux does not tell."""
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{process.pid}/smaps_rollup") as lines:
        return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return 0


def _kernel_in(process: psutil.Process) -> psutil.Process:
    """The Python process inside its wrappers."""
    while process.name() in ("bwrap", "unshare", "setpriv") and process.children():
        process = process.children()[0]
    return process


def adopt_orphans() -> None:
    """Make this process the parent of every descendant that loses its own, so that none can slip away."""
    if sys.platform == "linux":
        prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """End this process when its parent ends, even by SIGKILL."""
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def prctl(option: int, value: int) -> None:
    _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


_libc = ctypes.CDLL(None, use_errno=True)


def end_descendants(marker: str = "", patience: float = 5.0) -> int:
    """Kill all descendants of this process, and whatever carries the kernel's marker; returns how many there were.

    A process may have left its session, lost its parent or changed its environment, but not all three unseen: its
    parent is this process then (`adopt_orphans`).
    """
    seen: set[int] = set()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = [process for process in _descendants(marker) if process.pid != os.getpid()]
        if not found:
            break
        for process in found:
            seen.add(process.pid)
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=1.0)
    return len(seen)


def _descendants(marker: str) -> list[psutil.Process]:
    found = {process.pid: process for process in psutil.Process().children(recursive=True)}
    if marker:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(sandbox.MARKER) == marker:
                    found[process.pid] = process
    return [process for process in found.values() if _alive(process)]


def _alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def short_folder() -> Path:
    """A new temporary folder whose name leaves room for a socket's (107 characters in all)."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_temporary()))


def sweep() -> None:
    """Remove the temporary folders of runs that were killed."""
    for folder in _temporary().glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


_PREFIX = "mlopt-grade-"


def _temporary() -> Path:
    base = tempfile.gettempdir()
    return Path(base if len(base) < 50 else "/tmp")
