"""Compressed bitmaps, and the ways between them, packed bits and lists of rows.

The only importer of pyroaring. Its bitmaps are made of containers of 65,536 rows: bits, runs, or a list of
few rows. Bits and bitmaps turn into each other by way of the portable form, where a container of bits is our
words already. For that every container has to be one of bits, whatever its rows: so the even rows are taken
out where they are held and put in where they are not (XOR), which makes even the emptiest container half
full, and the same is done again afterwards. That takes a tenth of the time of numpy's listing of bits.
"""

import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from flowql.store.roaring_form import ARRAY_MAX, CONTAINER_ROWS, portable

__all__ = [
    "BitMap",
    "bitmap_between",
    "bitmap_of_form",
    "bitmap_of_rows",
    "bitmap_of_words",
    "rows_of_bitmap",
    "union",
    "words_of_bitmap",
    "words_of_rows",
]

_CONTAINER_WORDS = CONTAINER_ROWS // 64
_EVEN = np.uint64(0x5555_5555_5555_5555)
_HEAD_BYTES, _HEAD_BYTES_EACH = 8, 8
"""Of a form without runs: before all containers, and for each."""


def bitmap_of_form(data: bytes | memoryview) -> BitMap:
    """The bitmap in roaring's portable form, already verified by a checksum."""
    return BitMap.deserialize(data)  # type: ignore[arg-type]  # it takes any buffer


def bitmap_of_rows(rows: NDArray[np.uint32]) -> BitMap:
    """The bitmap of ascending rows."""
    # Handing pyroaring a numpy array makes it walk Python objects: 42 ns a row against 6.
    return BitMap(array.array("I", np.ascontiguousarray(rows, np.uint32).tobytes()))


def bitmap_between(start: int, stop: int) -> BitMap:
    """The bitmap of the rows of `[start, stop)`."""
    return BitMap(range(start, stop))


def union(bitmaps: Sequence[BitMap]) -> BitMap:
    """The rows in any of them."""
    return BitMap.union(*bitmaps)


def rows_of_bitmap(bitmap: BitMap) -> NDArray[np.uint32]:
    """The rows, ascending."""
    return np.frombuffer(bitmap.to_array(), np.uint32)


def bitmap_of_words(words: NDArray[np.uint64]) -> BitMap:
    """The bitmap of packed bits, row 0 the lowest bit of word 0."""
    count = -(-len(words) // _CONTAINER_WORDS)
    apart = np.full(count * _CONTAINER_WORDS, _EVEN)
    np.bitwise_xor(words, _EVEN, out=apart[: len(words)])
    held = np.bitwise_count(apart).reshape(count, _CONTAINER_WORDS).sum(axis=1, dtype=np.int64)
    if not count or held.min() <= ARRAY_MAX:  # nearly the even rows
        return bitmap_of_rows(_listed(words))
    return bitmap_of_form(portable(np.arange(count), held, [apart.tobytes()])) ^ _even_rows(count)


def words_of_bitmap(bitmap: BitMap, word_count: int) -> NDArray[np.uint64]:
    """The bitmap as so many words of packed bits, which hold all its rows."""
    count = -(-word_count // _CONTAINER_WORDS)
    data = (bitmap ^ _even_rows(count)).serialize()
    head = _HEAD_BYTES + count * _HEAD_BYTES_EACH
    if len(data) != head + count * CONTAINER_ROWS // 8:  # nearly the even rows
        return words_of_rows(rows_of_bitmap(bitmap), word_count)
    return np.asarray(np.frombuffer(data, np.uint64, word_count, head) ^ _EVEN)


def words_of_rows(rows: NDArray[Any], word_count: int) -> NDArray[np.uint64]:
    """Rows, in any order, as so many words of packed bits."""
    mask = np.zeros(word_count * 64, bool)
    mask[rows] = True
    return np.packbits(mask, bitorder="little").view(np.uint64)


@lru_cache(maxsize=64)
def _even_rows(container_count: int) -> BitMap:
    words = np.full(container_count * _CONTAINER_WORDS, _EVEN)
    held = np.full(container_count, CONTAINER_ROWS // 2)
    return bitmap_of_form(portable(np.arange(container_count), held, [words.tobytes()]))


def _listed(words: NDArray[Any]) -> NDArray[np.uint32]:
    return np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little")).astype(np.uint32)
