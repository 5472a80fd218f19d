"""Some rows of a segment, and their columns as numpy arrays.

Owns the choice of how a column is read: a range of rows as slices, which decode without gathering, any other
rows one by one.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.store.docset import RowRange
from flowql.store.segment import Segment


class SegmentRows:
    """Rows of one segment: a range, or row numbers in any order."""

    def __init__(self, segment: Segment, rows: RowRange | NDArray[np.uint32]) -> None:
        self.segment = segment
        self._rows = rows

    @cached_property
    def count(self) -> int:
        """How many rows these are."""
        return self._rows.stop - self._rows.start if isinstance(self._rows, RowRange) else len(self._rows)

    def codes(self, field: str) -> NDArray[Any] | None:
        """The segment's own codes of a dictionary column; None when every row of the segment misses it."""
        column = self.segment.dictionary_column(field)
        if column is None:
            return None
        if isinstance(self._rows, RowRange):
            return column.codes(self._rows.start, self._rows.stop)
        return column.codes_at(self._rows)

    def numbers(self, field: str) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """The values of a number column, 0 where missing, and which are present (None: all)."""
        column = self.segment.number_column(field)
        if column is None:
            return np.zeros(self.count, np.int64), np.zeros(self.count, bool)
        if isinstance(self._rows, RowRange):
            return column.read(self._rows.start, self._rows.stop)
        return column.at(self._rows)

    def sequences(self) -> NDArray[np.uint64]:
        """The sequence numbers."""
        if isinstance(self._rows, RowRange):
            return self.segment.provenance.sequences(self._rows.start, self._rows.stop)
        return self.segment.provenance.sequences_at(self._rows)
