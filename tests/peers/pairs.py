"""A question in both languages, and what it is that answers agree.

Owns the comparison: names of columns, order of rows, exact values; real numbers to 1e-12 of their size.
"""

from dataclasses import dataclass
from itertools import zip_longest
from math import isclose
from typing import Any

REAL_ERROR_MAX = 1e-12
"""Relative: both sides round sums and quotients of doubles, not always in one order."""

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Pair:
    """One question: a query of FlowQL's and a statement of DuckDB's, whose order is total.

    `wrong` is why FlowQL's answer is known not to be what LANGUAGE.md says, if it is.
    """

    name: str
    query: str
    sql: str
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns by name, and rows in order."""

    names: tuple[str, ...]
    rows: Rows


def difference(expected: Answer, found: Answer) -> str | None:
    """What is told of the first difference between two answers; None where they agree."""
    if expected.names != found.names:
        return f"columns: expected {expected.names}, found {found.names}"
    for number, (row, other) in enumerate(zip_longest(expected.rows, found.rows)):
        if row is None or other is None or not all(map(_agree, row, other)):
            counts = f"{len(expected.rows):,} rows expected, {len(found.rows):,} found"
            return f"row {number} ({counts}):\n  expected {row}\n  found    {other}"
    return None


def _agree(expected: Any, found: Any) -> bool:
    if isinstance(expected, float):
        return isinstance(found, float) and isclose(expected, found, rel_tol=REAL_ERROR_MAX)
    return type(expected) is type(found) and expected == found
