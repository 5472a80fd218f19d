"""Dictionary columns: codes, postings and totals of the fields that are looked up.

Owns the encodings of a column of text, addresses, ports or protocols, and their one interface for reading. In
segment.json a field is described as `{"kind": .., "encoding": .., "distinct": k, "present": p, "min": ..,
"max": ..}`; `min` and `max` are the least and greatest value as text: hexadecimal for addresses; of text the
lowered form, of the least at most TEXT_BOUND_BYTES bytes. A field without any present value is not described
at all. Encodings:

    "plain"      F/codes (narrowest unsigned dtype, one a row), postings (postings.py), totals
    "constant"   every row has the one value of the dictionary
    "derived"    F/map: for each code of the field "parent" (0 too) the code here; nothing per row. Kept only
                 where the parent's value determines this one's in every row of the segment.

Totals: F/sum_packets and F/sum_bytes (narrowest unsigned dtype) are, for each code of a plain field, the sum
of the present packets and bytes of its rows; they exist when the segment has the column and the sums are sure
to stay below SUM_MAX (sums.py).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowql.schema import Kind
from flowql.store.container import Container
from flowql.store.dictionary import (
    AddressDictionary,
    CodeRanges,
    Codes,
    Dictionary,
    IntegerDictionary,
    TextDictionary,
    ranges_of_codes,
    read_dictionary,
)
from flowql.store.docset import COMPARED_BLOCKS, EMPTY, Docset, RowRange, scanned
from flowql.store.postings import Postings, encode_postings
from flowql.store.sums import SUM_MAX, Sums, sums_by_code

TOTAL_FIELDS = ("packets", "bytes")
"""The count fields whose sums are kept for each code. Part of the format."""
TEXT_BOUND_BYTES = 64
_SAMPLE_ROWS = 4096
_SLAB_ROWS = 1 << 18
"""Rows that are counted at once: what is made for them is small, and no smaller than most dictionaries."""
_SCAN_SHARE = 24  # gathering and sorting one sparse row costs about as much as scanning so many codes
_BITMAP_ROWS = 4096  # and reading one dense bitmap as much as scanning so many


@dataclass(frozen=True)
class EncodedColumn:
    """What the container and segment.json hold of a dictionary column."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


Measures: TypeAlias = dict[str, NDArray[np.signedinteger[Any]]]
"""The values of TOTAL_FIELDS a row, 0 where missing."""


def encode_column(
    kind: Kind, dictionary: Dictionary, codes: Codes, measures: Measures, parent: tuple[str, Codes] | None
) -> EncodedColumn:
    """Encode a column that has at least one present value.

    `parent` is a column that may determine this one.
    """
    missing_count = int(np.count_nonzero(codes == 0))
    meta = {"kind": kind.value, "distinct": len(dictionary), "present": len(codes) - missing_count} | _bounds(
        dictionary
    )
    if len(dictionary) == 1 and not missing_count:
        return EncodedColumn(meta | {"encoding": "constant"}, dictionary.arrays())
    mapping = _mapping(parent[1], codes) if parent else None
    if parent and mapping is not None:
        return EncodedColumn(
            meta | {"encoding": "derived", "parent": parent[0]}, dictionary.arrays() | {"map": mapping}
        )
    counts, totals = _counts_and_totals(codes, len(dictionary) + 1, measures)
    arrays = dictionary.arrays() | {"codes": codes} | encode_postings(codes, counts) | totals
    return EncodedColumn(meta | {"encoding": "plain"}, arrays)


def _bounds(dictionary: Dictionary) -> dict[str, str]:
    match dictionary:
        case AddressDictionary():
            high, low = dictionary.at(np.array((0, len(dictionary) - 1)))
            return {"min": f"{high[0]:016x}{low[0]:016x}", "max": f"{high[1]:016x}{low[1]:016x}"}
        case IntegerDictionary(numbers):
            return {"min": str(numbers[0]), "max": str(numbers[-1])}
        case TextDictionary():
            lowered = dictionary.lowered
            first, last = lowered[0].as_py().encode(), lowered[len(lowered) - 1].as_py()
            # A cut lower bound is still below the value; an upper bound has to be whole.
            return {"min": first[:TEXT_BOUND_BYTES].decode(errors="ignore"), "max": last}


def _mapping(parent_codes: Codes, codes: Codes) -> Codes | None:
    step = max(1, len(codes) // _SAMPLE_ROWS)
    for part in (slice(None, None, step), slice(None)):
        mapping = np.zeros(int(parent_codes.max()) + 1, codes.dtype)
        mapping[parent_codes[part]] = codes[part]
        if not np.array_equal(mapping[parent_codes[part]], codes[part]):
            return None
    return mapping


def _counts_and_totals(
    codes: Codes, code_count: int, measures: Measures
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """How often each code stands there, and the sums of the measures over its rows."""
    counts = np.zeros(code_count, np.int64)
    sums = {name: Sums(code_count) for name in measures}
    for first in range(0, len(codes), _SLAB_ROWS):
        rows = slice(first, first + _SLAB_ROWS)
        places = codes[rows].astype(np.intp)  # what adding at places wants; once for all
        np.add.at(counts, places, 1)
        sums = {name: each for name, each in sums.items() if each.add(places, measures[name][rows])}
    return counts, {f"sum_{name}": narrowed(each.by_code) for name, each in sums.items()}


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """Non-negative integers in the narrowest unsigned dtype that holds them all."""
    greatest = int(values.max()) if len(values) else 0
    return values.astype(np.min_scalar_type(greatest))


class DictionaryColumn:
    """A dictionary column of an open segment, whatever its encoding."""

    def __init__(
        self,
        container: Container,
        field: str,
        meta: dict[str, Any],
        row_count: int,
        parent: "DictionaryColumn | None",
    ) -> None:
        self.kind = Kind(meta["kind"])
        self.row_count = row_count
        self.present_count: int = meta["present"]
        self.code_count: int = meta["distinct"] + 1
        self._container = container
        self._field = field
        self._encoding: str = meta["encoding"]
        self._parent = parent
        self._postings = Postings(container, field, row_count)

    @cached_property
    def dictionary(self) -> Dictionary:
        """The distinct values; the one of code `c` stands at place `c - 1`."""
        return read_dictionary(self._container, self._field, self.kind)

    @cached_property
    def _map(self) -> Codes:
        return self._container.array(f"{self._field}/map")

    def codes(self, start: int, stop: int) -> Codes:
        """The codes of rows `start` to `stop`."""
        if self._encoding == "plain":
            return self._container.part(f"{self._field}/codes", start, stop)
        if self._parent is None:
            return np.ones(stop - start, np.uint8)
        return self._map[self._parent.codes(start, stop)]

    def codes_at(self, rows: NDArray[Any]) -> Codes:
        """The codes of `rows`, in any order."""
        if self._encoding == "plain":
            codes: Codes = self._container.items(f"{self._field}/codes", rows)
            return codes
        if self._parent is None:
            return np.ones(len(rows), np.uint8)
        return self._map[self._parent.codes_at(rows)]

    def counts(self) -> NDArray[np.int64]:
        """For each code the number of its rows."""
        if self._encoding == "plain":
            return self._postings.counts().astype(np.int64)
        if self._parent is None:
            return np.array([0, self.row_count])
        return np.bincount(self._map, self._parent.counts(), self.code_count).astype(np.int64)

    def sums(self, name: str) -> NDArray[np.int64] | None:
        """For each code the sum of the count field `name` over its rows; None when it is not kept."""
        array_name = f"{self._field}/sum_{name}"
        if self._encoding == "plain":
            kept = self._container.array(array_name) if array_name in self._container else None
            return None if kept is None or kept.max() >= SUM_MAX else kept.astype(np.int64)
        parent = self._parent.sums(name) if self._parent else None
        return None if parent is None else sums_by_code(self._map.astype(np.intp), parent, self.code_count)

    def count(self, ranges: CodeRanges) -> int:
        """The number of rows whose code is in the ranges, without touching a row."""
        if not len(ranges[0]):
            return 0
        if self._encoding == "plain":
            return self._postings.count(ranges)
        if self._parent is None:
            return self.row_count if _mask_of(ranges, self.code_count)[1] else 0
        return self._parent.count(self._parent_ranges(ranges))

    def prefers_scan(self, ranges: CodeRanges) -> bool:
        """Whether reading every row's code is cheaper than gathering the postings of the ranges."""
        if self._encoding == "derived" and self._parent:
            return self._parent.prefers_scan(self._parent_ranges(ranges))
        if self._encoding == "constant" or not len(ranges[0]):
            return False
        dense = self._postings.dense_count(ranges)
        if dense == int((ranges[1] - ranges[0]).sum()) == 1:
            return False
        return dense * _BITMAP_ROWS + self.count(ranges) * _SCAN_SHARE > self.row_count

    def docset(self, ranges: CodeRanges) -> Docset:
        """The rows whose code is in the ranges, from the postings."""
        if not len(ranges[0]):
            return EMPTY
        if self._encoding == "plain":
            return self._postings.docset(ranges)
        if self._parent is None:
            return RowRange(0, self.row_count) if _mask_of(ranges, self.code_count)[1] else EMPTY
        return self._parent.docset(self._parent_ranges(ranges))

    def scan(self, ranges: CodeRanges, start: int, stop: int) -> Docset:
        """The rows of `[start, stop)` whose code is in the ranges, from their codes, a block at a time."""
        table = _mask_of(ranges, self.code_count) if len(ranges[0]) > 1 else None

        def held(first: int, after: int) -> NDArray[np.bool_]:
            codes = self.codes(first, after)
            return table[codes] if table is not None else _in_one_range(codes, ranges)

        return scanned(held, start, stop, self.row_count, block_count=COMPARED_BLOCKS)

    def holds(self, ranges: CodeRanges, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """For each of `rows` whether its code is in the ranges."""
        codes = self.codes_at(rows)
        if len(ranges[0]) == 1:
            return _in_one_range(codes, ranges)
        return _mask_of(ranges, self.code_count)[codes]

    def _parent_ranges(self, ranges: CodeRanges) -> CodeRanges:
        return ranges_of_codes(np.flatnonzero(_mask_of(ranges, self.code_count)[self._map]))


def _in_one_range(codes: Codes, ranges: CodeRanges) -> NDArray[np.bool_]:
    start, stop = int(ranges[0][0]), int(ranges[1][0])
    # Below `start` the unsigned difference wraps around to something great: one compare serves for two.
    return codes - codes.dtype.type(start) < codes.dtype.type(stop - start)


def _mask_of(ranges: CodeRanges, code_count: int) -> NDArray[np.bool_]:
    change = np.zeros(code_count + 1, np.int8)
    np.add.at(change, ranges[0], 1)
    np.subtract.at(change, ranges[1], 1)
    return np.cumsum(change[:-1], dtype=np.int8).astype(bool)
