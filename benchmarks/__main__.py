"""Ours beside the peers: ``make bench``, or ``python -m benchmarks``.

Every module of this folder that has a ``run()`` is a benchmark. All run one after the other in this process with one
BLAS thread; results go to ``benchmarks/results/*.json`` and, as tables, to the terminal and ``benchmarks/results.md``
(those of quick runs to ``benchmarks/results/quick``).
"""

from __future__ import annotations

import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # before NumPy is imported

import ast  # noqa: E402
import datetime  # noqa: E402
import importlib  # noqa: E402
import inspect  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import time  # noqa: E402
from importlib import metadata  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: E402

from . import table  # noqa: E402

HERE = Path(__file__).parent
PACKAGES = (
    "numpy", "scipy", "cma", "pymoo", "nevergrad", "deap", "scikit-opt", "optuna", "scikit-optimize", "scikit-learn",
    "coco-experiment", "torch", "botorch",
)  # fmt: skip
# Fewer seeds, and for BBOB fewer functions: to see that everything runs.
QUICK = {"seeds": 3, "instances": 1, "factor": 100, "dimensions": (2, 5)}
LONG = ("bbob",)


def discover(folder: Path = HERE) -> list[str]:
    """The benchmarks: modules with a function ``run`` at their top level, found without importing them."""
    found = []
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text())
        if not path.name.startswith("_") and any(isinstance(n, ast.FunctionDef) and n.name == "run" for n in tree.body):
            found.append(path.stem)
    return found


def measure(name: str, quick: bool, progress: Progress | None = None, **wanted: int | None) -> dict[str, Any]:
    """One benchmark's rows, with the date, the versions and the time it took; ``wanted`` goes to those that take it."""
    run = importlib.import_module(f"{__package__}.{name}").run
    parameters = inspect.signature(run).parameters
    given = {**(QUICK if quick else {}), **{key: value for key, value in wanted.items() if value}}
    arguments: dict[str, Any] = {key: value for key, value in given.items() if key in parameters}
    if progress is not None and "progress" in parameters:
        arguments["progress"] = lambda items, total: progress.track(items, total, description=f"  {name}, parts")
    begun = time.perf_counter()
    rows = list(run(**arguments))
    if name not in LONG:
        table.check(rows, f"benchmarks/{name}.py")
    # BBOB takes up what earlier runs have made, and says how long that took.
    seconds = sum(row["seconds"] for row in rows) if name in LONG else time.perf_counter() - begun
    return {
        "date": datetime.date.today().isoformat(),
        "quick": quick,
        "seconds": seconds,
        "versions": versions(),
        "rows": rows,
    }


def versions() -> dict[str, str]:
    """Python and the packages that are installed, and the number of processors."""
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {**found, "processors": str(os.cpu_count())}


def choose(family: str, known: list[str]) -> list[str]:
    """The benchmarks that were asked for; all but the long ones where none was."""
    wanted = [name for name in family.replace(",", " ").split() if name != "all"]
    for name in wanted:
        if name not in known:
            raise click.BadParameter(f"family must be one of {', '.join(known)}, got {name!r}")
    return wanted or [name for name in known if name not in LONG]


@click.command(help=__doc__.partition("\n")[0])
@click.option("--family", default="", help="Only these benchmarks, separated by commas (bbob runs only if named).")
@click.option("--quick", is_flag=True, help="Few seeds: to see that everything runs.")
@click.option("--instances", type=int, help="Of each BBOB function (5 unless told otherwise).")
@click.option("--workers", type=int, help="Processes for BBOB, where nothing is timed (1 unless told otherwise).")
@click.option("--output", type=click.Path(path_type=Path), default=HERE, help="Where results/ and results.md go.")
def main(family: str, quick: bool, instances: int | None, workers: int | None, output: Path) -> None:
    chosen = choose(family, discover())
    output = output / "results" / "quick" if quick else output  # so that it does not take the place of a whole run
    console = Console(width=None if Console().is_terminal else 200)
    (output / "results").mkdir(parents=True, exist_ok=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("benchmarks", total=len(chosen))
        for name in chosen:
            progress.update(task, description=name)
            result = measure(name, quick, progress, instances=instances, workers=workers)
            draft = output / "results" / f"{name}.json.draft"
            draft.write_text(json.dumps(result, indent=1))
            draft.replace(output / "results" / f"{name}.json")
            show = table.bbob_table if name == "bbob" else table.family_tables
            progress.console.print(f"\n## {name}, {result['seconds']:.0f} s\n\n{show(result['rows'])}", soft_wrap=True,
                                   markup=False, highlight=False)  # fmt: skip
            progress.advance(task)
    known = {path.stem: json.loads(path.read_text()) for path in sorted((output / "results").glob("*.json"))}
    (output / "results.md").write_text(table.report(known))
    console.print(f"Tables: {output / 'results.md'}; data: {output / 'results'}", soft_wrap=True)


if __name__ == "__main__":
    main()
