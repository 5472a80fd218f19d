"""Bound, typed conditions on one record: what the filter of a logical plan is made of.

Owns the predicate types and their text. Each reads as a question with a two-valued answer: on a missing value
every predicate but `Not` and `Everything` is false. They speak of fields and values, never of codes, bitmaps
or segments, so that any engine can answer them.
"""

from dataclasses import dataclass
from typing import TypeAlias

from flowql.schema import Field, Kind
from flowql.values import INT64_MAX, format_address, format_time

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


Leaf: TypeAlias = Exists | InRanges | TextEquals | HasTokens | Like | TokenLike
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
        case _:
            return f"{predicate.field.name} {_describe_condition(predicate)}"


def _describe_condition(leaf: Leaf) -> str:
    match leaf:
        case Exists():
            return "exists"
        case InRanges(field, ranges):
            shown = [_describe_range(field, *each) for each in ranges[:_SHOWN_MAX]]
            return f"in [{_listed(shown, len(ranges))}]"
        case TextEquals(_, values):
            quoted = [f'"{value}"' for value in values[:_SHOWN_MAX]]
            return f"equals {_listed(quoted, len(values))}"
        case HasTokens(_, text):
            return f'has "{text}"'
        case Like(_, pattern, _):
            return f"like {pattern}"
        case TokenLike(_, pattern, _):
            return f"has token like {pattern}"


def _listed(shown: list[str], count: int) -> str:
    more = [f"... {count - len(shown)} more"] if count > len(shown) else []
    return ", ".join([*shown, *more])


def _describe_item(item: Predicate) -> str:
    return f"({describe(item)})" if isinstance(item, And | Or) else describe(item)


def _describe_range(field: Field, low: int, high: int) -> str:
    match field.kind:
        case Kind.ADDRESS:
            first, last = format_address(low), format_address(high)
        case Kind.TIME:
            first = format_time(low) if low != OPEN_LOW else ""
            last = format_time(high) if high != OPEN_HIGH else ""
        case _:
            first = str(low) if low != OPEN_LOW else ""
            last = str(high) if high != OPEN_HIGH else ""
    return first if low == high else f"{first}..{last}"
