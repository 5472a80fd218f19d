"""Docsets: sets of rows of one segment, in whichever form is cheapest, and the algebra over them.

Owns the forms and every operation that turns one into another. Nobody outside this module asks for a docset's
form.

A docset is one of
    RowRange    all rows of [start, stop): nothing, everything, a time range;
    RowList     ascending u32 row numbers: few rows;
    Bits        one bit a row, packed in u64 words, row 0 the lowest bit of word 0: many rows, both cores;
    Roaring     a pyroaring bitmap: what dense postings are on disk, and what ANDs of them give.

All docsets that meet in one operation are of the same segment; `row_count` is that segment's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowql.store.bitmaps import (
    BitMap,
    bitmap_between,
    bitmap_of_form,
    bitmap_of_rows,
    bitmap_of_words,
    rows_of_bitmap,
    union,
    words_of_bitmap,
    words_of_rows,
)
from flowql.store.roaring_form import ARRAY_MAX, CONTAINER_ROWS, portable

Rows: TypeAlias = NDArray[np.uint32]

COMPARED_BLOCKS = 16
"""Blocks of a column that are compared at once: of fewer the calls cost more than the rows do."""
_BLOCK_SHARE = 64  # of fewer rows than one in so many a list is made
_WORD_SHARE = 8  # where fewer than one word in so many holds a row, the others are not unpacked
_LIST_SHARE = 64
"""A result with fewer rows than one in so many is kept as a list.

4 bytes a row against a bit for each of 64 rows.
"""


@dataclass(frozen=True, slots=True)
class RowRange:
    """The rows of `[start, stop)`; empty when they are equal."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class RowList:
    """Ascending, distinct row numbers."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class Bits:
    """One bit a row; bits past the last row are zero."""

    words: NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Roaring:
    """A compressed bitmap. Treated as immutable."""

    bitmap: BitMap


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Some rows of a range, to be read together: those at `places`, ascending, from `start` on."""

    start: int
    stop: int
    places: NDArray[np.intp]


Docset: TypeAlias = RowRange | RowList | Bits | Roaring

EMPTY = RowRange(0, 0)


def count_rows(docset: Docset) -> int:
    """How many rows the docset holds."""
    match docset:
        case RowRange(start, stop):
            return stop - start
        case RowList(rows):
            return len(rows)
        case Bits(words):
            return int(np.bitwise_count(words).sum(dtype=np.int64))
        case Roaring(bitmap):
            return len(bitmap)


def count_between(docset: Docset, cuts: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many rows the docset holds in each range from one cut, ascending, to the next."""
    match docset:
        case RowRange(start, stop):
            return np.asarray(np.diff(np.clip(cuts, start, stop)), np.int64)
        case RowList(rows):
            return np.diff(np.searchsorted(rows, cuts))
        case _:
            # Bits before each word, and in the cut's word those below it.
            words = np.append(_words_of(docset, -(-int(cuts[-1]) // 64)), np.uint64(0))
            before = np.concatenate(([0], np.cumsum(np.bitwise_count(words), dtype=np.int64)))
            below = words[cuts >> 6] & ((np.uint64(1) << (cuts & 63).astype(np.uint64)) - np.uint64(1))
            return np.asarray(np.diff(before[cuts >> 6] + np.bitwise_count(below)), np.int64)


def to_rows(docset: Docset) -> Rows:
    """The row numbers, ascending."""
    match docset:
        case RowRange(start, stop):
            return np.arange(start, stop, dtype=np.uint32)
        case RowList(rows):
            return rows
        case Bits(words):
            return _rows_of_words(words)
        case Roaring(bitmap):
            return rows_of_bitmap(bitmap)


def rows_between(docset: Docset, start: int, stop: int) -> Rows:
    """The row numbers in `[start, stop)`, ascending."""
    if not isinstance(docset, Bits):
        return to_rows(clip(docset, start, stop))
    first = start // 64
    rows = _rows_of_words(docset.words[first : -(-stop // 64)]) + np.uint32(64 * first)
    begin, end = np.searchsorted(rows, np.array((start, stop), np.uint32))
    return rows[begin:end]


def parts_of(docset: Docset, row_count_max: int, row_count: int) -> Iterator[RowRange | RowBlock | Rows]:
    """The rows, ascending, in parts of so many at most: ranges or blocks, where the docset is dense.

    `row_count` is the segment's; `row_count_max` is a multiple of a container's rows.
    """
    if isinstance(docset, RowRange):
        for first in range(docset.start - docset.start % row_count_max, docset.stop, row_count_max):
            yield RowRange(max(first, docset.start), min(first + row_count_max, docset.stop))
        return
    rows = to_rows(docset)
    if len(rows) * _BLOCK_SHARE < row_count:
        for first in range(0, len(rows), row_count_max):
            yield rows[first : first + row_count_max]
        return
    starts = range(0, row_count, row_count_max)
    cuts = np.searchsorted(rows, np.array([*starts, row_count], np.uint32)).tolist()
    for start, (first, after) in zip(starts, pairwise(cuts), strict=True):
        if first < after:
            places = (rows[first:after] - np.uint32(start)).astype(np.intp)
            yield RowBlock(start, start + int(places[-1]) + 1, places)


def to_bits(docset: Docset, row_count: int) -> Bits:
    """The same rows of a segment as packed bits."""
    return Bits(_words_of(docset, -(-row_count // 64)))


def held_between(bits: Bits, start: int, stop: int) -> NDArray[np.bool_]:
    """For each row from `start` to `stop` whether it is one of them."""
    packed = bits.words.view(np.uint8)[start // 8 : -(-stop // 8)]
    held = np.unpackbits(packed, bitorder="little").view(np.bool_)
    return held[start % 8 : start % 8 + stop - start]


def from_rows(rows: Rows) -> Docset:
    """The docset of ascending, distinct rows."""
    return RowList(rows) if len(rows) else EMPTY


def scanned(
    holds: Callable[[int, int], NDArray[np.bool_] | None],
    start: int,
    stop: int,
    row_count: int,
    *,
    block_count: int = 1,
) -> Docset:
    """The docset of the rows of `[start, stop)` for which `holds` says so; None says so of none.

    It is asked for the rows from one place to another, so many blocks at a time, and what it says is packed
    while it is in a core's cache.
    """
    step = block_count * CONTAINER_ROWS
    words = np.zeros(-(-row_count // 64), np.uint64)
    packed = words.view(np.uint8)
    for first in range(start - start % step, stop, step):
        low, high = max(first, start), min(first + step, stop)
        mask = holds(low, high)
        if mask is None:
            continue
        if low % 8:  # rows of the first byte that are before `start`
            mask = np.concatenate((np.zeros(low % 8, bool), mask))
        part = np.packbits(mask, bitorder="little")
        packed[low // 8 : low // 8 + len(part)] = part
    return Bits(words)


def from_portable(data: bytes | memoryview) -> Docset:
    """The docset of a bitmap in roaring's portable form, already verified by a checksum."""
    return Roaring(bitmap_of_form(data))


def to_portable(rows: Rows) -> bytes:
    """Ascending rows in roaring's portable form, run containers where they are smaller."""
    bitmap = bitmap_of_rows(rows)
    bitmap.run_optimize()
    return bytes(bitmap.serialize())


def planes_to_portable(low: NDArray[np.uint16], high: NDArray[np.uint8], firsts: NDArray[np.int64]) -> bytes:
    """Ascending rows, given as their low 16 bits and the rest, in roaring's portable form.

    `firsts` are the places at which the high bits change. An array container is the low bits as they stand:
    nothing is done a row; only where a container is too full for an array are the rows listed.
    """
    counts = np.diff(firsts, append=len(low))
    if counts.max() > ARRAY_MAX:
        return to_portable(high.astype(np.uint32) << np.uint32(16) | low)
    return portable(high[firsts], counts, [low.astype("<u2", copy=False).tobytes()])


def mask_to_portable(mask: NDArray[np.bool_]) -> bytes:
    """The rows at which `mask` is true in roaring's portable form, run containers where they are smaller.

    For dense masks far cheaper than by way of rows.
    """
    padded = np.zeros(-(-len(mask) // CONTAINER_ROWS) * CONTAINER_ROWS, bool)
    padded[: len(mask)] = mask
    blocks = padded.reshape(-1, CONTAINER_ROWS)
    words = np.packbits(blocks, axis=1, bitorder="little")
    counts = np.bitwise_count(words.view(np.uint64)).sum(axis=1, dtype=np.int64)
    keys = np.flatnonzero(counts)
    containers = [
        words[key].tobytes()
        if counts[key] > ARRAY_MAX
        else np.flatnonzero(blocks[key]).astype("<u2").tobytes()
        for key in keys.tolist()
    ]
    bitmap = bitmap_of_form(portable(keys, counts[keys], containers))
    bitmap.run_optimize()
    return bytes(bitmap.serialize())


def clip(docset: Docset, start: int, stop: int) -> Docset:
    """The docset's rows in `[start, stop)`."""
    match docset:
        case RowRange():
            first, last = max(docset.start, start), min(docset.stop, stop)
            return RowRange(first, last) if first < last else EMPTY
        case RowList(rows):
            first, last = np.searchsorted(rows, np.array((start, stop), np.uint32))
            return from_rows(rows[first:last])
        case Bits(words):
            if start == 0 and stop >= 64 * len(words):
                return docset
            return Bits(words & _range_words(start, stop, len(words)))
        case Roaring(bitmap):
            if start == 0 and (not bitmap or bitmap.max() < stop):
                return docset
            return Roaring(bitmap & bitmap_between(start, stop)) if start < stop else EMPTY


def intersect(a: Docset, b: Docset) -> Docset:
    """The rows in both."""
    match a, b:
        case RowRange(start, stop), _:
            return clip(b, start, stop)
        case _, RowRange(start, stop):
            return clip(a, start, stop)
        case (RowList(rows), Roaring(bitmap)) | (Roaring(bitmap), RowList(rows)):
            return from_rows(rows_of_bitmap(bitmap & bitmap_of_rows(rows)))
        case RowList(rows), _:
            return from_rows(rows.compress(contains(b, rows)))
        case _, RowList(rows):
            return from_rows(rows.compress(contains(a, rows)))
        case Roaring(), Roaring():
            return Roaring(a.bitmap & b.bitmap)
        case Bits(words), _:
            return Bits(words & _words_of(b, len(words)))
        case _, Bits(words):
            return Bits(words & _words_of(a, len(words)))
        case _:
            raise AssertionError((a, b))


def subtract(a: Docset, b: Docset, row_count: int) -> Docset:
    """The rows of `a` that are not in `b`."""
    match a, b:
        case RowList(rows), _:
            return from_rows(rows.compress(~contains(b, rows)))
        case Roaring(bitmap), RowList(rows):
            return Roaring(bitmap - bitmap_of_rows(rows))
        case Roaring(), Roaring():
            return Roaring(a.bitmap - b.bitmap)
        case Bits(words), RowList() | Roaring() | Bits():
            return Bits(words & ~_words_of(b, len(words)))
        case _:
            return intersect(complement(b, row_count), a)


def unite(docsets: list[Docset], row_count: int) -> Docset:
    """The rows in any of them."""
    parts = [part for part in docsets if not (isinstance(part, RowRange) and part.start == part.stop)]
    if not parts:
        return EMPTY
    if len(parts) == 1:
        return parts[0]
    if RowRange(0, row_count) in [part for part in parts if isinstance(part, RowRange)]:
        return RowRange(0, row_count)
    if all(isinstance(part, RowList) for part in parts):
        lists = [part.rows for part in parts if isinstance(part, RowList)]
        if sum(map(len, lists)) * _LIST_SHARE < row_count:
            return RowList(_distinct(np.sort(np.concatenate(lists))))
    if all(isinstance(part, Roaring) for part in parts):
        return Roaring(union([part.bitmap for part in parts if isinstance(part, Roaring)]))
    word_count = -(-row_count // 64)
    words = _words_of(parts[0], word_count).copy()
    lists = [part.rows for part in parts[1:] if isinstance(part, RowList)]
    if lists:
        words |= words_of_rows(np.concatenate(lists), word_count)
    others = [_words_of(part, word_count) for part in parts[1:] if not isinstance(part, RowList)]
    return Bits(reduce(np.bitwise_or, others, words))


def complement(docset: Docset, row_count: int) -> Docset:
    """The segment's rows that are not in the docset."""
    match docset:
        case RowRange(start, stop) if start == stop:
            return RowRange(0, row_count)
        case RowRange(start, stop) if start == 0 or stop == row_count:
            return (
                RowRange(stop, row_count)
                if start == 0 and stop < row_count
                else RowRange(0, start)
                if start
                else EMPTY
            )
        case Roaring(bitmap):
            return Roaring(bitmap.flip(0, row_count))
        case _:
            word_count = -(-row_count // 64)
            return Bits(~_words_of(docset, word_count) & _range_words(0, row_count, word_count))


def contains(docset: Docset, rows: Rows) -> NDArray[np.bool_]:
    """For each of the ascending `rows`, whether the docset holds it."""
    match docset:
        case RowRange(start, stop):
            return (rows >= start) & (rows < stop)
        case RowList(held):
            places = np.searchsorted(held, rows)
            places[places == len(held)] = 0
            return np.asarray(held[places] == rows, bool) if len(held) else np.zeros(len(rows), bool)
        case Bits(words):
            shifted = words[rows >> np.uint32(6)] >> (rows & np.uint32(63)).astype(np.uint64)
            return np.asarray(shifted & np.uint64(1), bool)
        case Roaring(bitmap):
            is_held = np.zeros(len(rows), bool)
            is_held[np.searchsorted(rows, rows_of_bitmap(bitmap & bitmap_of_rows(rows)))] = True
            return is_held


def newest_rows(docset: Docset, row_count: int) -> Rows:
    """The last `row_count` rows, ascending."""
    if isinstance(docset, RowRange):
        return np.arange(max(docset.start, docset.stop - row_count), docset.stop, dtype=np.uint32)
    if isinstance(docset, Roaring) and len(docset.bitmap) > row_count:
        first = len(docset.bitmap) - row_count
        return np.array(docset.bitmap[first:].to_array(), np.uint32)
    return to_rows(docset)[-row_count:] if row_count else np.empty(0, np.uint32)


def _distinct(ascending: Rows) -> Rows:
    if not len(ascending):
        return ascending
    keep = np.ones(len(ascending), bool)
    keep[1:] = ascending[1:] != ascending[:-1]
    return ascending.compress(keep)


def _rows_of_words(words: NDArray[np.uint64]) -> Rows:
    held = np.flatnonzero(words)
    if len(held) * _WORD_SHARE < len(words):
        bits = np.unpackbits(words[held].view(np.uint8), bitorder="little").view(np.bool_)
        places = np.flatnonzero(bits)
        return np.asarray(held[places >> 6] * 64 + (places & 63), np.uint32)
    return rows_of_bitmap(bitmap_of_words(words))


def _range_words(start: int, stop: int, word_count: int) -> NDArray[np.uint64]:
    words = np.zeros(word_count, np.uint64)
    if start >= stop:
        return words
    first, last = start // 64, (stop - 1) // 64
    words[first : last + 1] = ~np.uint64(0)
    words[first] &= ~np.uint64(0) << np.uint64(start % 64)
    words[last] &= ~np.uint64(0) >> np.uint64(63 - (stop - 1) % 64)
    return words


def _words_of(docset: Docset, word_count: int) -> NDArray[np.uint64]:
    match docset:
        case RowRange(start, stop):
            return _range_words(start, stop, word_count)
        case RowList(rows):
            return words_of_rows(rows, word_count)
        case Bits(words):
            return words
        case Roaring(bitmap):
            return words_of_bitmap(bitmap, word_count)
