"""The newest rows: the first few of the result order.

Owns the choice between asking whole segments, from the one that ends last to those that begin before what was
found, and walking windows of time (`rows`), which is for predicates that read many rows to find a few.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from flowql.execution.rows import Chosen, in_result_order, joined, newest_first, starts_at
from flowql.execution.select import SegmentSearch
from flowql.store.docset import Rows, newest_rows


def newest(searches: Sequence[SegmentSearch], limit: int, *, stops_early: bool = True) -> Chosen:
    """The first `limit` matching rows in result order; `stops_early` as in `newest_first`."""
    ordered = sorted(range(len(searches)), key=lambda place: _last_start(searches[place]), reverse=True)
    if not stops_early or not ordered or not searches[ordered[0]].is_cheap:
        return joined(list(newest_first(searches, limit, stops_early=stops_early)))
    held: list[tuple[int, Rows, NDArray[np.int64]]] = []
    floor: int | None = None  # no row that starts before it is among the newest
    for place in ordered:
        if floor is not None and _last_start(searches[place]) < floor:
            break
        found = _newest_of(searches[place], limit, floor)
        if len(found):
            held.append((place, found, starts_at(searches[place].scan.segment, found)))
            floor = _floor([starts for _, _, starts in held], limit)
    return in_result_order(searches, held, limit)


def _newest_of(search: SegmentSearch, limit: int, floor: int | None) -> Rows:
    """The last matching rows of one segment, ascending; those that start before the floor may be missing."""
    if search.is_cheap:
        return newest_rows(search.docset(), limit)
    return joined(list(newest_first([search], limit, floor=floor))).rows[::-1]


def _floor(starts: list[NDArray[np.int64]], limit: int) -> int | None:
    """The start of the last one of the newest so far; None while there are fewer."""
    if sum(map(len, starts)) < limit or not limit:
        return None
    return int(np.partition(np.concatenate(starts), -limit)[-limit])


def _last_start(search: SegmentSearch) -> int:
    bounds = search.scan.segment.start_bounds
    return bounds[1] if bounds else -(1 << 63)
