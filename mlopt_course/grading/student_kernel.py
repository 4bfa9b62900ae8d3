"""The program that runs as a student's kernel: ipykernel, with a cap on what a cell can print.

The cap is a courtesy (a gigabyte of output would use up the kernel's memory before our side could stop it); what
protects the grader is the cap on its own side.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp

CAP = 1_000_000


class CappedStream(OutStream):
    """Standard output and error, cut after `CAP` characters of a cell."""

    _cell: Any = None
    _written = 0

    def write(self, string: str) -> int | None:  # type: ignore[override]
        cell = self.parent_header.get("msg_id")
        if cell != self._cell:
            self._cell, self._written = cell, 0
        room = CAP - self._written
        if isinstance(string, str):
            self._written += len(string)
            if len(string) > room:
                super().write(string[: max(room, 0)])
                return len(string)
        return super().write(string)


def main() -> None:
    """Start the kernel named by the command line."""
    settings = os.environ.get("MPLCONFIGDIR")
    if settings:
        Path(settings).mkdir(parents=True, exist_ok=True)
        for fonts in Path(__file__).parent.glob("fontlist*.json"):
            shutil.copy(fonts, settings)
    IPKernelApp.launch_instance(outstream_class="mlopt_course.grading.student_kernel.CappedStream")


if __name__ == "__main__":
    main()
