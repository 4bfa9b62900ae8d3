"""Rows of the benchmarks as tables: ratios to the best peer, what the bars say, text for a terminal and Markdown.

A row is a dictionary of ``family``, ``problem``, ``method``, ``peer`` ("ours", or whose it is), ``median_error``,
``overhead_us``, ``evaluations`` and ``seeds``; a peer that is not installed has None for its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .bars import verdict

NUMBERS = ("median_error", "evaluations", "overhead_us")
KEYS = ("family", "problem", "method", "peer", *NUMBERS, "seeds")
HEADINGS = (
    "problem",
    "method",
    "who",
    "error",
    "evaluations",
    "us",
    "error / peer",
    "evals / peer",
    "us / peer",
    "bar",
)
# Two errors below this are equally good: what is left of them is rounding.
EXACT = 1e-12


def check(rows: Iterable[dict[str, Any]], source: str) -> list[dict[str, Any]]:
    """The rows; a ValueError names a benchmark whose rows lack a key."""
    rows = list(rows)
    for row in rows:
        missing = [key for key in KEYS if key not in row]
        if missing:
            raise ValueError(f"{source}: a row must have {', '.join(KEYS)}; this one lacks {missing}: {row}")
    return rows


def best_peer(row: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Of the peers on the same problem the one with the least error; of equals, evaluations and overhead decide.

    Peers that bear the method's own name are its peers; where none does, all of the family on that problem are.
    """
    same = [
        other
        for other in rows
        if other["peer"] != "ours"
        and other["median_error"] is not None
        and (other["family"], other["problem"]) == (row["family"], row["problem"])
    ]
    peers = [other for other in same if other["method"] == row["method"]] or same
    return min(
        peers,
        key=lambda peer: (max(peer["median_error"], EXACT), peer["evaluations"], peer["overhead_us"]),
        default=None,
    )


def ratios(row: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, float]:
    """Each number of a row of ours over that of the best peer, where there is one."""
    peer = best_peer(row, rows) if row["peer"] == "ours" else None
    return {} if peer is None else {number: _ratio(row[number], peer[number], number) for number in NUMBERS}


def _ratio(own: float, theirs: float, number: str) -> float:
    if number == "median_error" and max(own, theirs) <= EXACT:
        return 1.0
    if theirs <= 0:
        return math.inf if own > 0 else 1.0
    return own / theirs


def lines(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The cells of a table of one family's rows, in the order of `HEADINGS`."""
    table = []
    for row in rows:
        if row["median_error"] is None:
            table.append((row["problem"], row["method"], f"{row['peer']} (not installed)", *[""] * 7))
            continue
        ratio = ratios(row, rows)
        table.append(
            (
                row["problem"],
                row["method"],
                row["peer"],
                f"{row['median_error']:.3g}",
                f"{row['evaluations']}",
                f"{row['overhead_us']:.3g}",
                *(f"{ratio[number]:.3g}" if number in ratio else "" for number in NUMBERS),
                ", ".join(filter(None, [f"{row['solved']} solved" if "solved" in row else "", verdict(row)])),
            )
        )
    return table


def families(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["family"], []).append(row)
    return found


def as_markdown(headings: Iterable[str], cells: Iterable[Iterable[str]]) -> str:
    """A table in Markdown, its columns aligned so that it reads as text too."""
    table = [list(headings), *map(list, cells)]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    written = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in table]
    written.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(written)


def family_tables(rows: list[dict[str, Any]]) -> str:
    """A heading and a table for each family."""
    parts = []
    for family, own in families(rows).items():
        seeds = sorted({row["seeds"] for row in own if row["median_error"] is not None})
        note = f"({' or '.join(map(str, seeds))} seed{'s' if seeds != [1] else ''})"
        parts.append(f"### {family} {note}\n\n{as_markdown(HEADINGS, lines(own))}\n")
    return "\n".join(parts)


def bbob_table(rows: list[dict[str, Any]]) -> str:
    """Fractions of solved targets, the best first."""
    budgets = [key for key in rows[0] if key.startswith("solved")]
    rows = sorted(rows, key=lambda row: -row[budgets[-1]]["all"])
    headings = ["solver", "who"]
    headings += [f"{dimension}, {key.removeprefix('solved ')}" for key in budgets for dimension in rows[0][key]]
    cells = [
        [row["method"], row["peer"], *(f"{value:.3f}" for key in budgets for value in row[key].values())]
        for row in rows
    ]
    return as_markdown(headings, cells) + "\n"


def report(results: dict[str, dict[str, Any]]) -> str:
    """The page ``results.md``: what was measured when, with what, and every table."""
    parts = [
        "# Benchmarks, last run\n",
        "Made by `make bench`: ours beside the peers in one process with one BLAS thread. Error: median of f - f* over",
        "the seeds. us: microseconds outside the objective for each evaluation (for local methods, each iteration).",
        "Ratios are to the best peer on that problem: below 1 is better. The bars are those of `benchmarks/bars.py`.\n",
    ]
    for name, result in results.items():
        versions = ", ".join(f"{package} {version}" for package, version in result["versions"].items())
        quick = ", quick (fewer seeds: not for comparison)" if result["quick"] else ""
        parts.append(f"## {name}\n\n{result['date']}, {result['seconds']:.0f} s{quick}; {versions}\n")
        if result["rows"] and result["rows"][0]["family"] == "bbob":
            instances = result["rows"][0]["instances"]
            parts.append(
                "Fraction of (function, target) pairs solved: 24 functions, "
                f"{instances} instance{'s' if instances > 1 else ''} of each, 51 targets 1e2 ... 1e-8.\n"
            )
            parts.append(bbob_table(result["rows"]))
        else:
            parts.append(family_tables(result["rows"]))
    return "\n".join(parts)
