"""Operators over what a source yields, where that needs no SQL: the first rows, other columns, a small sort.

Owns the order of values: text sorts as in dictionaries, by (ASCII-lowered, bytes), missing last both ways, so
that an order does not depend on the road by which a table came.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.materialize import arrow_schema
from flowql.plan.logical import Column, SortKey
from flowql.schema import Kind


def first_rows(batches: Iterator[pa.RecordBatch], row_count: int) -> Iterator[pa.RecordBatch]:
    """The first rows of all batches; no more batches are asked for than it takes."""
    while row_count > 0:
        batch = next(batches, None)
        if batch is None:
            return
        yield batch.slice(0, row_count)
        row_count -= batch.num_rows


def renamed_columns(batch: pa.RecordBatch, renamed: Sequence[tuple[Column, Column]]) -> pa.RecordBatch:
    """Some columns of a batch, under other names."""
    arrays = [batch.column(old.name) for old, _ in renamed]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema([new for _, new in renamed]))


def sorted_table(batches: Iterator[pa.RecordBatch], keys: Sequence[SortKey]) -> Iterator[pa.RecordBatch]:
    """The rows of all batches in the order of the keys, stable."""
    held = list(batches)
    if held:
        table = pa.Table.from_batches(held)
        yield from table.take(pa.array(sort_order(table, keys))).combine_chunks().to_batches()


def sort_order(table: pa.Table, keys: Sequence[SortKey], row_count: int | None = None) -> NDArray[np.int64]:
    """The places of the rows, or of the first so many, in the order of the keys: stable, missing last."""
    places = np.arange(len(table))
    if row_count is not None and row_count < len(table):
        places = _candidates(table[keys[0].column.name], keys[0], row_count)
        table = table.take(pa.array(places))
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    directions = []
    for i, key in enumerate(keys):
        direction = "descending" if key.descending else "ascending"
        values = table[key.column.name]
        if key.column.kind is Kind.TEXT:
            columns[f"lowered{i}"] = pc.ascii_lower(values)
            directions.append((f"lowered{i}", direction))
        columns[f"key{i}"] = values
        directions.append((f"key{i}", direction))
    columns["place"] = pa.array(np.arange(len(table)))
    order = pc.sort_indices(pa.table(columns), [*directions, ("place", "ascending")])  # nulls go last
    return np.asarray(places[np.asarray(order)][:row_count])


def _candidates(values: pa.ChunkedArray, key: SortKey, row_count: int) -> NDArray[np.int64]:
    """The places, ascending, of the rows that may be among the first so many by a key, ties included.

    Choosing takes a fraction of the time of sorting.
    """
    known = np.flatnonzero(np.asarray(values.is_valid()))
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)) or len(known) <= row_count:
        return np.arange(len(values))
    numbers: NDArray[Any] = np.asarray(values.drop_null())
    if not row_count:
        return known[:0]
    if key.descending:
        least = np.partition(numbers, len(numbers) - row_count)[len(numbers) - row_count]
        return np.asarray(known[numbers >= least])
    return np.asarray(known[numbers <= np.partition(numbers, row_count - 1)[row_count - 1]])
