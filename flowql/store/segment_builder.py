"""The building of a segment: batches of records in, its files out.

Owns the order of rows and the order of work; what is written is described in segment.py, and each part of it
where it is encoded. Columns are taken out of the batches one after another, and arrays of a segment's length
are as narrow as may be and few at a time: on a machine whose memory has to be given out anew, asking for it
takes longer than the work that is done there.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.schema import Field, Kind
from flowql.store.batch import AddressChunk, Batch, Chunk, IntegerChunk, TextChunk
from flowql.store.columns import TOTAL_FIELDS, EncodedColumn, Measures, encode_column
from flowql.store.container import ContainerWriter
from flowql.store.dictionary import Codes, Dictionary, merge_addresses, merge_integers, merge_texts
from flowql.store.files import checksum, encode_json, write_synced
from flowql.store.numbers import BLOCK_ROWS, EncodedNumbers, Integers, encode_numbers
from flowql.store.provenance import encode_pieces, encode_sequences
from flowql.store.segment import END, FORMAT, ROWS_MAX, START

PARENT_FIELDS = ("interface-id", "tgw-attachment-id", "ecs-task-id")
"""Fields that often determine others (subnet, account ...).

The first one of a segment that varies is tried.
"""


def build_segment(batches: Sequence[Batch], fields: Iterable[Field], folder: Path, pool: Executor) -> str:
    """Write the segment of the batches' records into `folder` (which exists, empty) and sync it.

    Returns its id.

    `fields` gives the order of the fields. Columns are encoded on `pool`. Batches may come in any
    order; their columns are taken out of them one after another, so that memory is freed on the way.
    """
    builder = _Builder(batches)
    names = [field for field in fields if any(field.name in batch.columns for batch in batches)]
    first = [field for field in names if field.name in (START, *TOTAL_FIELDS)]
    parents = [field for field in names if field.name in PARENT_FIELDS]
    document: dict[str, Any] = {
        "format": FORMAT,
        "rows": builder.row_count,
        "start_missing": builder.start_missing,
    }
    with (folder / "data").open("wb") as file:
        writer = ContainerWriter(file)
        described: dict[str, Any] = {}
        leading = [*first, *parents]
        order = [*leading, *(field for field in names if field not in leading)]
        for field, encoded in zip(order, _encode_all(builder, order, len(leading), pool), strict=True):
            if encoded is not None:
                described[field.name] = encoded.meta
                for part, array in encoded.arrays.items():
                    writer.add(f"{field.name}/{part}", array)
        sequences = encode_sequences(builder.sequences())
        for part, array in sequences.arrays.items():
            writer.add(f"sequence/{part}", array)
        for part, array in encode_pieces([piece for batch in batches for piece in batch.pieces]).items():
            writer.add(f"source/{part}", array)
        document |= {"fields": described, "sequence": sequences.meta, "data": writer.describe()}
        file.flush()
        os.fsync(file.fileno())
    data = encode_json(document)
    write_synced(folder / "segment.json", data)
    return checksum(data)


def _encode_all(
    builder: "_Builder", order: Sequence[Field], leading_count: int, pool: Executor
) -> Iterator[EncodedColumn | EncodedNumbers | None]:
    """The encoded fields in order; those that others lean on are done one by one before the others."""
    yield from map(builder.encode, order[:leading_count])
    yield from pool.map(builder.encode, order[leading_count:])


@dataclass(frozen=True, slots=True)
class _Numbers:
    """A column's numbers: `values * unit` where `present` (None: everywhere), 0 elsewhere.

    The values are int32 where that is enough for all chunks as they came.
    """

    values: Integers
    present: NDArray[np.bool_] | None
    unit: int

    def ordered(self, order: NDArray[np.intp] | None) -> "_Numbers":
        """The numbers in another order of rows; None is this one."""
        if order is None:
            return self
        return _Numbers(self.values[order], None if self.present is None else self.present[order], self.unit)

    def in_ones(self) -> Integers:
        """The numbers themselves."""
        return self.values if self.unit == 1 else self.values.astype(np.int64) * self.unit


class _Builder:
    """The records of one segment on their way: row order once, then column by column."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches
        self.row_count = sum(batch.record_count for batch in batches)
        assert 0 < self.row_count <= ROWS_MAX, self.row_count
        starts = self._numbers(START)
        present = starts.present
        self.start_missing = 0 if present is None else int(np.count_nonzero(~present))
        self._order = _row_order(starts.values, present, [batch.sequences for batch in batches])
        self._starts: _Numbers | None = None
        self._parent: tuple[str, Codes] | None = None
        self._measures: Measures = {}

    def encode(self, field: Field) -> EncodedColumn | EncodedNumbers | None:
        """Encode one field, and let go of what was given for it; None when no row has a value."""
        encoded = self._encode_codes(field) if field.kind.is_dictionary else self._encode_number(field)
        for batch in self._batches:
            batch.columns.pop(field.name, None)
        return encoded

    def sequences(self) -> NDArray[np.uint64]:
        """The rows' sequence numbers."""
        return self._ordered(np.concatenate([batch.sequences for batch in self._batches]))

    def _encode_codes(self, field: Field) -> EncodedColumn | None:
        dictionary, codes = self._dictionary(field)
        if not len(dictionary):
            return None
        codes = self._ordered(codes)
        is_parent = field.name in PARENT_FIELDS and self._parent is None
        encoded = encode_column(
            field.kind, dictionary, codes, self._measures, None if is_parent else self._parent
        )
        if is_parent and encoded.meta["encoding"] == "plain":
            self._parent = (field.name, codes)
        return encoded

    def _encode_number(self, field: Field) -> EncodedNumbers | None:
        numbers = self._numbers(field.name).ordered(self._order)
        if numbers.present is not None and not numbers.present.any():
            return None
        if field.name in TOTAL_FIELDS:
            self._measures[field.name] = numbers.in_ones()
        if field.name == START and numbers.present is None:
            self._starts = numbers
        is_distance = field.name == END and numbers.present is None
        starts = self._starts
        reference = (START, starts.values) if is_distance and starts and starts.unit == numbers.unit else None
        encoded = encode_numbers(
            numbers.values, numbers.present, reference, unit=numbers.unit, exact_only=field.name == START
        )
        return EncodedNumbers(
            encoded.meta | {"kind": field.kind.value, "encoding": "numbers"}, encoded.arrays
        )

    def _ordered(self, column: NDArray[Any]) -> NDArray[Any]:
        return column if self._order is None else column[self._order]

    def _numbers(self, name: str) -> _Numbers:
        chunks = [
            batch.columns.get(name) or _missing_chunk(Kind.COUNT, batch.record_count)
            for batch in self._batches
        ]
        integers = [chunk for chunk in chunks if isinstance(chunk, IntegerChunk)]
        units = {chunk.unit for chunk in integers if chunk.present is None or chunk.present.any()} or {1}
        unit = units.pop() if len(units) == 1 else 1
        parts = [
            chunk.values if unit == chunk.unit else chunk.values * np.int64(chunk.unit) for chunk in integers
        ]
        is_narrow = all(np.can_cast(part.dtype, np.int32) for part in parts)
        values: Integers = np.empty(self.row_count, np.int32 if is_narrow else np.int64)
        np.concatenate(parts, out=values, casting="unsafe")
        if all(chunk.present is None for chunk in integers):
            return _Numbers(values, None, unit)
        present = np.concatenate(
            [
                np.ones(len(chunk.values), bool) if chunk.present is None else chunk.present
                for chunk in integers
            ]
        )
        values[~present] = 0
        return _Numbers(values, None if present.all() else present, unit)

    def _dictionary(self, field: Field) -> tuple[Dictionary, Codes]:
        chunks = [
            batch.columns.get(field.name) or _missing_chunk(field.kind, batch.record_count)
            for batch in self._batches
        ]
        match field.kind:
            case Kind.TEXT:
                return merge_texts([chunk for chunk in chunks if isinstance(chunk, TextChunk)])
            case Kind.ADDRESS:
                return merge_addresses([chunk for chunk in chunks if isinstance(chunk, AddressChunk)])
            case _:
                return merge_integers(
                    [chunk for chunk in chunks if isinstance(chunk, IntegerChunk)], field.kind
                )


def _missing_chunk(kind: Kind, row_count: int) -> Chunk:
    codes = np.full(row_count, -1, np.int8)
    match kind:
        case Kind.TEXT:
            return TextChunk(pa.array([], pa.string()), codes)
        case Kind.ADDRESS:
            return AddressChunk(np.empty(0, np.uint64), np.empty(0, np.uint64), codes)
        case _:
            return IntegerChunk(np.zeros(row_count, np.uint16), np.zeros(row_count, bool))


def _row_order(
    starts: Integers, present: NDArray[np.bool_] | None, sequences: Sequence[NDArray[np.uint64]]
) -> NDArray[np.intp] | None:
    """The order of the rows by (missing first, start, sequence); None when they are in it already."""
    keys = starts if present is None else np.where(present, starts, np.iinfo(np.int64).min)
    rising = _rise(sequences)
    if rising and _rise([keys]):
        return None
    # It is kept as wide as numpy takes it: converting it for every column would cost more than the room.
    return np.argsort(keys, kind="stable") if rising else np.lexsort((np.concatenate(sequences), keys))


def _rise(parts: Sequence[NDArray[Any]]) -> bool:
    """Whether no value is below the one before it; block by block, so that nothing large is made."""
    last = None
    for part in parts:
        for first in range(0, len(part), BLOCK_ROWS):
            block = part[first : first + BLOCK_ROWS]
            if (last is not None and block[0] < last) or (block[1:] < block[:-1]).any():
                return False
            last = block[-1]
    return True
