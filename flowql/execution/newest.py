"""The newest rows: the first few of the result order.

Owns the choice between asking whole segments, from the one that ends last to those that begin before what was
found, and walking windows of time (`rows`), which is for predicates that read many rows to find a few.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from flowql.execution.rows import Chosen, joined, newest_first, topic_ranks
from flowql.execution.select import SegmentSearch
from flowql.store.docset import Rows, newest_rows
from flowql.store.segment import START, Segment

_NO_START = np.int64(-(1 << 63))
"""The start of a row that has none: it comes last."""


def newest(searches: Sequence[SegmentSearch], limit: int, *, stops_early: bool = True) -> Chosen:
    """The first `limit` matching rows in result order; `stops_early` as in `newest_first`."""
    ordered = sorted(range(len(searches)), key=lambda place: _last_start(searches[place]), reverse=True)
    if not stops_early or not ordered or not searches[ordered[0]].is_cheap:
        return joined(list(newest_first(searches, limit, stops_early=stops_early)))
    places: list[int] = []
    rows: list[Rows] = []
    starts: list[NDArray[np.int64]] = []
    floor: int | None = None  # no row that starts before it is among the newest
    for place in ordered:
        if floor is not None and _last_start(searches[place]) < floor:
            break
        found = _newest_of(searches[place], limit, floor)
        if len(found):
            places.append(place)
            rows.append(found)
            starts.append(_starts(searches[place].scan.segment, found))
            floor = _floor(starts, limit)
    return _in_order(searches, places, rows, starts, limit)


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


def _in_order(
    searches: Sequence[SegmentSearch],
    places: list[int],
    rows: list[Rows],
    starts: list[NDArray[np.int64]],
    limit: int,
) -> Chosen:
    if len(places) < 2:
        found = rows[0][::-1][:limit] if rows else np.empty(0, np.uint32)
        return Chosen(np.full(len(found), places[0] if places else 0), found)
    ranks = topic_ranks(searches)
    counts = [len(each) for each in rows]
    sequences = [
        searches[place].scan.segment.provenance.sequences_at(each)
        for place, each in zip(places, rows, strict=True)
    ]
    topics = np.repeat([ranks[place] for place in places], counts)
    order = np.lexsort((np.concatenate(sequences), topics, np.concatenate(starts)))[::-1][:limit]
    return Chosen(np.repeat(places, counts)[order], np.concatenate(rows)[order])


def _last_start(search: SegmentSearch) -> int:
    bounds = search.scan.segment.start_bounds
    return bounds[1] if bounds else int(_NO_START)


def _starts(segment: Segment, rows: Rows) -> NDArray[np.int64]:
    column = segment.number_column(START)
    if column is None:
        return np.full(len(rows), _NO_START)
    values, present = column.at(rows)
    return values if present is None else np.where(present, values, _NO_START)
