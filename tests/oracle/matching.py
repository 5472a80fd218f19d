"""Whether a predicate holds for a record: two-valued, false on missing, `Not` the complement.

A record holds its computed fields beside its own, quotients as fractions, and sets of values, what subqueries
gave too, have been made Python's (`OneOf`).
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from types import MappingProxyType
from zoneinfo import ZoneInfo

from flowql.plan import predicates
from flowql.plan.predicates import Predicate, Relation
from flowql.schema import Field, Kind
from flowql.times import format_epoch
from flowql.values import format_address, lower_ascii, tokens

Value = int | float | str | Fraction
_RELATIONS: Mapping[Relation, Callable[[Value, Value], bool]] = MappingProxyType(
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
            return record["topic"] in names
        case predicates.Compares(field, relation, other):
            pair = [
                _comparable(value) for each in (field, other) if (value := record.get(each.name)) is not None
            ]
            return len(pair) == 2 and _RELATIONS[relation](*pair)
        case _:
            value = record.get(predicate.field.name)
            return value is not None and _leaf_holds(predicate, value)


def _comparable(value: Value) -> Value:
    return lower_ascii(value) if isinstance(value, str) else value


def _leaf_holds(leaf: predicates.FieldLeaf | OneOf, value: Value) -> bool:
    match leaf:
        case predicates.Exists():
            return True
        case OneOf(_, values):
            return _comparable(value) in values
        case predicates.TextEquals(_, values):
            return lower_ascii(str(value)) in {lower_ascii(each) for each in values}
        case predicates.HasTokens() | predicates.Like() | predicates.TokenLike() | predicates.Matches():
            return _printed_holds(leaf, printed(value, leaf.field.kind))
        case _:
            return _number_holds(leaf, value)


def _number_holds(leaf: predicates.FieldLeaf, value: Value) -> bool:
    assert isinstance(value, int | float | Fraction)
    match leaf:
        case predicates.InRanges(_, ranges):
            return any(low <= value <= high for low, high in ranges)
        case predicates.HasBits(_, mask):
            return all(int(value) >> bit & 1 for bit in range(mask.bit_length()) if mask >> bit & 1)
        case predicates.InIntervals(_, intervals):
            return any(_is_inside(value, interval) for interval in intervals)
        case predicates.InDaily(_, low, high, zone):
            return _is_in_window(_clock_ns(int(value), zone), low, high)
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


def _clock_ns(time_ns: int, zone: str) -> int:
    """The time of day that a clock in the zone shows."""
    seconds, fraction = divmod(time_ns, 10**9)
    sign = {"+": 1, "-": -1}.get(zone[0])
    offset = (
        timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))) if sign else ZoneInfo(zone)
    )
    shown = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(offset)
    return ((shown.hour * 60 + shown.minute) * 60 + shown.second) * 10**9 + fraction


def printed(value: Value, kind: Kind) -> str:
    """A value as a record prints it."""
    match kind:
        case Kind.ADDRESS:
            return format_address(int(value))
        case Kind.TIME | Kind.DURATION:
            return format_epoch(int(value))
        case _:
            return str(value)


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
