"""The groups that may be among the first by a measure, before segments' groups are merged.

Owns the bound that leaves the others out. Where a measure adds up over segments and is never negative, a
group that has at least `floor` in all has its share of it, `floor` over the number of segments, in one of
them at least: of some hundred thousand groups a few are left, and merging takes as long as comparing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.execution.kernels.partial import Of, Partial
from flowql.execution.kernels.row_measures import of_measure
from flowql.plan.logical import Measure
from flowql.store.sums import SUM_MAX

_WORTH = 16
"""Where more than one group in so many is left, looking for them costs more than merging all."""


@dataclass(frozen=True, slots=True)
class Leaders:
    """The first so many groups, those with the greatest measure before others."""

    measure: Measure
    row_count: int


def leading(partials: Sequence[Partial], leaders: Leaders) -> Sequence[Partial]:
    """The segments' groups without those that cannot be among the leaders, whose parts are whole.

    What is as great as the last of them is not left out, so that other keys can tell which one that is. Where
    the measure does not add up, or little would be left out, or groups have more than numbers, all groups.
    """
    if any(partial.pairs or partial.runs or partial.edges for partial in partials):
        return partials
    partials = [partial for partial in partials if len(partial.codes)]
    weights = [_weights(partial, leaders.measure) for partial in partials]
    known = [each for each in weights if each is not None]
    if len(known) < max(len(partials), 2) or sum(int(each.max()) for each in known) >= SUM_MAX:
        return partials
    floor = _floor(partials, known, leaders.row_count)
    if floor < 1:
        return partials
    share = -(-floor // len(partials))
    left = [np.flatnonzero(each >= share) for each in known]
    if sum(map(len, left)) * _WORTH > sum(map(len, known)):
        return partials
    codes = np.sort(np.concatenate([part.codes.take(at) for part, at in zip(partials, left, strict=True)]))
    codes = codes.compress(np.concatenate(([True], codes[1:] != codes[:-1])))
    return [partial.of_codes(codes) for partial in partials]


def total_of(partials: Sequence[Partial], measure: Measure) -> int | None:
    """The measure over all groups; None where it does not add up."""
    total = 0
    for partial in partials:
        weights = _weights(partial, measure)
        if weights is None:
            return None
        is_safe = len(weights) * int(weights.max(initial=0)) < SUM_MAX
        total += int(weights.sum()) if is_safe else sum(weights.tolist())
    return total


def _weights(partial: Partial, measure: Measure) -> NDArray[np.int64] | None:
    """The measure of a segment's groups if it adds up over segments and none is negative."""
    of = of_measure(measure)
    found: NDArray[Any] | None = None
    if measure.function == "count":
        found = partial.rows if of == Of(None) else partial.parts.get(("present", of))
    elif measure.function == "sum":
        found = partial.parts.get(("sum", of))
    if found is None or found.dtype != np.int64 or (len(found) and found.min() < 0):
        return None
    return found


def _floor(partials: Sequence[Partial], weights: Sequence[NDArray[np.int64]], row_count: int) -> int:
    """What each of some `row_count` groups has at least in all; 0 where there are fewer."""
    place = max(range(len(partials)), key=lambda place: len(partials[place].codes))
    if not 0 < row_count < len(partials[place].codes):
        return 0
    codes = partials[place].codes[np.argpartition(weights[place], -row_count)[-row_count:]]
    totals = np.zeros(row_count, np.int64)
    for partial, each in zip(partials, weights, strict=True):
        held, places = partial.places_of(codes)
        totals[held] += each[places]
    return int(totals.min())
