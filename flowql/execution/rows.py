"""Rows in order: newest start first, then last topic by name, then greatest sequence number.

Owns the result order and stopping early. Time is walked from the newest to the oldest in windows whose edges
are starts at the segments' block edges. A window is one range of rows in every segment, so that sorting a
window's matches and going on to the next one sorts everything, in memory for one window: some WINDOW_ROWS, or
as many as share a start. Rows without a start come last, in one window of their own.

Owns, too, how the columns of chosen rows are put together from several segments, and made ahead on threads.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.context import Context
from flowql.execution.materialize import in_arrow
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import Column
from flowql.store.docset import RowBlock, RowRange, Rows, newest_rows, parts_of, rows_between
from flowql.store.numbers import BLOCK_ROWS
from flowql.store.segment import START, Segment

BATCH_ROWS = 1 << 16
"""Rows of a batch at most."""
WINDOW_ROWS = 1 << 17
"""Rows that are put in order together, about, where all are wanted."""
BATCHES_AHEAD = 6
"""Batches that are made before they are asked for: some MiB each."""
PLACE = "#"
"""The column of a row's place in the order of the rows; no field has such a name."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of several segments in result order.

    For each the place of its segment in `searches`, and its row there.
    """

    places: NDArray[np.intp]
    rows: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.rows)


def newest_first(
    searches: Sequence[SegmentSearch],
    limit: int | None,
    *,
    stops_early: bool = True,
    floor: int | None = None,
) -> Iterator[Chosen]:
    """The matching rows in result order, window by window, at most `limit` of them.

    `stops_early` False looks for every matching row all the same, for tests that an answer does not depend on
    it. Of rows that start before `floor`, or have no start where there is a floor, none may be given.
    """
    left = limit
    for window in _windows(searches, limit):
        if left == 0 or (floor is not None and _is_below(window, floor)):
            return
        chosen = _rows_in_window(searches, window, left if stops_early else None)
        if left is not None:
            chosen = Chosen(chosen.places[:left], chosen.rows[:left])
            left -= len(chosen)
        if len(chosen):
            yield chosen


def joined(parts: Sequence[Chosen]) -> Chosen:
    """The rows of all parts, one part after another."""
    empty = Chosen(np.empty(0, np.intp), np.empty(0, np.uint32))
    parts = [empty, *parts]
    return Chosen(
        np.concatenate([part.places for part in parts]), np.concatenate([part.rows for part in parts])
    )


def with_places(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches with a column `#`, the place of each row among all, from 0."""
    place = 0
    for batch in batches:
        places = pa.array(np.arange(place, place + batch.num_rows))
        schema = batch.schema.append(pa.field(PLACE, pa.int64()))
        yield pa.RecordBatch.from_arrays([*batch.columns, places], schema=schema)
        place += batch.num_rows


def in_any_order(
    searches: Sequence[SegmentSearch],
    columns: Sequence[Column],
    context: Context,
    row_count_max: int = BATCH_ROWS,
) -> Iterator[pa.RecordBatch]:
    """The matching rows' columns, segment by segment; some batches are made ahead, on the threads."""

    def batch(search: SegmentSearch, rows: RowRange | RowBlock | Rows) -> pa.RecordBatch:
        context.check()
        return search.columns.batch(columns, rows)

    def parts() -> Iterator[Callable[[], pa.RecordBatch]]:
        for search in searches:
            for rows in parts_of(search.docset(), row_count_max, search.scan.segment.row_count):
                yield partial(batch, search, rows)

    return context.threads.ahead(parts(), BATCHES_AHEAD, context.check)


def topic_ranks(searches: Sequence[SegmentSearch]) -> list[int]:
    """For each search the place of its topic among all names."""
    names = sorted({search.scan.topic for search in searches})
    return [names.index(search.scan.topic) for search in searches]


def batches_of(
    searches: Sequence[SegmentSearch], columns: Sequence[Column], parts: Iterable[Chosen], context: Context
) -> Iterator[pa.RecordBatch]:
    """The chosen rows' columns as batches of at most BATCH_ROWS rows, in order.

    Where there are more, some are made ahead, on the threads.
    """
    pieces = chain.from_iterable(_pieces(part, context) for part in parts)
    works = (partial(_batch, searches, columns, chosen) for chosen in pieces)
    first = list(islice(works, 2))
    if len(first) < 2:
        return (work() for work in first)
    return context.threads.ahead(chain(first, works), BATCHES_AHEAD, context.check)


def _pieces(chosen: Chosen, context: Context) -> Iterator[Chosen]:
    for first in range(0, len(chosen), BATCH_ROWS):
        context.check()
        yield Chosen(chosen.places[first : first + BATCH_ROWS], chosen.rows[first : first + BATCH_ROWS])


def _batch(searches: Sequence[SegmentSearch], columns: Sequence[Column], chosen: Chosen) -> pa.RecordBatch:
    # Each segment's rows are read together, then put into the order of the result, unless they are in it.
    bounds = [0, *(np.flatnonzero(np.diff(chosen.places)) + 1).tolist(), len(chosen)]
    places, order = [int(chosen.places[first]) for first in bounds[:-1]], None
    if len(set(places)) == len(places):
        rows = [chosen.rows[first:after] for first, after in pairwise(bounds)]
    else:
        places = sorted(set(places))
        rows = [chosen.rows[chosen.places == place] for place in places]
        order = np.empty(len(chosen), np.intp)
        order[np.argsort(chosen.places, kind="stable")] = np.arange(len(chosen))
    parts = [searches[place].columns.parts(columns, held) for place, held in zip(places, rows, strict=True)]
    arrays = [in_arrow(of_column, order) for of_column in zip(*parts, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])


def _rows_in_window(
    searches: Sequence[SegmentSearch], window: tuple[int | None, int | None], limit: int | None
) -> Chosen:
    found = {place: _matches(search, window, limit) for place, search in enumerate(searches)}
    held = {place: rows for place, rows in found.items() if len(rows)}
    if window == _NO_START or len(held) < 2:
        return _in_order(searches, held)
    # Segments overlap by the few records that came late: between, one segment's rows are in order.
    edges = [
        starts_at(searches[place].scan.segment, rows[[0, -1]]) + np.array((0, 1))
        for place, rows in held.items()
    ]
    cuts = np.unique(np.concatenate(edges))[::-1].tolist()
    return joined(
        [
            _in_order(
                searches, {place: _between(searches[place], rows, low, high) for place, rows in held.items()}
            )
            for high, low in pairwise(cuts)
        ]
    )


def _between(search: SegmentSearch, rows: Rows, low: int, high: int) -> Rows:
    """Those of the ascending rows that start in `[low, high)`."""
    first, after = np.searchsorted(rows, np.array(search.scan.segment.rows_between(low, high), np.uint32))
    return rows[first:after]


def _in_order(searches: Sequence[SegmentSearch], found: Mapping[int, Rows]) -> Chosen:
    """Ascending rows of segments, by their places, in result order."""
    held = [(place, rows) for place, rows in found.items() if len(rows)]
    if len(held) == 1:
        place, rows = held[0]
        return Chosen(np.full(len(rows), place), rows[::-1])
    return in_result_order(
        searches,
        [(place, rows, starts_at(searches[place].scan.segment, rows)) for place, rows in held],
    )


def in_result_order(
    searches: Sequence[SegmentSearch],
    held: Sequence[tuple[int, Rows, NDArray[np.int64]]],
    limit: int | None = None,
) -> Chosen:
    """The first `limit` of the rows that are held: each segment's place among the searches, rows and starts.

    Sequence numbers are read only where starts alone do not tell the order.
    """
    if not held:
        return joined([])
    starts = np.concatenate([starts for _, _, starts in held])
    order = np.argsort(starts, kind="stable")
    if len(held) > 1 and (starts[order[1:]] == starts[order[:-1]]).any():
        ranks, counts = topic_ranks(searches), [len(rows) for _, rows, _ in held]
        topics = np.repeat([ranks[place] for place, _, _ in held], counts)
        sequences = [searches[place].scan.segment.provenance.sequences_at(rows) for place, rows, _ in held]
        order = np.lexsort((np.concatenate(sequences), topics, starts))
    order = order[::-1][:limit]
    places = np.repeat([place for place, _, _ in held], [len(rows) for _, rows, _ in held])
    return Chosen(places[order], np.concatenate([rows for _, rows, _ in held])[order])


def _matches(
    search: SegmentSearch, window: tuple[int | None, int | None], limit: int | None
) -> NDArray[np.uint32]:
    segment, scan = search.scan.segment, search.scan
    start, stop = (0, segment.start_missing) if window == _NO_START else segment.rows_between(*window)
    start, stop = max(start, scan.start), min(stop, scan.stop)
    if start >= stop:
        return np.empty(0, np.uint32)
    if limit is None:
        return rows_between(search.docset(), start, stop)
    return newest_rows(search.docset_between(start, stop), limit)


def starts_at(segment: Segment, rows: NDArray[Any]) -> NDArray[np.int64]:
    """The starts of rows; of one that has none the least number there is, for it comes last."""
    column = segment.number_column(START)
    if column is None:
        return np.full(len(rows), _NO_START_NS)
    values, present = column.at(rows)
    return values if present is None else np.where(present, values, _NO_START_NS)


def _is_below(window: tuple[int | None, int | None], floor: int) -> bool:
    _, high = window
    return window == _NO_START or (high is not None and high <= floor)


_NO_START = (None, None)
_EARLIEST = -(1 << 63)
_NO_START_NS = np.int64(_EARLIEST)


def _windows(searches: Sequence[SegmentSearch], limit: int | None) -> Iterator[tuple[int | None, int | None]]:
    """Half-open windows of start, newest first, that hold every row; at last the one without a start.

    With a limit each is twice as wide as the one before: the longer nothing turns up, the farther it may be.
    Without one each holds about WINDOW_ROWS of what matches.
    """
    every = np.concatenate([np.empty(0, np.int64), *(_edges(search) for search in searches)])
    edges = np.unique(every)[::-1].tolist()
    high: int | None = None
    step, place = 1, 0
    if limit is None:
        step = max(1, WINDOW_ROWS * len(edges) // max(1, sum(search.count() for search in searches)))
    while place < len(edges):
        place = min(place + step, len(edges))
        low = edges[place - 1] if place < len(edges) else _EARLIEST
        yield low, high
        high = low
        step = step if limit is None else step * 2
    yield _NO_START


def _edges(search: SegmentSearch) -> NDArray[np.int64]:
    """The starts of the rows at the edges of the scan's blocks."""
    segment, scan = search.scan.segment, search.scan
    first = max(scan.start, segment.start_missing)
    if first >= scan.stop:
        return np.empty(0, np.int64)
    rows = np.arange(first - first % BLOCK_ROWS, scan.stop, BLOCK_ROWS)
    return starts_at(segment, np.maximum(rows, first).astype(np.uint32))
