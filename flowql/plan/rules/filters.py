"""The rule that brings filters to where rows are fewest, at best into the search.

Owns which stages a clause may move below, and under which names it does.
"""

from flowql.plan.leaves import fields_of, rewrite_fields
from flowql.plan.logical import (
    Column,
    Compute,
    Extend,
    Filter,
    Lookup,
    Node,
    Project,
    Rename,
    Scan,
    Sort,
    chain,
)
from flowql.plan.predicates import And, Predicate, all_of
from flowql.plan.rules.arithmetic import through_arithmetic
from flowql.plan.rules.chains import rebuild
from flowql.schema import Field


def push_filter(plan: Node) -> Node:
    """The clauses of a filter move below what neither chooses rows nor makes what they read.

    before: Filter dstport in [22] and kb in [1..]  over Sort -bytes over Extend kb = ... over Scan
    after:  Sort -bytes over Filter kb in [1..] over Extend kb = ... over Filter dstport in [22] over Scan

    Through a Rename they take the old names; of columns that are arithmetic of a record's counts they ask the
    search to work those out, row by row, as long as nothing but columns was chosen before. Filters that meet
    become one; behind a search without stages between, the search itself. Not below Head, Tail and Dedup,
    whose rows depend on those before, nor below what makes groups.
    """
    nodes: list[Node] = []
    for node in chain(plan):
        if isinstance(node, Filter):
            predicate = node.predicate
            for item in predicate.items if isinstance(predicate, And) else (predicate,):
                _sink(nodes, item)
        else:
            nodes.append(node)
    return rebuild(nodes)


def _sink(nodes: list[Node], item: Predicate) -> None:
    """Put a clause into a chain, as far down as it may stand."""
    place = len(nodes)
    lowered: Predicate | None = item
    while lowered is not None:
        item = lowered
        lowered = _below(nodes[place - 1], item)
        place -= lowered is not None
    above = nodes[place] if place < len(nodes) else None
    if isinstance(above, Filter):
        nodes[place] = Filter(above.input, all_of([above.predicate, item]))
    else:
        nodes.insert(place, Filter(nodes[place - 1], item))


def _below(node: Node, item: Predicate) -> Predicate | None:
    """A clause on what a node yields as one on the node's input; None where it has to stay."""
    match node:
        case Filter() | Sort() | Project():
            return item
        case Compute(_, computed):
            return _renamed(item, {column.name: column for column in computed})
        case Extend(_, computed):
            if not _reads(item, {each.output.name for each in computed}):
                return item
            return through_arithmetic(item, node) if _is_over_records(node) else None
        case Lookup(_, _, _, added):
            return None if _reads(item, {column.name for column in added}) else item
        case Rename(_, renamed):
            return _renamed(item, {new.name: old for old, new in renamed})
        case _:
            return None


def _is_over_records(node: Node) -> bool:
    """Whether every record that the search finds is a row here, under the names of its fields."""
    kept = (Scan, Filter, Compute, Sort, Project, Extend)
    return all(isinstance(each, kept) for each in chain(node))


def _reads(item: Predicate, names: set[str]) -> bool:
    return any(field.name in names for field in fields_of(item))


def _renamed(item: Predicate, columns: dict[str, Column]) -> Predicate:
    def renamed(field: Field) -> Field:
        column = columns.get(field.name)
        return field if column is None else Field(column.name, column.kind, column.is_virtual)

    return rewrite_fields(item, renamed)
