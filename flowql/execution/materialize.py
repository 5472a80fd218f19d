"""Columns of chosen rows of a segment as Arrow arrays.

Owns the Arrow type of each kind inside the engine: text is string, an address is its 128 bits as binary(16),
big-endian, a network those of its first address and one byte, its length; ports, protocols and counts are
int64, a time or a duration is int64 nanoseconds, a real is float64. Missing is null.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.computed_numbers import Numbers, durations, quotients
from flowql.execution.computed_texts import ComputedTexts
from flowql.execution.dictionaries import SnapshotDictionary
from flowql.execution.segment_rows import SegmentRows
from flowql.plan.logical import Column
from flowql.plan.physical import SegmentScan
from flowql.plan.why import WHY
from flowql.schema import Kind
from flowql.store.columns import DictionaryColumn
from flowql.store.dictionary import AddressDictionary, IntegerDictionary, TextDictionary, addresses_of
from flowql.store.docset import RowBlock, RowRange, Rows

if TYPE_CHECKING:
    from flowql.plan.expressions import Expression

ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.ADDRESS: pa.binary(16),
    Kind.PORT: pa.int64(),
    Kind.PROTOCOL: pa.int64(),
    Kind.COUNT: pa.int64(),
    Kind.TIME: pa.int64(),
    Kind.DURATION: pa.int64(),
    Kind.REAL: pa.float64(),
    Kind.NETWORK: pa.binary(17),
}


_WORTH = 4  # reading one value by its code costs about as much as making so many of all
_FEW_CODES = 4096
"""The values of smaller dictionaries are kept by their codes for as long as the segment is open."""
_FEW_ROWS = 256  # texts of fewer rows are put together by Python: each call of Arrow's costs as much


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The schema of batches with these columns."""
    return pa.schema([(column.name, ARROW_TYPES[column.kind]) for column in columns])


_TRAVELLING = (Kind.COUNT, Kind.TEXT, Kind.ADDRESS)
TEXT_BY_CODE = pa.dictionary(pa.int32(), pa.string())
"""The type of texts that come by a dictionary."""


@dataclass(frozen=True, slots=True)
class Travelling:
    """How a dictionary column of a segment is given where it travels as codes.

    `remap` gives for each code of the segment that of the snapshot; `texts`, by code, are what is to be given
    in place of codes, as a dictionary of them or one by one.
    """

    remap: NDArray[np.uint32]
    texts: pa.StringArray | None
    as_dictionary: bool

    def at(self, rows: SegmentRows, name: str) -> pa.Array:
        """The codes or texts of a column at rows; null where missing."""
        held = rows.codes(name)
        codes = np.zeros(rows.count, np.int64) if held is None else self.remap[held].astype(np.int64)
        if self.texts is None:
            return pa.array(codes, mask=codes == 0)
        if not self.as_dictionary:
            return self.texts.take(pa.array(codes))
        indices = pa.array(codes.astype(np.int32), mask=codes == 0)
        return pa.DictionaryArray.from_arrays(indices, self.texts, safe=False)


class SegmentColumns:
    """The columns of one segment, stored and computed ones.

    What was made for some rows is kept for others.
    """

    def __init__(self, scan: SegmentScan) -> None:
        self.segment = scan.segment
        self._scan = scan
        self.computed: dict[str, Expression] = {}
        """Columns that are worked out of a row's numbers, by name."""
        self.travelling: dict[str, Travelling] = {}
        """Columns that are asked for as codes of kind COUNT, or as printed texts."""
        self._read_counts: dict[str, int] = {}
        self._every: dict[str, pa.Array] = {}
        self.reasons: Callable[[NDArray[Any]], pa.StringArray] | None = None
        """For rows, why they matched; None where nobody asks."""

    @cached_property
    def texts(self) -> ComputedTexts:
        """Its computed texts."""
        return ComputedTexts(self._scan)

    def at(self, column: Column, rows: RowRange | RowBlock | Rows) -> pa.Array:
        """The column's values at `rows`, in their order."""
        return in_arrow(self.parts([column], rows))

    def batch(self, columns: Sequence[Column], rows: RowRange | RowBlock | Rows) -> pa.RecordBatch:
        """The columns' values at `rows` as a batch."""
        arrays = [in_arrow([part]) for part in self.parts(columns, rows)]
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])

    def parts(self, columns: Sequence[Column], rows: RowRange | RowBlock | Rows) -> list["Part"]:
        """The columns' values at `rows`, as far as `in_arrow` takes them on from here."""
        chosen = SegmentRows(self.segment, rows)
        return [self._part(column, chosen) for column in columns]

    def _part(self, column: Column, chosen: SegmentRows) -> "Part":
        if self.reasons and column == WHY:
            return self.reasons(chosen.numbers_in_segment)
        if column.name in self.travelling and column.kind in _TRAVELLING:
            return self.travelling[column.name].at(chosen, column.name)
        return self._computed(column, chosen) if column.is_virtual else self._stored(column, chosen)

    def _stored(self, column: Column, rows: SegmentRows) -> "Part":
        if not column.kind.is_dictionary:
            return rows.numbers(column.name)
        held = self.segment.dictionary_column(column.name)
        if held is None:
            return pa.nulls(rows.count, ARROW_TYPES[column.kind])
        codes = rows.codes_in(held)
        match held.dictionary:
            case IntegerDictionary() as integers:
                return integers.numbers_of(codes)
            case TextDictionary() as texts if rows.count <= _FEW_ROWS and held.code_count <= _FEW_CODES:
                return list(map(texts.strings.__getitem__, codes.tolist()))
            case AddressDictionary() as addresses if rows.count <= _FEW_ROWS and codes.all():
                return addresses.pairs(codes.astype(np.int64) - 1)
        every = self._every_value(column.name, held, rows.count)
        return values_of_codes(held.dictionary, codes) if every is None else every.take(pa.array(codes))

    def _every_value(self, name: str, column: DictionaryColumn, row_count: int) -> pa.Array | None:
        """A null and all values of a dictionary column, once so many rows are read that it is worth it."""
        if column.code_count <= _FEW_CODES:
            return column.dictionary.by_code
        read_count = self._read_counts[name] = self._read_counts.get(name, 0) + row_count
        if name not in self._every and read_count * _WORTH >= column.code_count:
            self._every[name] = column.dictionary.all_by_code()
        return self._every.get(name)

    def _computed(self, column: Column, chosen: SegmentRows) -> "Part":
        match column.kind:
            case Kind.DURATION:
                return durations(chosen)
            case Kind.REAL:
                return quotients(column.name, chosen).reals()
            case Kind.TEXT:
                return self.texts.of(column.name, chosen)
            case _:
                raise AssertionError(column)


Part: TypeAlias = Numbers | list[str | None] | NDArray[np.uint64] | pa.Array
"""Values of a column at rows of one segment: what is not in Arrow yet, or an array.

The former are numbers, texts, or pairs of 64 bits, which are addresses.
"""


def in_arrow(parts: Sequence[Part], order: NDArray[np.intp] | None = None) -> pa.Array:
    """The parts of one column one after another, then put in the order, as one array."""
    if all(isinstance(part, tuple) for part in parts):
        return _numbers_in_arrow([part for part in parts if isinstance(part, tuple)], order)
    if all(isinstance(part, list) for part in parts):
        texts = [text for part in parts for text in part]
        return pa.array(texts if order is None else [texts[place] for place in order.tolist()], pa.string())
    if all(isinstance(part, np.ndarray) for part in parts):
        pairs: NDArray[np.uint64] = np.concatenate([part for part in parts if isinstance(part, np.ndarray)])
        return addresses_of(pairs if order is None else pairs[order])
    arrays = [_array(part) for part in parts]
    joined = arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)
    return joined if order is None else joined.take(pa.array(order))


def _array(part: Part) -> pa.Array:
    match part:
        case list():
            return pa.array(part, pa.string())
        case tuple():
            return _number_array(*part)
        case np.ndarray():
            return addresses_of(part)
        case _:
            return part


def _numbers_in_arrow(parts: Sequence[Numbers], order: NDArray[np.intp] | None) -> pa.Array:
    if len(parts) == 1 and order is None:
        return _number_array(*parts[0])
    values, present = np.concatenate([values for values, _ in parts]), None
    if any(held is not None for _, held in parts):
        every = [np.ones(len(values), bool) if held is None else held for values, held in parts]
        present = np.concatenate(every)
    if order is None:
        return _number_array(values, present)
    return _number_array(values[order], None if present is None else present[order])


def _number_array(values: NDArray[np.int64], present: NDArray[np.bool_] | None) -> pa.Array:
    return pa.array(values) if present is None or present.all() else pa.array(values, mask=~present)


def decoded(
    batch: pa.RecordBatch,
    columns: Sequence[Column],
    coded: Mapping[str, Column],
    dictionaries: Mapping[str, SnapshotDictionary],
) -> pa.RecordBatch:
    """A batch with the values of the columns that are codes: by name, the field whose dictionary has them."""
    if not coded:
        return batch
    arrays = []
    for column in columns:
        values = batch.column(column.name)
        if column.name in coded:
            dictionary = dictionaries[coded[column.name].name].values
            codes = values.fill_null(0).to_numpy(zero_copy_only=False)
            if dictionary is None:
                values = pa.nulls(len(codes), ARROW_TYPES[column.kind])
            else:
                values = values_of_codes(dictionary, codes)
        arrays.append(values)
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(columns))


def values_of_codes(dictionary: Any, codes: NDArray[Any]) -> pa.Array:
    """The values of a dictionary that the codes stand for; code 0 is null."""
    places = codes.astype(np.int64) - 1
    if codes.all():
        return dictionary.values(places)
    missing = codes == 0
    present = np.flatnonzero(~missing)
    indices = np.full(len(codes), -1, np.int64)
    indices[present] = np.arange(len(present))
    return dictionary.values(places[present]).take(pa.array(indices, mask=missing))
