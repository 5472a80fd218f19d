"""Columns of chosen rows of a segment as Arrow arrays.

Owns the Arrow type of each kind inside the engine: text is string, an address is its 128 bits as binary(16),
big-endian, ports, protocols and counts are int64, a time or a duration is int64 nanoseconds, a real is
float64. Missing is null.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.computed_numbers import durations, quotients
from flowql.execution.computed_texts import ComputedTexts
from flowql.execution.segment_rows import SegmentRows
from flowql.plan.logical import Column
from flowql.plan.physical import SegmentScan
from flowql.plan.why import WHY
from flowql.schema import Kind

ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.ADDRESS: pa.binary(16),
    Kind.PORT: pa.int64(),
    Kind.PROTOCOL: pa.int64(),
    Kind.COUNT: pa.int64(),
    Kind.TIME: pa.int64(),
    Kind.DURATION: pa.int64(),
    Kind.REAL: pa.float64(),
}


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The schema of batches with these columns."""
    return pa.schema([(column.name, ARROW_TYPES[column.kind]) for column in columns])


class SegmentColumns:
    """The columns of one segment, stored and computed ones.

    What was made for some rows is kept for others.
    """

    def __init__(self, scan: SegmentScan) -> None:
        self.segment = scan.segment
        self.texts = ComputedTexts(scan)
        self.reasons: Callable[[NDArray[Any]], pa.StringArray] | None = None
        """For rows, why they matched; None where nobody asks."""

    def at(self, column: Column, rows: NDArray[Any]) -> pa.Array:
        """The column's values at `rows`, in their order."""
        return self._computed(column, rows) if column.is_virtual else self._stored(column, rows)

    def batch(self, columns: Sequence[Column], rows: NDArray[Any]) -> pa.RecordBatch:
        """The columns' values at `rows` as a batch."""
        arrays = [self.at(column, rows) for column in columns]
        return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(columns))

    def _stored(self, column: Column, rows: NDArray[Any]) -> pa.Array:
        if not column.kind.is_dictionary:
            numbers = self.segment.number_column(column.name)
            if numbers is None:
                return pa.nulls(len(rows), ARROW_TYPES[column.kind])
            return _number_array(*numbers.at(rows))
        held = self.segment.dictionary_column(column.name)
        if held is None:
            return pa.nulls(len(rows), ARROW_TYPES[column.kind])
        return values_of_codes(held.dictionary, held.codes_at(rows))

    def _computed(self, column: Column, rows: NDArray[Any]) -> pa.Array:
        if column == WHY and self.reasons:
            return self.reasons(rows)
        chosen = SegmentRows(self.segment, rows)
        match column.kind:
            case Kind.DURATION:
                return _number_array(*durations(chosen))
            case Kind.REAL:
                return quotients(column.name, chosen).reals()
            case Kind.TEXT:
                return self.texts.of(column.name, chosen)
            case _:
                raise AssertionError(column)


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


def _number_array(values: NDArray[np.int64], present: NDArray[np.bool_] | None) -> pa.Array:
    return pa.array(values, mask=None if present is None else ~present)
