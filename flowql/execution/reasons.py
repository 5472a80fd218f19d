"""Why each row matched: the clauses that hold for it, each with the value that made it so.

Owns the column `why`. A clause is asked of the rows shown, all of them at once, through the leaves that
searched them; nothing is parsed or looked up again. A clause that looks at one field is told with its value,
one that looks at several with the names of the fields in which it was found.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.computed_numbers import durations, quotients
from flowql.execution.computed_texts import ComputedTexts
from flowql.execution.context import Context
from flowql.execution.leaves import SegmentLeaf, bind_leaf
from flowql.execution.materialize import SegmentColumns
from flowql.execution.printed import PrintedColumns
from flowql.execution.segment_rows import SegmentRows
from flowql.plan.bound import BoundClause
from flowql.plan.leaves import fields_of
from flowql.plan.localize import localized
from flowql.plan.physical import SegmentScan
from flowql.plan.predicates import (
    And,
    Everything,
    Leaf,
    Not,
    Nothing,
    OnTopics,
    Or,
    Predicate,
)
from flowql.render.cells import calendar_texts, rounded_reals, unit_durations
from flowql.schema import Field, Kind
from flowql.store.docset import RowRange
from flowql.zones import Zone

Mask = NDArray[np.bool_]
_MISSING = "-"


class SegmentReasons:
    """The reasons of one segment's rows. Its clauses are bound when they are first asked for."""

    def __init__(self, scan: SegmentScan, columns: SegmentColumns, context: Context) -> None:
        assert context.why is not None, "reasons are given to a query that asks for them"
        self._scan = scan
        self._columns = columns
        self._context = context
        self._values = _Values(scan, columns.texts, context.why.zone)

    def of(self, rows: NDArray[Any]) -> pa.StringArray:
        """One text a row; null where no clause holds."""
        texts = [text for clause in self._clauses if (text := clause.texts(rows, self._values)) is not None]
        if not texts:
            return pa.nulls(len(rows), pa.string())
        return _joined(texts, "; ")

    @cached_property
    def _clauses(self) -> list["_Clause"]:
        assert self._context.why is not None
        return [_Clause(each, self._scan, self._columns, self._context) for each in self._context.why.clauses]


class _Clause:
    """A clause over one segment."""

    def __init__(
        self, clause: BoundClause, scan: SegmentScan, columns: SegmentColumns, context: Context
    ) -> None:
        self._text = clause.text
        self._predicate = clause.predicate
        self._is_on_one_field = len(set(_fields(clause.predicate))) == 1
        self._scan, self._columns, self._context = scan, columns, context
        self._leaves: dict[Leaf, SegmentLeaf] = {}

    def texts(self, rows: NDArray[Any], values: "_Values") -> pa.StringArray | None:
        """The clause with its values where it holds, null elsewhere; None when it holds for no row."""
        fields: dict[Field, Mask] = {}
        held = self._ask(self._predicate, rows, fields)
        if not held.any():
            return None
        found = [
            self._value_texts(field, held & mask, rows, values)
            for field, mask in fields.items()
            if (held & mask).any()
        ]
        if not found:
            return pc.if_else(pa.array(held), self._text, None)
        inside = _joined(found, ", ")
        whole = pc.binary_join_element_wise(f"{self._text} (", inside, ")", "")
        return pc.if_else(pa.array(held), pc.coalesce(whole, self._text), None)

    def _value_texts(self, field: Field, mask: Mask, rows: NDArray[Any], values: "_Values") -> pa.StringArray:
        texts = values.of(field, rows)
        if not self._is_on_one_field:
            texts = pc.binary_join_element_wise(field.name, texts, " ")
        return pc.if_else(pa.array(mask), texts, None)

    def _ask(self, predicate: Predicate, rows: NDArray[Any], fields: dict[Field, Mask]) -> Mask:
        """For each row whether the predicate holds; for each field that decided, where it did."""
        match predicate:
            case Everything():
                return np.ones(len(rows), bool)
            case Nothing():
                return np.zeros(len(rows), bool)
            case Or(items):
                return np.asarray(np.logical_or.reduce([self._ask(item, rows, fields) for item in items]))
            case And(items):
                inner: dict[Field, Mask] = {}
                held = np.asarray(np.logical_and.reduce([self._ask(item, rows, inner) for item in items]))
                _add(fields, {field: mask & held for field, mask in inner.items()})
                return held
            case Not(item):
                held = ~self._ask(item, rows, {})
                _add(fields, dict.fromkeys(_fields(item), held))
                return held
            case _:
                held = self._ask_leaf(predicate, rows)
                _add(fields, dict.fromkeys(_fields(predicate), held))
                return held

    def _ask_leaf(self, leaf: Leaf, rows: NDArray[Any]) -> Mask:
        here = localized(leaf, self._scan.topic, self._scan.segment)
        match here:
            case Everything():
                return np.ones(len(rows), bool)
            case Nothing():
                return np.zeros(len(rows), bool)
            case And() | Or() | Not():
                return self._ask(here, rows, {})
            case _:
                if here not in self._leaves:
                    self._leaves[here] = bind_leaf(here, self._scan, self._columns, self._context)
                bound = self._leaves[here]
        if isinstance(bound, RowRange):
            return np.asarray((rows >= bound.start) & (rows < bound.stop))
        return bound.holds(rows)


def _joined(texts: list[pa.StringArray], between: str) -> pa.StringArray:
    """For each row its texts that are not null; null when all are."""
    joined = texts[0]
    for each in texts[1:]:
        # Arrow's own way to skip nulls gives fewer rows when all of a row are null.
        joined = pc.coalesce(pc.binary_join_element_wise(joined, each, between), joined, each)
    return joined


def _add(fields: dict[Field, Mask], more: dict[Field, Mask]) -> None:
    for field, mask in more.items():
        fields[field] = fields[field] | mask if field in fields else mask


_TOPIC = Field("topic", Kind.TEXT, is_virtual=True)


def _fields(predicate: Predicate) -> Iterator[Field]:
    """The fields that a predicate looks at, perhaps several times."""
    match predicate:
        case Everything() | Nothing():
            return
        case Not(item):
            yield from _fields(item)
        case And(items) | Or(items):
            for item in items:
                yield from _fields(item)
        case OnTopics():
            yield _TOPIC
        case _:
            yield from fields_of(predicate)


class _Values:
    """Values of rows of one segment as people read them; a missing one is `-`."""

    def __init__(self, scan: SegmentScan, texts: ComputedTexts, zone: Zone) -> None:
        self._scan = scan
        self._texts = texts
        self._printed = PrintedColumns(scan.segment)
        self._times = calendar_texts(zone)

    def of(self, field: Field, rows: NDArray[Any]) -> pa.StringArray:
        """One text a row."""
        return pc.fill_null(self._of(field, SegmentRows(self._scan.segment, rows)), _MISSING)

    def _of(self, field: Field, rows: SegmentRows) -> pa.StringArray:
        match field.kind:
            case Kind.TIME:
                return self._times(_numbers(*rows.numbers(field.name)))
            case Kind.DURATION:
                return unit_durations(_numbers(*durations(rows)))
            case Kind.REAL:
                return rounded_reals(quotients(field.name, rows).reals())
            case Kind.TEXT if field.is_virtual:
                return self._texts.of(field.name, rows)
            case _:
                return self._printed.of(field, rows)


def _numbers(values: NDArray[np.int64], present: Mask | None) -> pa.Array:
    return pa.array(values, mask=None if present is None else ~present)
