"""Plans as chains of nodes: taking one apart and putting it together.

Owns the putting together. Knows nothing of rules.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flowql.plan.leaves import with_predicates
from flowql.plan.logical import Node, Scan, chain
from flowql.plan.predicates import Predicate


def rebuild(nodes: Sequence[Node]) -> Node:
    """A chain of the nodes, each with the one before it as its input."""
    plan = nodes[0]
    for node in nodes[1:]:
        plan = on_top(node, plan)
    return plan


def on_top(node: Node, plan: Node) -> Node:
    """A node with another plan as its input."""
    assert not isinstance(node, Scan), "a scan begins a chain"
    return node if node.input is plan else replace(node, input=plan)


def map_predicates(plan: Node, rewrite: Callable[[Predicate], Predicate]) -> Node:
    """The plan with every predicate in it rewritten, those of conditions and choices too."""
    return rebuild([with_predicates(node, rewrite) for node in chain(plan)])
