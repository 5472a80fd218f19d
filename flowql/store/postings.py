"""Postings: for each code of a column, the rows that hold it.

Owns the hybrid layout and its reading as docsets. Knows codes and rows, never values.

Arrays of a field F with codes 0..k (0 is missing; a code may have no rows):
    F/row_ends       u32, k + 1      number of rows whose code is <= c: counts without touching a row
    F/dense_codes    u32, d          ascending; the codes that have DENSE_ROWS rows or more
    F/dense_ends     u64, d          end of each one's bitmap in F/dense
    F/dense          u8              roaring bitmaps in their portable form, one after another
    F/sparse_low     u16             the rows of all other codes, ordered by (code, row): the low 16 bits
    F/sparse_high    u8              and the high ones, which are enough for 2^24 rows

A dense code has no rows in the sparse arrays. The rows of neighbouring sparse codes are neighbours, so a
range of codes is one slice. Sparse rows cost 3 bytes; roaring's arrays cost 2 and 8 for each block touched,
so that the two are equal at 512 rows for values spread over a segment of 2^22. A bitmap also costs its writer
some 20 us: with 2,048 rows as the threshold a segment has a fifth of the bitmaps for 2 % more bytes.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.store.container import Container
from flowql.store.dictionary import CodeRanges, Codes
from flowql.store.docset import Docset, from_portable, from_rows, mask_to_portable, planes_to_portable, unite

DENSE_ROWS = 2048
"""From so many rows on a code's posting is a roaring bitmap. A writer's choice, not part of the format."""
BROAD_SHARE = 32
"""A value that one row in so many has gets its bitmap from a mask of its codes.

1 ms for 2^22 rows, however many hold it.
"""
FEW_CODES = 24
"""Up to so many codes that are not broad, a pass over the column for each one beats sorting it."""
_ROW_BITS = 24


def encode_postings(codes: Codes, counts: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The arrays for a column of `codes`, of which `counts` says how often each one stands there."""
    row_ends = np.cumsum(counts, dtype=np.uint32)
    dense_codes = np.flatnonzero(counts >= DENSE_ROWS).astype(np.uint32)
    is_narrow = (counts > 0) & (counts * BROAD_SHARE < len(codes))
    if np.count_nonzero(is_narrow) <= FEW_CODES:
        dense, low, high = _encode_few(codes, counts, dense_codes)
    else:
        dense, low, high = _encode_many(codes, counts, dense_codes, row_ends)
    return {
        "row_ends": row_ends,
        "dense_codes": dense_codes,
        "dense_ends": np.cumsum([len(bitmap) for bitmap in dense], dtype=np.uint64),
        "dense": np.frombuffer(b"".join(dense), np.uint8),
        "sparse_low": low,
        "sparse_high": high,
    }


def _encode_few(
    codes: Codes, counts: NDArray[np.int64], dense_codes: NDArray[np.uint32]
) -> tuple[list[bytes], NDArray[np.uint16], NDArray[np.uint8]]:
    """Bitmaps of the dense codes, and the sparse rows: a pass over the codes for each."""
    dense = [mask_to_portable(codes == code) for code in dense_codes.tolist()]
    sparse_codes = np.flatnonzero((counts > 0) & (counts < DENSE_ROWS)).tolist()
    rows = np.concatenate([np.empty(0, np.intp), *(np.flatnonzero(codes == code) for code in sparse_codes)])
    return dense, rows.astype(np.uint16), (rows >> 16).astype(np.uint8)


def _encode_many(
    codes: Codes, counts: NDArray[np.int64], dense_codes: NDArray[np.uint32], row_ends: NDArray[np.uint32]
) -> tuple[list[bytes], NDArray[np.uint16], NDArray[np.uint8]]:
    """Bitmaps of the dense codes, and the sparse rows: one sort of packed (code, row) keys.

    That is several times faster than a stable argsort, and the planes of the rows lie in the sorted keys.
    """
    assert len(codes) <= 1 << _ROW_BITS, "rows must fit beside their code in one sort key"
    keys = codes.astype(np.uint64)
    keys <<= np.uint64(_ROW_BITS)
    keys |= np.arange(len(codes), dtype=np.uint32)
    keys.sort()
    low, high = np.ascontiguousarray(keys.view("<u2")[::4]), np.ascontiguousarray(keys.view(np.uint8)[2::8])
    starts, ends = (row_ends - counts)[dense_codes].astype(np.int64), row_ends[dense_codes].astype(np.int64)
    del keys  # the planes hold what is left to know
    containers = _containers(high, starts, ends)
    is_sparse = np.ones(len(high), bool)
    dense = []
    for code, start, end, firsts in zip(
        dense_codes.tolist(), starts.tolist(), ends.tolist(), containers, strict=True
    ):
        is_sparse[start:end] = False
        if counts[code] * BROAD_SHARE >= len(codes):
            dense.append(mask_to_portable(codes == code))
        else:
            dense.append(planes_to_portable(low[start:end], high[start:end], firsts - start))
    return (dense, low[is_sparse], high[is_sparse]) if dense else (dense, low, high)


def _containers(
    high: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """For each run `[start, end)` of one code's rows, where the rows of each roaring container begin."""
    is_first = np.ones(len(high), bool)
    is_first[1:] = high[1:] != high[:-1]
    is_first[starts] = True
    firsts = np.flatnonzero(is_first)
    return [
        firsts[first:last]
        for first, last in zip(np.searchsorted(firsts, starts), np.searchsorted(firsts, ends), strict=True)
    ]


class Postings:
    """The postings of one column of an open segment."""

    def __init__(self, container: Container, field: str, row_count: int) -> None:
        self._container = container
        self._field = field
        self._row_count = row_count

    @property
    def row_ends(self) -> NDArray[np.uint32]:
        """For each code the number of rows whose code is at most that."""
        return self._array("row_ends")

    def counts(self) -> NDArray[np.uint32]:
        """For each code the number of its rows."""
        return np.diff(self.row_ends, prepend=np.uint32(0))

    def count(self, ranges: CodeRanges) -> int:
        """The number of rows whose code lies in one of the ranges."""
        starts, stops = ranges
        ends = self.row_ends
        before = np.where(starts > 0, ends[starts.astype(np.int64) - 1], 0)
        return int((ends[stops.astype(np.int64) - 1].astype(np.int64) - before).sum())

    def dense_count(self, ranges: CodeRanges) -> int:
        """The number of bitmaps that `docset` would have to read for the ranges."""
        dense = self._array("dense_codes")
        return int((np.searchsorted(dense, ranges[1]) - np.searchsorted(dense, ranges[0])).sum())

    def docset(self, ranges: CodeRanges) -> Docset:
        """The rows whose code lies in one of the ranges."""
        dense = self._array("dense_codes")
        parts: list[Docset] = []
        slices = []
        for start, stop in zip(ranges[0].tolist(), ranges[1].tolist(), strict=True):
            first, last = (int(place) for place in np.searchsorted(dense, np.array((start, stop), np.uint32)))
            parts += [self._bitmap(place) for place in range(first, last)]
            if last - first < stop - start:
                slices.append((self._sparse_place(start), self._sparse_place(stop)))
        parts.append(self._sparse_rows(slices))
        return unite(parts, self._row_count)

    def _bitmap(self, place: int) -> Docset:
        ends = self._array("dense_ends")
        start = int(ends[place - 1]) if place else 0
        return from_portable(self._container.part(f"{self._field}/dense", start, int(ends[place])).tobytes())

    def _sparse_place(self, code: int) -> int:
        """Where the rows of the first sparse code at or after `code` begin in the sparse arrays."""
        if not code:
            return 0
        dense = self._array("dense_codes")
        before = int(np.searchsorted(dense, np.uint32(code)))
        dense_rows = int(self._dense_row_ends[before - 1]) if before else 0
        return int(self.row_ends[code - 1]) - dense_rows

    @cached_property
    def _dense_row_ends(self) -> NDArray[np.int64]:
        ends, dense = self.row_ends, self._array("dense_codes").astype(np.int64)
        return np.cumsum(ends[dense].astype(np.int64) - np.where(dense > 0, ends[dense - 1], 0))

    def _sparse_rows(self, slices: list[tuple[int, int]]) -> Docset:
        parts = []
        for start, stop in slices:
            low = self._container.part(f"{self._field}/sparse_low", start, stop)
            high = self._container.part(f"{self._field}/sparse_high", start, stop)
            parts.append((high.astype(np.uint32) << np.uint32(16)) | low)
        rows = np.concatenate(parts) if parts else np.empty(0, np.uint32)
        return from_rows(np.sort(rows))

    def _array(self, name: str) -> NDArray[Any]:
        return self._container.array(f"{self._field}/{name}")
