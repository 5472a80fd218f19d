"""What the leaves of a plan cost in each segment that is read: the rows that each looks at.

Owns the text of it. The segments' dictionaries are asked, no row is.
"""

from collections.abc import Iterator

from flowql.execution.context import Context
from flowql.execution.leaves import bind_leaf
from flowql.execution.materialize import SegmentColumns
from flowql.plan.physical import PhysicalPlan, SegmentScan
from flowql.plan.predicates import (
    And,
    Everything,
    InSubquery,
    Leaf,
    Not,
    Nothing,
    Or,
    Predicate,
    describe,
)
from flowql.store.docset import RowRange, count_rows

LEAVES_SHOWN_MAX = 50
"""Leaves of one segment that are told."""


def cost_lines(plan: PhysicalPlan, context: Context) -> list[str]:
    """A line a segment, and below it one a leaf, in the order of the predicate."""
    return [line for scan in plan.source.search.scans for line in _segment_lines(scan, context)]


def _segment_lines(scan: SegmentScan, context: Context) -> Iterator[str]:
    leaves = list(dict.fromkeys(_leaves(scan.predicate)))
    if not leaves:
        return
    yield str(scan)
    columns = SegmentColumns(scan)
    for leaf in leaves[:LEAVES_SHOWN_MAX]:
        yield f"  {describe(leaf)}: {_cost_text(leaf, scan, columns, context)}"
    if len(leaves) > LEAVES_SHOWN_MAX:
        yield f"  ... {len(leaves) - LEAVES_SHOWN_MAX:,} more"


def _cost_text(leaf: Leaf, scan: SegmentScan, columns: SegmentColumns, context: Context) -> str:
    if isinstance(leaf, InSubquery):
        return "known when the subquery has run"
    bound = bind_leaf(leaf, scan, columns, context)
    if isinstance(bound, RowRange):
        count = count_rows(bound)
        return "no row" if not count else f"{count:,} rows, known without a look"
    return f"looks at {bound.cost:,}, finds at most {bound.row_count:,}"


def _leaves(predicate: Predicate) -> Iterator[Leaf]:
    match predicate:
        case Everything() | Nothing():
            return
        case Not(item):
            yield from _leaves(item)
        case And(items) | Or(items):
            for item in items:
                yield from _leaves(item)
        case _:
            yield predicate
