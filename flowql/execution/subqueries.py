"""Subqueries: the values that they give, put in their place before a plan is lowered.

Owns the replacing of `InSubquery` by the set of distinct present values of the subquery's column. There is no
cap but the query's memory: the set is built from batches as they come, as one sorted Arrow array. How a plan
runs is the caller's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from flowql.execution.context import Context
from flowql.plan.logical import Node
from flowql.plan.optimize import map_leaves
from flowql.plan.predicates import InSubquery, InValues, Leaf, Nothing, Predicate
from flowql.schema import Kind

_GATHERED = 1 << 19
"""So many values, or as many as are distinct so far, are put together at a time."""

Run = Callable[[Node], Iterator[pa.RecordBatch]]
"""Runs a plan without subqueries over the snapshots that the query sees."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out of one query's subqueries: values by their plans, and conditions by the leaves."""

    values: dict[Node, pa.Array] = field(default_factory=dict)
    conditions: dict[InSubquery, Predicate] = field(default_factory=dict)


def resolve_subqueries(plan: Node, run: Run, known: Known, context: Context) -> Node:
    """The plan with the values of its subqueries, and of theirs, in their place.

    Each is run once, and a leaf is always replaced by the same condition: `known` holds those of before.
    Raises `LimitError` for values that pass the query's memory.
    """

    def resolve(leaf: Leaf) -> Predicate:
        if not isinstance(leaf, InSubquery):
            return leaf
        if leaf not in known.conditions:
            if leaf.plan not in known.values:
                inner = resolve_subqueries(leaf.plan, run, known, context)
                known.values[leaf.plan] = _distinct(leaf, run(inner), context)
            values = known.values[leaf.plan]
            known.conditions[leaf] = InValues(leaf.field, values) if len(values) else Nothing()
        return known.conditions[leaf]

    return map_leaves(plan, resolve)


def _distinct(leaf: InSubquery, batches: Iterator[pa.RecordBatch], context: Context) -> pa.Array:
    """The distinct present values of the only column, ascending; text lowered."""
    is_text = leaf.field.kind is Kind.TEXT
    held: list[pa.Array] = []
    distinct_count = 0
    for batch in batches:
        context.check()
        values = batch.column(0).drop_null()
        held.append(pc.unique(pc.ascii_lower(values) if is_text else values))
        if sum(map(len, held)) >= 2 * distinct_count + _GATHERED:
            held = [_united(held, context)]
            distinct_count = len(held[0])
    return _united(held, context, in_order=True) if held else pa.nulls(0)


def _united(parts: Sequence[pa.Array], context: Context, *, in_order: bool = False) -> pa.Array:
    """The distinct values of all parts; in order, ascending."""

    def united() -> pa.Array:
        values = pc.unique(pa.concat_arrays(parts))
        return values.take(pc.sort_indices(values)) if in_order else values

    values = context.apart(united, sum(map(len, parts)))
    context.limits.check_held(values.nbytes, "the values that a subquery gives")
    return values
