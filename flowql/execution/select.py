"""Selecting: the rows of a segment for which a predicate holds.

Owns the order of work inside one segment. A predicate is answered within candidates: the cheapest clause of
an AND first, each next one only within what is left; once few candidates are left, a clause looks at just
those rows instead of reading its index.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from flowql.execution.context import Context
from flowql.execution.leaves import CodeLeaf, SegmentLeaf, bind_leaf
from flowql.plan.physical import SegmentScan
from flowql.plan.predicates import And, Everything, Not, Nothing, Or, Predicate
from flowql.store.docset import (
    EMPTY,
    Docset,
    RowRange,
    clip,
    complement,
    count_rows,
    from_rows,
    intersect,
    to_rows,
    unite,
)

_FEW = 256
"""A candidate set with fewer than one row in so many is probed row by row."""


@dataclass(frozen=True, slots=True)
class _All:
    items: tuple["_Node", ...]
    cost: int


@dataclass(frozen=True, slots=True)
class _Any:
    items: tuple["_Node", ...]
    cost: int


@dataclass(frozen=True, slots=True)
class _None:
    """The complement of the item."""

    item: "_Node"
    cost: int


_Node: TypeAlias = _All | _Any | _None | SegmentLeaf


@dataclass
class SegmentSearch:
    """A predicate bound to the rows of one segment that a plan reads."""

    scan: SegmentScan
    context: Context
    _root: _Node = field(init=False)
    _docset: Docset | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._root = _bind(self.scan.predicate, self.scan, self.context)

    @property
    def cost(self) -> int:
        """Rows that answering the whole segment looks at, roughly."""
        return 0 if self._docset is not None else _cost(self._root)

    @property
    def is_cheap(self) -> bool:
        """Whether answering the whole segment at once costs so little that piecemeal saves nothing."""
        return self.cost * 4 < self.scan.segment.row_count

    def docset(self) -> Docset:
        """All matching rows; worked out once."""
        if self._docset is None:
            self._docset = self._select(self.scan.start, self.scan.stop)
        return self._docset

    def docset_between(self, start: int, stop: int) -> Docset:
        """The matching rows of `[start, stop)`, which lie inside the scan's."""
        if self.is_cheap:
            return clip(self.docset(), start, stop)
        return self._select(start, stop)

    def count(self) -> int:
        """How many rows match."""
        is_whole = self.scan.start == 0 and self.scan.stop == self.scan.segment.row_count
        if is_whole and isinstance(self._root, CodeLeaf):
            return self._root.row_count
        return count_rows(self.docset())

    def _select(self, start: int, stop: int) -> Docset:
        self.context.check()
        return _select(self._root, RowRange(start, stop), (start, stop), self.scan.segment.row_count)


def _bind(predicate: Predicate, scan: SegmentScan, context: Context) -> _Node:
    match predicate:
        case Everything():
            return RowRange(0, scan.segment.row_count)
        case Nothing():
            return EMPTY
        case Not(item):
            inner = _bind(item, scan, context)
            return _None(inner, _cost(inner))
        case And(items):
            bound = sorted((_bind(item, scan, context) for item in items), key=_cost)
            return _All(tuple(bound), _cost(bound[0]))
        case Or(items):
            bound = [_bind(item, scan, context) for item in items]
            return _Any(tuple(bound), sum(map(_cost, bound)))
        case _:
            return bind_leaf(predicate, scan, context)


def _cost(node: _Node) -> int:
    return 0 if isinstance(node, RowRange) else node.cost


def _select(node: _Node, candidates: Docset, bounds: tuple[int, int], row_count: int) -> Docset:
    """The candidates for which the node holds; all of them lie inside `bounds`."""
    match node:
        case RowRange():
            return intersect(node, candidates)
        case _All(items):
            for item in items:
                candidates = _select(item, candidates, bounds, row_count)
                if isinstance(candidates, RowRange) and candidates.start == candidates.stop:
                    return EMPTY
            return candidates
        case _Any(items):
            return unite([_select(item, candidates, bounds, row_count) for item in items], row_count)
        case _None(item):
            return intersect(complement(_select(item, candidates, bounds, row_count), row_count), candidates)
        case _:
            if not isinstance(candidates, RowRange) and count_rows(candidates) * _FEW < row_count:
                rows = to_rows(candidates)
                return from_rows(rows[node.holds(rows)])
            return intersect(node.docset(*bounds), candidates)
