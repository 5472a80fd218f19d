"""What fields hold, summed up by queries: presence, distinct values, ends, the most frequent values.

Owns which queries these are. Does not run them: whoever asks gives a way to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from flowql.render.answer import Column
from flowql.schema import Kind

TOP_OF_EACH = 3
"""Values told of each field, where all are told of."""
_ORDERED = (Kind.COUNT, Kind.TIME, Kind.DURATION, Kind.REAL, Kind.PORT, Kind.ADDRESS)
"""Kinds of which the least and the greatest value say something."""

AskRows: TypeAlias = Callable[[str], Sequence[tuple[Any, ...]]]
"""Runs a query; its rows, with cells as `clauses.cell_value` gives them."""


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """A field: in how many records it has a value, how many different ones, and the most frequent of them."""

    column: Column
    count: int
    distinct_count: int
    frequent: tuple[tuple[str, int], ...] = ()
    least: Any = None
    greatest: Any = None


def fields_queries(scope: str, columns: Sequence[Column]) -> tuple[str, str]:
    """The query for the counts of every field, and that for their most frequent values."""
    measures = ", ".join(f"count({each.name}), dc({each.name})" for each in columns)
    return f"{scope} | stats count() as n, {measures}", f"{scope} | facets {TOP_OF_EACH}"


def summaries(
    scope: str, columns: Sequence[Column], rows_of: AskRows
) -> tuple[int, tuple[FieldSummary, ...]]:
    """How many records there are, and each of their fields."""
    counts_query, facets_query = fields_queries(scope, columns)
    total, *counts = rows_of(counts_query)[0]
    frequent: dict[str, list[tuple[str, int]]] = {}
    for name, value, count, _ in rows_of(facets_query):
        if value is not None:
            frequent.setdefault(name, []).append((value, count))
    return total, tuple(
        FieldSummary(column, count, distinct_count, tuple(frequent.get(column.name, ())))
        for column, count, distinct_count in zip(columns, counts[::2], counts[1::2], strict=True)
    )


def field_query(scope: str, column: Column) -> str:
    """The query for the counts of one field, and its least and greatest value where its kind has an order."""
    name = column.name
    ends = f", min({name}), max({name})" if column.kind in _ORDERED else ""
    return f"{scope} | stats count() as n, count({name}), dc({name}){ends}"


def summary_of(scope: str, column: Column, rows_of: AskRows) -> tuple[int, FieldSummary]:
    """How many records there are, and one of their fields."""
    total, count, distinct_count, *ends = rows_of(field_query(scope, column))[0]
    least, greatest = ends or (None, None)
    return total, FieldSummary(column, count, distinct_count, (), least, greatest)
