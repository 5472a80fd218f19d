"""Phrases: several tokens in a row, as consecutive fields of a record or inside one text value.

Owns the alignment of tokens with fields, for phrases in quotes and for a whole record pasted without. A token
stands for a field's value as a record prints it: decimal numbers without leading zeros, times as epoch
seconds, `-` for a missing value. Knows nothing of single words.
"""

import re
from collections.abc import Sequence

from flowql.plan import predicates
from flowql.plan.bind.binding import Binding
from flowql.plan.bound import Reading, WordReading
from flowql.plan.predicates import Exists, HasTokens, InRanges, Predicate, TextEquals
from flowql.schema import Field, Kind, Schema
from flowql.syntax.nodes import Bare, Clause
from flowql.values import SECOND_NS, parse_address

RECORD_TOKENS_MIN = 13
"""A NODATA line may lack one of the fourteen default fields."""

_PRINTED_NUMBER = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)
_PRINTED_TIME = re.compile(r"(0|[1-9]\d{0,9})(?:\.(\d{0,8}[1-9]))?", re.ASCII)


def phrase_readings(binding: Binding, text: str) -> list[Reading]:
    """The ways in which two or more tokens can stand in a row."""
    rows = _rows(binding, text.split())
    readings = [Reading("fields in a row", predicates.any_of(rows))] if rows else []
    inside: list[Predicate] = [HasTokens(field, text) for field in binding.schema.of_kind(Kind.TEXT)]
    return [*readings, Reading("text", predicates.any_of(inside))]


def bind_record(binding: Binding, items: Sequence[Clause]) -> Predicate | None:
    """The record of which `items` are all the fields, pasted without quotes; None when they are none."""
    literals = [item.literal for item in items if isinstance(item, Bare)]
    if len(items) < RECORD_TOKENS_MIN or len(literals) < len(items):
        return None
    if any(literal.quoted or literal.wildcards for literal in literals):
        return None
    rows = _rows(binding, [literal.text for literal in literals])
    if not rows:
        return None
    record, span = predicates.any_of(rows), items[0].span.to(items[-1].span)
    binding.note("pasted-record", "these words are read as one record, field by field", span)
    binding.words.append(WordReading(binding.source(span), span, (Reading("record", record),)))
    return record


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
    return [row for layout in binding.layouts for row in _alignments(layout, tokens)]


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
        case Kind.REAL:
            raise AssertionError("no record holds a real number")
    return None if value is None else InRanges(field, ((value, value),))
