"""Exact percentiles of integers in two looks: counts by bins first, then the values of the bins that decide.

Owns the bins and both looks. A bin is what a value's distance from the least one has in common with its
neighbours as a 32-bit float: the exponent and the first bits of the mantissa. So bins ascend with values, are
narrow where values are small, and hold one integer each near the least value. Counts of several segments add
up; the bin in which a rank falls follows from them, and of the rows in such bins alone the values are sorted.
That takes a fraction of the time of sorting everything.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

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


Cells: TypeAlias = NDArray[np.unsignedinteger[Any]]
ValuesAt: TypeAlias = Callable[[NDArray[np.intp]], NDArray[np.int64]]
"""The values of some rows by their places among them."""


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
            cells[~present] = self._cell_count
        self._counts += np.bincount(cells.astype(np.intp), minlength=len(self._counts))
        after = self._after[-1] + len(cells)
        self._cells[self._after[-1] : after] = cells
        self._after.append(after)

    def histogram(self, codes: NDArray[np.int64], again: Callable[[], Iterator[ValuesAt]]) -> Histogram:
        """The histogram of all rows, `codes` being the groups'."""
        parts = [self._cells[first:after] for first, after in pairwise(self._after)]
        return Histogram(codes, self._bins, self._counts[: self._cell_count], parts, again)


def values_at_ranks(
    codes: NDArray[np.int64], ranks: NDArray[np.int64], histograms: Sequence[Histogram]
) -> NDArray[np.int64]:
    """For each group the value at a rank, from 1, among its values of all segments; anything for rank 0."""
    width = histograms[0].bins.count
    placed = [np.minimum(np.searchsorted(each.codes, codes), len(each.codes) - 1) for each in histograms]
    counts = np.zeros((len(codes), width), np.int64)
    for each, places in zip(histograms, placed, strict=True):
        held = each.codes[places] == codes
        counts[held] += each.counts.reshape(-1, width)[places[held]]
    through = np.cumsum(counts, axis=1)
    bins = np.minimum((through < ranks[:, None]).sum(axis=1), width - 1)
    before = np.take_along_axis(through - counts, bins[:, None], axis=1)[:, 0]
    groups, values = _values_of(bins, codes, histograms, placed)
    order = np.lexsort((values, groups))
    firsts = np.searchsorted(groups[order], np.arange(len(codes)))
    places = np.minimum(firsts + np.maximum(ranks - before, 1) - 1, max(0, len(values) - 1))
    return values[order[places]] if len(values) else np.zeros(len(codes), np.int64)


def _values_of(
    bins: NDArray[np.int64],
    codes: NDArray[np.int64],
    histograms: Sequence[Histogram],
    placed: Sequence[NDArray[np.intp]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The values in one bin of each group, and their groups."""
    found_groups, found_values = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for each, places in zip(histograms, placed, strict=True):
        held = np.flatnonzero(each.codes[places] == codes)
        group_of = np.full(len(each.counts) + 1, -1, np.int64)
        group_of[places[held] * each.bins.count + bins[held]] = held
        decides = group_of >= 0
        for cells, values_at in zip(each.cells, each.again(), strict=True):
            rows = np.flatnonzero(decides.take(cells))
            if len(rows):
                found_groups.append(group_of[cells[rows]])
                found_values.append(values_at(rows))
    return np.concatenate(found_groups), np.concatenate(found_values)
