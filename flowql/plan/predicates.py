"""Bound, typed conditions on one record: what the filter of a logical plan is made of.

Owns the predicate types and their text. Each reads as a question with a two-valued answer: on a missing value
every predicate but `Not` and `Everything` is false. They speak of fields and values, never of codes, bitmaps
or segments, so that any engine can answer them.
"""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa

from flowql.schema import Field, Kind, TopicName
from flowql.times import format_time
from flowql.values import DAY_NS, INT64_MAX, format_address, format_duration

if TYPE_CHECKING:
    from flowql.plan.expressions import Expression
    from flowql.plan.logical import Node

OPEN_LOW = -(1 << 63)
OPEN_HIGH = INT64_MAX
_SHOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class Everything:
    """True for every record."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """True for no record."""


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is present."""

    field: Field


@dataclass(frozen=True, slots=True)
class InRanges:
    """The value lies in one of the ranges.

    For every kind but text: `ranges` are `(low, high)` pairs of ints, both ends included, ascending and
    disjoint; addresses as 128 bits, times in nanoseconds. Never empty (that is `Nothing`).
    """

    field: Field
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class TextEquals:
    """The whole text value is one of `values`, letter case (ASCII) aside."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasTokens:
    """The text value is, as a whole, the `text`, or holds its tokens one after another; letter case aside."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class Like:
    """The value as printed matches a pattern over its whole length, letter case aside.

    `wildcards` are the indexes in `pattern` of a `*` (any text, the empty one too) or `?` (one character)
    that counts as such; every other character stands for itself.
    """

    field: Field
    pattern: str
    wildcards: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TokenLike:
    """The text value as a whole, or one of its tokens, matches a pattern; otherwise as `Like`."""

    field: Field
    pattern: str
    wildcards: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """Some part of the value as printed matches an RE2 regular expression, letter case aside.

    `(?-i)` in the expression brings letter case back. That it compiles is the binder's to see.
    """

    field: Field
    regex: str


@dataclass(frozen=True, slots=True)
class HasBits:
    """Every bit of `mask`, which is not 0, is set in the value of a number field."""

    field: Field
    mask: int


@dataclass(frozen=True, slots=True)
class Interval:
    """Rational numbers from `low` to `high`; None is an open end, and an end is part of it or excluded."""

    low: Fraction | None
    high: Fraction | None
    low_excluded: bool = False
    high_excluded: bool = False

    def __str__(self) -> str:
        opening, closing = "[("[self.low_excluded], "])"[self.high_excluded]
        return f"{opening}{_decimal(self.low)}..{_decimal(self.high)}{closing}"


@dataclass(frozen=True, slots=True)
class InIntervals:
    """The exact quotient that a computed field of kind REAL stands for lies in one of the intervals.

    False where the divisor is 0 or one of the parts is missing. Never empty.
    """

    field: Field
    intervals: tuple[Interval, ...]


class Relation(Enum):
    """How two values of one record compare; the value is the operator's spelling."""

    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    GREATER_EQUAL = ">="
    LESS = "<"
    LESS_EQUAL = "<="


@dataclass(frozen=True, slots=True)
class Compares:
    """Both fields, of one kind, are present, and the value of `field` stands in the relation to `other`'s.

    Numbers, times and addresses (128 bits) by value; text is equal or not, letter case (ASCII) aside.
    """

    field: Field
    relation: Relation
    other: Field


@dataclass(frozen=True, slots=True)
class InDaily:
    """The time of day of a time field, on the clock of an IANA zone, lies in `[low, high)`, in nanoseconds.

    Where `low` is above `high` the window goes across midnight. What a change of the clock leaves out is
    never, what it repeats is twice in the window.
    """

    field: Field
    low: int
    high: int
    zone: str


@dataclass(frozen=True, slots=True)
class OnTopics:
    """The record belongs to one of the topics."""

    topics: tuple[TopicName, ...]


@dataclass(frozen=True, slots=True)
class InSubquery:
    """The value is one of those in the single column that a plan of its own yields; missing is not.

    `plan` ends in one column of the field's kind.
    """

    field: Field
    plan: "Node"


@dataclass(frozen=True, slots=True, eq=False)
class InValues:
    """The value is one of a set that was worked out before, perhaps a large one: what a subquery gave.

    `values` is an Arrow array, ascending and distinct, none null: text lowered (ASCII) and compared without
    regard to letter case, addresses as 16 bytes, all other kinds int64. Equal only to itself.
    """

    field: Field
    values: pa.Array


@dataclass(frozen=True, slots=True)
class Not:
    """The item is false."""

    item: "Predicate"


@dataclass(frozen=True, slots=True)
class And:
    """All items hold."""

    items: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some item holds."""

    items: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class OnComputed:
    """A number that is worked out from fields of the record is present, and lies where `leaf` says.

    Made by the optimizer from a filter on a computed column: `leaf` is what that asked of the column, and
    `expression` is arithmetic of stored counts, of kind COUNT or REAL.
    """

    expression: "Expression"
    leaf: "Exists | InRanges | InIntervals"


FieldLeaf: TypeAlias = (
    Exists
    | InRanges
    | TextEquals
    | HasTokens
    | Like
    | TokenLike
    | Matches
    | HasBits
    | InIntervals
    | Compares
    | InDaily
    | InSubquery
    | InValues
)
Leaf: TypeAlias = FieldLeaf | OnTopics | OnComputed
Predicate: TypeAlias = Everything | Nothing | Leaf | Not | And | Or


def all_of(items: list[Predicate]) -> Predicate:
    """The And of `items`, flattened and simplified."""
    flat: list[Predicate] = []
    for item in items:
        match item:
            case Everything():
                continue
            case Nothing():
                return item
            case And():
                flat += item.items
            case _:
                flat.append(item)
    flat = list(dict.fromkeys(flat))
    if not flat:
        return Everything()
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(items: list[Predicate]) -> Predicate:
    """The Or of `items`, flattened and simplified."""
    flat: list[Predicate] = []
    for item in items:
        match item:
            case Nothing():
                continue
            case Everything():
                return item
            case Or():
                flat += item.items
            case _:
                flat.append(item)
    flat = list(dict.fromkeys(flat))
    if not flat:
        return Nothing()
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negation(item: Predicate) -> Predicate:
    """The complement of `item`."""
    match item:
        case Everything():
            return Nothing()
        case Nothing():
            return Everything()
        case Not():
            return item.item
        case _:
            return Not(item)


def in_ranges(field: Field, ranges: list[tuple[int, int]]) -> Predicate:
    """`InRanges` of any ranges, in any order, overlapping or touching ones joined.

    `Nothing` when there are none.
    """
    joined: list[tuple[int, int]] = []
    for low, high in sorted(r for r in ranges if r[0] <= r[1]):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return InRanges(field, tuple(joined)) if joined else Nothing()


def describe(predicate: Predicate) -> str:
    """One line of text for plans and messages, the reading chosen for every value included."""
    match predicate:
        case Everything():
            return "everything"
        case Nothing():
            return "nothing"
        case Not(item):
            return f"not ({describe(item)})"
        case And(items):
            return " and ".join(_describe_item(item) for item in items)
        case Or(items):
            return " or ".join(_describe_item(item) for item in items)
        case OnTopics(topics):
            return f"topic in [{_listed([str(topic) for topic in topics[:_SHOWN_MAX]], len(topics))}]"
        case OnComputed(expression, leaf):
            return f"{expression} {_describe_condition(leaf)}"
        case _:
            return f"{predicate.field.name} {_describe_condition(predicate)}"


def _describe_condition(leaf: FieldLeaf) -> str:
    match leaf:
        case Exists():
            return "exists"
        case HasTokens(_, text):
            return f'has "{text}"'
        case Like(_, pattern, _):
            return f"like {pattern}"
        case TokenLike(_, pattern, _):
            return f"has token like {pattern}"
        case Matches(_, regex):
            return f"matches /{regex}/"
        case HasBits(_, mask):
            return f"has bits {mask}"
        case Compares(_, relation, other):
            return f"{relation.value} {other.name}"
        case InDaily(_, low, high, zone):
            return f"daily in [{_clock(low)}, {_clock(high)}) {zone}"
        case _:
            return _describe_set(leaf)


def _describe_set(leaf: InRanges | TextEquals | InIntervals | InValues | InSubquery) -> str:
    match leaf:
        case InRanges(field, ranges):
            shown = [_describe_range(field, *each) for each in ranges[:_SHOWN_MAX]]
            return f"in [{_listed(shown, len(ranges))}]"
        case TextEquals(_, texts):
            quoted = [f'"{text}"' for text in texts[:_SHOWN_MAX]]
            return f"equals {_listed(quoted, len(texts))}"
        case InIntervals(_, intervals):
            return f"in [{_listed([str(each) for each in intervals[:_SHOWN_MAX]], len(intervals))}]"
        case InValues(field, values):
            shown = [_value_text(field, each) for each in values[:_SHOWN_MAX].to_pylist()]
            return f"in [{_listed(shown, len(values))}]"
        case InSubquery(_, plan):
            stages: list[str] = []
            node: Node | None = plan
            while node is not None:
                stages.append(str(node))
                node = getattr(node, "input", None)
            return f"in ({' <- '.join(stages)})"


def _value_text(field: Field, value: bytes | int | str) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    number = int.from_bytes(value, "big") if isinstance(value, bytes) else value
    return _describe_range(field, number, number)


def _listed(shown: list[str], count: int) -> str:
    more = [f"... {count - len(shown)} more"] if count > len(shown) else []
    return ", ".join([*shown, *more])


def _describe_item(item: Predicate) -> str:
    return f"({describe(item)})" if isinstance(item, And | Or) else describe(item)


def _clock(time_ns: int) -> str:
    minutes, rest = divmod(time_ns % DAY_NS, 60 * 10**9)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{rest // 10**9:02d}" if rest else "")


def _decimal(number: Fraction | None) -> str:
    if number is None:
        return ""
    return str(number.numerator) if number.denominator == 1 else f"{float(number):.6g}"


def _describe_range(field: Field, low: int, high: int) -> str:
    match field.kind:
        case Kind.ADDRESS | Kind.NETWORK:
            first, last = format_address(low), format_address(high)
        case Kind.TIME:
            first = format_time(low) if low != OPEN_LOW else ""
            last = format_time(high) if high != OPEN_HIGH else ""
        case Kind.DURATION:
            first = format_duration(low) if low != OPEN_LOW else ""
            last = format_duration(high) if high != OPEN_HIGH else ""
        case _:
            first = str(low) if low != OPEN_LOW else ""
            last = str(high) if high != OPEN_HIGH else ""
    return first if low == high else f"{first}..{last}"
