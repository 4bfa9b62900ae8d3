"""The gradebook: an SQLite file that a killed run leaves whole, and that the next run goes on from."""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, create_engine, event, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload

SCHEMA = 1
# Spreadsheets take a cell that begins with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class GradebookError(Exception):
    """The gradebook cannot be used; the text is one line for the instructor."""


class Base(DeclarativeBase):
    """Tables of the gradebook."""


class Run(Base):
    """One call of ``mlopt grade``: what it graded, with which seed, behind which protection."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    started: Mapped[str]
    finished: Mapped[str | None]
    assignment: Mapped[str]
    release_hash: Mapped[str]
    seed: Mapped[int]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    protection: Mapped[list[str]] = mapped_column(JSON)
    exercises: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class Submission(Base):
    """One student's file and what became of it."""

    __tablename__ = "submission"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    student: Mapped[str] = mapped_column(String, unique=True)
    path: Mapped[str]
    sha256: Mapped[str]
    release_hash: Mapped[str]
    seed: Mapped[int]
    outcome: Mapped[str]
    message: Mapped[str]
    notes: Mapped[list[str]] = mapped_column(JSON)
    points: Mapped[float | None]
    possible: Mapped[float]
    seconds: Mapped[float]
    restarts: Mapped[int]
    graded: Mapped[str]
    results: Mapped[list[ExerciseResult]] = relationship(
        order_by="ExerciseResult.position", cascade="all, delete-orphan", back_populates="submission"
    )

    @property
    def percent(self) -> float | None:
        """Points in percent; None where there is no mark."""
        return None if self.points is None or not self.possible else 100 * self.points / self.possible

    @property
    def summary(self) -> str:
        """The kinds of results in a few words: "8 right, 1 time limit"."""
        counts = Counter(result.status for result in self.results)
        ordered = sorted(counts.items(), key=lambda item: (item[0] != "right", -item[1], item[0]))
        return ", ".join(f"{count} {status}" for status, count in ordered)


class ExerciseResult(Base):
    """The mark of one exercise of one submission (see `verdicts.Result`)."""

    __tablename__ = "result"
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    position: Mapped[int]
    exercise: Mapped[str]
    title: Mapped[str]
    points: Mapped[float]
    possible: Mapped[float]
    status: Mapped[str]
    message: Mapped[str]
    misconception: Mapped[str | None]
    hint: Mapped[str]
    notes: Mapped[list[str]] = mapped_column(JSON)
    seconds: Mapped[float]
    printed: Mapped[int]
    submission: Mapped[Submission] = relationship(back_populates="results")


class Gradebook:
    """Reads and writes one gradebook file. Use as a context manager.

    Raises
    ------
    GradebookError
        The file is no gradebook, is of another version, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        event.listen(self.engine, "connect", _prepare)
        with self._errors(), self.engine.begin() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version not in (0, SCHEMA):
                raise GradebookError(f"{path} was written by another version of mlopt (format {version})")
            Base.metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, *exception: object) -> None:
        self.engine.dispose()

    def last_run(self) -> Run | None:
        """The newest run."""
        with self._session() as session:
            return session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).first()

    def start_run(self, **fields: Any) -> int:
        """Record a new run; returns its id."""
        with self._session() as session:
            run = Run(started=now(), **fields)
            session.add(run)
            session.commit()
            return run.id

    def finish_run(self, run_id: int) -> None:
        """Record that a run came to its end."""
        with self._session() as session:
            session.get_one(Run, run_id).finished = now()
            session.commit()

    def graded(self, release_hash: str, seed: int) -> dict[str, str]:
        """Student -> hash of the file, for the submissions that need no second look."""
        query = select(Submission.student, Submission.sha256).where(
            Submission.release_hash == release_hash, Submission.seed == seed, Submission.outcome != "not graded"
        )
        with self._session() as session:
            return {row.student: row.sha256 for row in session.execute(query)}

    def record(self, run_id: int, submission: dict[str, Any], results: Sequence[dict[str, Any]]) -> None:
        """Write a submission and its marks in one transaction, in place of what there was for this student."""
        with self._session() as session, session.begin():
            run = session.get_one(Run, run_id)
            old = session.scalars(select(Submission).where(Submission.student == submission["student"])).first()
            if old is not None:
                session.delete(old)
                session.flush()
            rows = [ExerciseResult(position=i, **result) for i, result in enumerate(results)]
            counted = submission["outcome"] != "not graded"
            session.add(
                Submission(
                    run_id=run_id,
                    release_hash=run.release_hash,
                    seed=run.seed,
                    points=sum(row.points for row in rows) if counted else None,
                    possible=sum(exercise["points"] for exercise in run.exercises),
                    graded=now(),
                    results=rows,
                    **submission,
                )
            )

    def keep_only(self, students: Sequence[str]) -> None:
        """Forget students whose submissions are gone."""
        with self._session() as session, session.begin():
            gone = set(session.scalars(select(Submission.student))) - set(students)
            for student in gone:
                session.delete(session.scalars(select(Submission).where(Submission.student == student)).one())

    def submissions(self) -> list[Submission]:
        """Every submission with its results, sorted by student."""
        query = select(Submission).options(selectinload(Submission.results))
        with self._session() as session:
            rows = list(session.scalars(query))
        return sorted(rows, key=lambda row: (row.student.casefold(), row.student))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with self._errors(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            raise GradebookError(f"the gradebook {self.path} cannot be used: {error.orig}") from None


def _prepare(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def now() -> str:
    """The time, to the second, in UTC."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def grades_csv(run: Run, submissions: Sequence[Submission]) -> str:
    """The marks as CSV text: one row a student, one column an exercise, total, percent and status.

    Write it as UTF-8 with a byte order mark ("utf-8-sig"): spreadsheets read names wrongly without.
    """
    names = [exercise["name"] for exercise in run.exercises]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["student", *(safe_cell(name) for name in names), "total", "possible", "percent", "status", "message"]
    )
    for submission in submissions:
        points = {result.exercise: result.points for result in submission.results}
        marks = [number(points.get(name)) if submission.points is not None else "" for name in names]
        total = [number(submission.points), number(submission.possible)]
        percent = "" if submission.percent is None else f"{submission.percent:.1f}"
        texts = [safe_cell(text) for text in (submission.outcome, submission.message)]
        writer.writerow([safe_cell(submission.student), *marks, *total, percent, *texts])
    return out.getvalue()


def number(value: float | None) -> str:
    """A mark as text, without a needless ".0"."""
    return "" if value is None else f"{value:g}"


def safe_cell(text: str) -> str:
    """Text on one line that no spreadsheet takes for a formula: a leading sign gets an apostrophe before it."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
