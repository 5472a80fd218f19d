"""The matching rows of one segment, as kernels read them.

Owns the reading of their columns, stored ones and those computed from integers, and their parts, which are
small enough to stay in a core's cache from one step of a kernel to the next.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.execution.computed_numbers import durations
from flowql.execution.expression_numbers import Numbers, expression_numbers
from flowql.execution.kernels.reals import ranks_of_reals
from flowql.execution.segment_rows import SegmentRows
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import Column
from flowql.schema import Kind
from flowql.store.docset import (
    Bits,
    RowBlock,
    RowRange,
    Rows,
    clip,
    contains,
    count_rows,
    held_between,
    parts_of,
    to_rows,
)
from flowql.store.numbers import BLOCK_ROWS

PART_ROWS = 4 * BLOCK_ROWS
"""Rows that kernels work on together: of fewer, two threads wait for the interpreter's lock, not for rows."""


class MatchedRows(SegmentRows):
    """Rows that a search matches, ascending; its segment stands at `place` among all.

    `first` is where they stand among all that it matches there, one behind the other; None where they do not.
    """

    def __init__(
        self,
        search: SegmentSearch,
        place: int,
        rows: RowRange | RowBlock | Rows,
        first: int | None = None,
    ) -> None:
        self.search = search
        self.place = place
        self.first = first
        super().__init__(search.scan.segment, rows)

    def chosen(self, places: NDArray[np.intp]) -> "MatchedRows":
        """Those of the rows that stand at places, ascending."""
        match self._rows:
            case RowRange(start, stop):
                return MatchedRows(self.search, self.place, RowBlock(start, stop, places))
            case RowBlock(start, stop, all_places):
                return MatchedRows(self.search, self.place, RowBlock(start, stop, all_places[places]))
            case rows:
                return MatchedRows(self.search, self.place, rows[places])

    def holding(self, condition: Bits) -> NDArray[np.intp]:
        """The places among these rows, ascending, of those in a condition's docset."""
        match self._rows:
            case RowRange(start, stop):
                return np.flatnonzero(held_between(condition, start, stop))
            case RowBlock(start, stop, places):
                return np.flatnonzero(held_between(condition, start, stop).take(places))
            case rows:
                return np.flatnonzero(contains(condition, rows))

    def numbers_of(self, column: Column) -> tuple[Numbers, NDArray[np.bool_] | None]:
        """The values of a number column, doubles of a real one; 0 where missing, and which are present."""
        expression = self.search.columns.computed.get(column.name)
        if expression is None:
            return self.integers(column)
        if self.count <= BLOCK_ROWS:
            return _filled(*expression_numbers(expression, self))
        values: NDArray[Any] = np.empty(self.count, np.float64 if column.kind is Kind.REAL else np.int64)
        present = np.ones(self.count, bool)
        for first in range(0, self.count, BLOCK_ROWS):
            after = min(first + BLOCK_ROWS, self.count)
            part, known = _filled(*expression_numbers(expression, self._between(first, after)))
            values[first:after] = part
            if known is not None:
                present[first:after] = known
        return values, present

    def ranked(self, column: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """Integers that compare as the values do: see `reals`."""
        values, present = self.numbers_of(column)
        if column.kind is Kind.REAL:
            return ranks_of_reals(values.astype(np.float64, copy=False)), present
        return values.astype(np.int64, copy=False), present

    def integers(self, column: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """The values of a column of integers, stored or computed; 0 where missing, and which are present."""
        if column.is_virtual:
            assert column.kind is Kind.DURATION, column
            values, present = durations(self)
            return (values if present is None else np.where(present, values, 0)), present
        return self.numbers(column.name)

    def _between(self, first: int, after: int) -> "MatchedRows":
        """Those of the rows that stand from one place to another."""
        match self._rows:
            case RowRange(start, _):
                return MatchedRows(self.search, self.place, RowRange(start + first, start + after))
            case RowBlock(start, stop, places):
                return MatchedRows(self.search, self.place, RowBlock(start, stop, places[first:after]))
            case rows:
                return MatchedRows(self.search, self.place, rows[first:after])


def whole(search: SegmentSearch) -> RowRange:
    """The span of all rows of a search's segment."""
    return RowRange(0, search.scan.segment.row_count)


def matched_rows(search: SegmentSearch, place: int) -> MatchedRows:
    """All rows that a search matches."""
    docset = search.docset()
    return MatchedRows(search, place, docset if isinstance(docset, RowRange) else to_rows(docset), 0)


def matched_parts(
    search: SegmentSearch, place: int, span: RowRange, row_count_max: int = PART_ROWS
) -> Iterator[MatchedRows]:
    """The rows of a span that a search matches, ascending, in parts of so many at most (blocks').

    Cancelling is looked for between them.
    """
    docset = search.docset()
    first = count_rows(clip(docset, 0, span.start)) if span.start else 0
    for rows in parts_of(clip(docset, span.start, span.stop), row_count_max, search.scan.segment.row_count):
        search.context.check()
        part = MatchedRows(search, place, rows, first)
        first += part.count
        yield part


def _filled(values: Numbers, present: NDArray[np.bool_] | None) -> tuple[Numbers, NDArray[np.bool_] | None]:
    """Values with 0 where they are missing."""
    if present is not None:
        values = np.where(present, values, values.dtype.type(0))
    return values, present
