"""Leaf predicates over one segment: how many rows they may match, and which.

Owns the choice of what answers a leaf: the posting of a value (posting_leaf.py), the dictionary and postings
of a column, or a scan of it (code_leaf.py), a scan of numbers (number_leaf.py), or a look at each candidate
row (row_leaf.py), for what compares two columns or is computed from several.
"""

from typing import TypeAlias

import numpy as np

from flowql.execution.code_leaf import CodeLeaf, bind_codes
from flowql.execution.comparing import Comparison
from flowql.execution.computed_numbers import duration_column, quotients
from flowql.execution.context import Context
from flowql.execution.expression_numbers import computed_holds
from flowql.execution.materialize import SegmentColumns
from flowql.execution.number_leaf import NumberLeaf, StartLeaf, bind_numbers, bind_start
from flowql.execution.posting_leaf import PostingLeaf, bind_posting
from flowql.execution.row_leaf import RowLeaf
from flowql.execution.text_tests import texts_hold
from flowql.plan.localize import sequences_of_ids
from flowql.plan.physical import SegmentScan
from flowql.plan.predicates import (
    Compares,
    Exists,
    FieldLeaf,
    InDaily,
    InIntervals,
    InRanges,
    InSubquery,
    Leaf,
    OnComputed,
    OnTopics,
    TextEquals,
)
from flowql.schema import Field, Kind
from flowql.store.docset import EMPTY, RowRange
from flowql.store.segment import Segment

SegmentLeaf: TypeAlias = PostingLeaf | CodeLeaf | NumberLeaf | StartLeaf | RowLeaf | RowRange
"""A leaf bound to a segment; a RowRange when the answer is known: no row, or every row."""

# What looking at a row costs, in codes read (a nanosecond or two), as measured.
_COMPARED = 8
_DIVIDED = 16
_SEQUENCE = 8
_TEXTS = {"raw": 400, "conversation": 200}
_TEXT = 100
_EVERY = 1  # candidates that are not one range are always gathered
_SOME = 16  # fewer candidates than one in so many are gathered, of more of them whole blocks are read
_HALF = 2  # texts are dear: they are made for candidates only, unless that is most rows


def bind_leaf(leaf: Leaf, scan: SegmentScan, columns: SegmentColumns, context: Context) -> SegmentLeaf:
    """The leaf over a segment."""
    segment = scan.segment
    match leaf:
        case OnComputed():
            # Of candidates only: what passes 64 bits in another row must not end the query.
            return RowLeaf(lambda rows: computed_holds(leaf, rows), segment, context, _DIVIDED, _EVERY)
        case OnTopics() | InDaily() | InSubquery():
            raise AssertionError(f"settled before a segment is searched: {leaf}")
        case Compares():
            if not _is_held(leaf.field, segment) or not _is_held(leaf.other, segment):
                return EMPTY
            comparison = Comparison(leaf, segment, columns.texts)
            return RowLeaf(comparison.holds, segment, context, _COMPARED, _SOME)
        case InIntervals(field):
            return RowLeaf(
                lambda rows: quotients(field.name, rows).hold(leaf), segment, context, _DIVIDED, _SOME
            )
        case _ if leaf.field.is_virtual:
            return _bind_computed(leaf, scan, columns, context)
        case _ if leaf.field.kind.is_dictionary:
            posting = bind_posting(leaf, scan, context)
            if posting is not None:
                return posting
            column = segment.dictionary_column(leaf.field.name)
            return bind_codes(leaf, column, scan, context) if column else EMPTY
        case InRanges(Field(name="start")) if (started := bind_start(leaf, segment)) is not None:
            return started
        case _:
            numbers = segment.number_column(leaf.field.name)
            return bind_numbers(leaf, numbers, context.check) if numbers else EMPTY


def _is_held(field: Field, segment: Segment) -> bool:
    """Whether some row may have the field."""
    return field.is_virtual or segment.summary(field.name) is not None


def _bind_computed(
    leaf: FieldLeaf, scan: SegmentScan, columns: SegmentColumns, context: Context
) -> SegmentLeaf:
    segment, name = scan.segment, leaf.field.name
    match leaf:
        case _ if leaf.field.kind is Kind.DURATION:
            durations = duration_column(segment)
            return bind_numbers(leaf, durations, context.check) if durations else EMPTY
        case Exists() if leaf.field.kind is Kind.REAL:
            return RowLeaf(lambda rows: quotients(name, rows).present, segment, context, _DIVIDED, _SOME)
        case TextEquals(_, texts) if name == "_id":
            wanted = np.array(sequences_of_ids(texts, scan.topic), np.uint64)
            return RowLeaf(lambda rows: np.isin(rows.sequences(), wanted), segment, context, _SEQUENCE, _SOME)
        case _:
            return RowLeaf(
                lambda rows: texts_hold(leaf, columns.texts.of(name, rows)),
                segment,
                context,
                _TEXTS.get(name, _TEXT),
                _HALF,
            )
