"""Rows sorted by any columns.

Keys of the matching rows first, the other columns only of the rows that are given.

Owns `SortedRowsOp`. The order is total: keys (missing last both ways), then newest start, then greatest
sequence number. With a limit each segment keeps only its best rows before they meet.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.context import Context
from flowql.execution.materialize import column_at
from flowql.execution.rows import Chosen, batches_of
from flowql.execution.select import SegmentSearch
from flowql.execution.tables import sort_order
from flowql.plan.logical import Column, SortKey
from flowql.schema import Kind
from flowql.store.docset import to_rows

_START = Column("start", Kind.TIME)
# Names that no field has: fields are lower case.
_SEQUENCE = Column("SEQUENCE", Kind.COUNT)
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
    found = context.map(
        lambda place: _key_table(searches[place], place, keys, limit), range(len(searches)), row_count
    )
    tables = [table for table in found if len(table)]
    if not tables:
        return
    table = pa.concat_tables(tables)
    order = _order(table, keys)[:limit]
    chosen = Chosen(
        table[_PLACE].combine_chunks().to_numpy()[order].astype(np.intp),
        table[_ROW].combine_chunks().to_numpy()[order],
    )
    yield from batches_of(searches, columns, chosen)


def _key_table(search: SegmentSearch, place: int, keys: Sequence[SortKey], limit: int | None) -> pa.Table:
    rows = to_rows(search.docset())
    segment = search.scan.segment
    table = pa.table(
        {
            **{key.column.name: column_at(segment, key.column, rows) for key in keys},
            "start": column_at(segment, _START, rows),
            _SEQUENCE.name: segment.provenance.sequences_at(rows),
            _ROW: rows,
            _PLACE: np.full(len(rows), place, np.int32),
        }
    )
    if limit is None or len(rows) <= limit:
        return table
    return table.take(pa.array(_order(table, keys)[:limit]))


def _order(table: pa.Table, keys: Sequence[SortKey]) -> NDArray[np.int64]:
    return sort_order(table, [*keys, SortKey(_START, descending=True), SortKey(_SEQUENCE, descending=True)])
