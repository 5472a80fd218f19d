"""Bare words: one word without a field, looked for everywhere it can stand.

Owns the readings of a word: a number of any numeric column, an address or block of any address column, the
name of a protocol or service, a token of any text. The word matches where some reading does; each reading is
kept, so that a caller can count and tell them. Phrases are in `phrases`.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from flowql import names
from flowql.plan import predicates
from flowql.plan.bind import address
from flowql.plan.bind.alternatives import on_field
from flowql.plan.bind.binding import Binding, Place
from flowql.plan.bind.column_schema import ColumnSchema
from flowql.plan.bind.fields import is_field_name
from flowql.plan.bind.phrases import phrase_readings, printed_number, printed_time, text_readings
from flowql.plan.bound import Reading, WordReading
from flowql.plan.predicates import (
    HasTokens,
    InIntervals,
    InRanges,
    Interval,
    Like,
    Matches,
    Or,
    Predicate,
    TextEquals,
    TokenLike,
)
from flowql.schema import EITHER_SIDE, Field, Kind
from flowql.syntax.build_endpoints import ANY
from flowql.syntax.nodes import Bare, Literal, Regex
from flowql.syntax.refusal import Refusal, replace
from flowql.values import parse_address, parse_duration, parse_network, tokens

_NUMERIC = (Kind.PORT, Kind.PROTOCOL, Kind.COUNT)
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


def bind_word(binding: Binding, clause: Bare) -> Predicate:
    """The union of the readings of a word or phrase, which are kept in `binding.words`."""
    literal = clause.term
    assert isinstance(literal, Literal), "other terms are bound elsewhere"
    if not literal.quoted:
        _check_word(binding, literal)
        readings = _word_readings(binding, literal)
    else:
        tokens = literal.text.split()
        if not tokens:
            raise Refusal("empty-phrase", "there is nothing between the quotes", literal.span)
        if len(tokens) > 1:
            _check_lines(binding, literal)
            readings = phrase_readings(binding, literal.text)
        else:
            readings = _word_readings(binding, Literal(tokens[0], literal.span, quoted=True))
    binding.words.append(WordReading(binding.source(literal.span), literal.span, tuple(readings)))
    return _some([reading.predicate for reading in readings])


def bind_regex(binding: Binding, regex: Regex) -> Predicate:
    """The records of which some text matches; the reading is kept in `binding.words`."""
    readings = tuple(
        text_readings([Matches(field, regex.text) for field in binding.schema.of_kind(Kind.TEXT)])
    )
    binding.words.append(WordReading(binding.source(regex.span), regex.span, readings))
    return _some([reading.predicate for reading in readings])


def _check_lines(binding: Binding, literal: Literal) -> None:
    """Refuse a phrase where rows have no lines any more."""
    schema = binding.schema
    if not isinstance(schema, ColumnSchema) or schema.has_lines:
        return
    phrase = binding.source(literal.span)
    message = "a phrase looks at the lines of records, whose fields are not all columns here"
    texts = schema.of_kind(Kind.TEXT)
    fixes = [replace(literal.span, f"{field.name}:{phrase}") for field in texts[:1]]
    shown = ", ".join(schema.names)
    raise Refusal(
        "phrase-on-columns", message, literal.span, *fixes, details=(f"the columns here are {shown}",)
    )


def _some(items: Sequence[Predicate]) -> Predicate:
    """The Or of readings.

    No two ask the same of one field, so that none has to be looked for among the others, as `any_of` does: of
    a wide layout's texts that would take most of the time.
    """
    flat: list[Predicate] = []
    for item in items:
        flat += item.items if isinstance(item, Or) else (item,)
    return Or(tuple(flat)) if len(flat) > 1 else predicates.any_of(flat)


def _check_word(binding: Binding, literal: Literal) -> None:
    """Refuse an unquoted word that was likely meant as something else."""
    if literal.wildcards:
        return
    word, span = literal.text, literal.span
    if word[0].isdigit() and parse_address(word) is not None:
        return
    in_quotes = f'"{binding.source(span)}"'
    if is_field_name(binding, word):
        message = f'"{word}" is the name of a field, which needs an operator and a value'
        details = (f"to search for the word, quote it: {in_quotes}",)
        raise Refusal("field-name-as-word", message, span, replace(span, in_quotes), details=details)
    if word.lower() == ANY:
        message = "any stands in arrows only; everything is written *"
        raise Refusal("any-as-word", message, span, replace(span, "*"), replace(span, in_quotes))
    if address.is_hyphen_range(word):
        meant = f"ip:{word.replace('-', '..')}"
        message = f"a range is looked for in a field, and has two dots: {meant}"
        raise Refusal("hyphen-range", message, span, replace(span, meant))
    if address.is_failed_address(word):
        address.match(Place(binding, "a bare word", Kind.ADDRESS), literal)


def _word_readings(binding: Binding, literal: Literal) -> list[Reading]:
    if literal.wildcards:
        return _pattern_readings(binding, literal)
    if _is_address(literal.text):  # which is no number and no name
        readings = _address_reading(binding, literal)
    else:
        readings = _number_readings(binding, literal.text)
        if not literal.quoted:  # what stands in quotes is a token of the line, in which no names stand
            readings += _name_readings(binding, literal.text)
    return [*readings, *text_readings(_in_texts(binding.schema.of_kind(Kind.TEXT), literal.text))]


def _in_texts(fields: Sequence[Field], word: str) -> Sequence[HasTokens | TextEquals]:
    """The word as a token of a text; one that is no token (`a/b`, `::2`) as a whole text."""
    if tokens(word) == [word]:
        return [HasTokens(field, word) for field in fields]
    return [TextEquals(field, (word,)) for field in fields]


def _number_readings(binding: Binding, word: str) -> list[Reading]:
    if not word[0].isdigit():
        return []
    readings = []
    for kind in _NUMERIC:
        value = printed_number(word, kind)
        if value is not None:
            readings += _equals(binding.schema.of_kind(kind), "a number", value)
    readings += _real_readings(binding, word)
    time_ns = printed_time(word)
    if time_ns is not None:
        readings += _equals(binding.schema.of_kind(Kind.TIME), "a time", time_ns)
    return readings


def _real_readings(binding: Binding, word: str) -> list[Reading]:
    """A number as the value of real columns, which stages compute, and a duration of duration columns."""
    readings = []
    if _DIGITS.fullmatch(word):
        value, fields = Fraction(word), binding.schema.of_kind(Kind.REAL)
        equal = [InIntervals(field, (Interval(value, value),)) for field in fields]
        readings += _reading(f"a number of {_names(fields)}", equal)
    duration_ns = parse_duration(word)
    if duration_ns is not None:
        readings += _equals(binding.schema.of_kind(Kind.DURATION), "a duration", duration_ns)
    return readings


def _is_address(word: str) -> bool:
    return parse_address(word) is not None or ("/" in word and parse_network(word) is not None)


def _address_reading(binding: Binding, literal: Literal) -> list[Reading]:
    fields = binding.schema.of_kind(Kind.ADDRESS, Kind.NETWORK)
    values = address.match(Place(binding, "a bare word", Kind.ADDRESS), literal)
    return _reading(f"an address of {_names(fields)}", [on_field(values, field) for field in fields])


def _name_readings(binding: Binding, word: str) -> list[Reading]:
    if word.isdigit():
        return []
    readings = []
    zone = names.zone_ranges(word)
    if zone:
        sides = _sides(binding)
        readings += _reading(
            f"a zone of {_names(sides)}", [predicates.in_ranges(field, list(zone)) for field in sides]
        )
    protocol = names.protocol_number(word)
    if protocol is not None:
        readings += _equals(binding.schema.of_kind(Kind.PROTOCOL), "a name", protocol)
    ports = names.service_ports(word)
    if ports:
        fields = binding.schema.of_kind(Kind.PORT)
        ranges = [(port, port) for port in ports]
        readings += _reading(
            f"a service of {_names(fields)}", [predicates.in_ranges(field, ranges) for field in fields]
        )
    return readings


def _sides(binding: Binding) -> Sequence[Field]:
    """Both addresses of records; where they are not both columns any more, every address."""
    schema = binding.schema
    if isinstance(schema, ColumnSchema) and not schema.holds_own(*EITHER_SIDE["ip"]):
        return schema.of_kind(Kind.ADDRESS, Kind.NETWORK)
    return [field for field in map(schema.resolve, EITHER_SIDE["ip"]) if field]


def _pattern_readings(binding: Binding, literal: Literal) -> list[Reading]:
    """A pattern covers a value as printed or a token of a text. Not times: they print in two ways."""
    text, wildcards = literal.text, literal.wildcards
    readings = []
    if all(character in "0123456789*?" for character in text):
        for kind in _NUMERIC:
            fields = binding.schema.of_kind(kind)
            readings += _reading(
                f"a number of {_names(fields)}", [Like(field, text, wildcards) for field in fields]
            )
    if address.is_address_pattern(text):
        readings += _address_reading(binding, literal)
    texts = [TokenLike(field, text, wildcards) for field in binding.schema.of_kind(Kind.TEXT)]
    return [*readings, *text_readings(texts)]


def _equals(fields: Sequence[Field], noun: str, value: int) -> list[Reading]:
    return _reading(f"{noun} of {_names(fields)}", [InRanges(field, ((value, value),)) for field in fields])


def _reading(label: str, items: Sequence[Predicate]) -> list[Reading]:
    return [Reading(label, _some(items))] if items else []


def _names(fields: Sequence[Field]) -> str:
    return ", ".join(field.name for field in fields)
