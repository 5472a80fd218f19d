"""Rows in order: newest start first, then last topic by name, then greatest sequence number.

Owns the result order and stopping early. Time is walked from the newest to the oldest in windows whose edges
are starts at the segments' block edges. A window is one range of rows in every segment, so that sorting a
window's matches and going on to the next one sorts everything, in memory for one window: as many rows as
share a start, if those are more than a block. Rows without a start come last, in one window of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.context import Context
from flowql.execution.materialize import arrow_schema
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import Column
from flowql.store.docset import RowBlock, RowRange, Rows, newest_rows, parts_of, to_rows
from flowql.store.numbers import BLOCK_ROWS
from flowql.store.segment import START, Segment

BATCH_ROWS = 1 << 16
"""Rows of a batch at most."""
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
    searches: Sequence[SegmentSearch], limit: int | None, *, stops_early: bool = True
) -> Iterator[Chosen]:
    """The matching rows in result order, window by window, at most `limit` of them.

    `stops_early` False looks for every matching row all the same, for tests that an answer does not depend on
    it.
    """
    left = limit
    for window in _windows(searches, limit):
        if left == 0:
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

    return context.threads.ahead(parts(), BATCHES_AHEAD)


def topic_ranks(searches: Sequence[SegmentSearch]) -> list[int]:
    """For each search the place of its topic among all names."""
    names = sorted({search.scan.topic for search in searches})
    return [names.index(search.scan.topic) for search in searches]


def batches_of(
    searches: Sequence[SegmentSearch], columns: Sequence[Column], chosen: Chosen
) -> Iterator[pa.RecordBatch]:
    """The chosen rows' columns as batches of at most BATCH_ROWS rows, in order."""
    for first in range(0, len(chosen), BATCH_ROWS):
        part = Chosen(chosen.places[first : first + BATCH_ROWS], chosen.rows[first : first + BATCH_ROWS])
        yield _batch(searches, columns, part)


def _batch(searches: Sequence[SegmentSearch], columns: Sequence[Column], chosen: Chosen) -> pa.RecordBatch:
    present = np.flatnonzero(np.bincount(chosen.places, minlength=len(searches)))
    if len(present) == 1:
        return searches[int(present[0])].columns.batch(columns, chosen.rows)
    # Read each segment's rows together, then put them back into the order of the result.
    order = np.argsort(chosen.places, kind="stable")
    parts = [
        searches[place].columns.batch(columns, chosen.rows[chosen.places == place])
        for place in present.tolist()
    ]
    back = np.empty(len(chosen), np.int64)
    back[order] = np.arange(len(chosen))
    table = pa.Table.from_batches(parts, arrow_schema(columns)).take(pa.array(back)).combine_chunks()
    return table.to_batches()[0]


def _rows_in_window(
    searches: Sequence[SegmentSearch], window: tuple[int | None, int | None], limit: int | None
) -> Chosen:
    places, rows, starts, topics, sequences = [], [], [], [], []
    ranks = topic_ranks(searches)
    for place, search in enumerate(searches):
        found = _matches(search, window, limit)
        if len(found):
            segment = search.scan.segment
            places.append(np.full(len(found), place))
            rows.append(found)
            starts.append(_starts(segment, found))
            topics.append(np.full(len(found), ranks[place]))
            sequences.append(segment.provenance.sequences_at(found))
    if not rows:
        return Chosen(np.empty(0, np.intp), np.empty(0, np.uint32))
    if len(rows) == 1:
        return Chosen(places[0], rows[0][::-1])
    order = np.lexsort([np.concatenate(keys) for keys in (sequences, topics, starts)])[::-1]
    return Chosen(np.concatenate(places)[order], np.concatenate(rows)[order])


def _matches(
    search: SegmentSearch, window: tuple[int | None, int | None], limit: int | None
) -> NDArray[np.uint32]:
    segment, scan = search.scan.segment, search.scan
    start, stop = (0, segment.start_missing) if window == _NO_START else segment.rows_between(*window)
    start, stop = max(start, scan.start), min(stop, scan.stop)
    if start >= stop:
        return np.empty(0, np.uint32)
    found = search.docset_between(start, stop)
    return to_rows(found) if limit is None else newest_rows(found, limit)


def _starts(segment: Segment, rows: NDArray[Any]) -> NDArray[np.int64]:
    column = segment.number_column(START)
    return np.zeros(len(rows), np.int64) if column is None else column.at(rows)[0]


_NO_START = (None, None)
_EARLIEST = -(1 << 63)


def _windows(searches: Sequence[SegmentSearch], limit: int | None) -> Iterator[tuple[int | None, int | None]]:
    """Half-open windows of start, newest first, that hold every row; at last the one without a start.

    With a limit the first one is as wide as is likely to give enough rows, where they are known or cheap to
    know, and each is twice as wide as the one before: the longer nothing turns up, the farther it may be.
    """
    every = np.concatenate([np.empty(0, np.int64), *(_edges(search) for search in searches)])
    edges = np.unique(every)[::-1].tolist()
    high: int | None = None
    step, place = 1, 0
    if limit is not None and all(search.is_cheap for search in searches):
        step = 1 + 2 * len(edges) * limit // max(1, sum(search.count() for search in searches))
    while place < len(edges):
        place = min(place + step, len(edges))
        low = edges[place - 1] if place < len(edges) else _EARLIEST
        yield low, high
        high = low
        step = 1 if limit is None else step * 2
    yield _NO_START


def _edges(search: SegmentSearch) -> NDArray[np.int64]:
    """The starts of the rows at the edges of the scan's blocks."""
    segment, scan = search.scan.segment, search.scan
    first = max(scan.start, segment.start_missing)
    if first >= scan.stop:
        return np.empty(0, np.int64)
    rows = np.arange(first - first % BLOCK_ROWS, scan.stop, BLOCK_ROWS)
    return _starts(segment, np.maximum(rows, first).astype(np.uint32))
