"""The command `mlopt`: release, start, check, and, with the extra ``grading``, grade and demo.

Whatever goes wrong ends in one line on standard error and a status that is not zero.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

# Commands of other modules: (module, attribute, one line for the list). Nothing is imported before one is used.
ELSEWHERE = {
    "grade": ("mlopt_course.grading.commands", "grade", "Grade a folder of submissions."),
    "demo": ("mlopt_course.grading.commands", "demo", "Write a small class of submissions, to try grading on."),
}
INTERRUPTED = 130
_STATUS_TEXT = {
    "right": ("✓ right", "green"),
    "unanswered": ("○ not answered", "dim"),
    "wrong": ("✗ not yet", "red"),
    "broken": ("✗ not run", "red"),
    "missing": ("✗ missing", "red"),
}


class Interrupted(Exception):
    """The person at the keyboard stopped the command."""


class Group(click.Group):
    """A group that knows the names of other modules' commands and imports them only when one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *ELSEWHERE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, attribute, _ = ELSEWHERE[cmd_name]
        try:
            return getattr(importlib.import_module(module), attribute)
        except ImportError as error:
            raise click.ClickException(
                f"mlopt {cmd_name} needs the extra 'grading' ({error.name or error} is missing): "
                "pip install 'mlopt-course[grading]'"
            ) from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would print an empty line
            raise Interrupted from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, command.get_short_help_str(80)) for name, command in self.commands.items()]
        rows += [(name, text) for name, (_, _, text) in ELSEWHERE.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mlopt-course", prog_name="mlopt", message="%(prog)s %(version)s")
def cli() -> None:
    """Exercises of the course 'Optimisation for machine learning'."""


@cli.command()
@click.argument("folder")
@click.option("--chapter", "chapters", multiple=True, help="Only this chapter, e.g. first_order. May be repeated.")
def start(folder: str, chapters: tuple[str, ...]) -> None:
    """Put the exercise notebooks into FOLDER, to work on.

    A notebook that is there already is never touched.
    """
    from .release.workspace import start as start_work

    place = Path(folder)
    if not folder.strip():  # a shell's variable that is not set, say
        raise click.UsageError("FOLDER must not be empty: `.` is the folder that you are in")
    if place.exists() and not place.is_dir():
        raise click.ClickException(f"{place} is a file, not a folder")
    if place.is_symlink() and not place.exists():
        raise click.ClickException(f"{place} is a link that leads nowhere")
    written, kept = start_work(place, chapters)
    if not any(path.suffix == ".ipynb" for path in written):
        raise click.ClickException(f"{kept[0]} is there already and was not touched; there is nothing new to add")
    for path in written:
        click.echo(f"made {path}")
    for path in kept:
        click.echo(f"kept {path}, which was there already")


@cli.command()
@click.argument("notebooks", nargs=-1, required=True, metavar="NOTEBOOK...")
@click.option(
    "--time-limit", default=60.0, show_default=True, type=click.FloatRange(min=1), help="Seconds that a cell may take."
)
def check(notebooks: tuple[str, ...], time_limit: float) -> None:
    """Run notebooks and show what each exercise earns.

    NOTEBOOK is a file, or the name of an exercise or a chapter whose notebook is in this folder. The status is 0 only
    if every exercise is right.
    """
    wanted = [_find_notebook(name) for name in notebooks]
    all_right = True
    for path, only in wanted:
        marked = _run_with_progress(path, time_limit)
        if only:
            marked = [one for one in marked if one.exercise.name == only]
        _print_table(path, marked)
        all_right = all_right and all(one.status == "right" for one in marked)
    if not all_right:
        raise click.exceptions.Exit(1)


def _find_notebook(name: str) -> tuple[Path, str]:
    """The notebook that a name means, and the one exercise asked for, if any."""
    if not name.strip():
        raise click.UsageError("the name of a notebook must not be empty")
    path = Path(name)
    if path.suffix == ".ipynb" or path.exists():
        return path, ""
    from .checks import exercises
    from .registry import CHAPTERS

    known = exercises()
    chapter, only = name, ""
    if name.partition("_")[0].isdigit():
        chapter = name.partition("_")[2]
    if chapter not in CHAPTERS:
        only = next((full for full in known if name in (full, full.partition(".")[2])), "")
        if not only:
            from .checks.running import near_miss

            raise click.ClickException(f"{name!r} is neither a notebook nor an exercise{near_miss(name, known)}")
        chapter = known[only].chapter
    for folder in (Path(), Path("exercises")):
        for candidate in sorted(folder.glob(f"*_{chapter}.ipynb")):
            return candidate, only
    raise click.ClickException(f"there is no notebook of chapter {chapter!r} here: make one with `mlopt start .`")


def _run_with_progress(path: Path, time_limit: float) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from .checks.running import run_notebook

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"running {path.name}", total=None)

        def advance(done: int, total: int, exercise: str) -> None:
            bar.update(task, completed=done, total=total, description=exercise or f"running {path.name}")

        return run_notebook(path, time_limit, advance)


def _print_table(path: Path, marked: Any) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(path.name), title_justify="left", show_lines=True)
    table.add_column("Exercise", min_width=12, max_width=28)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("What to look at", ratio=1)
    for one in marked:
        text, style = _STATUS_TEXT[one.status]
        message = f"Hint: {one.exercise.hint}" if one.status == "unanswered" else one.message
        points = f"{one.points} / {one.exercise.points}"
        table.add_row(Text(one.exercise.title), points, Text(text, style=style), Text(message))
    console = Console()
    console.print(table)
    earned, total = sum(one.points for one in marked), sum(one.exercise.points for one in marked)
    right = sum(one.status == "right" for one in marked)
    console.print(f"{earned} of {total} points, {right} of {len(marked)} exercises right.", highlight=False)


@cli.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail if a committed notebook is stale.")
@click.option("--root", type=click.Path(path_type=Path), help="The checkout; by default the one mlopt runs from.")
def release(only_check: bool, root: Path | None) -> None:
    """Make the notebooks from solutions/*.md.

    One with the answers and their outputs, one for students.
    """
    from .release import release as write
    from .release import repository_root, stale

    root = root or repository_root()
    if not (root / "solutions").is_dir():
        raise click.ClickException(f"there is no folder {root / 'solutions'}")
    if only_check:
        faults = stale(root)
        if faults:
            raise click.ClickException(f"{'; '.join(faults)}: run `mlopt release` and commit what it writes")
        click.echo("every notebook matches its source")
        return
    written = write(root, click.echo)
    for path in written:
        click.echo(f"{'wrote' if path.exists() else 'removed'} {path.relative_to(root)}")
    if not written:
        click.echo("every notebook matches its source")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status. No exception leaves.

    ``MLOPT_TRACEBACK=1`` in the environment shows where an unexpected one came from.
    """
    try:
        status = cli.main(arguments, prog_name="mlopt", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except BaseException as error:
        if os.environ.get("MLOPT_TRACEBACK") and not isinstance(error, click.ClickException | SystemExit):
            raise
        return _failure(error)


def _failure(error: BaseException) -> int:
    """Say in one line what went wrong; the status for it."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        _discard_output()
        return 128 + getattr(signal, "SIGPIPE", 13)
    if isinstance(error, Interrupted | click.Abort | KeyboardInterrupt):
        _say("interrupted")
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        help_line = (
            f" (see `{error.ctx.command_path} --help`)" if isinstance(error, click.UsageError) and error.ctx else ""
        )
        _say(f"{error.format_message()}{help_line}")
        return error.exit_code
    if isinstance(error, OSError):
        if error.errno == errno.ENOSPC:
            _discard_output()
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}")
    elif isinstance(error, ValueError):
        _say(str(error))
    else:
        _say(f"{type(error).__name__}: {error} (a fault of mlopt: MLOPT_TRACEBACK=1 shows where)")
    return 1


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        click.echo(f"Error: {' '.join(text.split())}", err=True)


def _discard_output() -> None:
    """Nothing more can be written: keep Python from failing on it a second time at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
