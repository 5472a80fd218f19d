"""Rules about predicates: what they ask for is said in fewer and plainer parts.

Owns the joining of clauses on one field, the moving of NOT inward, and what becomes part of a scan.
"""

from collections.abc import Callable
from dataclasses import replace

from flowql.plan.logical import Filter, Node, Scan, TimeRange, chain
from flowql.plan.predicates import (
    And,
    Everything,
    InRanges,
    Not,
    Or,
    Predicate,
    TextEquals,
    all_of,
    any_of,
    in_ranges,
    negation,
)
from flowql.plan.rules.chains import map_predicates, rebuild
from flowql.schema import Field, Kind


def join_value_sets(plan: Node) -> Node:
    """Clauses on one field become one clause, so that each field is looked up once.

    before: Filter dstport in [22] or dstport in [3389] or action equals "REJECT"
    after:  Filter dstport in [22, 3389] or action equals "REJECT"

    In an And, ranges of one field are intersected; that is right because a field has one value a record.
    """
    return map_predicates(plan, _join)


def push_negations(plan: Node) -> Node:
    """A NOT moves inward through AND and OR, so that each part can be ordered and pruned on its own.

    before: Filter not (a or b)
    after:  Filter (not a) and (not b)
    """
    return map_predicates(plan, _push)


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
    return rebuild([scan, replace(nodes[1], predicate=all_of(rest)), *nodes[2:]])


def drop_empty_filters(plan: Node) -> Node:
    """A filter that everything passes goes.

    before: Head 5 over Filter everything over Scan
    after:  Head 5 over Scan
    """
    return rebuild(
        [node for node in chain(plan) if not (isinstance(node, Filter) and node.predicate == Everything())]
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
            # Of two networks side by side neither holds the block that both make up.
            case InRanges(field) if not (join_texts and field.kind is Kind.NETWORK):
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
