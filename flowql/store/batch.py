"""Records on their way in: the columns of one block of lines, as parsing leaves them and segments take them.

Owns the types that ingestion hands to a topic's writer. A batch is the parsed form of one block of at most
some MiB of lines, in line order. Knows nothing of text lines' syntax, nor of how a segment lays its columns
out.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.schema import Kind, field_named
from flowql.values import SECOND_NS

MISSING = -1
"""The code of a missing value in `TextChunk.codes` and `AddressChunk.codes`."""


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Text values of one column.

    Distinct `values` (in any order, none null) and per row their index, or MISSING.
    """

    values: pa.StringArray
    codes: NDArray[np.signedinteger[Any]]

    def narrowed(self) -> "TextChunk":
        """The same texts with codes of 8 or 16 bits, where that is enough."""
        return replace(self, codes=_narrowed_codes(self.codes, len(self.values)))


@dataclass(frozen=True, slots=True)
class AddressChunk:
    """Addresses of one column.

    Distinct values as the high and low 64 bits (IPv4 mapped), and per row their index, or MISSING.
    """

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    codes: NDArray[np.signedinteger[Any]]

    def narrowed(self) -> "AddressChunk":
        """The same addresses with codes of 8 or 16 bits, where that is enough."""
        return replace(self, codes=_narrowed_codes(self.codes, len(self.high)))


@dataclass(frozen=True, slots=True)
class IntegerChunk:
    """Ports, protocols, counts or times (nanoseconds) of one column, any integer dtype.

    `present` None means all are; the value at a row that is not present is ignored. The value of a row is
    `values * unit`, inside the domain of the field's kind.
    """

    values: NDArray[np.integer[Any]]
    present: NDArray[np.bool_] | None = None
    unit: int = 1

    def narrowed(self, *, is_time: bool) -> "IntegerChunk":
        """The same numbers in a quarter to a half of the room, where that can be: seconds, 32 bits."""
        if self.values.dtype != np.int64 or self.unit != 1 or not len(self.values):
            return self
        values = self.values if self.present is None else np.where(self.present, self.values, 0)
        numbers, unit = values, 1
        if is_time:
            seconds = values // SECOND_NS
            if (seconds * SECOND_NS == values).all():
                numbers, unit = seconds, SECOND_NS
        fits = int(numbers.min()) >= -(1 << 31) and int(numbers.max()) < 1 << 31
        return IntegerChunk(numbers.astype(np.int32) if fits else numbers, self.present, unit)


Chunk: TypeAlias = TextChunk | AddressChunk | IntegerChunk


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of consecutive lines of one source inside a block.

    The line of the piece's `i`-th line (from 0) is `first_line + i` (lines count from 1) and its sequence
    number is `first_sequence + i`: every line of input takes a sequence number, whether it became a record or
    not.
    """

    source: str
    first_line: int
    first_sequence: int
    line_count: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one block.

    `columns` are keyed by canonical field name; a field that is not there is missing in every record.
    `sequences` are per record, ascending. `pieces` cover every record's sequence number, ascending.
    """

    record_count: int
    columns: dict[str, Chunk]
    sequences: NDArray[np.uint64]
    pieces: tuple[Piece, ...]

    def narrowed(self) -> "Batch":
        """The same records in less room, for the time that they wait."""
        columns: dict[str, Chunk] = {}
        for name, chunk in self.columns.items():
            is_time = field_named(name).kind is Kind.TIME
            columns[name] = (
                chunk.narrowed(is_time=is_time) if isinstance(chunk, IntegerChunk) else chunk.narrowed()
            )
        return replace(self, columns=columns)


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that did not become a record.

    Where, why (a kebab-case code), the field at fault ("" if none), the bytes.
    """

    source: str
    line: int
    code: str
    field: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a source is ingested.

    The first `raw_bytes` bytes of it (as on disk, perhaps compressed), whose xxh3_128 is `digest` (hex) and
    the hash of whose first HEAD_BYTES (or fewer) is `head`, gave `text_bytes` bytes of text and `line_count`
    lines. `complete` is false while a writer is in the middle of the file, or when it was damaged.
    """

    source: str
    raw_bytes: int
    digest: str
    head: str
    text_bytes: int
    line_count: int
    complete: bool
    layout: tuple[str, ...] = ()
    """The column names in force after the last line, so that a file that grows is read on with its header."""


HEAD_BYTES = 4096
"""How much of a source's beginning finds its checkpoint again.

Moving it orphans the checkpoints in a store.
"""


def _narrowed_codes(
    codes: NDArray[np.signedinteger[Any]], value_count: int
) -> NDArray[np.signedinteger[Any]]:
    for dtype in (np.int8, np.int16):
        if value_count <= np.iinfo(dtype).max:
            return codes.astype(dtype)
    return codes
