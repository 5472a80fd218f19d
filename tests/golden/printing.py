"""Answers as lines of text, and lines of text as what can be compared.

Owns the form of rows in golden files: a table under a line of names, or the names of the records alone.
"""

import textwrap
from collections.abc import Sequence
from difflib import unified_diff

from flowql.plan.logical import Column
from flowql.schema import Kind
from golden.life import BASE_S
from oracle import Cell

NOTHING = "nothing"
_WIDTH = 100
_RELATIVE_S = 10 * 86_400


def row_lines(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, as_labels: bool) -> list[str]:
    """The lines of an answer; with `as_labels` the cells of the one column, many a line."""
    cells = [[printed(cell, column.kind) for cell, column in zip(row, columns, strict=True)] for row in rows]
    if as_labels:
        names = [row[0] for row in cells]
        assert NOTHING not in names, f"a record cannot be called {NOTHING}"
        return textwrap.wrap(" ".join(names), _WIDTH, break_on_hyphens=False, break_long_words=False) or [
            NOTHING
        ]
    return aligned([[column.name for column in columns], *cells])


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """The rows of a table as lines, their cells below each other."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in table]
    return ["  ".join(line).rstrip() for line in lines]


def printed(cell: Cell, kind: Kind) -> str:
    """One cell: missing as `-`, times in seconds after the base, reals with at most six decimals."""
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    if kind is Kind.TIME and abs(cell - BASE_S) < _RELATIVE_S:
        return f"{cell - BASE_S:+}"
    if isinstance(cell, float):
        return f"{cell:.6f}".rstrip("0").rstrip(".")
    return str(cell)


def spaced(lines: Sequence[str]) -> list[str]:
    """Lines in which the width of blanks does not count: an author aligns as he likes."""
    return [" ".join(line.split()) for line in lines]


def difference(expected: Sequence[str], found: Sequence[str], text: str) -> str:
    """The text asked, and the lines expected beside those found."""
    lines = unified_diff(expected, found, "expected", "found", lineterm="", n=1000)
    return "\n".join([text, *lines])
