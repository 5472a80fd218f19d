"""The bars of a histogram: buckets put together until they fit, series in the order of their stacking.

Owns the choice of how many buckets a bar holds, the order of series, and a scale that reads well. Nothing is
lost on the way: the sum of all bars is that of all buckets. Does not know how bars are drawn.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flowql.render.answer import Histogram
from flowql.render.paint import is_refused
from flowql.values import DAY_NS, SECOND_NS
from flowql.zones import Zone

_GROUPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 60, 72, 96, 120, 144, 240, 288)
"""How many buckets below a day are put together, if that gives a width that divides a day."""
_DAYS = (1, 2, 7, 14, 28, 84, 364, 3_640)
"""How many days have one bar."""
_ROUND = (1, 2, 3, 4, 5, 6, 8, 10)
_FINE = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""Tops of scales, times a power of ten; those with two digits from 10 on."""
_MONDAY_NS = -3 * DAY_NS
_WEEK_NS = 7 * DAY_NS


@dataclass(frozen=True, slots=True)
class Stack:
    """One series of the bars, the lowest first."""

    name: str | None
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """The records of the series."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars over time: as many as there are counts, each between two bounds (nanoseconds)."""

    bounds: tuple[int, ...]
    stacks: tuple[Stack, ...]

    @property
    def count(self) -> int:
        """The number of bars."""
        return len(self.bounds) - 1

    @property
    def totals(self) -> list[int]:
        """The height of each bar, in records."""
        return [sum(counts) for counts in zip(*(each.counts for each in self.stacks), strict=True)]

    @property
    def width_ns(self) -> int:
        """How much time most of the bars stand for."""
        return _usual_width(self.bounds)


def bars_of(histogram: Histogram, bar_count_max: int, zone: Zone) -> Bars:
    """At most `bar_count_max` bars; what let nothing through stands lowest, so that it is easily compared."""
    series = sorted(histogram.series, key=lambda each: not is_refused(each.name))
    firsts = _first_buckets(histogram.bounds, bar_count_max, zone)
    edges = [*firsts, len(histogram.bounds) - 1]
    return Bars(
        tuple(histogram.bounds[k] for k in edges),
        tuple(
            Stack(each.name, tuple(sum(each.counts[low:high]) for low, high in pairwise(edges)))
            for each in series
        ),
    )


def round_top(greatest: int) -> int:
    """The top of a scale: the least round number that is not below `greatest`."""
    power = 1
    while True:
        for digits in _ROUND if power == 1 else _FINE:
            top = digits * power if power == 1 else digits * power // 10
            if top >= greatest:
                return top
        power *= 10


def _first_buckets(bounds: Sequence[int], bar_count_max: int, zone: Zone) -> list[int]:
    """The first bucket of each bar."""
    bucket_count = len(bounds) - 1
    if bucket_count <= bar_count_max:
        return list(range(bucket_count))
    width = _usual_width(bounds)
    least = -(-bucket_count // max(bar_count_max, 1))
    for group in (each for each in _groups(width) if each >= least):
        firsts = _firsts_by_clock(bounds, width * group, zone)
        if len(firsts) <= bar_count_max:
            return firsts
    return list(range(0, bucket_count, least))


def _groups(width: int) -> list[int]:
    """How many buckets of a width may share a bar, so that people count in the bar's width."""
    if width < DAY_NS:
        return [each for each in _GROUPS if DAY_NS % (width * each) == 0]
    return [days * DAY_NS // width for days in _DAYS if days * DAY_NS % width == 0]


def _firsts_by_clock(bounds: Sequence[int], width: int, zone: Zone) -> list[int]:
    """The first buckets of bars that begin when the clock shows a multiple of their width."""
    origin = _MONDAY_NS if width % _WEEK_NS == 0 else 0
    places = [
        (start + zone.offset_at(start // SECOND_NS) * SECOND_NS - origin) // width for start in bounds[:-1]
    ]
    return [k for k, place in enumerate(places) if k == 0 or place != places[k - 1]]


def _usual_width(bounds: Sequence[int]) -> int:
    """The most frequent width: a change of the clock makes days of 23 and 25 hours."""
    widths = Counter(after - first for first, after in pairwise(bounds))
    return max(widths, key=lambda width: (widths[width], width))
