"""Leaves that look at rows: no index answers them, so that they are asked last, and of candidates only.

Owns the walk over the rows, a block at a time, or a part of one where looking at a row is dear, so that a
query can end between two of them. What is asked of a block is the caller's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowql.execution.context import Context
from flowql.execution.segment_rows import SegmentRows
from flowql.store.docset import Docset, RowRange, Rows, scanned
from flowql.store.numbers import BLOCK_ROWS
from flowql.store.segment import Segment

_DEAR = 100
"""From so many codes read a row on, a block takes so long that it is looked at in parts."""
_PART_ROWS = BLOCK_ROWS // 4


@dataclass(frozen=True)
class RowLeaf:
    """Rows for which a test over their columns holds."""

    test: Callable[[SegmentRows], NDArray[np.bool_]]
    """For each row of a block at most, whether it matches."""
    segment: Segment
    context: Context
    row_cost: int
    """What looking at one row costs, in codes read."""
    few: int
    """Fewer candidates than one row in so many are looked at one by one; 1: any that are not one range."""

    @property
    def row_count(self) -> int:
        """At most so many rows match."""
        return self.segment.row_count

    @property
    def cost(self) -> int:
        """What looking at every row costs, in codes read."""
        return self.segment.row_count * self.row_cost

    def docset(self, start: int, stop: int) -> Docset:
        """The matching rows of `[start, stop)`."""
        return scanned(
            lambda first, after: self._held(RowRange(first, after)), start, stop, self.segment.row_count
        )

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """For each row whether it matches."""
        parts = [self._held(rows[begin : begin + BLOCK_ROWS]) for begin in range(0, len(rows), BLOCK_ROWS)]
        return np.concatenate([np.empty(0, bool), *parts])

    def _held(self, rows: RowRange | Rows) -> NDArray[np.bool_]:
        if self.row_cost < _DEAR:
            self.context.check()
            return self.test(SegmentRows(self.segment, rows))
        parts = []
        for part in _parts(rows):
            self.context.check()
            parts.append(self.test(SegmentRows(self.segment, part)))
        return np.concatenate([np.empty(0, bool), *parts])


def _parts(rows: RowRange | Rows) -> Iterator[RowRange | Rows]:
    """The rows of a block, ascending, some thousands at a time."""
    if isinstance(rows, RowRange):
        for first in range(rows.start, rows.stop, _PART_ROWS):
            yield RowRange(first, min(first + _PART_ROWS, rows.stop))
    else:
        for first in range(0, len(rows), _PART_ROWS):
            yield rows[first : first + _PART_ROWS]
