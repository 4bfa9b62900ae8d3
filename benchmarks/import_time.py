"""What ``import mlopt_course`` costs beyond NumPy's own import: ``python benchmarks/import_time.py``.

Each import runs in a fresh interpreter; the median of many is printed. A timed test would fail on a busy machine, so
this is a script to run by hand: it should stay below 50 ms.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 15
STATEMENTS = {
    "mlopt_course": "import mlopt_course",
    "mlopt_course.problems": "import mlopt_course.problems",
    "all methods": "import mlopt_course; mlopt_course.methods()",
}


def milliseconds(statement: str) -> float:
    """Time of one statement in a fresh interpreter that has NumPy already."""
    code = f"import time, numpy; t = time.perf_counter(); exec({statement!r}); print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return 1e3 * float(done.stdout)


if __name__ == "__main__":
    for name, statement in STATEMENTS.items():
        times = [milliseconds(statement) for _ in range(RUNS)]
        print(f"{name:24}{statistics.median(times):7.1f} ms beyond NumPy (median of {RUNS}, best {min(times):.1f})")
