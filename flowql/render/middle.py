"""The first and the last rows of a long table.

Owns the cut in the middle. All rows are read, for their number is told, and few are kept: the first ones, and
a window on the last ones, so that memory does not grow with the rows.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from flowql.render.answer import LINES_MIN


@dataclass(frozen=True, slots=True)
class Ends:
    """What is kept of rows, and how many there were."""

    first: tuple[pa.RecordBatch, ...]
    last: tuple[pa.RecordBatch, ...]
    row_count: int

    @property
    def hidden_count(self) -> int:
        """The rows between the first and the last ones."""
        kept_count: int = sum(batch.num_rows for batch in (*self.first, *self.last))
        return self.row_count - kept_count


def cut_in_middle(batches: Iterable[pa.RecordBatch], line_count_max: int) -> Ends:
    """All rows if they are `line_count_max` at most, else one less: a line of its own tells of the others."""
    line_count_max = max(line_count_max, LINES_MIN)
    first_max = line_count_max // 2
    first: list[pa.RecordBatch] = []
    window: deque[pa.RecordBatch] = deque()
    row_count = first_count = window_count = 0
    for batch in batches:
        row_count += batch.num_rows
        head = batch.slice(0, first_max - first_count)
        tail = batch.slice(head.num_rows)
        if head.num_rows:
            first.append(head)
            first_count += head.num_rows
        if tail.num_rows:
            window.append(tail)
            window_count = _narrow(window, window_count + tail.num_rows, line_count_max - first_max)
    if row_count > line_count_max:
        _narrow(window, window_count, line_count_max - first_max - 1)
    return Ends(tuple(first), tuple(window), row_count)


def _narrow(window: deque[pa.RecordBatch], count: int, count_max: int) -> int:
    """Take the oldest rows out of the window until it has at most `count_max`; returns how many it has."""
    while count > count_max:
        oldest = window.popleft()
        excess = count - count_max
        if oldest.num_rows > excess:
            window.appendleft(oldest.slice(excess))
            return count_max
        count -= oldest.num_rows
    return count
