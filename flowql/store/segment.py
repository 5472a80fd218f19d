"""Segments: immutable sets of rows, sorted by (start, sequence), with every index over them.

Owns segment.json and the order of work when a segment is built; the parts are described where they are
encoded: container.py (the data file), columns.py and postings.py (fields that are looked up), numbers.py
(fields that are scanned), provenance.py (sequence numbers and sources).

    segments/<id>/segment.json   {"format", "rows", "start_missing", "fields": {F: description},
                                  "sequence", "data"}
    segments/<id>/data

`id` is the xxh3_128 of segment.json's bytes, which holds the checksums of the data, so that a segment's name
proves its content. Rows are sorted by start, then sequence number; rows without a start come before all
others, `start_missing` of them. The field `start` is encoded without exceptions, so its offsets ascend; `end`
is encoded as the distance from `start` when every row has both. A segment has at most ROWS_MAX rows. All
fields named by a description have at least one present value.
"""

import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.errors import Damage, StoreDamagedError
from flowql.schema import Field, Kind, field_named
from flowql.store.batch import AddressChunk, Batch, Chunk, IntegerChunk, TextChunk
from flowql.store.columns import (
    TOTAL_FIELDS,
    DictionaryColumn,
    EncodedColumn,
    Measures,
    Weights,
    encode_column,
)
from flowql.store.container import Container, ContainerWriter
from flowql.store.dictionary import (
    AddressDictionary,
    Codes,
    Dictionary,
    IntegerDictionary,
    TextDictionary,
    merge_addresses,
    merge_integers,
    merge_texts,
)
from flowql.store.files import checksum, encode_json, read_checked, write_synced
from flowql.store.number_column import NumberColumn
from flowql.store.numbers import BLOCK_ROWS, EncodedNumbers, encode_numbers
from flowql.store.provenance import Provenance, encode_pieces, encode_sequences

FORMAT = 1
ROWS_MAX = 1 << 22
"""Rows of a segment. Roaring's 64 containers, and a sort key's row bits, have room for four times as many."""
PARENT_FIELDS = ("interface-id", "tgw-attachment-id", "ecs-task-id")
"""Fields that often determine others (subnet, account ...).

The first one of a segment that varies is tried.
"""
START, END = "start", "end"


# ---- building


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
        sequences = encode_sequences(builder.sequences)
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
) -> Iterable[EncodedColumn | EncodedNumbers | None]:
    """The encoded fields in order; those that others lean on are done one by one before the others."""
    yield from map(builder.encode, order[:leading_count])
    yield from pool.map(builder.encode, order[leading_count:])


@dataclass(frozen=True, slots=True)
class _Integers:
    """A column's numbers: `values * unit` where `present` (None: everywhere), 0 elsewhere."""

    values: NDArray[np.int64]
    present: NDArray[np.bool_] | None
    unit: int

    def ordered(self, order: NDArray[Any] | None) -> "_Integers":
        """The numbers in another order of rows; None is this one."""
        if order is None:
            return self
        return _Integers(self.values[order], None if self.present is None else self.present[order], self.unit)


class _Builder:
    """The records of one segment on their way: row order once, then column by column."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches
        self.row_count = sum(batch.record_count for batch in batches)
        assert 0 < self.row_count <= ROWS_MAX, self.row_count
        sequences = np.concatenate([batch.sequences for batch in batches])
        starts = self._integers(START)
        present = starts.present
        self.start_missing = 0 if present is None else int(np.count_nonzero(~present))
        self._order = _row_order(starts.values, present, sequences)
        self.sequences = self._ordered(sequences)
        self._starts: _Integers | None = None
        self._parent: tuple[str, Codes] | None = None
        self._measures: Measures = {}

    def encode(self, field: Field) -> EncodedColumn | EncodedNumbers | None:
        """Encode one field, and let go of what was given for it; None when no row has a value."""
        encoded = self._encode_codes(field) if field.kind.is_dictionary else self._encode_number(field)
        for batch in self._batches:
            batch.columns.pop(field.name, None)
        return encoded

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
        integers = self._integers(field.name).ordered(self._order)
        if integers.present is not None and not integers.present.any():
            return None
        if field.name in TOTAL_FIELDS:
            self._measures[field.name] = Weights(integers.values * integers.unit)
        if field.name == START and integers.present is None:
            self._starts = integers
        is_distance = field.name == END and integers.present is None
        starts = self._starts
        reference = (
            (START, starts.values) if is_distance and starts and starts.unit == integers.unit else None
        )
        encoded = encode_numbers(
            integers.values, integers.present, reference, unit=integers.unit, exact_only=field.name == START
        )
        return EncodedNumbers(
            encoded.meta | {"kind": field.kind.value, "encoding": "numbers"}, encoded.arrays
        )

    def _ordered(self, column: NDArray[Any]) -> NDArray[Any]:
        return column if self._order is None else column[self._order]

    def _integers(self, name: str) -> "_Integers":
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
        values = np.empty(self.row_count, np.int64)
        np.concatenate(parts, out=values, casting="unsafe")
        if all(chunk.present is None for chunk in integers):
            return _Integers(values, None, unit)
        present = np.concatenate(
            [
                np.ones(len(chunk.values), bool) if chunk.present is None else chunk.present
                for chunk in integers
            ]
        )
        values[~present] = 0
        return _Integers(values, None if present.all() else present, unit)

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
    codes = np.full(row_count, -1, np.int32)
    match kind:
        case Kind.TEXT:
            return TextChunk(pa.array([], pa.string()), codes)
        case Kind.ADDRESS:
            return AddressChunk(np.empty(0, np.uint64), np.empty(0, np.uint64), codes)
        case _:
            return IntegerChunk(np.zeros(row_count, np.uint16), np.zeros(row_count, bool))


def _row_order(
    starts: NDArray[np.int64], present: NDArray[np.bool_] | None, sequences: NDArray[np.uint64]
) -> NDArray[Any] | None:
    """The order of the rows by (missing first, start, sequence); None when they are in it already."""
    keys = starts if present is None else np.where(present, starts, np.iinfo(np.int64).min)
    rising = _rises(sequences)
    if rising and _rises(keys):
        return None
    order = np.argsort(keys, kind="stable") if rising else np.lexsort((sequences, keys))
    return order.astype(np.uint32)  # it is kept until the last column is encoded


def _rises(values: NDArray[Any]) -> bool:
    """Whether no value is below the one before it; block by block, so that nothing large is made."""
    for first in range(0, len(values) - 1, BLOCK_ROWS):
        block = values[first : first + BLOCK_ROWS + 1]
        if (block[1:] < block[:-1]).any():
            return False
    return True


# ---- reading


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """What a segment's metadata tells of a field: enough to prove that no row can match.

    `low` and `high` bound the present values: ints for every kind but text, lowered text for text.
    """

    kind: Kind
    present_count: int
    low: int | str
    high: int | str


class Segment:
    """An open segment: its metadata, and its columns on demand. Safe to read from several threads."""

    def __init__(self, folder: Path) -> None:
        self.id = folder.name
        path = folder / "segment.json"
        document = json.loads(read_checked(path, self.id))
        if document["format"] != FORMAT:
            raise StoreDamagedError(Damage(path, f"segment format {FORMAT}", str(document["format"])))
        self.row_count: int = document["rows"]
        self.start_missing: int = document["start_missing"]
        self._fields: dict[str, dict[str, Any]] = document["fields"]
        self.container = Container(folder / "data", document["data"])
        self.provenance = Provenance(self.container, document["sequence"], self.row_count)
        self._dictionary_columns: dict[str, DictionaryColumn] = {}
        self._number_columns: dict[str, NumberColumn] = {}

    @property
    def byte_count(self) -> int:
        """The size of the data file."""
        return self.container.byte_count

    @property
    def start_bounds(self) -> tuple[int, int] | None:
        """The least and greatest start in nanoseconds; None when no row has one."""
        meta = self._fields.get(START)
        return (meta["min"], meta["max"]) if meta else None

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields that some row has."""
        return tuple(field_named(name) for name in self._fields)

    def summary(self, name: str) -> ColumnSummary | None:
        """What the metadata tells of a field; None when every row misses it."""
        meta = self._fields.get(name)
        if meta is None:
            return None
        low, high = meta["min"], meta["max"]
        kind = Kind(meta["kind"])
        if kind is Kind.ADDRESS:
            low, high = int(low, 16), int(high, 16)
        elif kind in (Kind.PORT, Kind.PROTOCOL):
            low, high = int(low), int(high)
        return ColumnSummary(kind, meta["present"], low, high)

    def dictionary_column(self, name: str) -> DictionaryColumn | None:
        """A field of text, addresses, ports or protocols; None when every row misses it."""
        meta = self._fields.get(name)
        if meta is None:
            return None
        if name not in self._dictionary_columns:
            parent = self.dictionary_column(meta["parent"]) if meta["encoding"] == "derived" else None
            self._dictionary_columns[name] = DictionaryColumn(
                self.container, name, meta, self.row_count, parent
            )
        return self._dictionary_columns[name]

    def number_column(self, name: str) -> NumberColumn | None:
        """A field of counts or times; None when every row misses it."""
        meta = self._fields.get(name)
        if meta is None:
            return None
        if name not in self._number_columns:
            reference = self.number_column(meta["minus"]) if meta["minus"] else None
            self._number_columns[name] = NumberColumn(self.container, name, meta, self.row_count, reference)
        return self._number_columns[name]

    def text_values(self) -> dict[str, list[pa.StringArray]]:
        """The distinct values of every text field, for the vocabulary."""
        found: dict[str, list[pa.StringArray]] = {}
        for field in self.fields:
            column = self.dictionary_column(field.name) if field.kind is Kind.TEXT else None
            if column and isinstance(column.dictionary, TextDictionary):
                found[field.name] = [column.dictionary.texts]
        return found

    def rows_between(self, low: int | None, high: int | None) -> tuple[int, int]:
        """The rows with start in `[low, high)` nanoseconds, as a range.

        None is an open end. Both open: every row.
        """
        if low is None and high is None:
            return 0, self.row_count
        column = self.number_column(START)
        if column is None:
            return self.row_count, self.row_count
        first = self.start_missing
        start = first if low is None else column.places(low, first)
        stop = self.row_count if high is None else column.places(high, first)
        return start, max(start, stop)

    def as_batch(self) -> Batch:
        """The segment's rows as a batch, for a merge."""
        columns: dict[str, Chunk] = {field.name: self._chunk(field) for field in self.fields}
        sequences = self.provenance.sequences(0, self.row_count)
        return Batch(self.row_count, columns, sequences, self.provenance.pieces())

    def _chunk(self, field: Field) -> Chunk:
        if not field.kind.is_dictionary:
            column = self.number_column(field.name)
            assert column is not None
            return IntegerChunk(*column.read(0, self.row_count))
        held = self.dictionary_column(field.name)
        assert held is not None
        codes = held.codes(0, self.row_count).astype(np.int32) - np.int32(1)
        match held.dictionary:
            case TextDictionary(texts):
                return TextChunk(texts, codes)
            case AddressDictionary() as addresses:
                return AddressChunk(*addresses.at(np.arange(len(addresses))), codes)
            case IntegerDictionary(numbers):
                present = codes >= 0
                return IntegerChunk(numbers[np.where(present, codes, 0)], present)
