"""Exact percentiles of integers in two looks: counts by bins first, then the values of the bins that decide.

Owns the bins and both looks. A bin is what a value's distance from the least one has in common with its
neighbours as a 32-bit float: the exponent and the first bits of the mantissa. So bins ascend with values, are
narrow where values are small, and hold one integer each near the least value. Counts of several segments add
up; the bin in which a rank falls follows from them, and of the rows in such bins alone the values are sorted.
That takes a fraction of the time of sorting everything.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from flowql.execution.context import Check, unchecked
from flowql.values import INT64_MAX

_MANTISSA_BITS = 23
_KEPT_BITS = range(8, 1, -1)
"""Bits of the mantissa that bins keep, the finest first."""
_FINE_BITS = 5
"""With so many bits a bin holds few enough of the values: finer ones have to be cheap."""
_CHEAP_CELL_COUNT = 1 << 16
"""Counts that stay in a core's cache, and whose places have 16 bits."""
CELL_COUNT_MAX = 1 << 22
"""Counts of one segment, a group and a bin each."""


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins of the integers from `low` on, `count` of them, by so many bits of the mantissa."""

    low: int
    kept_bits: int
    count: int

    def write(self, values: NDArray[np.int64], bins: NDArray[np.uint32]) -> None:
        """Put the bin of each value into `bins`."""
        floats = bins.view(np.float32)
        np.subtract(values, self.low, out=floats, casting="unsafe")
        np.right_shift(bins, np.uint32(_MANTISSA_BITS - self.kept_bits), out=bins)


def make_bins(low: int, high: int, group_count: int, cell_count_max: int) -> Bins | None:
    """The finest bins for values between bounds that are few enough for so many groups; None if none are."""
    if high - low > INT64_MAX:
        return None
    for kept_bits in _KEPT_BITS:
        last = int(np.float32(high - low).view(np.uint32)) >> (_MANTISSA_BITS - kept_bits)
        count_max = min(cell_count_max, _CHEAP_CELL_COUNT) if kept_bits > _FINE_BITS else cell_count_max
        if (last + 1) * group_count < count_max:
            return Bins(low, kept_bits, last + 1)
    return None


Item = TypeVar("Item")
Answer = TypeVar("Answer")
Cells: TypeAlias = NDArray[np.unsignedinteger[Any]]
ValuesAt: TypeAlias = Callable[[NDArray[np.intp]], NDArray[np.int64]]
"""The values of some rows by their places among them."""


class Spread(Protocol):
    """Does work for several items, on threads where they have rows enough."""

    def __call__(
        self, work: Callable[[Item], Answer], items: Sequence[Item], row_count: int, /
    ) -> Iterable[Answer]:
        """What the work gives for each item, in order."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of a segment's values: by group (`codes`, ascending) and bin, in that order.

    `cells` are, for each row that was given, group and bin as one number, in the parts in which they came;
    `again` gives the values of each part by places.
    """

    codes: NDArray[np.int64]
    bins: Bins
    counts: NDArray[np.int64]
    cells: Sequence[Cells]
    again: Callable[[], Iterator[ValuesAt]]

    @property
    def present(self) -> NDArray[np.int64]:
        """The number of values of each group."""
        return np.asarray(self.counts.reshape(-1, self.bins.count).sum(axis=1))


class HistogramMaker:
    """Makes the histogram of values that are given a few at a time."""

    def __init__(self, bins: Bins, group_count: int, row_count_max: int) -> None:
        self._bins = bins
        self._cell_count = group_count * bins.count
        # Missing values are in one cell behind all others.
        self._counts = np.zeros(self._cell_count + 1, np.int64)
        self._offsets = (np.arange(group_count) * bins.count).astype(np.uint32)
        self._cells = np.empty(row_count_max, np.min_scalar_type(self._cell_count))
        self._after = [0]

    def add(
        self, groups: NDArray[np.intp], values: NDArray[np.int64], present: NDArray[np.bool_] | None
    ) -> None:
        """Take account of some more rows: their groups, their values, and which are present (None: all)."""
        cells = np.empty(len(groups), np.uint32)
        self._bins.write(values, cells)
        if len(self._offsets) > 1:
            cells += self._offsets.take(groups)
        if present is not None:
            cells[np.flatnonzero(~present)] = self._cell_count
        self._counts += np.bincount(cells.astype(np.intp), minlength=len(self._counts))
        after = self._after[-1] + len(cells)
        self._cells[self._after[-1] : after] = cells
        self._after.append(after)

    def histogram(self, codes: NDArray[np.int64], again: Callable[[], Iterator[ValuesAt]]) -> Histogram:
        """The histogram of all rows, `codes` being the groups'."""
        parts = [self._cells[first:after] for first, after in pairwise(self._after)]
        return Histogram(codes, self._bins, self._counts[: self._cell_count], parts, again)


def values_at_ranks(
    codes: NDArray[np.int64],
    ranks: NDArray[np.int64],
    histograms: Sequence[Histogram],
    spread: Spread,
    check: Check = unchecked,
) -> NDArray[np.int64]:
    """For each group the values at some ranks, from 1, among its values of all segments; anything for rank 0.

    `ranks` and what comes have a row for each rank asked for, a column for each group.
    """
    width = histograms[0].bins.count
    counts = np.zeros((len(codes), width), np.int64)
    for each in histograms:
        check()
        places = np.minimum(np.searchsorted(each.codes, codes), len(each.codes) - 1)
        held = each.codes[places] == codes
        counts[held] += each.counts.reshape(-1, width)[places[held]]
    check()
    through = np.cumsum(counts, axis=1)
    bins = np.array([np.minimum((through < row[:, None]).sum(axis=1), width - 1) for row in ranks])
    before = np.array([np.take_along_axis(through - counts, row[:, None], axis=1)[:, 0] for row in bins])
    wanted = np.arange(len(codes)) * width + bins
    is_wanted = np.zeros((len(codes), width), bool)
    is_wanted.reshape(-1)[wanted] = True

    def values_of(each: Histogram) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return _values_of(each, codes, is_wanted)

    found = list(spread(values_of, histograms, sum(len(part) for each in histograms for part in each.cells)))
    check()
    cells, values = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((values, cells))
    check()
    firsts = np.searchsorted(cells[order], wanted)
    places = np.minimum(firsts + np.maximum(ranks - before, 1) - 1, max(0, len(values) - 1))
    return values[order[places]] if len(values) else np.zeros(ranks.shape, np.int64)


def _values_of(
    histogram: Histogram, codes: NDArray[np.int64], is_wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The values in the wanted bins of groups, and the cells, among those of all groups, that they are in."""
    width = histogram.bins.count
    groups = np.minimum(np.searchsorted(codes, histogram.codes), len(codes) - 1)
    decides = np.append(is_wanted[groups], False) if len(groups) else np.zeros(1, bool)
    found_cells, found_values = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for cells, values_at in zip(histogram.cells, histogram.again(), strict=True):
        rows = np.flatnonzero(decides.take(cells))
        if len(rows):
            places, bins = np.divmod(cells[rows].astype(np.int64), width)
            found_cells.append(groups[places] * width + bins)
            found_values.append(values_at(rows))
    return np.concatenate(found_cells), np.concatenate(found_values)
