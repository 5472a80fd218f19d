"""Rows sorted by any columns.

Keys of the matching rows first, the other columns only of the rows that are given.

Owns `SortedRowsOp`. The order is total: keys (missing last both ways), then newest start, then greatest
sequence number. With a limit each segment keeps only its best rows before they meet.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.context import Context
from flowql.execution.materialize import SegmentColumns
from flowql.execution.rows import Chosen, batches_of, topic_ranks
from flowql.execution.select import SegmentSearch
from flowql.execution.tables import sort_order
from flowql.plan.logical import Column, SortKey
from flowql.schema import Kind
from flowql.store.docset import Rows, to_rows

_START = Column("start", Kind.TIME)
# Names that no field has: fields are lower case.
_SEQUENCE = Column("SEQUENCE", Kind.COUNT)
_TOPIC = Column("TOPIC", Kind.COUNT)
_ROW, _PLACE = "ROW", "PLACE"


def sorted_rows(
    searches: Sequence[SegmentSearch],
    keys: Sequence[SortKey],
    columns: Sequence[Column],
    limit: int | None,
    context: Context,
) -> Iterator[pa.RecordBatch]:
    """The matching rows' columns in the order of the keys."""
    row_count = sum(search.count() for search in searches)
    ranks = topic_ranks(searches)
    found = context.map(
        lambda place: _key_table(searches[place], place, ranks[place], keys, limit),
        range(len(searches)),
        row_count,
    )
    tables = [table for table in found if len(table)]
    if not tables:
        return
    chosen = context.apart(lambda: _first(pa.concat_tables(tables), keys, limit), sum(map(len, tables)))
    yield from batches_of(searches, columns, [chosen], context)


def _key_table(
    search: SegmentSearch, place: int, rank: int, keys: Sequence[SortKey], limit: int | None
) -> pa.Table:
    columns, segment = search.columns, search.scan.segment
    rows = to_rows(search.docset())
    if limit is not None:
        rows = _best_rows(columns, rows, keys[0], limit)
    table = pa.table(
        {
            **{key.column.name: columns.at(key.column, rows) for key in keys},
            "start": columns.at(_START, rows),
            _SEQUENCE.name: segment.provenance.sequences_at(rows),
            _TOPIC.name: np.full(len(rows), rank),
            _ROW: rows,
            _PLACE: np.full(len(rows), place, np.int32),
        }
    )
    if limit is None or len(rows) <= limit:
        return table
    return table.take(pa.array(_order(table, keys)[:limit]))


def _first(table: pa.Table, keys: Sequence[SortKey], limit: int | None) -> Chosen:
    """The rows of a table of keys, or the first so many of them, in order."""
    order = _order(table, keys)[:limit]
    places = table[_PLACE].combine_chunks().to_numpy()[order].astype(np.intp)
    return Chosen(places, table[_ROW].combine_chunks().to_numpy()[order])


def _best_rows(columns: SegmentColumns, rows: Rows, key: SortKey, limit: int) -> Rows:
    """The rows that the first key alone leaves in the running: `limit` of them, and ties of the last."""
    if not 0 < limit < len(rows):
        return rows[:limit]
    ranks = _ranks(columns, rows, key)
    if ranks is None:
        return rows
    least = np.partition(ranks, len(ranks) - limit)[len(ranks) - limit]
    return np.asarray(rows[ranks >= least])


def _ranks(columns: SegmentColumns, rows: Rows, key: SortKey) -> NDArray[Any] | None:
    """Numbers of which a greater one comes earlier; missing is below all. None for texts that have none."""
    if key.column.is_virtual:
        return None if key.column.kind is Kind.TEXT else _computed_ranks(columns, rows, key)
    if key.column.kind.is_dictionary:
        held = columns.segment.dictionary_column(key.column.name)
        # Codes are in the order of their values.
        values = np.zeros(len(rows), np.int64) if held is None else held.codes_at(rows).astype(np.int64)
        present = values > 0
    else:
        numbers = columns.segment.number_column(key.column.name)
        if numbers is None:
            return np.zeros(len(rows), np.int64)
        values, known = numbers.at(rows)
        present = np.ones(len(rows), bool) if known is None else known
    return np.where(present, values if key.descending else -values, np.iinfo(np.int64).min)


def _computed_ranks(columns: SegmentColumns, rows: Rows, key: SortKey) -> NDArray[np.float64]:
    # Doubles round long durations, but never turn two of them around: more ties are kept, no row is lost.
    values = columns.at(key.column, rows).cast(pa.float64(), safe=False)
    numbers = values.fill_null(np.nan).to_numpy()
    return np.where(np.isnan(numbers), -np.inf, numbers if key.descending else -numbers)


def _order(table: pa.Table, keys: Sequence[SortKey]) -> NDArray[np.int64]:
    identity = [SortKey(column, descending=True) for column in (_START, _TOPIC, _SEQUENCE)]
    return sort_order(table, [*keys, *identity])
