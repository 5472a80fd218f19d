"""Rules about columns: what no later stage reads is not made.

Owns what becomes of a stage whose columns are not read. Which those are is told by `reads`.
"""

from dataclasses import replace

from flowql.plan.logical import Compute, Computed, Extend, Lookup, Node, Project, Rename, Scan, chain
from flowql.plan.reads import names_of_expression, needed_names
from flowql.plan.rules.chains import on_top, rebuild


def drop_unread_columns(plan: Node) -> Node:
    """Columns that stages compute or look up and that no later stage reads are not made.

    before: Project start over Sort -bps over Compute duration, bps
    after:  Project start over Sort -bps over Compute bps

    Not without a stage that yields less than it is given: then every column is in the answer. What a list
    adds goes as a whole.
    """
    kept: list[Node] = []
    read = frozenset(column.name for column in plan.columns)
    for node in reversed(chain(plan)):
        needed = _needed(node, read)
        if needed is not None:
            kept.append(needed)
            if not isinstance(needed, Scan | Compute):
                read = needed_names([needed], read)
    return _without_lost_names(kept[::-1])


def drop_idle_projections(plan: Node) -> Node:
    """A projection to just what it is given goes.

    before: Head 5 over Project (all fields) over Scan
    after:  Head 5 over Scan
    """
    return rebuild(
        [
            node
            for node in chain(plan)
            if not (isinstance(node, Project) and node.columns == node.input.columns)
        ]
    )


def _needed(node: Node, read: frozenset[str]) -> Node | None:
    """The node without the columns that are not read above it; None when nothing is left of it."""
    match node:
        case Compute(_, columns):
            wanted = tuple(column for column in columns if column.name in read)
            return replace(node, computed=wanted) if wanted else None
        case Extend(_, columns):
            computed = _computed_needed(columns, read)
            return replace(node, computed=computed) if computed else None
        case Lookup(_, _, _, added):
            return node if any(column.name in read for column in added) else None
        case _:
            return node


def _computed_needed(computed: tuple[Computed, ...], read: frozenset[str]) -> tuple[Computed, ...]:
    """Those that are read, and those that these are worked out from."""
    kept: list[Computed] = []
    for each in reversed(computed):
        if each.output.name in read:
            kept.append(each)
            read |= names_of_expression(each.expression)
    return tuple(reversed(kept))


def _without_lost_names(nodes: list[Node]) -> Node:
    """A chain in which nothing renames a column that is not made any more."""
    plan = nodes[0]
    for node in nodes[1:]:
        if isinstance(node, Rename):
            held = set(plan.columns)
            renamed = tuple(pair for pair in node.renamed if pair[0] in held)
            if renamed:
                plan = Rename(plan, renamed)
        else:
            plan = on_top(node, plan)
    return plan
