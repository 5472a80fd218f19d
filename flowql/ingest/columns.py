"""Chunks of columns: made from Python values, cut to some rows, put one after the other.

Owns the operations on `store.batch` chunks that ingestion needs where the fast road and the careful road
meet. Knows nothing of lines.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.schema import Kind
from flowql.store.batch import MISSING, AddressChunk, Chunk, IntegerChunk, TextChunk

Value = str | int | None
"""Text as str, an address as its 128 bits, a time as nanoseconds, another number as it is; None is
missing.
"""

_LOW_MASK = (1 << 64) - 1


def chunk_of(values: Sequence[Value], kind: Kind) -> Chunk:
    """The chunk of a column's Python values."""
    match kind:
        case Kind.TEXT:
            distinct, codes = _coded(values)
            return TextChunk(pa.array(distinct, pa.string()), codes)
        case Kind.ADDRESS:
            distinct, codes = _coded(values)
            high = np.fromiter((address >> 64 for address in distinct), np.uint64, len(distinct))
            low = np.fromiter((address & _LOW_MASK for address in distinct), np.uint64, len(distinct))
            return AddressChunk(high, low, codes)
        case Kind.PORT | Kind.PROTOCOL | Kind.COUNT | Kind.TIME:
            present = np.fromiter((value is not None for value in values), np.bool_, len(values))
            numbers = np.fromiter((value or 0 for value in values), np.int64, len(values))
            return IntegerChunk(numbers, None if present.all() else present)
        case Kind.REAL | Kind.DURATION | Kind.NETWORK:
            raise AssertionError("computed columns are not stored")


def take_rows(chunk: Chunk, rows: NDArray[Any]) -> Chunk:
    """The chunk of these rows (indices or a mask), with only the values that they hold."""
    match chunk:
        case IntegerChunk():
            present = None if chunk.present is None else chunk.present[rows]
            return IntegerChunk(chunk.values[rows], present)
        case TextChunk():
            used, codes = _used(chunk.codes[rows], len(chunk.values))
            return TextChunk(chunk.values.filter(pa.array(used)), codes)
        case AddressChunk():
            used, codes = _used(chunk.codes[rows], len(chunk.low))
            return AddressChunk(chunk.high[used], chunk.low[used], codes)


def join_rows(chunks: Sequence[Chunk]) -> Chunk:
    """The rows of several chunks of one column, one chunk after the other. There is at least one."""
    first = chunks[0]
    assert all(type(chunk) is type(first) for chunk in chunks), "a column's kind is a function of its name"
    if len(chunks) == 1:
        return first
    match first:
        case IntegerChunk():
            return _join_integers([chunk for chunk in chunks if isinstance(chunk, IntegerChunk)])
        case TextChunk():
            return _join_texts([chunk for chunk in chunks if isinstance(chunk, TextChunk)])
        case AddressChunk():
            return _join_addresses([chunk for chunk in chunks if isinstance(chunk, AddressChunk)])


def distinct_addresses(
    high: NDArray[np.uint64], low: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """`(kept, codes)`: positions of the distinct pairs, and per pair its index among them."""
    order = np.lexsort((low, high))
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
    codes = np.empty(len(order), np.int32)
    codes[order] = np.cumsum(is_new) - 1
    return order[is_new], codes


def _coded(values: Iterable[Any]) -> tuple[list[Any], NDArray[np.int32]]:
    index: dict[Any, int] = {}
    codes = [MISSING if value is None else index.setdefault(value, len(index)) for value in values]
    return list(index), np.array(codes, np.int32)


def _used(codes: NDArray[np.int32], value_count: int) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Which values are used, and the codes into those alone."""
    used = np.bincount(codes[codes >= 0], minlength=value_count).astype(np.bool_)
    new_codes = np.append((np.cumsum(used) - 1).astype(np.int32), np.int32(MISSING))
    return used, new_codes[codes]  # MISSING, -1, picks the appended last one


def _join_integers(chunks: Sequence[IntegerChunk]) -> IntegerChunk:
    values = np.concatenate([chunk.values for chunk in chunks])
    if all(chunk.present is None for chunk in chunks):
        return IntegerChunk(values)
    present = [np.ones(len(c.values), np.bool_) if c.present is None else c.present for c in chunks]
    return IntegerChunk(values, np.concatenate(present))


def _join_texts(chunks: Sequence[TextChunk]) -> TextChunk:
    encoded = pa.concat_arrays([chunk.values for chunk in chunks]).dictionary_encode()
    codes = _join_codes([(chunk.codes, len(chunk.values)) for chunk in chunks], encoded.indices.to_numpy())
    return TextChunk(encoded.dictionary, codes)


def _join_addresses(chunks: Sequence[AddressChunk]) -> AddressChunk:
    high = np.concatenate([chunk.high for chunk in chunks])
    low = np.concatenate([chunk.low for chunk in chunks])
    kept, new_codes = distinct_addresses(high, low)
    codes = _join_codes([(chunk.codes, len(chunk.low)) for chunk in chunks], new_codes)
    return AddressChunk(high[kept], low[kept], codes)


def _join_codes(
    parts: Sequence[tuple[NDArray[np.int32], int]], new_codes: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Each part's codes (with the number of its values), translated by its stretch of `new_codes`."""
    joined = []
    first = 0
    for codes, value_count in parts:
        translation = np.append(new_codes[first : first + value_count], np.int32(MISSING))
        joined.append(translation[codes])
        first += value_count
    return np.concatenate(joined).astype(np.int32, copy=False)
