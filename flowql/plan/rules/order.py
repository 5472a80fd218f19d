"""Rules about the order of rows, and about how many of them are kept.

Owns which stages do not see the order of what they are given.
"""

from dataclasses import replace

from flowql.plan.logical import (
    Aggregate,
    Compute,
    Extend,
    Facets,
    Filter,
    Head,
    Lookup,
    Node,
    Project,
    Rename,
    Sort,
    Tail,
    Timechart,
    Top,
    chain,
)
from flowql.plan.rules.chains import rebuild

_GROUPING = (Aggregate, Top, Timechart)
_ORDER_KEEPING = (Filter, Compute, Extend, Rename, Lookup, Project)
"""The nodes that yield the rows that they are given, or some of them, whatever their order is."""


def drop_unread_stages(plan: Node) -> Node:
    """A sort below a grouping stage goes, and a projection right before it.

    Groups look neither at order nor at other columns; facets look at every column, but at no order.

    before: Aggregate count() by action over Project action over Sort -bytes
    after:  Aggregate count() by action

    Not below Head, Tail and Dedup, whose rows depend on the order.
    """
    kept: list[Node] = []
    for node in chain(plan):
        if isinstance(node, _GROUPING):
            while isinstance(kept[-1], Sort | Project):
                kept.pop()
        if isinstance(node, (*_GROUPING, Facets)):
            kept = _without_sorts(kept)
        kept.append(node)
    return rebuild(kept)


def join_sorts(plan: Node) -> Node:
    """A sort of what is sorted is one sort, by its own keys first: it is stable.

    before: Sort action over Sort -bytes, action
    after:  Sort action, -bytes
    """
    nodes: list[Node] = []
    for node in chain(plan):
        last = nodes[-1] if nodes else None
        if isinstance(node, Sort) and isinstance(last, Sort):
            columns = {key.column for key in node.keys}
            keys = (*node.keys, *(key for key in last.keys if key.column not in columns))
            nodes[-1] = replace(last, keys=keys)
        else:
            nodes.append(node)
    return rebuild(nodes)


def join_heads(plan: Node) -> Node:
    """Two heads in a row are the smaller one, and so are two tails.

    before: Head 50 over Head 10
    after:  Head 10
    """
    nodes: list[Node] = []
    for node in chain(plan):
        match node, nodes[-1] if nodes else None:
            case (Head(_, count), Head(_, last_count) as last) | (
                Tail(_, count),
                Tail(_, last_count) as last,
            ):
                nodes[-1] = replace(last, row_count=min(count, last_count))
            case _:
                nodes.append(node)
    return rebuild(nodes)


def _without_sorts(nodes: list[Node]) -> list[Node]:
    """A chain without the sorts at its end, where nothing in between sees the order."""
    place = len(nodes)
    while place > 0 and isinstance(nodes[place - 1], (Sort, *_ORDER_KEEPING)):
        place -= 1
    return [*nodes[:place], *(node for node in nodes[place:] if not isinstance(node, Sort))]
