"""Buckets: the first instant of the bucket of time that an instant lies in, on the clock of a zone.

Owns what a width such as `5m`, `1d` or `1w` cuts time into. The edges of buckets are read off the clock: they
are the points of a lattice, which for a width below a day starts anew at every 00:00, and which a change of
the clock repeats, leaps over or leaves alone. Instants are int64 nanoseconds since 1970 UTC. Knows nothing of
rows, of how many buckets are too many, or of how a width is written.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowql.times import TIME_MAX, TIME_MIN
from flowql.values import DAY_NS, SECOND_NS, format_duration
from flowql.zones import DAY_S, Zone

WIDTH_MAX_NS = 36_500 * DAY_NS
"""A hundred years: two widths must fit into int64, and `datetime` must reach so far beyond int64."""

_WEEK_NS = 7 * DAY_NS
_MONDAY_NS = -3 * DAY_NS
"""1969-12-29, the Monday of the week of 1970-01-01, from which weeks are counted."""
_LEAD_S = 3 * DAY_S
"""By how much more than its width a bucket may last, amply: clocks went back by a day at most."""
_ROWS_PER_EDGE_MIN = 8
"""From so many rows a bucket on, looking for edges among rows is faster than computing a start for each."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A way to cut time into buckets; `width_ns` is positive and at most `WIDTH_MAX_NS`.

    Below a day, an instant begins a bucket when the clock reads a multiple of the width since 00:00, and when
    a change of the clock leads from one multiple or day into another. So an hour that is shown twice, the one
    from 02:00 say, is two buckets for `1h` and `2h`; for `6h` it makes the bucket from 00:00 longer. Where
    the width does not divide 24 hours, a day's last bucket is shorter.

    Whole days are calendar days, as `Zone.day_start` has them, and counted from 1970-01-01; whole weeks start
    on Monday and are counted from 1969-12-29. A width above a day that is not of whole days has no place on a
    clock.

    The bucket that holds the first instant of int64 starts there.

    Raises `ValueError`, whose text is for people, for a width of nothing, one such as `36h`, and one above
    `WIDTH_MAX_NS`.
    """

    width_ns: int
    zone: Zone

    def __post_init__(self) -> None:
        if self.width_ns <= 0:
            raise ValueError(f"a bucket of {self} holds no time")
        if self.width_ns > WIDTH_MAX_NS:
            raise ValueError(
                f"a bucket of {self} is above the {format_duration(WIDTH_MAX_NS)} that one may have"
            )
        days, rest = divmod(self.width_ns, DAY_NS)
        if days and rest:
            near = " or ".join(format_duration(each * DAY_NS) for each in (days, days + 1))
            raise ValueError(f"a bucket above a day has whole days: {near}, not {self}")

    def __str__(self) -> str:
        return format_duration(self.width_ns)

    def starts(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first instant of the bucket of each time; times may come in any order."""
        if not len(times):
            return np.empty(0, np.int64)
        lattice = self._lattice
        low, high = int(times.min()), int(times.max())
        periods = self._periods(low, high + 1)
        if len(periods) == 1 and periods[0].start(low, lattice) > periods[0].carried:
            return lattice.points_before(times, high, periods[0].offset)
        firsts, offsets, begins, carried = (
            np.array([max(value, TIME_MIN) for value in values], np.int64)
            for values in zip(*((p.first, p.offset, p.begin, p.carried) for p in periods), strict=True)
        )
        at = np.searchsorted(firsts, times, "right") - 1
        starts = lattice.points_before(times, high, offsets[at])
        return np.where(starts < begins[at], carried[at], starts)

    def edges(self, low: int, high: int) -> NDArray[np.int64]:
        """The first instants, ascending, of the buckets that overlap `[low, high)`; `low` lies in the first.

        Both are instants of int64, `high` may be one beyond. There are `edge_count` of them, and nothing else
        limits how many that is.
        """
        if low >= high:
            return np.empty(0, np.int64)
        lattice = self._lattice
        periods = self._periods(low, high)
        parts = [np.array([max(periods[0].start(low, lattice), TIME_MIN)], np.int64)]
        for period in periods:
            if period.is_edge and low < period.first < high:
                parts.append(np.array([period.first], np.int64))
            index, after = period.points_within(low + 1, high, lattice)
            if index < after:
                parts.append(lattice.points(index, after, period.offset))
        return np.concatenate(parts)

    def edge_count(self, low: int, high: int) -> int:
        """Exactly how many edges `edges` gives, without making them."""
        if low >= high:
            return 0
        lattice = self._lattice
        count = 1
        for period in self._periods(low, high):
            index, after = period.points_within(low + 1, high, lattice)
            count += max(after - index, 0) + (period.is_edge and low < period.first < high)
        return count

    def cuts(self, sorted_times: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The buckets that hold any of ascending times: their first instants, and the first row of each.

        A bucket's rows end where those of the next one begin, the last one's with the times. Much faster
        than `starts` where buckets hold many rows.
        """
        row_count = len(sorted_times)
        if not row_count:
            return np.empty(0, np.int64), np.empty(0, np.intp)
        low, high = int(sorted_times[0]), int(sorted_times[-1]) + 1
        if self.edge_count(low, high) * _ROWS_PER_EDGE_MIN <= row_count:
            edges = self.edges(low, high)
            rows = np.searchsorted(sorted_times, edges)
            holds_any = np.diff(rows, append=row_count) > 0
            return edges[holds_any], rows[holds_any]
        starts = self.starts(sorted_times)
        rows = np.append(0, np.flatnonzero(starts[1:] != starts[:-1]) + 1)
        return starts[rows], rows

    @property
    def _lattice(self) -> "_Lattice":
        starts_daily = self.width_ns < DAY_NS and DAY_NS % self.width_ns != 0
        origin_ns = _MONDAY_NS if self.width_ns % _WEEK_NS == 0 else 0
        return _Lattice(self.width_ns, DAY_NS if starts_daily else self.width_ns, origin_ns)

    def _periods(self, low: int, high: int) -> list["_Period"]:
        """The periods that overlap `[low, high)`; the zone looks for them day by day.

        It does so from before the bucket of `low` on, so that the start of that one is known.
        """
        lattice, has_whole_days = self._lattice, self.width_ns >= DAY_NS
        periods: list[_Period] = []
        reached = 0
        first_s = (low - self.width_ns) // SECOND_NS - _LEAD_S
        for piece in self.zone.pieces(first_s, (high - 1) // SECOND_NS + 1):
            first, after, offset = (each * SECOND_NS for each in piece)
            begin, end = first + offset, after + offset
            if not periods:
                begin = lattice.point_before(begin)
                carried = begin - offset
            else:
                if has_whole_days:  # a day that the clock shows again has begun
                    begin, end = max(begin, reached), max(end, reached)
                is_leap = lattice.point_before(begin) not in (begin, lattice.point_before(reached - 1))
                carried = first if is_leap else periods[-1].start(first - 1, lattice)
            periods.append(_Period(first, after, offset, begin - offset, carried))
            reached = end
        return [period for period in periods if period.after > low]


@dataclass(frozen=True, slots=True)
class _Lattice:
    """The points on a clock at which buckets begin: spans from an origin on, cut by a width into points.

    Points are numbered; their times are local, as `zones` has them, but in nanoseconds.
    """

    width_ns: int
    span_ns: int
    origin_ns: int

    @property
    def span_point_count(self) -> int:
        """How many points a span has; its last width is cut off where the next span starts."""
        return -(-self.span_ns // self.width_ns)

    def point_before(self, local: int) -> int:
        """The last point that is not after a local time."""
        clock = (local - self.origin_ns) % self.span_ns
        return local - clock % self.width_ns

    def index_from(self, local: int) -> int:
        """The number of the first point that is not before a local time."""
        span, clock = divmod(local - self.origin_ns, self.span_ns)
        return span * self.span_point_count + -(-clock // self.width_ns)

    def points_before(
        self, times: NDArray[np.int64], high: int, offset: int | NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The instants of the last points not after times, of which `high` is the highest.

        Those that lie before the first instant of int64 are that one.
        """
        shift = (offset - self.origin_ns) % self.span_ns
        rest = times + shift if high <= TIME_MAX - self.span_ns else times % self.span_ns + shift
        rest %= self.span_ns
        if self.span_point_count > 1:
            rest %= self.width_ns
        starts: NDArray[np.int64] = np.subtract(times, rest, out=rest)
        starts[starts > times] = TIME_MIN  # what has wrapped around
        return starts

    def points(self, index: int, after: int, offset: int) -> NDArray[np.int64]:
        """The instants of the points with the numbers `[index, after)`, by an offset."""
        span, step = divmod(index, self.span_point_count)
        first = self.origin_ns + span * self.span_ns + step * self.width_ns - offset
        steps = np.arange(step, step + after - index)
        if self.span_point_count == 1:
            return first + steps * self.span_ns
        spans, steps = np.divmod(steps, self.span_point_count)
        # Sums on the way may wrap around, and back.
        return first + (spans * self.span_ns + (steps - step) * self.width_ns)


@dataclass(frozen=True, slots=True)
class _Period:
    """A period of constant offset `[first, after)`: buckets begin in it at the points from `begin` on.

    What lies in it before the first of these is of a bucket that starts at `carried`: an earlier instant, or
    `first` itself where the clock has leapt into another bucket.
    """

    first: int
    after: int
    offset: int
    begin: int
    carried: int

    @property
    def is_edge(self) -> bool:
        """Whether a bucket begins at `first` though the clock then shows no point."""
        return self.carried == self.first

    def start(self, instant: int, lattice: _Lattice) -> int:
        """The first instant of the bucket of an instant of the period."""
        point = lattice.point_before(instant + self.offset) - self.offset
        return point if point >= self.begin else self.carried

    def points_within(self, low: int, high: int, lattice: _Lattice) -> tuple[int, int]:
        """The numbers, as a half-open range, of the points in `[low, high)` at which buckets begin."""
        first, after = max(self.begin, low), min(self.after, high)
        return lattice.index_from(first + self.offset), lattice.index_from(after + self.offset)
