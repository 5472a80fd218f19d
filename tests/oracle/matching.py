"""Whether a predicate holds for a record: two-valued, false on missing, `Not` the complement.

A record holds its computed fields beside its own, quotients as fractions, and sets of values, what subqueries
gave too, have been made Python's (`OneOf`).
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from flowql.plan import predicates
from flowql.plan.predicates import Predicate, Relation
from flowql.schema import Field
from flowql.values import lower_ascii, tokens
from oracle.cells import Network, Value, comparable, searched
from oracle.clocks import local

RELATIONS: Mapping[Relation, Callable[[Value, Value], bool]] = MappingProxyType(
    {
        Relation.EQUAL: operator.eq,
        Relation.NOT_EQUAL: operator.ne,
        Relation.LESS: operator.lt,
        Relation.LESS_EQUAL: operator.le,
        Relation.GREATER: operator.gt,
        Relation.GREATER_EQUAL: operator.ge,
    }
)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of these, letter case aside."""

    field: Field
    values: frozenset[Value]


def holds(predicate: Predicate | OneOf, record: Mapping[str, Value | None]) -> bool:
    """Whether `record` is one for which the predicate is true."""
    match predicate:
        case predicates.Everything():
            return True
        case predicates.Nothing():
            return False
        case predicates.Not(item):
            return not holds(item, record)
        case predicates.And(items):
            return all(holds(item, record) for item in items)
        case predicates.Or(items):
            return any(holds(item, record) for item in items)
        case predicates.OnTopics(topics):
            names = {str(topic).removeprefix("default/") for topic in topics}
            return record.get("topic") in names
        case predicates.Compares(field, relation, other):
            pair = [
                comparable(value) for each in (field, other) if (value := record.get(each.name)) is not None
            ]
            return len(pair) == 2 and RELATIONS[relation](*pair)
        case _:
            value = record.get(predicate.field.name)
            return value is not None and _leaf_holds(predicate, value)


def _leaf_holds(leaf: predicates.FieldLeaf | OneOf, value: Value) -> bool:
    match leaf:
        case predicates.Exists():
            return True
        case OneOf(_, values):
            return comparable(value) in values
        case predicates.TextEquals(_, values):
            return lower_ascii(str(value)) in {lower_ascii(each) for each in values}
        case predicates.HasTokens() | predicates.Like() | predicates.TokenLike() | predicates.Matches():
            return _printed_holds(leaf, searched(value, leaf.field.kind))
        case _:
            return _number_holds(leaf, value)


def _number_holds(leaf: predicates.FieldLeaf, value: Value) -> bool:
    if isinstance(value, Network):
        # Of an address and its block the block is asked for: one that lies in a range as a whole.
        assert isinstance(leaf, predicates.InRanges), f"no predicate of networks: {leaf}"
        return any(low <= value.address and value.last <= high for low, high in leaf.ranges)
    assert isinstance(value, int | float | Fraction)
    match leaf:
        case predicates.InRanges(_, ranges):
            return any(low <= value <= high for low, high in ranges)
        case predicates.HasBits(_, mask):
            return all(int(value) >> bit & 1 for bit in range(mask.bit_length()) if mask >> bit & 1)
        case predicates.InIntervals(_, intervals):
            return any(_is_inside(value, interval) for interval in intervals)
        case predicates.InDaily(_, low, high, zone):
            return _is_in_window(local(int(value), zone)[1], low, high)
        case _:
            raise AssertionError(f"no such predicate: {leaf}")


def _printed_holds(leaf: predicates.FieldLeaf, text: str) -> bool:
    match leaf:
        case predicates.HasTokens(_, wanted):
            whole, wanted = lower_ascii(text), lower_ascii(wanted)
            return whole == wanted or _in_a_row(tokens(wanted), tokens(whole))
        case predicates.Like(_, pattern, wildcards):
            return _covers(pattern, wildcards, text)
        case predicates.TokenLike(_, pattern, wildcards):
            return any(_covers(pattern, wildcards, each) for each in (text, *tokens(text)))
        case predicates.Matches(_, regex):
            flags = re.NOFLAG if regex.startswith("(?-i)") else re.IGNORECASE
            return re.search(regex.removeprefix("(?-i)"), text, flags) is not None
        case _:
            raise AssertionError(f"no such predicate: {leaf}")


def _is_inside(value: float | Fraction, interval: predicates.Interval) -> bool:
    above = (
        interval.low is None or value > interval.low or (value == interval.low and not interval.low_excluded)
    )
    below = (
        interval.high is None
        or value < interval.high
        or (value == interval.high and not interval.high_excluded)
    )
    return above and below


def _is_in_window(clock: int, low: int, high: int) -> bool:
    return low <= clock < high if low < high else clock >= low or clock < high


def _in_a_row(wanted: Sequence[str], present: Sequence[str]) -> bool:
    """Whether `wanted`, which must hold something, stands in `present` one after another."""
    count = len(wanted)
    return count > 0 and any(present[i : i + count] == wanted for i in range(len(present) - count + 1))


def _covers(pattern: str, wildcards: Sequence[int], text: str) -> bool:
    """Whether the pattern covers all of `text`: the textbook table of prefixes against prefixes."""
    text = lower_ascii(text)
    reach = [True] + [False] * len(text)
    for place, character in enumerate(lower_ascii(pattern)):
        wild = character if place in wildcards else ""
        after = [reach[0] and wild == "*"]
        for i, letter in enumerate(text):
            match wild:
                case "*":
                    after.append(reach[i + 1] or after[i])
                case "?":
                    after.append(reach[i])
                case _:
                    after.append(reach[i] and letter == character)
        reach = after
    return reach[-1]
