"""Subqueries: the values that they give, put in their place before a plan is lowered.

Owns the replacing of `InSubquery` by the set of distinct present values of the subquery's column. There is no
cap: the set is built from batches as they come, as one sorted Arrow array. How a plan runs is the caller's.
"""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from flowql.plan.logical import Node
from flowql.plan.optimize import map_leaves
from flowql.plan.predicates import InSubquery, InValues, Leaf, Nothing, Predicate
from flowql.schema import Kind

_BATCHES = 64
"""So many sets of batches are put together at a time: a value that is in each of them waits as often."""

Run = Callable[[Node], Iterator[pa.RecordBatch]]
"""Runs a plan without subqueries over the snapshots that the query sees."""


def resolve_subqueries(plan: Node, run: Run, known: dict[Node, pa.Array]) -> Node:
    """The plan with the values of its subqueries, and of theirs, in their place.

    Each is run once: `known` holds the values of those that were, by their plans.
    """
    return _resolved(plan, run, known)


def _resolved(plan: Node, run: Run, known: dict[Node, pa.Array]) -> Node:
    def resolve(leaf: Leaf) -> Predicate:
        if not isinstance(leaf, InSubquery):
            return leaf
        if leaf.plan not in known:
            known[leaf.plan] = _distinct(leaf, run(_resolved(leaf.plan, run, known)))
        values = known[leaf.plan]
        return InValues(leaf.field, values) if len(values) else Nothing()

    return map_leaves(plan, resolve)


def _distinct(leaf: InSubquery, batches: Iterator[pa.RecordBatch]) -> pa.Array:
    """The distinct present values of the only column, ascending; text lowered."""
    is_text = leaf.field.kind is Kind.TEXT
    held: list[pa.Array] = []
    for batch in batches:
        values = batch.column(0).drop_null()
        held.append(pc.unique(pc.ascii_lower(values) if is_text else values))
        if len(held) >= _BATCHES:
            held = [pc.unique(pa.concat_arrays(held))]
    if not held:
        return pa.nulls(0)
    values = pc.unique(pa.concat_arrays(held))
    return values.take(pc.sort_indices(values))
