"""Segments: immutable sets of rows, sorted by (start, sequence), with every index over them.

Owns segment.json and the reading of a segment; segment_builder.py makes one. The parts are described where
they are read: container.py (the data file), columns.py and postings.py (fields that are looked up),
numbers.py (fields that are scanned), provenance.py (sequence numbers and sources).

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
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from flowql.errors import Damage, StoreDamagedError
from flowql.schema import Field, Kind, field_named
from flowql.store.batch import AddressChunk, Batch, Chunk, IntegerChunk, TextChunk
from flowql.store.columns import DictionaryColumn
from flowql.store.container import Container
from flowql.store.dictionary import AddressDictionary, IntegerDictionary, TextDictionary
from flowql.store.files import read_checked
from flowql.store.lookup import Lookup
from flowql.store.number_column import NumberColumn
from flowql.store.provenance import Provenance

FORMAT = 1
ROWS_MAX = 1 << 22
"""Rows of a segment. Roaring's 64 containers, and a sort key's row bits, have room for four times as many."""
START, END = "start", "end"


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
        self._lookups: dict[str, Lookup] = {}
        self._summaries: dict[str, ColumnSummary] = {}

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
        known = self._summaries.get(name)
        if known is None and name in self._fields:
            known = self._summaries[name] = _summary(self._fields[name])
        return known

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

    def lookup(self, name: str) -> Lookup | None:
        """The values of a field of text, addresses, ports or protocols, one by one.

        None when the segment has no postings of its own for them: every row misses the field or has the one
        value, or another field determines it.
        """
        found = self._lookups.get(name)
        if found is None:
            meta = self._fields.get(name)
            if meta is None or meta["encoding"] != "plain":
                return None
            found = self._lookups[name] = Lookup(self.container, name, Kind(meta["kind"]), self.row_count)
        return found

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
        column, bounds = self.number_column(START), self.start_bounds
        if column is None or bounds is None:
            return self.row_count, self.row_count
        first, (least, greatest) = self.start_missing, bounds
        start, stop = first, self.row_count
        if low is not None and low > least:
            start = column.places(low, first) if low <= greatest else self.row_count
        if high is not None and high <= greatest:
            stop = column.places(high, first) if high > least else first
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


def _summary(meta: dict[str, Any]) -> ColumnSummary:
    low, high = meta["min"], meta["max"]
    kind = Kind(meta["kind"])
    if kind is Kind.ADDRESS:
        low, high = int(low, 16), int(high, 16)
    elif kind in (Kind.PORT, Kind.PROTOCOL):
        low, high = int(low), int(high)
    return ColumnSummary(kind, meta["present"], low, high)
