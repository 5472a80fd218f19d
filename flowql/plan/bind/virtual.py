"""Clauses on computed text fields: zones, services, protocol names, topics, conversations and the raw line.

Owns what each of them asks of the stored fields. A field with few possible names (zones, services, protocols,
topics: `named`) becomes the numbers, addresses or topics whose name fits; a raw line is looked for field by
field, as a phrase is. What no stored field can answer stays a condition on the computed text, for whoever
executes to make; so does everything behind a stage that has taken the stored fields away.
"""

import re
from dataclasses import replace as replace_values

from flowql.errors import Span
from flowql.plan import predicates
from flowql.plan.bind import alternatives as alternative
from flowql.plan.bind import text
from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.plan.bind.column_schema import ColumnSchema
from flowql.plan.bind.named import NAMED_FIELDS, Named
from flowql.plan.bind.phrases import in_line
from flowql.plan.predicates import Exists, InRanges, Predicate
from flowql.schema import Field, field_named
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Refusal, replace
from flowql.values import format_address, parse_address, parse_network

LISTED_MAX = 12
"""Names that an error about an unknown one lists."""

_PAIR = re.compile(r"(\S+?)\s*(?:<->|,|\s)\s*(\S+)")


def match(place: Place, literal: Literal) -> Alternatives:
    """A text; on a field with few names, those that it means."""
    named = named_field(place)
    if named is None:
        if place.field_name == "conversation" and not literal.wildcards:
            _pair(literal)
            if not _asks_parts(place):
                return Alternatives(wholes=(_as_printed(literal),))
        return text.match(place, literal)
    if literal.wildcards:
        return Alternatives(wholes=named.like(literal))
    found = named.meant(literal.text)
    if not found:
        raise _unknown_name(named, literal.text, literal.span)
    return Alternatives(wholes=found)


def regex(place: Place, value: Regex) -> Alternatives:
    """A regular expression; on a field with few names, those that it finds."""
    named = named_field(place)
    found = text.regex(place, value)
    return found if named is None else Alternatives(wholes=named.matching(value.text))


def between(place: Place, range_: Range) -> Alternatives:
    """Refused: text has no ranges."""
    return text.between(place, range_)


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """Refused: text has no order."""
    return text.compare(place, operator, literal)


def named_field(place: Place) -> Named | None:
    """The names that the place's field can hold; None when it holds any text."""
    make = NAMED_FIELDS.get(place.field_name)
    return None if make is None else make(place.binding)


def bind_virtual(place: Place, field: Field, values: Alternatives) -> Predicate:
    """The predicate of a clause on a computed text field; `values` are what stands behind its operator."""
    named = named_field(place)
    exists: Predicate
    if not _asks_parts(place):
        texts = replace_values(values, present=False, missing=False)
        exists, valued = Exists(field), alternative.on_field(texts, field)
    elif named is not None:
        exists, valued = named.exists, named.meaning(frozenset(values.wholes))
    else:
        exists, valued = _exists(field), _valued(place, field, values)
    if values.present:
        valued = exists
    if place.operator in (Operator.NOT_EQUAL, Operator.NOT_IN):
        return predicates.all_of([exists, predicates.negation(valued)])
    return predicates.any_of([valued, *([predicates.negation(exists)] if values.missing else [])])


def _asks_parts(place: Place) -> bool:
    """Whether the stored fields answer; behind a stage that has dropped or renamed them the column does."""
    schema = place.binding.schema
    return not isinstance(schema, ColumnSchema) or schema.has_parts(place.field_name)


def _exists(field: Field) -> Predicate:
    """A raw line, a source and an id are there for every record."""
    if field.name == "conversation":
        return predicates.all_of([Exists(field_named("srcaddr")), Exists(field_named("dstaddr"))])
    return predicates.Everything()


def _valued(place: Place, field: Field, values: Alternatives) -> Predicate:
    """What the texts ask for: of the stored fields where they can tell, else of the computed text."""
    texts = replace_values(values, present=False, missing=False)
    if field.name == "raw":
        lines = [in_line(place.binding, each) for each in values.phrases]
        return predicates.any_of([*lines, alternative.on_field(replace_values(texts, phrases=()), field)])
    if field.name == "conversation":
        pairs = [_between_sides(*_addresses(each)) for each in (*values.phrases, *values.wholes)]
        rest = replace_values(texts, phrases=(), wholes=())
        return predicates.any_of([*pairs, alternative.on_field(rest, field)])
    return alternative.on_field(texts, field)


def _pair(literal: Literal) -> None:
    """Check that a text names two addresses or networks."""
    parts = _PAIR.fullmatch(literal.text.strip())
    if parts and all(_bounds(part) for part in parts.groups()):
        return
    if _bounds(literal.text):
        message = "a conversation has two sides: one address on either of them is ip"
        raise Refusal(
            "bad-conversation",
            message,
            literal.span,
            replace(literal.span, f'"{literal.text} <-> 0.0.0.0/0"'),
        )
    message = f'expected two addresses, such as "10.0.0.5 <-> 10.0.0.9", found "{literal.text}"'
    raise Refusal("bad-conversation", message, literal.span)


def _as_printed(pair: Literal) -> str:
    """Two addresses as a column of conversations has them: the lower one first."""
    sides = sorted(_addresses(pair.text))
    if any(first != last for first, last in sides):
        message = "behind a stage a conversation is a text, in which networks are not looked for"
        details = ("clauses on networks stand in the search, or in where before its fields are taken away",)
        raise Refusal("bad-conversation", message, pair.span, details=details)
    return " <-> ".join(format_address(first) for first, _ in sides)


def _addresses(pair: str) -> tuple[tuple[int, int], tuple[int, int]]:
    parts = _PAIR.fullmatch(pair.strip())
    assert parts is not None, "a pair was checked when it was read"
    first, second = (_bounds(part) for part in parts.groups())
    assert first is not None
    assert second is not None
    return first, second


def _bounds(text_: str) -> tuple[int, int] | None:
    address = parse_address(text_)
    if address is not None:
        return address, address
    network = parse_network(text_) if "/" in text_ else None
    return None if network is None else network[:2]


def _between_sides(first: tuple[int, int], second: tuple[int, int]) -> Predicate:
    source, destination = field_named("srcaddr"), field_named("dstaddr")
    return predicates.any_of(
        [
            predicates.all_of([InRanges(source, (first,)), InRanges(destination, (second,))]),
            predicates.all_of([InRanges(source, (second,)), InRanges(destination, (first,))]),
        ]
    )


def _unknown_name(named: Named, name: str, span: Span) -> Refusal:
    similar = named.similar(name)
    details: tuple[str, ...] = ()
    if similar:
        details = (f"{named.noun}s with a similar name: {', '.join(similar)}",)
    elif len(named.names) <= LISTED_MAX:
        details = (f"the {named.noun}s are {', '.join(named.names)}",)
    fixes = tuple(replace(span, each) for each in similar[:1])
    return Refusal(f"unknown-{named.noun}", f'unknown {named.noun} "{name}"', span, *fixes, details=details)
