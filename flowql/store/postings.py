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

from bisect import bisect_left
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.store.container import Container
from flowql.store.dictionary import CodeRanges, Codes
from flowql.store.docset import (
    Docset,
    Rows,
    from_portable,
    from_rows,
    mask_to_portable,
    planes_to_portable,
    unite,
)

DENSE_ROWS = 2048
"""From so many rows on a code's posting is a roaring bitmap. A writer's choice, not part of the format."""
BROAD_SHARE = 32
"""A value that one row in so many has gets its bitmap from a mask of its codes.

1 ms for 2^22 rows, however many hold it.
"""
FEW_CODES = 24
"""Up to so many codes that are not broad, a pass over the column for each one beats sorting it."""
_ROW_BITS = 24
_HIGH_SHIFT = np.uint32(16)
_DIGIT_BITS_MAX = 12
"""Values of more bits are sorted by Arrow by comparing them, which takes ten times as long."""


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
    """Bitmaps of the dense codes, and the sparse rows, from all rows in the order of their codes."""
    low, high = _rows_by_code(codes, len(counts))
    starts, ends = (row_ends - counts)[dense_codes].astype(np.int64), row_ends[dense_codes].astype(np.int64)
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
    return (dense, low.compress(is_sparse), high.compress(is_sparse)) if dense else (dense, low, high)


def _rows_by_code(codes: Codes, code_count: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """All rows in the order of (code, row), as their low 16 bits and the rest.

    Arrow counts instead of comparing where values span at most 2^12: two such sorts, by the low digit of the
    codes and then by the high one, take a fifth of the time of one sort of packed (code, row) keys.
    """
    assert len(codes) <= 1 << _ROW_BITS, "rows must fit into two bytes and one"
    bits = (code_count - 1).bit_length()
    if bits <= _DIGIT_BITS_MAX:
        return _planes(_stable_order(codes))
    low_bits = max(8, bits - _DIGIT_BITS_MAX)
    by_low_digit = _stable_order(_low_digit(codes, low_bits))
    low, high = _planes(by_low_digit)
    order = _stable_order((codes >> codes.dtype.type(low_bits)).astype(np.uint16)[by_low_digit])
    return low[order], high[order]


def _low_digit(codes: Codes, bits: int) -> Codes:
    if bits == np.iinfo(np.uint8).bits:
        return codes.astype(np.uint8)
    return (codes & codes.dtype.type((1 << bits) - 1)).astype(np.uint16)


def _stable_order(digits: Codes) -> NDArray[np.int64]:
    order: NDArray[np.uint64] = pc.sort_indices(pa.array(digits)).to_numpy()
    return order.view(np.int64)


def _planes(rows: NDArray[np.int64]) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """The low 16 bits of rows, and the 8 above them."""
    little = rows.astype("<i8", copy=False)
    return np.ascontiguousarray(little.view("<u2")[::4]), np.ascontiguousarray(little.view(np.uint8)[2::8])


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
        self._dense_name, self._low_name, self._high_name = (
            f"{field}/{part}" for part in ("dense", "sparse_low", "sparse_high")
        )

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
        if len(starts) == 1:
            return self.count_of_run(int(starts[0]), int(stops[0]))
        ends = self.row_ends
        before = np.where(starts > 0, ends[starts.astype(np.int64) - 1], 0)
        return int((ends[stops.astype(np.int64) - 1].astype(np.int64) - before).sum())

    def count_of_run(self, start: int, stop: int) -> int:
        """The number of rows whose code lies in `[start, stop)`."""
        if start == stop:
            return 0
        before = self._ends[start - 1] if start else 0
        return int(self._ends[stop - 1] - before)

    def dense_count(self, ranges: CodeRanges) -> int:
        """The number of bitmaps that `docset` would have to read for the ranges."""
        if len(ranges[0]) == 1:
            return self.dense_count_of_run(int(ranges[0][0]), int(ranges[1][0]))
        dense = self._array("dense_codes")
        return int((np.searchsorted(dense, ranges[1]) - np.searchsorted(dense, ranges[0])).sum())

    def dense_count_of_run(self, start: int, stop: int) -> int:
        """The number of bitmaps that `docset_of_run` would have to read."""
        first = bisect_left(self._dense, start)
        return bisect_left(self._dense, stop, first) - first

    def docset(self, ranges: CodeRanges) -> Docset:
        """The rows whose code lies in one of the ranges."""
        if len(ranges[0]) == 1:
            return self.docset_of_run(int(ranges[0][0]), int(ranges[1][0]))
        parts: list[Docset] = []
        slices = []
        for start, stop in zip(ranges[0].tolist(), ranges[1].tolist(), strict=True):
            first, last = bisect_left(self._dense, start), bisect_left(self._dense, stop)
            parts += [self._bitmap(place) for place in range(first, last)]
            if last - first < stop - start:
                slices.append((self._sparse_place(start), self._sparse_place(stop)))
        rows = [self._sparse_rows(*each) for each in slices]
        if rows:
            parts.append(from_rows(np.sort(np.concatenate(rows))))
        return unite(parts, self._row_count)

    def docset_of_run(self, start: int, stop: int) -> Docset:
        """The rows whose code lies in `[start, stop)`."""
        first = bisect_left(self._dense, start)
        last = bisect_left(self._dense, stop, first)
        if last - first == stop - start:
            return unite([self._bitmap(place) for place in range(first, last)], self._row_count)
        rows = self._sparse_rows(self._sparse_place(start), self._sparse_place(stop))
        sparse = from_rows(rows if stop - start == 1 else np.sort(rows))
        if first == last:
            return sparse
        return unite([*(self._bitmap(place) for place in range(first, last)), sparse], self._row_count)

    def sparse_planes(self, start: int, stop: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8]] | None:
        """The rows of codes `[start, stop)`, the low 16 bits and the high ones apart, code after code.

        None where some of them are in a bitmap.
        """
        first = bisect_left(self._dense, start)
        if first < len(self._dense) and self._dense[first] < stop:
            return None
        before = self._dense_row_ends[first - 1] if first else 0
        begin = self._ends[start - 1] - before if start else 0
        end = self._ends[stop - 1] - before if stop else 0
        return (
            self._container.part(self._low_name, begin, end),
            self._container.part(self._high_name, begin, end),
        )

    def _bitmap(self, place: int) -> Docset:
        ends = self._array("dense_ends")
        start = int(ends[place - 1]) if place else 0
        return from_portable(self._container.part(self._dense_name, start, int(ends[place])).data)

    def _sparse_place(self, code: int) -> int:
        """Where the rows of the first sparse code at or after `code` begin in the sparse arrays."""
        if not code:
            return 0
        before = bisect_left(self._dense, code)
        return int(self._ends[code - 1] - (self._dense_row_ends[before - 1] if before else 0))

    @cached_property
    def _dense_row_ends(self) -> list[int]:
        """For each dense code the number of rows of dense codes up to it."""
        ends, dense = self.row_ends, self._array("dense_codes").astype(np.int64)
        counts = ends[dense].astype(np.int64) - np.where(dense > 0, ends[dense - 1], 0)
        return np.cumsum(counts).tolist()  # type: ignore[no-any-return]

    def _sparse_rows(self, start: int, stop: int) -> Rows:
        low = self._container.part(self._low_name, start, stop)
        high = self._container.part(self._high_name, start, stop)
        rows = high.astype(np.uint32)
        rows <<= _HIGH_SHIFT
        rows |= low
        return rows

    @cached_property
    def _ends(self) -> memoryview:
        # One item of a memory view costs a third of an array's.
        return self.row_ends.data

    @cached_property
    def _dense(self) -> memoryview:
        return self._array("dense_codes").data

    def _array(self, name: str) -> NDArray[Any]:
        return self._container.array(f"{self._field}/{name}")
