"""Selecting: the rows of a segment for which a predicate holds.

Owns the order of work inside one segment. A predicate is answered within candidates: the cheapest clause of
an AND first, each next one only within what is left; once few candidates are left, a clause looks at just
those rows instead of reading its index. What few means is the clause's to say.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter_ns
from typing import TypeAlias

import numpy as np

from flowql.execution.code_leaf import CodeLeaf
from flowql.execution.context import Context
from flowql.execution.leaves import SegmentLeaf, bind_leaf
from flowql.execution.materialize import SegmentColumns
from flowql.execution.posting_leaf import PostingLeaf
from flowql.execution.reasons import SegmentReasons
from flowql.execution.recorder import Step
from flowql.plan.leaves import leaves_of
from flowql.plan.localize import localized
from flowql.plan.physical import SegmentScan
from flowql.plan.predicates import And, Everything, Not, Nothing, OnComputed, Or, Predicate, describe
from flowql.store.docset import (
    EMPTY,
    Docset,
    RowRange,
    clip,
    count_rows,
    from_rows,
    intersect,
    subtract,
    to_rows,
    unite,
)


@dataclass(frozen=True, slots=True)
class _All:
    items: tuple["_Node", ...]
    cost: int
    row_count: int


@dataclass(frozen=True, slots=True)
class _Any:
    items: tuple["_Node", ...]
    cost: int
    row_count: int


@dataclass(frozen=True, slots=True)
class _None:
    """The complement of the item."""

    item: "_Node"
    cost: int
    row_count: int


@dataclass(frozen=True, slots=True)
class _Recorded:
    """The item, whose answers are noted."""

    item: "_Node"
    step: Step

    @property
    def cost(self) -> int:
        return _cost(self.item)

    @property
    def row_count(self) -> int:
        return _row_count(self.item)


_Node: TypeAlias = _All | _Any | _None | _Recorded | SegmentLeaf
_NOT_LOOKING = (RowRange, _All, _Any, _None, _Recorded)
"""Nodes that are no leaves with rows to look at."""


@dataclass
class SegmentSearch:
    """A predicate over the rows of one segment that a plan reads; bound when it is first asked for."""

    scan: SegmentScan
    context: Context
    _candidates: Docset | None = field(init=False, default=None)
    _left: Predicate | None = field(init=False, default=None)
    _docset: Docset | None = field(init=False, default=None)

    @cached_property
    def columns(self) -> SegmentColumns:
        """The columns of the segment."""
        columns = SegmentColumns(self.scan)
        if self.context.why:
            columns.reasons = SegmentReasons(self.scan, columns, self.context).of
        return columns

    @cached_property
    def _root(self) -> _Node:
        root = _bind(self.scan.predicate if self._left is None else self._left, self)
        if self.context.recorder and isinstance(root, _Recorded):
            self.context.recorder.steps.append((self.scan, root.step))
        return root

    @property
    def cost(self) -> int:
        """Rows that answering the whole segment looks at, roughly."""
        if self._docset is not None:
            return 0
        if self._candidates is not None:
            return count_rows(self._candidates)
        return _cost(self._root)

    @property
    def is_cheap(self) -> bool:
        """Whether answering the whole segment at once costs so little that piecemeal saves nothing."""
        return self.cost * 4 < self.scan.segment.row_count

    def settle(self, candidates: Docset, rest: Predicate) -> None:
        """Take over which rows match: those of the candidates for which the rest of the predicate holds."""
        if rest == Everything() or not count_rows(candidates):
            self._docset = candidates
        else:
            self._candidates, self._left = candidates, rest

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
        if self._docset is not None:
            return count_rows(self._docset)
        is_whole = self.scan.start == 0 and self.scan.stop == self.scan.segment.row_count
        if not is_whole or self._candidates is not None:
            return count_rows(self.docset())
        root = self._root.item if isinstance(self._root, _Recorded) else self._root
        known = _known_count(root)
        if known is None:
            return count_rows(self.docset())
        if isinstance(self._root, _Recorded) and not self._root.step.call_count:
            self._root.step.add(self.scan.segment.row_count, known, 0)
        return known

    def _select(self, start: int, stop: int) -> Docset:
        self.context.check()
        candidates = (
            RowRange(start, stop) if self._candidates is None else clip(self._candidates, start, stop)
        )
        return _select(self._root, candidates, (start, stop), self.scan.segment.row_count)


def narrowed(search: SegmentSearch, predicate: Predicate) -> SegmentSearch:
    """A search of the same rows of the same segment for another predicate, which speaks of no segment yet."""
    scan = search.scan
    here = localized(predicate, scan.topic, scan.segment)
    return SegmentSearch(replace(scan, predicate=here), replace(search.context, recorder=None, why=None))


def _bind(predicate: Predicate, search: SegmentSearch) -> _Node:
    node = _bind_node(predicate, search)
    return _recorded(predicate, node) if search.context.recorder else node


def _recorded(predicate: Predicate, node: _Node) -> _Recorded:
    match node:
        case _All(items) | _Any(items):
            steps = tuple(item.step for item in items if isinstance(item, _Recorded))
            return _Recorded(node, Step("all of" if isinstance(node, _All) else "any of", steps))
        case _:
            return _Recorded(node, Step(describe(predicate)))


def _bind_node(predicate: Predicate, search: SegmentSearch) -> _Node:
    row_count = search.scan.segment.row_count
    match predicate:
        case Everything():
            return RowRange(0, row_count)
        case Nothing():
            return EMPTY
        case Not(item):
            inner = _bind(item, search)
            plain = _plain(inner)
            is_exact = isinstance(plain, PostingLeaf | CodeLeaf)
            return _None(inner, _cost(inner), row_count - (_row_count(plain) if is_exact else 0))
        case And(items):
            bound: list[_Node] = []
            for item in items:
                bound.append(_bind(item, search))
                if bound[-1] == EMPTY:
                    return EMPTY  # what the others are need not be found out
            last = [_may_end(item) for item in items]
            ordered = [node for _, node in sorted(zip(last, bound, strict=True), key=_order_in_and)]
            return _All(tuple(ordered), *_cost_of_all(ordered))
        case Or(items):
            bound = [node for item in items if (node := _bind(item, search)) != EMPTY]
            if len(bound) < 2:
                return bound[0] if bound else EMPTY
            return _Any(tuple(bound), sum(map(_cost, bound)), min(sum(map(_row_count, bound)), row_count))
        case _:
            return bind_leaf(predicate, search.scan, search.columns, search.context)


def _may_end(predicate: Predicate) -> bool:
    """Whether a row for which it is asked can end the query: it is asked last, of what the others leave."""
    return any(isinstance(leaf, OnComputed) for leaf in leaves_of(predicate))


def _order_in_and(part: tuple[bool, _Node]) -> tuple[bool, bool, int]:
    """Cheap parts of an AND first, but what leaves most rows behind those that it is to be taken from.

    What can end the query comes last.
    """
    may_end, node = part
    plain = _plain(node)
    leaves_most = isinstance(plain, _None) and plain.row_count > _row_count(plain.item)
    return may_end, leaves_most, _cost(node)


def _plain(node: _Node) -> "_All | _Any | _None | SegmentLeaf":
    return node.item if isinstance(node, _Recorded) else node  # type: ignore[return-value]


def _cost(node: _Node) -> int:
    return 0 if isinstance(node, RowRange) else node.cost


def _row_count(node: _Node) -> int:
    """At most so many rows match."""
    return count_rows(node) if isinstance(node, RowRange) else node.row_count


def _cost_of_all(ordered: list[_Node]) -> tuple[int, int]:
    """The cost of all nodes one after another, and at most how many rows are left of them.

    What an index answers costs what the first one does, roughly; where rows are looked at, the rows that are
    left count.
    """
    cost, left = _cost(ordered[0]), _row_count(ordered[0])
    for node in ordered[1:]:
        cost += min(_cost(node), left * _row_cost(node))
        left = min(left, _row_count(node))
    return cost, left


def _row_cost(node: _Node) -> int:
    """What looking at one more row costs, in codes read; 0 is next to nothing."""
    match node:
        case RowRange():
            return 0
        case _All(items) | _Any(items):
            return max(map(_row_cost, items))
        case _None(item) | _Recorded(item):
            return _row_cost(item)
        case _:
            return node.row_cost


def _known_count(node: _Node) -> int | None:
    """How many rows of the whole segment match, where the index tells it without a docset of all of them."""
    match node:
        case PostingLeaf() | CodeLeaf():
            return node.row_count
        case _Any((PostingLeaf() as one, PostingLeaf() as other)):
            # As often a value of one column is that of another too, there are few rows to look at.
            few, many = sorted((one, other), key=_row_count)
            if few.row_count * many.few >= many.lookup.row_count:
                return None
            both = np.count_nonzero(many.holds(to_rows(few.docset(0, many.lookup.row_count))))
            return few.row_count + many.row_count - int(both)
        case _:
            return None


def _select(node: _Node, candidates: Docset, bounds: tuple[int, int], row_count: int) -> Docset:
    """The candidates for which the node holds; all of them lie inside `bounds`."""
    match node:
        case RowRange():
            return intersect(node, candidates)
        case _Recorded(item, step):
            began = perf_counter_ns()
            found = _select(item, candidates, bounds, row_count)
            took_ns = perf_counter_ns() - began
            step.add(count_rows(candidates), count_rows(found), took_ns)
            return found
        case _All(items):
            for item in items:
                candidates = _select(item, candidates, bounds, row_count)
                if isinstance(candidates, RowRange) and candidates.start == candidates.stop:
                    return EMPTY
            return candidates
        case _Any(items):
            if _looks(items, candidates, row_count):
                rows = to_rows(candidates)
                held = [item.holds(rows) for item in items if not isinstance(item, _NOT_LOOKING)]
                return from_rows(rows.compress(np.logical_or.reduce(held)))
            return unite([_select(item, candidates, bounds, row_count) for item in items], row_count)
        case _None(item):
            found = _select(item, candidates, bounds, row_count)
            return subtract(candidates, found, row_count)
        case _:
            if isinstance(candidates, RowRange):
                found = node.docset(candidates.start, candidates.stop)
                is_whole = candidates.stop - candidates.start == row_count
                return found if is_whole else intersect(found, candidates)
            if _looks((node,), candidates, row_count):
                rows = to_rows(candidates)
                return from_rows(rows.compress(node.holds(rows)))
            return intersect(node.docset(*bounds), candidates)


def _looks(nodes: tuple[_Node, ...], candidates: Docset, row_count: int) -> bool:
    """Whether all nodes are leaves for which the candidates are so few that each is looked at."""
    if isinstance(candidates, RowRange):
        return False
    few = [0 if isinstance(node, _NOT_LOOKING) else node.few for node in nodes]
    return 0 not in few and count_rows(candidates) * max(few) < row_count
