"""Some rows of a segment, and their columns as numpy arrays.

Owns the choice of how a column is read: a range of rows as slices, which decode without gathering, rows of a
block gathered within its slice, any other rows one by one.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.store.columns import DictionaryColumn
from flowql.store.docset import RowBlock, RowRange, Rows
from flowql.store.number_column import NumberValues
from flowql.store.segment import Segment


class SegmentRows:
    """Rows of one segment: a range, those of a block, or row numbers in any order."""

    def __init__(self, segment: Segment, rows: RowRange | RowBlock | Rows) -> None:
        self.segment = segment
        self._rows = rows

    @cached_property
    def count(self) -> int:
        """How many rows these are."""
        match self._rows:
            case RowRange(start, stop):
                return stop - start
            case RowBlock(_, _, places):
                return len(places)
            case rows:
                return len(rows)

    @cached_property
    def numbers_in_segment(self) -> Rows:
        """The rows' numbers in the segment."""
        match self._rows:
            case RowRange(start, stop):
                return np.arange(start, stop, dtype=np.uint32)
            case RowBlock(start, _, places):
                return (places + start).astype(np.uint32)
            case rows:
                return rows

    def codes(self, field: str) -> NDArray[Any] | None:
        """The segment's own codes of a dictionary column; None when every row of the segment misses it."""
        column = self.segment.dictionary_column(field)
        return None if column is None else self.codes_in(column)

    def codes_in(self, column: DictionaryColumn) -> NDArray[Any]:
        """As `codes`, of a column at hand."""
        match self._rows:
            case RowRange(start, stop):
                return column.codes(start, stop)
            case RowBlock(start, stop, places):
                return column.codes(start, stop).take(places)
            case rows:
                return column.codes_at(rows)

    def numbers(self, field: str) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """The values of a number column, 0 where missing, and which are present (None: all)."""
        column = self.segment.number_column(field)
        if column is None:
            return np.zeros(self.count, np.int64), np.zeros(self.count, bool)
        return self.values_in(column)

    def values_in(self, column: NumberValues) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """As `numbers`, of a column at hand."""
        match self._rows:
            case RowRange(start, stop):
                return column.read(start, stop)
            case RowBlock(start, stop, places):
                return column.read_some(start, stop, places)
            case rows:
                return column.at(rows)

    def sequences(self) -> NDArray[np.uint64]:
        """The sequence numbers."""
        if isinstance(self._rows, RowRange):
            return self.segment.provenance.sequences(self._rows.start, self._rows.stop)
        return self.segment.provenance.sequences_at(self.numbers_in_segment)
