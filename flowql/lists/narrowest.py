"""Which of many ranges is the narrowest that holds a value.

Owns the parting of the numbers of 128 bits (addresses, and ports as small numbers) into stretches with one
answer each. The ranges may nest and overlap as they like. Knows nothing of lists and cells.

Building. The ends of the ranges cut the numbers into stretches, at most two a range. A tree over the
stretches is painted: each range marks the few nodes that cover it, a node keeps the mark of the best range,
and the marks are passed down to the stretches. All of it works on whole arrays, level by level: n log n steps
whatever the ranges are like.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Halves: TypeAlias = tuple[NDArray[np.uint64], NDArray[np.uint64]]
"""Numbers of 128 bits as two arrays: their high and their low 64 bits."""

NOWHERE = -1
"""The place of a value that nothing holds."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Disjoint ascending stretches, each with the place of the narrowest range that holds it.

    `high` and `low` are the bounds at which the place changes, ascending; `owners[i]` is the place from the
    bound before `i` up to that at `i`: there is one more of them than of bounds. 20 bytes a bound.
    """

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    owners: NDArray[np.int32]

    def places(self, high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.int32]:
        """For each number, by its high and its low 64 bits, the place of its range, or `NOWHERE`."""
        return self.owners[self._bounds_up_to(high, low)]

    def _bounds_up_to(self, high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.int64]:
        """For each number, how many bounds are it or less."""
        # With no high bits (IPv4, ports) one search of the low ones does it, and that is most of them.
        short_count = np.searchsorted(self.high, np.uint64(0), "right")
        counts = np.searchsorted(self.low[:short_count], low, "right")
        longs = np.flatnonzero(high)
        if len(longs):
            counts[longs] = self._long_bounds_up_to(high[longs], low[longs])
        return counts

    def _long_bounds_up_to(self, high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.int64]:
        # Among the bounds with the number's high bits, halved for all numbers at once.
        least = np.searchsorted(self.high, high, "left")
        most = np.searchsorted(self.high, high, "right")
        while len(unsure := np.flatnonzero(least < most)):
            middle = (least[unsure] + most[unsure]) >> 1
            is_up_to = self.low[middle] <= low[unsure]
            least[unsure] = np.where(is_up_to, middle + 1, least[unsure])
            most[unsure] = np.where(is_up_to, most[unsure], middle)
        return least


def partition(first: Halves, last: Halves, places: NDArray[np.int32], order: NDArray[np.int32]) -> Partition:
    """The partition by ranges that are given by their ends, both included, and the places they stand for.

    `order` holds the places, those that are to win first; several ranges may stand for one place.
    """
    range_count = len(places)
    stop_high, stop_low, has_stop = _after(last)
    high = np.concatenate((first[0], stop_high[has_stop]))
    low = np.concatenate((first[1], stop_low[has_stop]))
    sorting = np.lexsort((low, high))
    high, low = high[sorting], low[sorting]
    is_new = np.ones(len(high), bool)
    is_new[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    high, low = high[is_new], low[is_new]

    numbers = np.empty(len(sorting), np.int64)
    numbers[sorting] = np.cumsum(is_new) - 1
    stops = np.full(range_count, len(high), np.int64)
    stops[has_stop] = numbers[range_count:]
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    best = _least_ranks(numbers[:range_count], stops, ranks[places], len(high), len(order))
    owners = np.append(order, np.int32(NOWHERE))[best]

    is_change = np.ones(len(owners), bool)
    is_change[1:] = owners[1:] != owners[:-1]
    before = np.array([NOWHERE], np.int32)
    return Partition(high[is_change], low[is_change], np.concatenate((before, owners[is_change])))


def _after(last: Halves) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.bool_]]:
    """The numbers that follow, and where there is one."""
    low = last[1] + np.uint64(1)
    is_carried = low == 0
    high = last[0] + is_carried.astype(np.uint64)
    return high, low, ~(is_carried & (high == 0))


def _least_ranks(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    ranks: NDArray[np.int32],
    stretch_count: int,
    no_rank: int,
) -> NDArray[Any]:
    """For each stretch the least rank of the ranges, from start to excluded stop, that cover it."""
    # Node n has the children 2n and 2n + 1; the stretches are the leaves, from `size` on.
    size = 1 << max(stretch_count - 1, 0).bit_length()
    tree = np.full(2 * size, no_rank, np.int32)
    left, right = starts + size, stops + size
    while len(left):
        is_odd = left & 1 == 1
        np.minimum.at(tree, left[is_odd], ranks[is_odd])
        is_odd = right & 1 == 1
        np.minimum.at(tree, right[is_odd] - 1, ranks[is_odd])
        left, right = (left + 1) >> 1, right >> 1
        is_left = left < right
        left, right, ranks = left[is_left], right[is_left], ranks[is_left]
    begin = 1
    while begin < size:
        children = tree[2 * begin : 4 * begin]
        np.minimum(children, np.repeat(tree[begin : 2 * begin], 2), out=children)
        begin *= 2
    return tree[size : size + stretch_count]
