"""Leaves that ask for one value of a column, or for one range of values: their posting.

Owns the choice of this way. It is taken where the postings give the rows for less than a scan of the codes
would take; what else there is on dictionary columns is `code_leaf`'s. A query asks it of every segment, so it
does little more than the lookup itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowql.execution.code_leaf import FEW_CODES, matching_values
from flowql.execution.context import Context
from flowql.plan.physical import SegmentScan
from flowql.plan.predicates import FieldLeaf, HasTokens, InRanges, Like, TextEquals, TokenLike
from flowql.schema import Kind
from flowql.store.docset import EMPTY, Docset, RowRange, Rows
from flowql.store.lookup import NO_CODES, Lookup, Run
from flowql.values import lower_ascii

RUNS_MAX = 8
"""Values, or ranges of them, of one leaf that are looked up one by one."""
_SPARSE_SHARE = 24  # gathering and sorting one sparse row costs about as much as scanning so many codes
_BITMAP_ROWS = 4096  # and reading one dense bitmap as much as scanning so many
_LOOKED_AT = 6  # looking at a candidate costs about as much as reading so many rows of a posting
_BITMAP_SHARE = 128  # and reading the largest bitmap as much as looking at one row in so many
_LOOKED_BITMAP = 8192  # and uniting one more bitmap as much as looking at so many


@dataclass(slots=True)
class PostingLeaf:
    """Rows that hold a value of a run of codes."""

    lookup: Lookup
    codes: Run
    row_count: int
    """Exactly how many rows of the whole segment match."""
    bitmap_count: int
    """How many bitmaps hold them; 0 where the run is of one value."""
    row_cost: int = 0
    """Looking at a row costs next to nothing."""

    @property
    def few(self) -> int:
        """Fewer candidates than one row in so many are looked at one by one; for more the posting is read."""
        of_one = max(_LOOKED_AT * self.lookup.row_count // self.row_count, _BITMAP_SHARE)
        if not self.bitmap_count:
            return of_one
        return min(of_one, max(FEW_CODES, self.lookup.row_count // (_LOOKED_BITMAP * self.bitmap_count)))

    @property
    def cost(self) -> int:
        """The matching rows."""
        return self.row_count

    def docset(self, start: int, stop: int) -> Docset:  # noqa: ARG002 - as every leaf
        """The matching rows of at least `[start, stop)`."""
        return self.lookup.docset(self.codes)

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """For each row whether it matches."""
        return self.lookup.holds(self.codes, rows)


def bind_posting(leaf: FieldLeaf, scan: SegmentScan, context: Context) -> PostingLeaf | RowRange | None:
    """The leaf over a segment; None when another way answers it, or answers it for less."""
    lookup = scan.segment.lookup(leaf.field.name)
    if lookup is None:
        return None
    runs = runs_of(leaf, lookup, scan, context)
    if runs is None or len(runs) > 1:
        return None
    codes = runs[0] if runs else NO_CODES
    row_count = lookup.count(codes)
    if not row_count:
        return EMPTY
    if row_count == lookup.row_count:
        return RowRange(0, row_count)
    bitmap_count = 0
    if codes[1] - codes[0] > 1:
        bitmap_count = lookup.dense_count(codes)
        if bitmap_count * _BITMAP_ROWS + row_count * _SPARSE_SHARE > lookup.row_count:
            return None
    return PostingLeaf(lookup, codes, row_count, bitmap_count)


def runs_of(leaf: FieldLeaf, lookup: Lookup, scan: SegmentScan, context: Context) -> list[Run] | None:
    """The runs of codes that a leaf asks for; None when it asks for more than a few values or ranges."""
    match leaf:
        case InRanges(_, ranges) if len(ranges) <= RUNS_MAX:
            return [lookup.codes_between(low, high) for low, high in ranges]
        case TextEquals(_, (text,)):
            return [lookup.codes_of_text(lower_ascii(text).encode())]
        case HasTokens() | Like() | TokenLike() if leaf.field.kind is Kind.TEXT:
            texts = _few_texts(leaf, scan, context)
            return None if texts is None else [lookup.codes_of_text(text) for text in texts]
        case _:
            return None


def _few_texts(
    leaf: HasTokens | Like | TokenLike, scan: SegmentScan, context: Context
) -> tuple[bytes, ...] | None:
    """The values of the topic for which the leaf holds, lowered, each once; None when they are many."""
    key = (id(scan.vocabulary), leaf)
    if key not in context.few_texts:
        values = matching_values(leaf, scan, context)
        texts = dict.fromkeys(lower_ascii(each).encode() for each in values[: 2 * RUNS_MAX].to_pylist())
        is_few = len(values) <= 2 * RUNS_MAX and len(texts) <= RUNS_MAX
        context.few_texts[key] = tuple(texts) if is_few else None
    return context.few_texts[key]
