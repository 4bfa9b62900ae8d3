"""Grades many submissions at once: a process for each, started from one that has everything imported.

A worker that dies or hangs costs only the submission that it worked on.
"""

from __future__ import annotations

import json
import multiprocessing
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import kernel, run
from .submissions import Submission


@dataclass(frozen=True)
class Event:
    """Something that happened to a submission: ``outcome`` is None when it begins and a dict when it is done."""

    submission: Submission
    outcome: dict[str, Any] | None = None


def grade_all(
    submissions: Sequence[Submission], make_job: Callable[[Submission, str], run.Job], workers: int, patience: float
) -> Iterator[Event]:
    """Grade, and yield an `Event` as each begins and ends.

    Parameters
    ----------
    submissions : sequence of Submission
        Those with a readable file.
    make_job : callable
        ``make_job(submission, folder) -> Job``.
    workers : int
        How many at the same time.
    patience : float
        Seconds after which a worker is ended, whatever it does.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([run.__name__])
    todo: queue.SimpleQueue[Submission] = queue.SimpleQueue()
    for submission in submissions:
        todo.put(submission)
    events: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def slot() -> None:
        try:
            while not stop.is_set():
                try:
                    submission = todo.get_nowait()
                except queue.Empty:
                    break
                events.put(Event(submission))
                events.put(Event(submission, _grade_one(context, submission, make_job, patience, stop)))
        except BaseException as error:  # a full disk, say: the whole run cannot go on
            events.put(error)
        finally:
            events.put(None)

    slots = [threading.Thread(target=slot, daemon=True) for _ in range(min(workers, len(submissions)))]
    for thread in slots:
        thread.start()
    running = len(slots)
    try:
        while running:
            event = events.get()
            if event is None:
                running -= 1
            elif isinstance(event, BaseException):
                raise event
            else:
                yield event
    finally:
        stop.set()
        for thread in slots:
            thread.join(timeout=10)


def _grade_one(
    context: Any, submission: Submission, make_job: Callable[[Submission, str], run.Job], patience: float, stop: Any
) -> dict[str, Any] | None:
    folder = kernel.short_folder()
    try:
        text = run.to_json(make_job(submission, str(folder)))
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=run.work, args=(theirs, text), daemon=True)
        process.start()
        theirs.close()
        answer, waited = b"", 0.0
        while not stop.is_set() and waited < patience:
            waited += 0.25
            if ours.poll(0.25):
                try:
                    answer = ours.recv_bytes()
                except EOFError:
                    waited = -1.0
                break
        if not answer:
            process.kill()
        process.join(timeout=10)
        ours.close()
        if answer:
            return json.loads(answer)
        what = f"did not end within {patience:.0f} seconds" if waited > 0 else f"ended with code {process.exitcode}"
        return run.failed(f"The grader's process {what}.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
