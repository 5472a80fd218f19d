"""The optimizer: rewrites of the logical plan that keep its answer.

Owns the rules and their order. Each rule is a function from plan to plan, named for what it does, with an
example before and after; an answer never depends on whether a rule ran. What depends on a segment's content
(order of clauses, bitmap or scan, stopping early) is decided later, by whoever lowers and executes.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from flowql.plan.logical import (
    Aggregate,
    Column,
    Compute,
    Filter,
    Head,
    Measure,
    Node,
    Project,
    Scan,
    Sort,
    TimeRange,
    Top,
    chain,
)
from flowql.plan.predicates import (
    And,
    Everything,
    InRanges,
    Leaf,
    Not,
    Nothing,
    Or,
    Predicate,
    TextEquals,
    all_of,
    any_of,
    in_ranges,
    negation,
)
from flowql.schema import Field


def optimize(plan: Node) -> Node:
    """Apply every rule once, in order."""
    return reduce(lambda node, rule: rule(node), _RULES, plan)


def join_value_sets(plan: Node) -> Node:
    """Clauses on one field become one clause, so that each field is looked up once.

    before: Filter dstport in [22] or dstport in [3389] or action equals "REJECT"
    after:  Filter dstport in [22, 3389] or action equals "REJECT"

    In an And, ranges of one field are intersected; that is right because a field has one value a record.
    """
    return _map_filters(plan, _join)


def push_negations(plan: Node) -> Node:
    """A NOT moves inward through AND and OR, so that each part can be ordered and pruned on its own.

    before: Filter not (a or b)
    after:  Filter (not a) and (not b)
    """
    return _map_filters(plan, _push)


def narrow_scan(plan: Node) -> Node:
    """A clause on `start` that every row must meet becomes part of the scan's range, where it costs nothing.

    before: Filter start in [a..b] and p      over Scan range=[., .)
    after:  Filter p                          over Scan range=[a, b+1)

    Not when the clause has several ranges, nor inside OR or NOT.
    """
    nodes = chain(plan)
    if len(nodes) < 2 or not isinstance(nodes[0], Scan) or not isinstance(nodes[1], Filter):
        return plan
    scan, predicate = nodes[0], nodes[1].predicate
    rest: list[Predicate] = []
    for item in predicate.items if isinstance(predicate, And) else (predicate,):
        match item:
            case InRanges(field=Field(name="start"), ranges=((low, high),)):
                scan = replace(scan, range=_intersection(scan.range, TimeRange(low, high + 1)))
            case _:
                rest.append(item)
    return _rebuild([scan, replace(nodes[1], predicate=all_of(rest)), *nodes[2:]])


def drop_empty_filters(plan: Node) -> Node:
    """A filter that everything passes goes.

    before: Head 5 over Filter everything over Scan
    after:  Head 5 over Scan
    """
    return _rebuild(
        [node for node in chain(plan) if not (isinstance(node, Filter) and node.predicate == Everything())]
    )


def drop_unread_stages(plan: Node) -> Node:
    """A sort or a projection right before a grouping stage goes.

    Groups look neither at order nor at other columns.

    before: Aggregate count() by action over Project action over Sort -bytes
    after:  Aggregate count() by action

    Not before Head, whose rows depend on the order.
    """
    kept: list[Node] = []
    for node in chain(plan):
        if isinstance(node, Aggregate | Top):
            while isinstance(kept[-1], Sort | Project):
                kept.pop()
        kept.append(node)
    return _rebuild(kept)


def join_heads(plan: Node) -> Node:
    """Two heads in a row are the smaller one.

    before: Head 50 over Head 10
    after:  Head 10
    """
    nodes: list[Node] = []
    for node in chain(plan):
        last = nodes[-1] if nodes else None
        if isinstance(node, Head) and isinstance(last, Head):
            nodes[-1] = replace(last, row_count=min(last.row_count, node.row_count))
        else:
            nodes.append(node)
    return _rebuild(nodes)


def drop_unread_columns(plan: Node) -> Node:
    """Computed columns that no later stage reads are not computed.

    before: Project start over Sort -bps over Compute duration, bps
    after:  Project start over Sort -bps over Compute bps

    Not without a stage that yields less than it is given: then every column is in the answer.
    """
    nodes = chain(plan)
    kept: list[Node] = []
    for place, node in enumerate(nodes):
        if isinstance(node, Compute):
            read = _names_read(nodes[place + 1 :])
            computed = tuple(c for c in node.computed if read is None or c.name in read)
            if computed:
                kept.append(replace(node, computed=computed))
        else:
            kept.append(node)
    return _rebuild(kept)


_RULES: tuple[Callable[[Node], Node], ...] = (
    push_negations,
    join_value_sets,
    narrow_scan,
    drop_empty_filters,
    drop_unread_stages,
    drop_unread_columns,
    join_heads,
)


def map_leaves(plan: Node, rewrite: Callable[[Leaf], Predicate]) -> Node:
    """The plan with every leaf of its filters rewritten."""

    def mapped(predicate: Predicate) -> Predicate:
        match predicate:
            case Everything() | Nothing():
                return predicate
            case Not(item):
                return negation(mapped(item))
            case And(items):
                return all_of([mapped(item) for item in items])
            case Or(items):
                return any_of([mapped(item) for item in items])
            case _:
                return rewrite(predicate)

    return _map_filters(plan, mapped)


def _names_read(stages: list[Node]) -> set[str] | None:
    """The names of the columns that stages read of what they are given; None for all of them."""
    names: set[str] = set()
    for stage in stages:
        match stage:
            case Sort(_, keys):
                names |= {key.column.name for key in keys}
            case Project(_, columns):
                return names | {column.name for column in columns}
            case Aggregate(_, keys, measures):
                return names | _names_grouped(keys, measures)
            case Top(_, _, key, measure):
                return names | _names_grouped((key,), (measure,))
            case Head():
                continue
            case _:
                return None
    return None


def _names_grouped(keys: tuple[Column, ...], measures: tuple[Measure, ...]) -> set[str]:
    return {key.name for key in keys} | {m.argument.name for m in measures if m.argument}


def _rebuild(nodes: list[Node]) -> Node:
    """A chain of the nodes, each with the one before it as its input."""
    plan = nodes[0]
    for node in nodes[1:]:
        assert not isinstance(node, Scan), "a scan begins a chain"
        plan = replace(node, input=plan)
    return plan


def _map_filters(plan: Node, rewrite: Callable[[Predicate], Predicate]) -> Node:
    return _rebuild(
        [
            replace(node, predicate=rewrite(node.predicate)) if isinstance(node, Filter) else node
            for node in chain(plan)
        ]
    )


def _push(predicate: Predicate) -> Predicate:
    match predicate:
        case Not(And(items)):
            return any_of([_push(negation(item)) for item in items])
        case Not(Or(items)):
            return all_of([_push(negation(item)) for item in items])
        case And(items):
            return all_of([_push(item) for item in items])
        case Or(items):
            return any_of([_push(item) for item in items])
        case _:
            return predicate


def _join(predicate: Predicate) -> Predicate:
    match predicate:
        case And(items):
            return all_of(_joined([_join(item) for item in items], _common_ranges, join_texts=False))
        case Or(items):
            return any_of(_joined([_join(item) for item in items], _all_ranges, join_texts=True))
        case Not(item):
            return negation(_join(item))
        case _:
            return predicate


def _joined(
    items: list[Predicate], join: Callable[[Field, list[InRanges]], Predicate], *, join_texts: bool
) -> list[Predicate]:
    ranges: dict[Field, list[InRanges]] = {}
    texts: dict[Field, dict[str, None]] = {}
    rest: list[Predicate] = []
    for item in items:
        match item:
            case InRanges(field):
                ranges.setdefault(field, []).append(item)
            case TextEquals(field, values) if join_texts:
                texts.setdefault(field, {}).update(dict.fromkeys(values))
            case _:
                rest.append(item)
    joined: list[Predicate] = [
        join(field, parts) if len(parts) > 1 else parts[0] for field, parts in ranges.items()
    ]
    return [*joined, *(TextEquals(field, tuple(values)) for field, values in texts.items()), *rest]


def _all_ranges(field: Field, parts: list[InRanges]) -> Predicate:
    return in_ranges(field, [each for part in parts for each in part.ranges])


def _common_ranges(field: Field, parts: list[InRanges]) -> Predicate:
    common = parts[0].ranges
    for part in parts[1:]:
        common = tuple(_overlaps(common, part.ranges))
    return in_ranges(field, list(common))


def _overlaps(a: tuple[tuple[int, int], ...], b: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    found, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        low, high = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if low <= high:
            found.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return found


def _intersection(a: TimeRange, b: TimeRange) -> TimeRange:
    lows = [each.low for each in (a, b) if each.low is not None]
    highs = [each.high for each in (a, b) if each.high is not None]
    return TimeRange(max(lows, default=None), min(highs, default=None))
