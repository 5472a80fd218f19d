"""Phrases: several tokens in a row, as consecutive fields of a record or inside one text value.

Owns the alignment of tokens with fields; a record pasted without quotes is such a phrase. A token stands for
a field's value as a record prints it: decimal numbers without leading zeros, times as epoch seconds, `-` for
a missing value. Knows nothing of single words.
"""

import re
from collections.abc import Sequence

from flowql.plan import predicates
from flowql.plan.bind.binding import Binding
from flowql.plan.bound import Reading
from flowql.plan.predicates import (
    Exists,
    HasTokens,
    InRanges,
    Matches,
    OnTopics,
    Predicate,
    TextEquals,
    TokenLike,
)
from flowql.schema import Field, Kind, Schema
from flowql.values import SECOND_NS, parse_address

_PRINTED_NUMBER = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)
_PRINTED_TIME = re.compile(r"(0|[1-9]\d{0,9})(?:\.(\d{0,8}[1-9]))?", re.ASCII)


def phrase_readings(binding: Binding, text: str) -> list[Reading]:
    """The ways in which two or more tokens can stand in a row."""
    rows = _rows(binding, text.split())
    readings = [Reading("fields in a row", predicates.any_of(rows))] if rows else []
    return [
        *readings,
        *text_readings([HasTokens(field, text) for field in binding.schema.of_kind(Kind.TEXT)]),
    ]


def text_readings(items: Sequence[HasTokens | TextEquals | TokenLike | Matches]) -> list[Reading]:
    """A reading for each text field: what holds a word in one of them says nothing of another."""
    return [Reading(f"text of {item.field.name}", item) for item in items]


def in_line(binding: Binding, text: str) -> Predicate:
    """The tokens of `text` stand in a row in the record's line, as fields or inside of one."""
    inside: list[Predicate] = [HasTokens(field, text) for field in binding.schema.of_kind(Kind.TEXT)]
    return predicates.any_of([*_rows(binding, text.split()), *inside])


def printed_number(word: str, kind: Kind) -> int | None:
    """The number of the kind that is printed as `word`."""
    if not _PRINTED_NUMBER.fullmatch(word):
        return None
    value = int(word)
    return value if value <= kind.value_max else None


def printed_time(word: str) -> int | None:
    """The time in nanoseconds that is printed as `word`, in epoch seconds."""
    match = _PRINTED_TIME.fullmatch(word)
    if not match or int(match[1]) >= predicates.OPEN_HIGH // SECOND_NS:
        return None
    return int(match[1]) * SECOND_NS + int((match[2] or "").ljust(9, "0"))


def _rows(binding: Binding, tokens: Sequence[str]) -> list[Predicate]:
    """The alignments of every layout; where there are several, each counts for its own topics only."""
    found = []
    for layout in binding.layouts:
        rows = _alignments(layout.schema, tokens)
        if rows and len(binding.layouts) > 1:
            rows = [predicates.all_of([OnTopics(layout.topics), predicates.any_of(rows)])]
        found += rows
    return found


def _alignments(layout: Schema, tokens: Sequence[str]) -> list[Predicate]:
    """One And a place in the layout at which every word can be the value of its field."""
    found = []
    for start in range(len(layout.fields) - len(tokens) + 1):
        row = list(map(_token, layout.fields[start : start + len(tokens)], tokens))
        possible = [item for item in row if item is not None]
        if len(possible) == len(tokens):
            found.append(predicates.all_of(possible))
    return found


def _token(field: Field, word: str) -> Predicate | None:
    """The field has the value that is printed as `word`; None when no value of its kind is."""
    if word == "-":
        return predicates.negation(Exists(field))
    match field.kind:
        case Kind.TEXT:
            return TextEquals(field, (word,))
        case Kind.ADDRESS:
            value = parse_address(word)
        case Kind.TIME:
            value = printed_time(word)
        case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
            value = printed_number(word, field.kind)
        case Kind.REAL | Kind.DURATION | Kind.NETWORK:
            raise AssertionError("no record holds a computed value")
    return None if value is None else InRanges(field, ((value, value),))
