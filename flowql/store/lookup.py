"""Lookups: from one value, or one range of values, of a column to the rows of a segment that hold it.

Owns the search for one key among the distinct values of a plain column. It bisects memory views in Python:
for one key that takes a fraction of what numpy's calls take, which are made for many, and a query asks every
segment. Many values at a time are `columns`' to find; what the arrays hold is told by `dictionary`.
"""

from bisect import bisect_left
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowql.schema import Kind
from flowql.store.container import Container
from flowql.store.docset import Docset, Rows
from flowql.store.postings import Postings
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED

_LOW_MASK = (1 << 64) - 1
_SHORT_MASK = (1 << 32) - 1
Run: TypeAlias = tuple[int, int]
"""Codes from the first one to before the second one."""
NO_CODES: Run = (0, 0)


class Lookup:
    """The values of one plain column of an open segment, one or one range of them at a time.

    What is found is a run of codes.
    """

    def __init__(self, container: Container, field: str, kind: Kind, row_count: int) -> None:
        self.row_count = row_count
        self._container = container
        self._codes = f"{field}/codes"
        self._postings = Postings(container, field, row_count)
        self._values = _KEYS[kind](container, field)

    def codes_between(self, low: int, high: int) -> Run:
        """The codes of the numbers or addresses from `low` to `high`, both included."""
        values = self._values
        start = values.place(low)
        stop = start + values.holds(start, low) if low == high else values.place(high + 1)
        return (start + 1, stop + 1) if start < stop else NO_CODES

    def codes_of_text(self, lowered: bytes) -> Run:
        """The codes of the texts that are `lowered`, ASCII letter case aside."""
        values = self._values
        start = stop = values.place(lowered)
        while values.holds(stop, lowered):
            stop += 1
        return (start + 1, stop + 1) if start < stop else NO_CODES

    def count(self, codes: Run) -> int:
        """The number of rows that hold a value of the run."""
        return self._postings.count_of_run(*codes)

    def dense_count(self, codes: Run) -> int:
        """The number of bitmaps that `docset` has to read for the run."""
        return self._postings.dense_count_of_run(*codes)

    def docset(self, codes: Run) -> Docset:
        """The rows that hold a value of the run."""
        return self._postings.docset_of_run(*codes)

    def sparse_planes(self, codes: Run) -> tuple[NDArray[np.uint16], NDArray[np.uint8]] | None:
        """The rows that hold a value of the run, as `Postings.sparse_planes` gives them."""
        return self._postings.sparse_planes(*codes)

    def holds(self, codes: Run, rows: Rows) -> NDArray[np.bool_]:
        """For each row, whether it holds a value of the run."""
        start, stop = codes
        held = self._container.items(self._codes, rows)
        if stop - start == 1:
            return np.asarray(held == start)
        # Below `start` the unsigned difference wraps around to something great: one compare serves for two.
        return np.asarray(held - held.dtype.type(start) < held.dtype.type(stop - start))


class _Addresses:
    """Addresses as 128-bit ints, the IPv4 ones (the mapped block) apart from all others."""

    def __init__(self, container: Container, field: str) -> None:
        self._short = container.array(f"{field}/short").data
        self._high = container.array(f"{field}/high").data
        self._low = container.array(f"{field}/low").data

    def place(self, key: int) -> int:
        """How many values are below the key."""
        if IPV4_MAPPED <= key <= IPV4_LAST:
            return self._below + bisect_left(self._short, key & _SHORT_MASK)
        return self._long_place(key) + (len(self._short) if key > IPV4_LAST else 0)

    def holds(self, place: int, key: int) -> bool:
        """Whether the value at a place, which is not below the key's, is the key."""
        offset = place - self._below
        if 0 <= offset < len(self._short):
            return bool(self._short[offset] | IPV4_MAPPED == key)
        place -= len(self._short) if offset >= 0 else 0
        return place < len(self._high) and bool(self._high[place] << 64 | self._low[place] == key)

    @cached_property
    def _below(self) -> int:
        return self._long_place(IPV4_MAPPED)

    def _long_place(self, key: int) -> int:
        if key > ADDRESS_MAX:
            return len(self._high)
        high = key >> 64
        first = bisect_left(self._high, high)
        after = bisect_left(self._high, high + 1, first) if high < _LOW_MASK else len(self._high)
        return bisect_left(self._low, key & _LOW_MASK, first, after)


class _Integers:
    """Ports or protocols."""

    def __init__(self, container: Container, field: str) -> None:
        self._numbers = container.array(f"{field}/values").data

    def place(self, key: int) -> int:
        """How many values are below the key."""
        return bisect_left(self._numbers, key)

    def holds(self, place: int, key: int) -> bool:
        """Whether the value at a place is the key."""
        return place < len(self._numbers) and bool(self._numbers[place] == key)


class _Texts:
    """Texts in the order of their ASCII-lowered bytes."""

    def __init__(self, container: Container, field: str) -> None:
        self._offsets = container.array(f"{field}/offsets").data
        self._text = container.array(f"{field}/text").data

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, place: int) -> bytes:
        return bytes(self._text[self._offsets[place] : self._offsets[place + 1]]).lower()

    def place(self, key: bytes) -> int:
        """How many values are below the key."""
        return bisect_left(self, key)

    def holds(self, place: int, key: bytes) -> bool:
        """Whether the value at a place is the key, letter case aside."""
        return place < len(self) and self[place] == key


_KEYS: dict[Kind, Any] = {
    Kind.ADDRESS: _Addresses,
    Kind.PORT: _Integers,
    Kind.PROTOCOL: _Integers,
    Kind.TEXT: _Texts,
}
