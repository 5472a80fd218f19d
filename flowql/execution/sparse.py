"""Sparse predicates: what few rows match is found in all segments at once.

Owns the answering of a predicate of which a part has few rows: one value, or a few ranges of values, of
columns with postings, joined by AND and OR. The rows of all segments are gathered as keys (the place of the
segment, the row), and united, intersected and cut by a few calls for all of them, where every segment by
itself would take as many. What else AND joins is left for the segments to ask of the rows that were found.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowql.execution.posting_leaf import runs_of
from flowql.execution.select import SegmentSearch
from flowql.plan.predicates import (
    And,
    Everything,
    FieldLeaf,
    HasTokens,
    InRanges,
    Like,
    Or,
    Predicate,
    TextEquals,
    TokenLike,
    all_of,
)
from flowql.store.docset import from_rows

ROWS_MAX = 1 << 15
"""Rows of a leaf, in all segments, up to which it is sparse."""

_Keys: TypeAlias = NDArray[np.uint64]
"""Ascending, distinct: the place of a segment among the searches in the high half, a row in the low one."""
_ROW_BITS = np.uint64(32)
_HIGH_SHIFT = np.uint64(16)


def settle_sparse(searches: Sequence[SegmentSearch]) -> None:
    """Tell searches for one predicate, of which a part is sparse, the rows that may match."""
    if len(searches) < 2 or any(each.scan.predicate is not searches[0].scan.predicate for each in searches):
        return
    found = _sparse(searches[0].scan.predicate, searches)
    if found is None:
        return
    keys, rest = found
    firsts = [place << 32 | search.scan.start for place, search in enumerate(searches)]
    afters = [place << 32 | search.scan.stop for place, search in enumerate(searches)]
    cuts = np.searchsorted(keys, np.array([firsts, afters], np.uint64)).tolist()
    rows = keys.astype(np.uint32)
    for search, first, after in zip(searches, *cuts, strict=True):
        search.settle(from_rows(rows[first:after]), rest)


def _sparse(predicate: Predicate, searches: Sequence[SegmentSearch]) -> tuple[_Keys, Predicate] | None:
    """Rows that hold all matching ones, and what is left to ask of them; None when nothing is sparse."""
    match predicate:
        case And(items):
            parts = [(item, _sparse(item, searches)) for item in items]
            held = sorted((found for _, found in parts if found), key=lambda found: len(found[0]))
            rest = [item for item, found in parts if not found] + [rest for _, rest in held]
            return (reduce(_in_both, [keys for keys, _ in held]), all_of(rest)) if held else None
        case Or(items):
            united: list[_Keys] = []
            for item in items:
                found = _sparse(item, searches)
                if found is None or found[1] != Everything():
                    return None
                united.append(found[0])
            return _ascending(np.concatenate(united)), Everything()
        case InRanges(field) | TextEquals(field) | HasTokens(field) | Like(field) | TokenLike(field) if (
            field.kind.is_dictionary and not field.is_virtual
        ):
            keys = _leaf_keys(predicate, searches)
            return None if keys is None else (keys, Everything())
        case _:
            return None


def _leaf_keys(leaf: FieldLeaf, searches: Sequence[SegmentSearch]) -> _Keys | None:
    """The rows that a leaf matches; None when they are many, or postings do not tell."""
    name, left, ascends = leaf.field.name, ROWS_MAX, True
    counts: list[int] = []
    lows: list[NDArray[Any]] = []
    highs: list[NDArray[Any]] = []
    for search in searches:
        segment = search.scan.segment
        lookup = segment.lookup(name)
        counts.append(0)
        if lookup is None:
            if segment.summary(name) is None:
                continue
            return None
        runs = runs_of(leaf, lookup, search.scan, search.context)
        if runs is None:
            return None
        for codes in runs:
            planes = lookup.sparse_planes(codes)
            if planes is None or len(planes[0]) > left:
                return None
            low, high = planes
            # The rows of one value ascend.
            ascends = ascends and codes[1] - codes[0] <= 1 and not counts[-1]
            counts[-1] += len(low)
            left -= len(low)
            lows.append(low)
            highs.append(high)
    keys = np.repeat(np.arange(len(searches), dtype=np.uint64) << _ROW_BITS, counts)
    if len(keys):
        keys |= np.concatenate(highs).astype(np.uint64) << _HIGH_SHIFT
        keys |= np.concatenate(lows)
    return keys if ascends else _ascending(keys)


def _ascending(keys: _Keys) -> _Keys:
    """The keys in order, each once."""
    keys.sort(kind="stable")  # which merges what ascends already
    is_new = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=is_new[1:])
    return keys[is_new]


def _in_both(one: _Keys, other: _Keys) -> _Keys:
    both = np.concatenate((one, other))
    both.sort(kind="stable")
    again: _Keys = both[1:][both[1:] == both[:-1]]
    return again
