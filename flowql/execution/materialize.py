"""Columns of chosen rows of a segment as Arrow arrays.

Owns the Arrow type of each kind inside the engine: text is string, an address is its 128 bits as binary(16),
big-endian, ports, protocols and counts are int64, a time is int64 nanoseconds, a real is float64. Missing is
null.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.plan.logical import Column
from flowql.schema import Kind
from flowql.store.segment import Segment

ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.ADDRESS: pa.binary(16),
    Kind.PORT: pa.int64(),
    Kind.PROTOCOL: pa.int64(),
    Kind.COUNT: pa.int64(),
    Kind.TIME: pa.int64(),
    Kind.REAL: pa.float64(),
}


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The schema of batches with these columns."""
    return pa.schema([(column.name, ARROW_TYPES[column.kind]) for column in columns])


def column_at(segment: Segment, column: Column, rows: NDArray[Any]) -> pa.Array:
    """The column's values at `rows`, in their order."""
    if not column.kind.is_dictionary:
        numbers = segment.number_column(column.name)
        if numbers is None:
            return pa.nulls(len(rows), ARROW_TYPES[column.kind])
        values, present = numbers.at(rows)
        return pa.array(values, mask=None if present is None else ~present)
    held = segment.dictionary_column(column.name)
    if held is None:
        return pa.nulls(len(rows), ARROW_TYPES[column.kind])
    return values_of_codes(held.dictionary, held.codes_at(rows))


def values_of_codes(dictionary: Any, codes: NDArray[Any]) -> pa.Array:
    """The values of a dictionary that the codes stand for; code 0 is null."""
    missing = codes == 0
    places = codes.astype(np.int64) - 1
    if not missing.any():
        return dictionary.values(places)
    present = np.flatnonzero(~missing)
    indices = np.full(len(codes), -1, np.int64)
    indices[present] = np.arange(len(present))
    return dictionary.values(places[present]).take(pa.array(indices, mask=missing))


def batch_at(segment: Segment, columns: Sequence[Column], rows: NDArray[Any]) -> pa.RecordBatch:
    """The columns' values at `rows` as a batch."""
    arrays = [column_at(segment, column, rows) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(columns))
