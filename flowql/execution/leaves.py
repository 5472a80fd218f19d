"""Leaf predicates over one segment: how many rows they may match, and which.

Owns the two ways of answering a leaf. A `CodeLeaf` is a set of code ranges of a dictionary column: counted
exactly from the postings, answered by bitmaps, by a scan of codes, or by looking at the codes of a few rows.
A `NumberLeaf` is a set of ranges of a number column: bounded by zone maps, answered by scanning blocks or by
looking at a few rows.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.context import Context
from flowql.plan.physical import SegmentScan
from flowql.plan.predicates import Exists, HasTokens, InRanges, Leaf, Like, TextEquals, TokenLike
from flowql.store.columns import DictionaryColumn
from flowql.store.dictionary import CodeRanges, IntegerDictionary, TextDictionary, ranges_of_mask
from flowql.store.docset import EMPTY, Docset, RowRange, Rows, from_mask
from flowql.store.numbers import BLOCK_ROWS, NumberColumn
from flowql.store.patterns import whole_pattern
from flowql.values import format_address

Ranges: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CodeLeaf:
    """Rows whose code of a column lies in the ranges."""

    column: DictionaryColumn
    ranges: CodeRanges
    row_count: int
    """Exactly how many rows of the whole segment match."""
    scans: bool

    @property
    def cost(self) -> int:
        """Rows looked at, roughly: every one by a scan, the matching ones otherwise."""
        return self.column.row_count if self.scans else self.row_count

    def docset(self, start: int, stop: int) -> Docset:
        """The matching rows of at least `[start, stop)`."""
        return self.column.scan(self.ranges, start, stop) if self.scans else self.column.docset(self.ranges)

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """For each row whether it matches."""
        return self.column.holds(self.ranges, rows)


@dataclass(frozen=True)
class NumberLeaf:
    """Rows whose value of a number column is present and in one of the ranges."""

    column: NumberColumn
    ranges: Ranges
    row_count: int
    """At most so many rows of the segment match: those of blocks that the zone maps cannot exclude."""
    pattern: str | None = None
    """RE2 for the printed value, in place of ranges."""

    @property
    def cost(self) -> int:
        """Rows looked at."""
        return self.row_count

    def docset(self, start: int, stop: int) -> Docset:
        """The matching rows of `[start, stop)`."""
        first = start - start % 64
        mask = np.zeros(stop - first, bool)
        may_match = _matching_zones(self.column, self.ranges)
        for block in range(start // BLOCK_ROWS, -(-stop // BLOCK_ROWS)):
            if may_match[block] or self.pattern:
                low, high = max(start, block * BLOCK_ROWS), min(stop, (block + 1) * BLOCK_ROWS)
                mask[low - first : high - first] = self._block(low, high)
        return from_mask(mask, first, self.column.row_count)

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """For each row whether it matches."""
        return self._held(*self.column.at(rows))

    def _block(self, start: int, stop: int) -> NDArray[np.bool_]:
        if self.pattern or len(self.ranges) > _SEARCHED_RANGES:
            return self._held(*self.column.read(start, stop))
        mask = self.column.in_range(start, stop, *self.ranges[0])
        for low, high in self.ranges[1:]:
            mask |= self.column.in_range(start, stop, low, high)
        return mask

    def _held(self, values: NDArray[np.int64], present: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        if self.pattern:
            distinct = pa.array(values).dictionary_encode()
            matches = pc.match_substring_regex(distinct.dictionary.cast(pa.string()), self.pattern)
            mask = np.asarray(matches.take(distinct.indices))
        else:
            lows = np.array([low for low, _ in self.ranges], np.int64)
            highs = np.array([high for _, high in self.ranges], np.int64)
            places = np.searchsorted(lows, values, "right") - 1
            mask = (places >= 0) & (values <= highs[np.maximum(places, 0)])
        return mask if present is None else mask & present


SegmentLeaf: TypeAlias = CodeLeaf | NumberLeaf | RowRange
"""A leaf bound to a segment; a RowRange when the answer is known: no row, or every row."""
_SEARCHED_RANGES = 4  # from so many on one binary search a value beats a compare for each range


def bind_leaf(leaf: Leaf, scan: SegmentScan, context: Context) -> SegmentLeaf:
    """The leaf over a segment."""
    if leaf.field.kind.is_dictionary:
        column = scan.segment.dictionary_column(leaf.field.name)
        return _code_leaf(leaf, column, scan, context) if column else EMPTY
    numbers = scan.segment.number_column(leaf.field.name)
    return _number_leaf(leaf, numbers) if numbers else EMPTY


def _code_leaf(leaf: Leaf, column: DictionaryColumn, scan: SegmentScan, context: Context) -> SegmentLeaf:
    ranges = _code_ranges(leaf, column, scan, context)
    row_count = column.count(ranges)
    if not row_count:
        return EMPTY
    if row_count == column.row_count:
        return RowRange(0, row_count)
    return CodeLeaf(column, ranges, row_count, column.prefers_scan(ranges))


def _code_ranges(leaf: Leaf, column: DictionaryColumn, scan: SegmentScan, context: Context) -> CodeRanges:
    dictionary = column.dictionary
    match leaf:
        case Exists():
            return np.array([1], np.uint32), np.array([column.code_count], np.uint32)
        case InRanges(_, ranges):
            assert not isinstance(dictionary, TextDictionary), "text has no ranges"
            return dictionary.ranges(ranges)
        case TextEquals(_, values):
            assert isinstance(dictionary, TextDictionary), leaf
            return dictionary.equal(values)
        case HasTokens() | Like() | TokenLike() if isinstance(dictionary, TextDictionary):
            return dictionary.equal(_matching_values(leaf, scan, context).to_pylist())
        case Like(_, pattern, wildcards):
            return ranges_of_mask(
                pc.match_substring_regex(_printed(column), whole_pattern(pattern, wildcards))
            )
        case _:
            raise AssertionError(leaf)


def _matching_values(
    leaf: HasTokens | Like | TokenLike, scan: SegmentScan, context: Context
) -> pa.StringArray:
    """The text values, of the whole topic, for which the leaf holds."""
    key = (id(scan.vocabulary), leaf)
    if key not in context.matching_values:
        context.matching_values[key] = _ask_vocabulary(leaf, scan)
    return context.matching_values[key]


def _ask_vocabulary(leaf: HasTokens | Like | TokenLike, scan: SegmentScan) -> pa.StringArray:
    match leaf:
        case HasTokens(field, text):
            return pa.concat_arrays(
                [scan.vocabulary.with_tokens(field.name, text), pa.array([text], pa.string())]
            )
        case Like(field, pattern, wildcards):
            return scan.vocabulary.like(field.name, pattern, wildcards)
        case TokenLike(field, pattern, wildcards):
            return scan.vocabulary.token_like(field.name, pattern, wildcards)


def _printed(column: DictionaryColumn) -> pa.StringArray:
    """The dictionary's values as they print."""
    values = column.dictionary.values(np.arange(column.code_count - 1))
    if isinstance(column.dictionary, IntegerDictionary):
        return values.cast(pa.string())
    return pa.array(
        [format_address(int.from_bytes(value, "big")) for value in values.to_pylist()], pa.string()
    )


def _number_leaf(leaf: Leaf, column: NumberColumn) -> SegmentLeaf:
    match leaf:
        case Exists() if column.present_count == column.row_count:
            return RowRange(0, column.row_count)
        case Exists():
            return NumberLeaf(column, ((column.min, column.max),), column.row_count)
        case InRanges(_, ranges):
            clipped = tuple((max(low, column.min), min(high, column.max)) for low, high in ranges)
            held = tuple(each for each in clipped if each[0] <= each[1])
            blocks = int(np.count_nonzero(_matching_zones(column, held))) if held else 0
            return NumberLeaf(column, held, min(blocks * BLOCK_ROWS, column.row_count)) if blocks else EMPTY
        case Like(_, pattern, wildcards):
            return NumberLeaf(column, (), column.row_count, whole_pattern(pattern, wildcards))
        case _:
            raise AssertionError(leaf)


def _matching_zones(column: NumberColumn, ranges: Ranges) -> NDArray[Any]:
    """For each block whether its zone map meets one of the ranges."""
    least, greatest = column.zone_min, column.zone_max
    met = np.zeros(len(least), bool)
    for low, high in ranges if len(ranges) <= _SEARCHED_RANGES else ((ranges[0][0], ranges[-1][1]),):
        met |= (least <= high) & (greatest >= low)
    return met
