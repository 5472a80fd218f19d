"""The matching rows of one segment, as kernels read them.

Owns the reading of their columns, stored ones and those computed from integers, and which of them a further
condition holds for.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.execution.computed_numbers import durations
from flowql.execution.expression_numbers import Numbers, expression_numbers
from flowql.execution.kernels.reals import ranks_of_reals
from flowql.execution.segment_rows import SegmentRows
from flowql.execution.select import SegmentSearch, narrowed
from flowql.plan.logical import Column
from flowql.plan.predicates import Predicate
from flowql.schema import Kind
from flowql.store.docset import Docset, RowRange, from_rows, intersect, to_rows
from flowql.store.numbers import BLOCK_ROWS


class MatchedRows(SegmentRows):
    """Rows of one segment, which stands at `place` among all, that a search matches, ascending."""

    def __init__(self, search: SegmentSearch, place: int, docset: Docset | None = None) -> None:
        self.search = search
        self.place = place
        self._docset = search.docset() if docset is None else docset
        rows = self._docset if isinstance(self._docset, RowRange) else to_rows(self._docset)
        self._numbers = None if isinstance(rows, RowRange) else rows
        super().__init__(search.scan.segment, rows)

    def chosen(self, places: NDArray[np.int64]) -> "MatchedRows":
        """Those of the rows that stand at places, ascending."""
        return MatchedRows(self.search, self.place, from_rows(self.row_numbers()[places]))

    def part(self, first: int, after: int) -> "MatchedRows":
        """Those of the rows that stand from one place to another."""
        if isinstance(self._docset, RowRange):
            begin = self._docset.start
            return MatchedRows(self.search, self.place, RowRange(begin + first, begin + after))
        return MatchedRows(self.search, self.place, from_rows(self.row_numbers()[first:after]))

    def row_numbers(self) -> NDArray[np.uint32]:
        """The rows' numbers in the segment."""
        if self._numbers is None:
            self._numbers = to_rows(self._docset)
        return self._numbers

    def numbers_of(self, column: Column) -> tuple[Numbers, NDArray[np.bool_] | None]:
        """The values of a number column, doubles of a real one; 0 where missing, and which are present."""
        expression = self.search.columns.computed.get(column.name)
        if expression is None:
            return self.integers(column)
        values: NDArray[Any] = np.empty(self.count, np.float64 if column.kind is Kind.REAL else np.int64)
        present = np.ones(self.count, bool)
        # So many rows at a time stay in a core's cache from one step of the arithmetic to the next.
        for first in range(0, self.count, BLOCK_ROWS):
            after = min(first + BLOCK_ROWS, self.count)
            part, known = expression_numbers(expression, self.part(first, after))
            values[first:after] = part
            if known is not None:
                present[first:after] = known
                values[first:after][~known] = 0
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

    def places_where(self, condition: Predicate) -> NDArray[np.int64]:
        """The places among these rows, ascending, of those for which the condition holds."""
        rows = to_rows(intersect(narrowed(self.search, condition).docset(), self._docset))
        if isinstance(self._docset, RowRange):
            return rows.astype(np.int64) - self._docset.start
        return np.searchsorted(self.row_numbers(), rows)
