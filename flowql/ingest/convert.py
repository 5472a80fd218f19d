"""Arrow's columns to chunks: addresses parsed, times made nanoseconds, domains checked.

Owns which Arrow type a field is read as, and what of its values the careful road must look at. Knows nothing
of lines.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.ingest.addresses import parse_addresses
from flowql.ingest.careful import MISSING_COUNT, token_reader
from flowql.ingest.columns import Value, chunk_of, distinct_addresses, take_rows
from flowql.ingest.layout import Layout
from flowql.ingest.times import times_ns
from flowql.schema import Kind
from flowql.store.batch import MISSING, AddressChunk, Chunk, IntegerChunk, TextChunk

TOKEN_TYPE = pa.dictionary(pa.int32(), pa.binary())
"""The type of every column of a piece with tokens that Arrow refuses, or accepts where it should not.

And that of texts in any other: as strings, Arrow would prove every one of them to be UTF-8 once more.
"""
ARROW_TYPES = {
    Kind.TEXT: TOKEN_TYPE,
    Kind.ADDRESS: TOKEN_TYPE,
    Kind.PORT: pa.uint16(),
    Kind.PROTOCOL: pa.uint8(),
    Kind.COUNT: pa.int64(),
    Kind.TIME: pa.int64(),
}
_BadRows = NDArray[np.bool_] | None


def convert_table(table: pa.Table, layout: Layout, *, are_tokens: bool) -> tuple[dict[str, Chunk], _BadRows]:
    """The table's columns, and which rows hold a value that the careful road must look at, if any do.

    `are_tokens`: every column has the TOKEN_TYPE. Otherwise they have ARROW_TYPES, and texts are UTF-8.
    """
    columns: dict[str, Chunk] = {}
    bad_rows: _BadRows = None
    for field, column in zip(layout.fields, table.columns, strict=True):
        convert = _convert_tokens if are_tokens else _convert_values
        columns[field.name], bad = convert(_only_chunk(column), field.kind)
        if bad is not None:
            bad_rows = bad if bad_rows is None else bad_rows | bad
    return columns, bad_rows


def _only_chunk(column: pa.ChunkedArray) -> pa.Array:
    assert column.num_chunks <= 1, "Arrow read the piece as one block"
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _convert_values(column: pa.Array, kind: Kind) -> tuple[Chunk, _BadRows]:
    match kind:
        case Kind.TEXT:
            return _convert_text(column)
        case Kind.ADDRESS:
            return _convert_addresses(column)
        case Kind.PORT | Kind.PROTOCOL:
            return IntegerChunk(*_numbers(column)), None  # Arrow's type is the domain
        case Kind.COUNT:
            return _convert_counts(*_numbers(column))
        case Kind.TIME:
            return _convert_times(*_numbers(column))
        case Kind.REAL | Kind.DURATION | Kind.NETWORK:
            raise AssertionError("computed columns are not read")


def _convert_tokens(column: pa.DictionaryArray, kind: Kind) -> tuple[Chunk, _BadRows]:
    """Read each distinct token as the careful road does."""
    read = token_reader(kind)
    values: list[Value] = []
    bad: list[bool] = []
    for token in column.dictionary.to_pylist():
        try:
            values.append(read(token) if _is_token(token) else None)
            bad.append(not _is_token(token))
        except ValueError:
            values.append(None)
            bad.append(True)
    codes = _codes(column)
    # MISSING, -1, picks the appended last one.
    chunk = take_rows(chunk_of([*values, None], kind), codes)
    return chunk, np.array([*bad, False])[codes] if any(bad) else None


def _is_token(token: bytes) -> bool:
    """Whether a line can have this between two blanks, and be no reject for it."""
    return token != b"" and b"\0" not in token


def _codes(column: pa.DictionaryArray) -> NDArray[np.int32]:
    indices = column.indices
    codes: NDArray[np.int32] = (indices.fill_null(MISSING) if indices.null_count else indices).to_numpy()
    return codes


def _numbers(column: pa.Array) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    if not column.null_count:
        return column.to_numpy(), None
    return column.fill_null(0).to_numpy(), column.is_valid().to_numpy(zero_copy_only=False)


def _convert_text(column: pa.DictionaryArray) -> tuple[TextChunk, _BadRows]:
    codes = _codes(column)
    values = column.dictionary.cast(pa.string())
    # An empty text is the place between two blanks: the line is not as wide as it looks.
    empty = values.index("").as_py()
    return TextChunk(values, codes), codes == empty if empty >= 0 else None


def _convert_addresses(column: pa.DictionaryArray) -> tuple[AddressChunk, _BadRows]:
    codes = _codes(column)
    found = parse_addresses(column.dictionary.cast(pa.string()))
    # MISSING, -1, picks the appended last one.
    bad = None if found.ok.all() else np.append(~found.ok, False)[codes]
    if found.are_distinct:
        return AddressChunk(found.high, found.low, codes), bad
    kept, new_codes = distinct_addresses(found.high, found.low)
    codes = np.append(new_codes, np.int32(MISSING))[codes]
    return AddressChunk(found.high[kept], found.low[kept], codes), bad


def _convert_counts(
    values: NDArray[np.int64], present: NDArray[np.bool_] | None
) -> tuple[IntegerChunk, _BadRows]:
    if not len(values) or values.min() >= 0:
        return IntegerChunk(values, present), None
    given = values != MISSING_COUNT
    present = given if present is None else present & given
    bad = values < MISSING_COUNT
    return IntegerChunk(np.where(given, values, 0), present), bad if bad.any() else None


def _convert_times(
    values: NDArray[np.int64], present: NDArray[np.bool_] | None
) -> tuple[IntegerChunk, _BadRows]:
    nanoseconds, bad = times_ns(values)
    return IntegerChunk(nanoseconds, present), bad
