"""The table that values are looked up in: for a value the most specific entry of a list, and its cells.

Owns which entry is the most specific one, and the cells as Arrow arrays. Does not know where the bytes of a
list come from, nor who looks up.

Memory. A bound between two stretches takes 20 bytes, and an entry has at most two of its own; a cell takes
its text and 4 bytes. The texts are never longer than the file (`LIST_BYTES_MAX` of `folder`), bytes that are
no UTF-8 aside, which take three; the cells are never more than `LIST_CELLS_MAX` of `named_list`. Building
took 240 bytes an entry at its most, for a million with two columns.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.lists.narrowest import NOWHERE, Halves, Partition, partition
from flowql.lists.rows import read_rows
from flowql.values import IPV4_MAPPED, without_ipv4

CONFLICT_LINES_KEPT_MAX = 20
"""Lines of conflicts that are kept; all of them are counted."""

_CHUNK_ROWS = 65_536
"""Rows whose cells are Python texts at one time."""


@dataclass(frozen=True, slots=True)
class LookupTable:
    """The entries of a list by their places, from 0 in the order of their lines, and their cells.

    `columns` are the names of the columns; `cells` has one Arrow string array for each, with a missing cell
    as null. `addresses` and `ports` tell the place of the narrowest entry that holds a value; of entries as
    wide as each other the one on the first line. A duplicate is an entry with the same ends as one before it,
    and so is never found; it is a conflict when its cells differ from those of the first such.
    `conflict_lines` are the line numbers of the first of `conflict_count`.
    """

    columns: tuple[str, ...]
    cells: tuple[pa.StringArray, ...]
    addresses: Partition
    ports: Partition
    duplicate_count: int
    conflict_count: int
    conflict_lines: tuple[int, ...]

    def places(self, values: pa.Array) -> NDArray[np.int32]:
        """For each value the place of the most specific entry that holds it; -1 where none does, or on null.

        Addresses come as binary(16), big-endian, ports as int64. Addresses that are two arrays of 64 bits
        already go to `addresses.places(high, low)`.
        """
        if pa.types.is_integer(values.type):
            ports = values.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
            # As unsigned numbers the negative ones lie above every port.
            return self.ports.places(np.zeros(len(ports), np.uint64), ports.view(np.uint64))
        assert values.type == pa.binary(16), values.type
        places = self.addresses.places(*_halves_of(values))
        if values.null_count:
            places[values.is_null().to_numpy(zero_copy_only=False)] = NOWHERE
        return places

    def cells_at(self, places: NDArray[np.int32]) -> tuple[pa.StringArray, ...]:
        """For each column the cells at the places, null at -1; a column's texts stay below 2 GiB a call."""
        indices = pa.array(places, mask=places == NOWHERE)
        return tuple(cells.take(indices) for cells in self.cells)


def build_table(content: bytes) -> LookupTable:
    """The table of a list's file that has columns; raises what `read_rows` raises."""
    columns, rows = read_rows(content)
    assert columns, "a list without columns has nothing to look up"
    ranges, texts = _Ranges(), _Texts(len(columns))
    lines, is_port_bytes = array("I"), bytearray()
    for row in rows:
        if row.entry is None:
            continue
        ranges.add(row.entry.first, row.entry.last)
        texts.add(row.cells)
        lines.append(row.line)
        is_port_bytes.append(row.entry.is_port)
    cells = texts.arrays()
    first, last = ranges.halves()
    is_port = np.frombuffer(is_port_bytes, bool)
    order = _narrowest_first(first, last)
    duplicates, originals = _duplicates(first, last, is_port)
    is_conflict = _differ(cells, duplicates, originals)
    conflict_lines = np.sort(np.frombuffer(lines, np.uint32)[duplicates[is_conflict]])
    ports = np.flatnonzero(is_port).astype(np.int32)
    return LookupTable(
        columns=columns,
        cells=cells,
        addresses=partition(*_address_ranges(first, last, is_port), order),
        ports=partition(_at(first, ports), _at(last, ports), ports, order),
        duplicate_count=len(duplicates),
        conflict_count=len(conflict_lines),
        conflict_lines=tuple(conflict_lines[:CONFLICT_LINES_KEPT_MAX].tolist()),
    )


class _Ranges:
    """Ranges as they are gathered: both ends as 16 bytes."""

    def __init__(self) -> None:
        self._first = bytearray()
        self._last = bytearray()

    def add(self, first: int, last: int) -> None:
        self._first += first.to_bytes(16, "big")
        self._last += last.to_bytes(16, "big")

    def halves(self) -> tuple[Halves, Halves]:
        return _halves(self._first), _halves(self._last)


class _Texts:
    """Cells as they are gathered, column by column; few of them are Python texts at one time."""

    def __init__(self, column_count: int) -> None:
        self._missing: tuple[None, ...] = (None,) * column_count
        self._texts: list[list[str | None]] = [[] for _ in range(column_count)]
        self._parts: list[list[pa.StringArray]] = [[] for _ in range(column_count)]

    def add(self, cells: list[str]) -> None:
        for texts, cell in zip(self._texts, chain(cells, self._missing), strict=False):
            texts.append(cell or None)
        if len(self._texts[0]) == _CHUNK_ROWS:
            self._end_chunk()

    def arrays(self) -> tuple[pa.StringArray, ...]:
        self._end_chunk()
        return tuple(pa.concat_arrays(parts) for parts in self._parts)

    def _end_chunk(self) -> None:
        for texts, parts in zip(self._texts, self._parts, strict=True):
            parts.append(pa.array(texts, pa.string()))
            texts.clear()


def _address_ranges(
    first: Halves, last: Halves, is_port: NDArray[np.bool_]
) -> tuple[Halves, Halves, NDArray[np.int32]]:
    """The ranges that hold the entries' addresses, and their places: an entry around IPv4 has two ranges."""
    # Only what begins below the IPv4 addresses can be around them: what begins among them ends there.
    is_below = ~is_port & (first[0] == 0) & (first[1] < np.uint64(IPV4_MAPPED))
    whole = np.flatnonzero(~is_port & ~is_below)
    parts, owners = _Ranges(), array("i")
    for place in np.flatnonzero(is_below).tolist():
        for part in without_ipv4(_number(first, place), _number(last, place)):
            parts.add(*part)
            owners.append(place)
    first_parts, last_parts = parts.halves()
    places = np.concatenate((whole.astype(np.int32), np.frombuffer(owners, np.int32)))
    return _joined(_at(first, whole), first_parts), _joined(_at(last, whole), last_parts), places


def _number(halves: Halves, place: int) -> int:
    return int(halves[0][place]) << 64 | int(halves[1][place])


def _at(halves: Halves, places: NDArray[Any]) -> Halves:
    return halves[0][places], halves[1][places]


def _joined(one: Halves, other: Halves) -> Halves:
    return np.concatenate((one[0], other[0])), np.concatenate((one[1], other[1]))


def _halves(numbers: bytes | bytearray | pa.Buffer) -> Halves:
    pairs = np.frombuffer(numbers, ">u8").reshape(-1, 2)
    return pairs[:, 0].astype(np.uint64), pairs[:, 1].astype(np.uint64)


def _halves_of(addresses: pa.Array) -> Halves:
    if not len(addresses):
        return np.empty(0, np.uint64), np.empty(0, np.uint64)
    return _halves(addresses.buffers()[1].slice(16 * addresses.offset, 16 * len(addresses)))


def _narrowest_first(first: Halves, last: Halves) -> NDArray[np.int32]:
    """The places of ranges by their width, and among ranges of one width in their order."""
    # Of an IPv6 range around the mapped block this is its width as written, not that of its two pieces.
    low = last[1] - first[1]
    high = last[0] - first[0] - (last[1] < first[1]).astype(np.uint64)
    return np.lexsort((low, high)).astype(np.int32)


def _duplicates(
    first: Halves, last: Halves, is_port: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of entries that an earlier one equals, and of the first such."""
    keys = (last[1], last[0], first[1], first[0], is_port)
    order = np.lexsort(keys)  # keeps the order of equal ones
    is_new = np.ones(len(order), bool)
    is_new[1:] = False
    for key in keys:
        ordered = key[order]
        is_new[1:] |= ordered[1:] != ordered[:-1]
    originals = order[is_new][np.cumsum(is_new) - 1]
    return order[~is_new], originals[~is_new]


def _differ(
    cells: Sequence[pa.StringArray], places: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """For each pair of places whether some cell differs; a missing one differs from any other."""
    differ = np.zeros(len(places), bool)
    for column in cells:
        one, other = column.take(pa.array(places)), column.take(pa.array(others))
        is_unequal = pc.coalesce(pc.not_equal(one, other), pc.xor(pc.is_null(one), pc.is_null(other)))
        differ |= is_unequal.to_numpy(zero_copy_only=False)
    return differ
