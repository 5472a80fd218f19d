"""Merges: which segments of a topic to replace by one.

Owns the choice, not the work. Merging keeps the number of segments small, and near in time, so that a time
range touches few. Segments are ranged into tiers by rows (each tier TIER_FACTOR times the one below); when a
tier holds FAN_IN segments that are neighbours in time, they become one. A segment of more than half of
ROWS_MAX is left alone. So every row is rewritten once a tier.
"""

from collections.abc import Sequence
from itertools import groupby

from flowql.store.manifest import SegmentEntry
from flowql.store.segment import ROWS_MAX

TIER_FACTOR = 8
FAN_IN = 8
BYTES_MAX = 1 << 30
"""Bytes of the segments that one merge reads, since it holds them all."""


def choose_merge(entries: Sequence[SegmentEntry]) -> list[SegmentEntry]:
    """Segments to merge into one now, oldest first.

    None when nothing is due. Their rows fit into one segment.
    """
    small = [entry for entry in entries if entry.rows * 2 <= ROWS_MAX]
    by_tier = sorted(small, key=_tier)
    for _, tier in groupby(by_tier, _tier):
        members = sorted(tier, key=lambda entry: (entry.start_min or 0, entry.id))
        best: list[SegmentEntry] = []
        for first in range(len(members) - FAN_IN + 1):
            run = members[first : first + FAN_IN]
            fits = sum(e.rows for e in run) <= ROWS_MAX and sum(e.bytes for e in run) <= BYTES_MAX
            if fits and (not best or _span(run) < _span(best)):
                best = run
        if best:
            return best
    return []


def segments_per_instant(entries: Sequence[SegmentEntry]) -> float:
    """The mean number of segments over one instant of the data's time: 1.0 when no two overlap."""
    bounds = [
        (entry.start_min, entry.start_max + 1)
        for entry in entries
        if entry.start_min is not None and entry.start_max is not None
    ]
    if not bounds:
        return 0.0
    covered, reach = 0, min(low for low, _ in bounds)
    for low, high in sorted(bounds):
        covered += max(0, high - max(low, reach))
        reach = max(reach, high)
    return sum(high - low for low, high in bounds) / covered


def _tier(entry: SegmentEntry) -> int:
    tier, rows = 0, entry.rows
    while rows >= TIER_FACTOR:
        rows //= TIER_FACTOR
        tier += 1
    return tier


def _span(run: Sequence[SegmentEntry]) -> int:
    lows = [entry.start_min for entry in run if entry.start_min is not None]
    highs = [entry.start_max for entry in run if entry.start_max is not None]
    return max(highs) - min(lows) if lows else 0
