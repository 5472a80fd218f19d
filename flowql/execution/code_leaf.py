"""Leaves on dictionary columns: sets of code ranges.

Owns the way from a predicate to the codes of the values for which it holds. A `CodeLeaf` is counted exactly
from the postings, and answered by bitmaps, by a scan of codes, or by looking at the codes of a few rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.context import Context
from flowql.execution.printed import printed_values
from flowql.plan.physical import SegmentScan
from flowql.plan.predicates import (
    Exists,
    FieldLeaf,
    HasBits,
    HasTokens,
    InRanges,
    InValues,
    Like,
    Matches,
    TextEquals,
    TokenLike,
)
from flowql.store.columns import DictionaryColumn
from flowql.store.dictionary import (
    AddressDictionary,
    CodeRanges,
    Dictionary,
    IntegerDictionary,
    TextDictionary,
    ranges_of_codes,
    ranges_of_mask,
)
from flowql.store.docset import EMPTY, Docset, RowRange, Rows
from flowql.store.patterns import matching_regex, whole_pattern
from flowql.values import IPV4_MAPPED

FEW_CODES = 16
"""Reading every code of a column takes as long as looking at one row in so many."""
_PRINTED_VALUES = 1 << 15
"""Values that are printed and matched together: some 20 ms."""
_SEARCHED_VALUES = 64  # up to so many texts are looked up one by one, more of them by one pass


@dataclass(frozen=True)
class CodeLeaf:
    """Rows whose code of a column lies in the ranges."""

    column: DictionaryColumn
    ranges: CodeRanges
    row_count: int
    """Exactly how many rows of the whole segment match."""
    scans: bool
    row_cost: int = 0
    """Looking at a row costs next to nothing."""
    few: int = FEW_CODES
    """Fewer candidates than one row in so many are looked at one by one."""

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


def bind_codes(
    leaf: FieldLeaf, column: DictionaryColumn, scan: SegmentScan, context: Context
) -> CodeLeaf | RowRange:
    """The predicate over a column; a RowRange when no row or every row matches."""
    ranges = _code_ranges(leaf, column, scan, context)
    row_count = column.count(ranges)
    if not row_count:
        return EMPTY
    if row_count == column.row_count:
        return RowRange(0, row_count)
    return CodeLeaf(column, ranges, row_count, column.prefers_scan(ranges))


def _code_ranges(
    leaf: FieldLeaf, column: DictionaryColumn, scan: SegmentScan, context: Context
) -> CodeRanges:
    dictionary = column.dictionary
    match leaf:
        case Exists():
            return np.array([1], np.uint32), np.array([column.code_count], np.uint32)
        case InRanges(_, ranges):
            assert not isinstance(dictionary, TextDictionary), "text has no ranges"
            return dictionary.ranges(context.bounds_of(ranges))
        case HasBits(_, mask):
            assert isinstance(dictionary, IntegerDictionary), leaf
            return ranges_of_mask(pa.array([int(n) & mask == mask for n in dictionary.numbers], pa.bool_()))
        case InValues(_, values):
            return _ranges_of_values(dictionary, values)
        case TextEquals() | HasTokens() | Like() | TokenLike() | Matches() if isinstance(
            dictionary, TextDictionary
        ):
            return _text_ranges(leaf, dictionary, scan, context)
        case Like(_, pattern, wildcards):
            whole = whole_pattern(pattern, wildcards)
            return _printed_ranges(column, lambda texts: pc.match_substring_regex(texts, whole), context)
        case Matches(_, regex):
            return _printed_ranges(column, lambda texts: matching_regex(texts, regex), context)
        case _:
            raise AssertionError(leaf)


def _printed_ranges(
    column: DictionaryColumn, matches: Callable[[pa.StringArray], pa.BooleanArray], context: Context
) -> CodeRanges:
    """The codes of the values that match as they print; so many at a time that a query can end between."""
    masks = [pa.array([], pa.bool_())]
    for first in range(0, column.code_count - 1, _PRINTED_VALUES):
        context.check()
        places = np.arange(first, min(first + _PRINTED_VALUES, column.code_count - 1))
        masks.append(matches(printed_values(column, places)))
    return ranges_of_mask(pa.concat_arrays(masks))


# ---- text


def _text_ranges(
    leaf: TextEquals | HasTokens | Like | TokenLike | Matches,
    dictionary: TextDictionary,
    scan: SegmentScan,
    context: Context,
) -> CodeRanges:
    match leaf:
        case TextEquals(_, texts):
            return _equal(dictionary, pa.array(texts, pa.string()))
        case Matches():
            # Letter case may count here, so that one spelling of a value says nothing about another.
            return ranges_of_mask(pc.is_in(dictionary.texts, matching_values(leaf, scan, context)))
        case _:
            return _equal(dictionary, matching_values(leaf, scan, context))


def _equal(dictionary: TextDictionary, texts: pa.StringArray) -> CodeRanges:
    """The codes of the values that equal one of `texts`, ASCII letter case aside."""
    if len(texts) <= _SEARCHED_VALUES:
        return dictionary.equal(texts.to_pylist())
    return ranges_of_mask(pc.is_in(dictionary.lowered, pc.ascii_lower(texts)))


def matching_values(
    leaf: HasTokens | Like | TokenLike | Matches, scan: SegmentScan, context: Context
) -> pa.StringArray:
    """The text values, of the whole topic, for which the leaf holds."""
    key = (id(scan.vocabulary), leaf)
    if key not in context.matching_values:
        context.matching_values[key] = _ask_vocabulary(leaf, scan)
    return context.matching_values[key]


def _ask_vocabulary(leaf: HasTokens | Like | TokenLike | Matches, scan: SegmentScan) -> pa.StringArray:
    match leaf:
        case HasTokens(field, text):
            return pa.concat_arrays(
                [scan.vocabulary.with_tokens(field.name, text), pa.array([text], pa.string())]
            )
        case Like(field, pattern, wildcards):
            return scan.vocabulary.like(field.name, pattern, wildcards)
        case TokenLike(field, pattern, wildcards):
            return scan.vocabulary.token_like(field.name, pattern, wildcards)
        case Matches(field, regex):
            return scan.vocabulary.matching(field.name, regex)


# ---- sets of values


def _ranges_of_values(dictionary: Dictionary, values: pa.Array) -> CodeRanges:
    match dictionary:
        case TextDictionary():
            return ranges_of_mask(pc.is_in(dictionary.lowered, values))
        case IntegerDictionary(numbers):
            return ranges_of_codes(_common(numbers.astype(np.int64), values.to_numpy()) + 1)
        case AddressDictionary():
            return _ranges_of_addresses(dictionary, values)


def _ranges_of_addresses(dictionary: AddressDictionary, values: pa.Array) -> CodeRanges:
    count = len(values)
    data = np.frombuffer(values.buffers()[1], ">u8")[values.offset * 2 :][: count * 2].reshape(count, 2)
    low = data[:, 1].astype(np.uint64)
    is_short = (data[:, 0] == 0) & (low >> np.uint64(32) == np.uint64(IPV4_MAPPED >> 32))
    shorts = _common(dictionary.short, low[is_short].astype(np.uint32)) + dictionary.below
    long_places = np.arange(len(dictionary.high))
    long_places[dictionary.below :] += len(dictionary.short)
    is_held = np.asarray(pc.is_in(dictionary.values(long_places), values.filter(pa.array(~is_short))))
    return ranges_of_codes(np.sort(np.concatenate((shorts, long_places[is_held]))) + 1)


def _common(held: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """The places in `held` of the values that are in `wanted` too; both are ascending and distinct."""
    if not len(held) or not len(wanted):
        return np.empty(0, np.int64)
    if len(wanted) < len(held):
        places = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
        return np.asarray(places[held[places] == wanted])
    places = np.minimum(np.searchsorted(wanted, held), len(wanted) - 1)
    return np.flatnonzero(wanted[places] == held)
