"""Exact percentiles of integers in two looks: counts by bins first, then the values of the bins that decide.

Owns the bins and both looks. A bin is what a value's distance from the least one has in common with its
neighbours as a 32-bit float: the exponent and the first bits of the mantissa. So bins ascend with values, are
narrow where values are small, and hold one integer each near the least value. Counts of several segments add
up; the bin in which a rank falls follows from them, and of the rows in such bins alone the values are sorted.
That takes a fraction of the time of sorting everything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowql.values import INT64_MAX

_MANTISSA_BITS = 23
_KEPT_BITS = range(8, 1, -1)
"""Bits of the mantissa that bins keep, the finest first."""
_BLOCK_ROWS = 1 << 16
"""Rows that are worked on together: so many stay in a core's cache from one step to the next."""
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
        if (last + 1) * group_count <= cell_count_max:
            return Bins(low, kept_bits, last + 1)
    return None


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of a segment's values: by group (`codes`, ascending) and bin, in that order.

    `cells` are, for each value, group and bin as one number; `values_at` gives values by their places.
    """

    codes: NDArray[np.int64]
    bins: Bins
    counts: NDArray[np.int64]
    cells: NDArray[np.uint32]
    values_at: Callable[[NDArray[np.int64]], NDArray[np.int64]]

    @property
    def present(self) -> NDArray[np.int64]:
        """The number of values of each group."""
        return np.asarray(self.counts.reshape(-1, self.bins.count).sum(axis=1))


def make_histogram(
    codes: NDArray[np.int64],
    groups: NDArray[np.intp],
    bins: Bins,
    read: Callable[[int, int], tuple[NDArray[np.int64], NDArray[np.bool_] | None]],
    values_at: Callable[[NDArray[np.int64]], NDArray[np.int64]],
) -> Histogram:
    """The histogram of the values of rows, `groups` being the places of their groups among `codes`.

    `read` gives the values of the rows from one place to another, and which are present (None: all).
    """
    cell_count = len(codes) * bins.count
    cells = np.empty(len(groups), np.uint32)
    counts = np.zeros(cell_count + 1, np.int64)  # missing values in one cell behind all others
    offsets = (np.arange(len(codes)) * bins.count).astype(np.uint32)
    step = max(_BLOCK_ROWS, 2 * cell_count)
    for first in range(0, len(groups), step):
        part = cells[first : first + step]
        values, present = read(first, first + len(part))
        bins.write(values, part)
        if len(codes) > 1:
            part += offsets[groups[first : first + step]]
        if present is not None:
            part[~present] = cell_count
        counts += np.bincount(part, minlength=cell_count + 1)
    return Histogram(codes, bins, counts[:cell_count], cells, values_at)


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
        firsts = range(0, len(each.cells), _BLOCK_ROWS)
        parts = [np.flatnonzero(decides[each.cells[first : first + _BLOCK_ROWS]]) + first for first in firsts]
        rows = np.concatenate([np.empty(0, np.int64), *parts])
        found_groups.append(group_of[each.cells[rows]])
        found_values.append(each.values_at(rows))
    return np.concatenate(found_groups), np.concatenate(found_values)
