"""Values as a record prints them, a column of rows at a time.

Owns the texts of stored columns: text as it is, addresses as RFC 5952, numbers in decimal, times as epoch
seconds. The distinct values of a dictionary column are formatted once: all of them where many rows are asked
for, else those of the rows.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.segment_rows import SegmentRows
from flowql.render.cells import address_texts, calendar_texts, epoch_texts, network_texts
from flowql.schema import Field, Kind
from flowql.store.columns import DictionaryColumn
from flowql.store.dictionary import AddressDictionary, TextDictionary
from flowql.store.segment import Segment
from flowql.values import SECOND_NS, format_duration
from flowql.zones import UTC

_KEPT_MAX = 1 << 18
"""Distinct values of a column whose texts are kept for a query: some MiB a column and segment."""


def printed_numbers(
    values: NDArray[np.int64], kind: Kind, present: NDArray[np.bool_] | None = None
) -> pa.StringArray:
    """Counts, times or durations as they print; null where not present (None: all are)."""
    missing = None if present is None else ~present
    if kind not in (Kind.TIME, Kind.DURATION):
        return pa.array(values, mask=missing).cast(pa.string())
    seconds = values // SECOND_NS
    if (seconds * SECOND_NS == values).all():
        return pa.array(seconds, mask=missing).cast(pa.string())
    return epoch_texts(pa.array(values, mask=missing))


def printed_values(column: DictionaryColumn, places: NDArray[Any] | None = None) -> pa.StringArray:
    """The values at places (code - 1) of a column's dictionary as they print; by default all of them."""
    dictionary = column.dictionary
    if isinstance(dictionary, TextDictionary):
        return dictionary.texts if places is None else dictionary.values(places)
    values = dictionary.values(np.arange(len(dictionary)) if places is None else places)
    return address_texts(values) if isinstance(dictionary, AddressDictionary) else values.cast(pa.string())


def printed_array(values: pa.Array, kind: Kind) -> pa.StringArray:
    """Values in the engine's types as tables show them, times in UTC; null where missing."""
    match kind:
        case Kind.TEXT:
            return values
        case Kind.ADDRESS:
            distinct = values.dictionary_encode()
            return address_texts(distinct.dictionary).take(distinct.indices)
        case Kind.NETWORK:
            distinct = values.dictionary_encode()
            return network_texts(distinct.dictionary).take(distinct.indices)
        case Kind.TIME:
            return calendar_texts(UTC)(values)
        case Kind.DURATION:
            distinct = values.dictionary_encode()
            texts = [format_duration(each) for each in distinct.dictionary.to_pylist()]
            return pa.array(texts, pa.string()).take(distinct.indices)
        case _:
            return values.cast(pa.string())


class PrintedColumns:
    """The stored columns of one segment as texts."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._kept: dict[str, pa.StringArray] = {}

    def of(self, field: Field, rows: SegmentRows) -> pa.StringArray:
        """The field's values at the rows as texts; null where missing."""
        if not field.kind.is_dictionary:
            values, present = rows.numbers(field.name)
            return printed_numbers(values, field.kind, present)
        column = self._segment.dictionary_column(field.name)
        if column is None:
            return pa.nulls(rows.count, pa.string())
        codes = rows.codes(field.name)
        assert codes is not None
        missing = codes == 0
        places = pa.array(codes.astype(np.int64) - 1, mask=missing if missing.any() else None)
        texts = self._every_value(field.name, column, rows.count)
        if texts is not None:
            return texts.take(places)
        distinct = places.dictionary_encode()
        return printed_values(column, distinct.dictionary.to_numpy()).take(distinct.indices)

    def _every_value(self, name: str, column: DictionaryColumn, row_count: int) -> pa.StringArray | None:
        """The texts of all values; None when that is not worth it for so many rows."""
        if isinstance(column.dictionary, TextDictionary):
            return column.dictionary.texts
        if name not in self._kept and column.code_count <= min(row_count * 4, _KEPT_MAX):
            self._kept[name] = printed_values(column)
        return self._kept.get(name)
