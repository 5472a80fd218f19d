"""How often each integer occurs, counted exactly in bounded memory.

Owns the array of counts of near values and the sorting of far ones. Values come in parts that fit a core's
cache; neighbours in a log have neighbouring times, and most counts are small, so that the counts which a part
touches lie close together.
"""

import numpy as np
from numpy.typing import NDArray

_SPAN = 1 << 16
"""Values from a part's least one on that are counted in an array of the part's own."""
_FAR_MAX = 1 << 20
"""Far values that are kept before they are counted."""


class ValueCounts:
    """Counts of integers from 0 on; those below `width` are counted in an array."""

    def __init__(self, width: int) -> None:
        self.near = np.zeros(width, np.int64)
        """The counts of the values below `width`."""
        self.far: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        """Greater values and how often they occur; a value may stand there several times."""
        self.waiting: list[NDArray[np.int64]] = []
        """Greater values that are not counted yet."""
        self.missing = 0
        """Rows without a value."""

    def add(self, values: NDArray[np.int64]) -> None:
        """Count some more values."""
        if not len(values):
            return
        low, high = int(values.min()), int(values.max())
        if high - low >= _SPAN:
            is_close = values < low + _SPAN
            self._add_apart(values.compress(~is_close))
            values, high = values.compress(is_close), low + _SPAN - 1
        if high >= len(self.near):
            self._add_apart(values)
            return
        self.near[low : high + 1] += np.bincount(values - low, minlength=high + 1 - low)

    def merge(self, other: "ValueCounts") -> None:
        """Count what another, of the same width, has counted."""
        self.near += other.near
        self.far += other.far
        self.waiting += other.waiting
        self.missing += other.missing

    def distinct(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The values that occur, ascending, and how often."""
        near = np.flatnonzero(self.near)
        far, far_counts = self._far_counts()
        return np.concatenate((near, far)), np.concatenate((self.near[near], far_counts))

    def _add_apart(self, values: NDArray[np.int64]) -> None:
        is_near = values < len(self.near)
        np.add.at(self.near, values.compress(is_near), 1)
        far = values.compress(~is_near)
        if len(far):
            self.waiting.append(far)
            if sum(map(len, self.waiting)) > _FAR_MAX:
                self.far, self.waiting = [self._far_counts()], []

    def _far_counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        values, counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for value, count in self.far:
            values.append(value)
            counts.append(count)
        for each in self.waiting:
            values.append(each)
            counts.append(np.ones(len(each), np.int64))
        distinct, places = np.unique(np.concatenate(values), return_inverse=True)
        sums = np.zeros(len(distinct), np.int64)
        np.add.at(sums, places, np.concatenate(counts))
        return distinct, sums
