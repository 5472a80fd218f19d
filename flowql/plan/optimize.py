"""The optimizer: rewrites of the logical plan that keep its answer.

Owns the order of the rules, which are in `rules`. Each rule is a function from plan to plan, named for what
it does, with an example before and after; an answer never depends on whether a rule ran. What depends on a
segment's content (order of clauses, bitmap or scan, stopping early) is decided later, by whoever lowers and
executes.
"""

from collections.abc import Callable
from functools import reduce

from flowql.plan.leaves import rewrite_leaves
from flowql.plan.logical import Node
from flowql.plan.predicates import Leaf, Predicate
from flowql.plan.rules.chains import map_predicates
from flowql.plan.rules.columns import drop_idle_projections, drop_unread_columns
from flowql.plan.rules.filters import push_filter
from flowql.plan.rules.order import drop_unread_stages, join_heads, join_sorts
from flowql.plan.rules.predicates import drop_empty_filters, join_value_sets, narrow_scan, push_negations


def optimize(plan: Node) -> Node:
    """Apply every rule once, in order."""
    return reduce(lambda node, rule: rule(node), RULES, plan)


RULES: tuple[Callable[[Node], Node], ...] = (
    push_negations,
    push_filter,
    join_value_sets,
    narrow_scan,
    drop_empty_filters,
    join_sorts,
    drop_unread_stages,
    drop_unread_columns,
    drop_idle_projections,
    join_heads,
)


def map_leaves(plan: Node, rewrite: Callable[[Leaf], Predicate]) -> Node:
    """The plan with every leaf of its predicates rewritten, wherever they stand."""
    return map_predicates(plan, lambda predicate: rewrite_leaves(predicate, rewrite))
