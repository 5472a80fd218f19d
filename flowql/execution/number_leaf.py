"""Leaves on number columns: ranges, or a test of the values of blocks that may match.

Owns the scan of a column by blocks. A `NumberLeaf` is bounded by zone maps, and answered by scanning blocks
or by looking at a few rows. Rows are sorted by start, so that ranges of `start` are ranges of rows, and a
`StartLeaf` scans nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.computed_numbers import Numbers
from flowql.execution.context import Check, unchecked
from flowql.execution.printed import printed_numbers
from flowql.plan.predicates import Exists, FieldLeaf, HasBits, InRanges, InValues, Like, Matches
from flowql.schema import Kind
from flowql.store.docset import COMPARED_BLOCKS, EMPTY, Docset, RowRange, Rows, scanned
from flowql.store.numbers import BLOCK_ROWS
from flowql.store.patterns import matching_regex, whole_pattern
from flowql.store.segment import START, Segment

Test: TypeAlias = Callable[[NDArray[np.int64]], NDArray[np.bool_]]
"""For each value whether it matches."""

_SCANNED_RANGES = 4  # from so many on one binary search a value beats a compare for each range
_START_RANGES = 1024  # from so many on a scan beats two searches for each range


class NumberSource(Protocol):
    """A number column of a segment, stored or computed."""

    row_count: int
    present_count: int
    min: int
    max: int

    @property
    def zone_min(self) -> NDArray[np.int64]:
        """At most the least present value of each block; anything where there is none."""

    @property
    def zone_max(self) -> NDArray[np.int64]:
        """At least the greatest present value of each block; anything where there is none."""

    def read(self, start: int, stop: int) -> Numbers:
        """The values of rows `start` to `stop`."""

    def at(self, rows: NDArray[Any]) -> Numbers:
        """The values at `rows`."""

    def in_range(self, start: int, stop: int, low: int, high: int) -> NDArray[np.bool_]:
        """For rows `start` to `stop`, whether the value is present and in `[low, high]`."""


@dataclass(frozen=True)
class NumberLeaf:
    """Rows whose value of a number column is present and in one of the ranges, and passes the test."""

    column: NumberSource
    ranges: tuple[tuple[int, int], ...]
    """Ascending, disjoint, at least one."""
    test: Test | None = None
    row_cost: int = 0
    """What looking at one row costs beside reading its value, in codes read."""
    few: int = 8
    """Fewer candidates than one row in so many are looked at one by one."""
    check: Check = unchecked
    """Asked between parts of the scan."""

    @property
    def row_count(self) -> int:
        """At most so many rows of the segment match: those of blocks that the zone maps cannot exclude."""
        return min(int(np.count_nonzero(self._may_match)) * BLOCK_ROWS, self.column.row_count)

    @property
    def cost(self) -> int:
        """Rows looked at."""
        return self.row_count * max(self.row_cost, 1)

    def docset(self, start: int, stop: int) -> Docset:
        """The matching rows of `[start, stop)`."""
        may_match = self._may_match

        def held(first: int, after: int) -> NDArray[np.bool_] | None:
            self.check()
            matching = may_match[first // BLOCK_ROWS : -(-after // BLOCK_ROWS)]
            if matching.all():
                return self._block(first, after)
            if not matching.any():
                return None
            mask = np.zeros(after - first, bool)
            for block in (np.flatnonzero(matching) + first // BLOCK_ROWS).tolist():
                low, high = max(first, block * BLOCK_ROWS), min(after, (block + 1) * BLOCK_ROWS)
                mask[low - first : high - first] = self._block(low, high)
            return mask

        return scanned(held, start, stop, self.column.row_count, block_count=COMPARED_BLOCKS)

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """For each row whether it matches."""
        return self._held(*self.column.at(rows))

    def _block(self, start: int, stop: int) -> NDArray[np.bool_]:
        if self.test or len(self.ranges) > _SCANNED_RANGES:
            return self._held(*self.column.read(start, stop))
        mask = self.column.in_range(start, stop, *self.ranges[0])
        for low, high in self.ranges[1:]:
            mask |= self.column.in_range(start, stop, low, high)
        return mask

    def _held(self, values: NDArray[np.int64], present: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        mask = self.test(values) if self.test else self._in_ranges(values)
        return mask if present is None else mask & present

    def _in_ranges(self, values: NDArray[np.int64]) -> NDArray[np.bool_]:
        lows, highs = self._bounds
        if len(lows) == 1:
            held: NDArray[np.bool_] = (values >= lows[0]) & (values <= highs[0])
            return held
        places = np.searchsorted(lows, values, "right") - 1
        return (places >= 0) & (values <= highs[np.maximum(places, 0)])

    @property
    def _may_match(self) -> NDArray[np.bool_]:
        """For each block whether its zone map meets one of the ranges."""
        lows, highs = self._bounds
        # Of the ranges that begin at or before a block's greatest value the last one reaches farthest.
        places = np.searchsorted(lows, self.column.zone_max, "right") - 1
        return (places >= 0) & (highs[np.maximum(places, 0)] >= self.column.zone_min)

    @property
    def _bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        bounds = np.array(self.ranges, np.int64).reshape(-1, 2)
        return bounds[:, 0], bounds[:, 1]


@dataclass(frozen=True)
class StartLeaf:
    """Rows whose start lies in ranges: as many ranges of rows, ascending and disjoint."""

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    segment_rows: int
    row_cost: int = 0
    few: int = 256

    @property
    def row_count(self) -> int:
        """Exactly how many rows match."""
        return int((self.stops - self.starts).sum())

    @property
    def cost(self) -> int:
        """Nothing is looked at; making the docset costs this, about."""
        return self.segment_rows // 64

    def docset(self, start: int, stop: int) -> Docset:
        """The matching rows of `[start, stop)`."""

        def held(first: int, after: int) -> NDArray[np.bool_]:
            mask = np.zeros(after - first, bool)
            inside = slice(
                np.searchsorted(self.stops, first, "right"), np.searchsorted(self.starts, after, "left")
            )
            for begin, end in zip(self.starts[inside].tolist(), self.stops[inside].tolist(), strict=True):
                mask[max(begin - first, 0) : end - first] = True
            return mask

        return scanned(held, start, stop, self.segment_rows)

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """For each row whether it matches."""
        places = np.searchsorted(self.starts, rows, "right") - 1
        return (places >= 0) & (rows < self.stops[np.maximum(places, 0)])


def bind_start(leaf: InRanges, segment: Segment) -> StartLeaf | RowRange | None:
    """Ranges of start as ranges of rows; None when there are too many of them."""
    assert leaf.field.name == START
    if len(leaf.ranges) > _START_RANGES:
        return None
    found = [segment.rows_between(low, high + 1) for low, high in leaf.ranges]
    held = [each for each in found if each[0] < each[1]]
    if len(held) < 2:
        return RowRange(*held[0]) if held else EMPTY
    bounds = np.array(held, np.int64)
    return StartLeaf(bounds[:, 0], bounds[:, 1], segment.row_count)


def bind_numbers(leaf: FieldLeaf, column: NumberSource, check: Check = unchecked) -> NumberLeaf | RowRange:
    """The predicate over a column; a RowRange when it is known that no row or every row matches."""
    bound = _bind(leaf, column)
    return bound if isinstance(bound, RowRange) else replace(bound, check=check)


def _bind(leaf: FieldLeaf, column: NumberSource) -> NumberLeaf | RowRange:
    everything = ((column.min, column.max),)
    match leaf:
        case Exists() if column.present_count == column.row_count:
            return RowRange(0, column.row_count)
        case Exists():
            return NumberLeaf(column, everything)
        case InRanges(_, ranges):
            return _within(column, ranges)
        case HasBits(_, mask):
            # No smaller number has all bits of the mask, and none of 64 bits has more of them.
            return _within(column, ((mask, column.max),), lambda values: values & mask == mask)
        case InValues(_, values):
            return _within(column, _hull(values), _one_of(values.to_numpy()))
        case Like(field, pattern, wildcards):
            regex = whole_pattern(pattern, wildcards)
            return NumberLeaf(
                column, everything, _printed(field.kind, lambda t: pc.match_substring_regex(t, regex)), 8
            )
        case Matches(field, regex):
            return NumberLeaf(column, everything, _printed(field.kind, lambda t: matching_regex(t, regex)), 8)
        case _:
            raise AssertionError(leaf)


def _within(
    column: NumberSource, ranges: Sequence[tuple[int, int]], test: Test | None = None
) -> NumberLeaf | RowRange:
    clipped = [(max(low, column.min), min(high, column.max)) for low, high in ranges]
    held = tuple(each for each in clipped if each[0] <= each[1])
    leaf = NumberLeaf(column, held, test)
    return leaf if held and leaf.row_count else EMPTY


def _hull(values: pa.Array) -> tuple[tuple[int, int], ...]:
    return ((values[0].as_py(), values[-1].as_py()),) if len(values) else ()


def _one_of(wanted: NDArray[np.int64]) -> Test:
    def test(values: NDArray[np.int64]) -> NDArray[np.bool_]:
        places = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
        return np.asarray(wanted[places] == values)

    return test


def _printed(kind: Kind, matches: Callable[[pa.StringArray], pa.BooleanArray]) -> Test:
    """The test of the values' texts, each distinct one made once."""

    def test(values: NDArray[np.int64]) -> NDArray[np.bool_]:
        distinct = pa.array(values).dictionary_encode()
        return np.asarray(
            matches(printed_numbers(distinct.dictionary.to_numpy(), kind)).take(distinct.indices)
        )

    return test
