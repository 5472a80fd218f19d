"""Records on their way in: the columns of one block of lines, as parsing leaves them and segments take them.

Owns the types that ingestion hands to a topic's writer. A batch is the parsed form of one block of at most
some MiB of lines, in line order. Knows nothing of text lines' syntax, nor of how a segment lays its columns
out.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

MISSING = -1
"""The code of a missing value in `TextChunk.codes` and `AddressChunk.codes`."""


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Text values of one column.

    Distinct `values` (in any order, none null) and per row their index, or MISSING.
    """

    values: pa.StringArray
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class AddressChunk:
    """Addresses of one column.

    Distinct values as the high and low 64 bits (IPv4 mapped), and per row their index, or MISSING.
    """

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class IntegerChunk:
    """Ports, protocols, counts or times (nanoseconds) of one column, any integer dtype.

    `present` None means all are.

    The value at a row that is not present is ignored. Values are inside the domain of the field's kind.
    """

    values: NDArray[np.integer]
    present: NDArray[np.bool_] | None = None


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
