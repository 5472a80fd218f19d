"""Computed fields that are numbers: duration, and the exact quotients bps, pps and bpp.

Owns their arithmetic. A duration is `end - start` in nanoseconds, below 0 where a record ends before it
starts. A quotient is never made to decide anything: it is compared by cross-multiplication, in 64 bits where
every product fits, else in doubles, and what those leave in doubt is settled with Python's integers.
"""

from dataclasses import dataclass
from math import gcd, prod
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.segment_rows import SegmentRows
from flowql.plan.predicates import InIntervals, Interval
from flowql.store.number_column import NumberColumn
from flowql.store.segment import END, START, Segment
from flowql.values import SECOND_NS

DURATION = "duration"
Numbers: TypeAlias = tuple[NDArray[np.int64], NDArray[np.bool_] | None]
"""Values, and which of them are present (None: all)."""
Factors: TypeAlias = tuple[NDArray[np.int64] | int, ...]

_PRODUCT_MAX = 1 << 62  # products below it, and the difference of two, fit 64 bits
_DOUBT = 1e-12  # far above the 7e-16 by which a product of a few doubles is off


class DurationColumn:
    """`end - start` of a segment's rows, with what a number column tells: values, bounds and zone maps."""

    def __init__(self, start: NumberColumn, end: NumberColumn) -> None:
        self.row_count = start.row_count
        self.present_count = min(start.present_count, end.present_count)
        """At most so many rows have one."""
        self.min = end.min - start.max
        self.max = end.max - start.min
        self._start = start
        self._end = end

    @property
    def zone_min(self) -> NDArray[np.int64]:
        """At most the least value of each block; anything where no row of it has one."""
        return self._end.zone_min - self._start.zone_max

    @property
    def zone_max(self) -> NDArray[np.int64]:
        """At least the greatest value of each block; anything where no row of it has one."""
        return self._end.zone_max - self._start.zone_min

    def read(self, start: int, stop: int) -> Numbers:
        """The values of rows `start` to `stop`."""
        return _difference(self._end.read(start, stop), self._start.read(start, stop))

    def at(self, rows: NDArray[Any]) -> Numbers:
        """The values at `rows`, in any order."""
        return _difference(self._end.at(rows), self._start.at(rows))

    def in_range(self, start: int, stop: int, low: int, high: int) -> NDArray[np.bool_]:
        """For rows `start` to `stop`, whether the value is present and in `[low, high]`."""
        values, present = self.read(start, stop)
        mask = (values >= low) & (values <= high)
        return mask if present is None else mask & present


def duration_column(segment: Segment) -> DurationColumn | None:
    """The durations of a segment's rows; None when every row misses one of the two times."""
    start, end = segment.number_column(START), segment.number_column(END)
    return DurationColumn(start, end) if start and end else None


def durations(rows: SegmentRows) -> Numbers:
    """The durations of the rows in nanoseconds."""
    return _difference(rows.numbers(END), rows.numbers(START))


@dataclass(frozen=True, slots=True)
class _Definition:
    """`scale * dividend / divisor`, the divisor in units of `unit`."""

    dividend: str
    scale: int
    divisor: str
    unit: int


_QUOTIENTS = {
    "bps": _Definition("bytes", 8, DURATION, SECOND_NS),
    "pps": _Definition("packets", 1, DURATION, SECOND_NS),
    "bpp": _Definition("bytes", 1, "packets", 1),
}


@dataclass(frozen=True, slots=True)
class Quotients:
    """The quotient `scale * unit * dividend / divisor` of each row where `present`; elsewhere 0 / 1."""

    dividend: NDArray[np.int64]
    divisor: NDArray[np.int64]
    present: NDArray[np.bool_]
    scale: int
    unit: int

    def reals(self) -> pa.Array:
        """As doubles; null where missing."""
        # A whole number of seconds is exact in double, so that one division is all that rounds.
        reals = self.dividend * float(self.scale) / (self.divisor / self.unit)
        return pa.array(reals + 0.0, mask=~self.present)  # -0.0 would be a value, and a group, of its own

    def hold(self, leaf: InIntervals) -> NDArray[np.bool_]:
        """For each row whether its quotient lies in one of the intervals."""
        held = np.zeros(len(self.present), bool)
        for interval in leaf.intervals:
            held |= self._in(interval)
        return held & self.present

    def signs(self, other: "Quotients") -> NDArray[np.int8]:
        """For each row -1, 0 or 1 as its quotient is below, equal to or above the other's, if present."""
        left: Factors = (self.dividend, self.scale * self.unit, other.divisor)
        right: Factors = (other.dividend, other.scale * other.unit, self.divisor)
        return _signs(left, right) * _signs((self.divisor,), (0,)) * _signs((other.divisor,), (0,))

    def _in(self, interval: Interval) -> NDArray[np.bool_]:
        held = np.ones(len(self.present), bool)
        if interval.low is not None:
            signs = self._signs_to(interval.low.numerator, interval.low.denominator)
            held &= signs > 0 if interval.low_excluded else signs >= 0
        if interval.high is not None:
            signs = self._signs_to(interval.high.numerator, interval.high.denominator)
            held &= signs < 0 if interval.high_excluded else signs <= 0
        return held

    def _signs_to(self, numerator: int, denominator: int) -> NDArray[np.int8]:
        """For each row -1, 0 or 1 as its quotient is below, equal to or above a fraction, if present."""
        factor = self.scale * self.unit * denominator
        common = gcd(factor, numerator)
        signs = _signs((self.dividend, factor // common), (self.divisor, numerator // common))
        return signs * _signs((self.divisor,), (0,))


def quotients(name: str, rows: SegmentRows) -> Quotients:
    """The quotient that a computed field stands for, of each of the rows."""
    definition = _QUOTIENTS[name]
    dividend, dividend_present = rows.numbers(definition.dividend)
    is_timed = definition.divisor == DURATION
    divisor, divisor_present = durations(rows) if is_timed else rows.numbers(definition.divisor)
    present = divisor != 0
    for part in (dividend_present, divisor_present):
        if part is not None:
            present &= part
    # What a missing part reads as would only make the products great.
    dividend, divisor = np.where(present, dividend, 0), np.where(present, divisor, 1)
    return Quotients(dividend, divisor, present, definition.scale, definition.unit)


def _difference(a: Numbers, b: Numbers) -> Numbers:
    presences = [part for _, part in (a, b) if part is not None]
    return a[0] - b[0], np.logical_and.reduce(presences) if presences else None


def _signs(left: Factors, right: Factors) -> NDArray[np.int8]:
    """For each row -1, 0 or 1 as the product `left` is below, equal to or above the product `right`."""
    if max(_bound(left), _bound(right)) < _PRODUCT_MAX:
        return _compared(prod(left), prod(right))
    a, b = (prod(np.asarray(each, np.float64) for each in factors) for factors in (left, right))
    signs = _compared(a, b)
    doubtful = np.abs(a - b) <= _DOUBT * np.maximum(np.abs(a), np.abs(b))
    for row in np.flatnonzero(doubtful).tolist():
        exact = [
            prod(factor if isinstance(factor, int) else int(factor[row]) for factor in factors)
            for factors in (left, right)
        ]
        signs[row] = (exact[0] > exact[1]) - (exact[0] < exact[1])
    return signs


def _bound(factors: Factors) -> int:
    """At least the greatest product, and each of its factors, by size."""
    sizes = [
        abs(factor)
        if isinstance(factor, int)
        else max(abs(int(factor.min())), abs(int(factor.max())))
        if len(factor)
        else 0
        for factor in factors
    ]
    return prod(max(size, 1) for size in sizes)


def _compared(a: Any, b: Any) -> NDArray[np.int8]:
    return np.asarray(np.greater(a, b), np.int8) - np.asarray(np.less(a, b), np.int8)
