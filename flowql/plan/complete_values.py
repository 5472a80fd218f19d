"""Completion of values: what a field of each kind can be asked for, and words that stand alone.

Owns what is proposed for each kind: values that records hold, the most frequent first; names that stand for
numbers and addresses, the words people say first; examples of numbers. How a value is written in a query is
`flowql.syntax.writing`'s to say.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from flowql import names
from flowql.errors import NOWHERE
from flowql.plan.bind import flags
from flowql.plan.bind.fields import Target, find_target
from flowql.plan.bind.named import NAMED_FIELDS
from flowql.plan.candidates import Around, Candidate, CandidateKind, counted
from flowql.plan.complete_names import fields_of_kind
from flowql.plan.complete_times import times
from flowql.schema import Field, Kind, field_named
from flowql.syntax.nodes import Literal
from flowql.syntax.writing import written_literal, written_word

VALUE_COUNT_MAX = 50
"""Values and names of one field that are proposed, before lists, parameters and signs."""
_FREQUENT_NUMBER_COUNT = 200
_TERM_COUNT_MAX = 5
"""Values and names of each sort that are proposed as words of their own."""
_TERM_LENGTH_MIN = 2
"""Letters from which on names are proposed as words of their own: after one there are hundreds."""

_ESCAPE = re.compile(r"\\([\s\S])")
_WILD = re.compile(r"(?<!\\)(?:\\\\)*[*?]")
_SIGNS = {"*": "present", "-": "missing"}
_SIZES = {"1k": "1,000", "10k": "10,000", "1M": "1,000,000", "10M": "10,000,000", "1G": "1,000,000,000"}
_SIZE_UNITS = {"k": "thousands", "M": "millions", "G": "billions"}
_SPANS = {"1s": "", "10s": "", "1m": "", "10m": "", "1h": ""}
_SPAN_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_COMPARING = frozenset({"=", "==", "!=", ">", ">=", "<", "<="})


def values(at: Around, signs: tuple[str, ...]) -> Iterator[Candidate]:
    """The values of the field, then those of the signs for present and missing that may stand there."""
    target = find_target(at.binding, at.place.field)
    if target is None:
        return
    yield from islice(_of_kind(at, target), VALUE_COUNT_MAX)
    yield from at.fitting([(sign, _SIGNS[sign]) for sign in signs], CandidateKind.VALUE)
    yield from _other_fields(at, target)


def ends(at: Around) -> Iterator[Candidate]:
    """What can end a range, or be compared with the field: no text, and no name of many addresses."""
    target = find_target(at.binding, at.place.field)
    if target is None or target.kind is Kind.TEXT:
        return
    if target.kind is not Kind.ADDRESS and target.name != flags.FIELD:
        yield from islice(_of_kind(at, target), VALUE_COUNT_MAX)
    yield from _other_fields(at, target)


def terms(at: Around) -> Iterator[Candidate]:
    """Words of their own that are found in records, or stand for something; none before a word is begun."""
    prefix = at.place.prefix
    if not prefix or not prefix[0].isalnum() or _WILD.search(prefix):
        return
    for field in at.binding.schema.of_kind(Kind.TEXT):
        found = at.source.frequent_texts(field.name, at.binding.topics, _unescaped(prefix), _TERM_COUNT_MAX)
        for text, count in found:
            if not _is_field(at, text):
                yield from _value(at, _word(text), f"{field.name}, {counted(count)}")
    if len(prefix) >= _TERM_LENGTH_MIN:
        for noun, known in _named_terms(at):
            words = [(_word(word), noun) for word in known if at.fits(word) and not _is_field(at, word)]
            yield from at.fitting(words[:_TERM_COUNT_MAX], CandidateKind.NAME)


def _named_terms(at: Around) -> Iterator[tuple[str, Iterable[str]]]:
    """Names that are found as words: of zones, and of the services and protocols that records have."""
    yield "zone", names.ZONE_NAMES
    ports = _frequent(at, at.binding.schema.of_kind(Kind.PORT))
    yield "service", _first((), (names.service_name(port) for port, _ in ports))
    protocols = _frequent(at, at.binding.schema.of_kind(Kind.PROTOCOL))
    yield "protocol", _first((), (names.protocol_name(number) for number, _ in protocols))


def _other_fields(at: Around, target: Target) -> Iterator[Candidate]:
    """The fields that the field can be compared with."""
    if at.place.operator in _COMPARING and not target.is_either_side:
        yield from fields_of_kind(at, target.kind)


def _of_kind(at: Around, target: Target) -> Iterator[Candidate]:
    match target.kind:
        case Kind.TEXT if target.fields[0].is_virtual:
            yield from _of_computed_text(at, target)
        case Kind.TEXT:
            yield from _texts(at, target.name)
        case Kind.ADDRESS:
            yield from at.fitting([(zone, "zone") for zone in names.ZONE_NAMES], CandidateKind.NAME)
        case Kind.PORT:
            yield from _ports(at, target)
        case Kind.PROTOCOL:
            yield from _protocols(at, target)
        case Kind.COUNT if target.name == flags.FIELD:
            yield from at.fitting([(bit, "the bit is set") for bit in flags.BITS], CandidateKind.NAME)
        case Kind.COUNT | Kind.REAL:
            yield from _examples(at, _SIZES, _SIZE_UNITS)
        case Kind.DURATION:
            yield from _examples(at, _SPANS, _SPAN_UNITS)
        case Kind.TIME:
            yield from times(at)
        case _:
            raise AssertionError(f"no such kind: {target.kind}")


def _texts(at: Around, field: str) -> Iterator[Candidate]:
    prefix = at.place.prefix
    if _WILD.search(prefix):
        return
    topics = at.binding.topics
    for text, count in at.source.frequent_texts(field, topics, _unescaped(prefix), VALUE_COUNT_MAX):
        yield from _value(at, _written(text), counted(count))


def _of_computed_text(at: Around, target: Target) -> Iterator[Candidate]:
    make = NAMED_FIELDS.get(target.name)
    if make is None:
        return
    named = make(at.binding)
    known = named.names
    if target.name == "service":
        ports = _frequent(at, (field_named("srcport"), field_named("dstport")))
        known = _first(known, (names.service_name(port) for port, _ in ports))
    if target.name == "protocol-name":
        protocols = _frequent(at, (field_named("protocol"),))
        known = _first(known, (names.protocol_name(number) for number, _ in protocols))
    yield from at.fitting_names(known, CandidateKind.NAME, lambda _: named.noun, _written)


def _ports(at: Around, target: Target) -> Iterator[Candidate]:
    """Of the frequent ports the services, or, once a digit is typed, the numbers; then all other services."""
    frequent = _frequent(at, target.fields)
    if at.place.prefix[:1].isdigit():
        pairs = ((str(port), _joined(names.service_name(port), counted(count))) for port, count in frequent)
        yield from at.fitting(pairs, CandidateKind.VALUE)
        return
    named = ((names.service_name(port), f"port {port}, {counted(count)}") for port, count in frequent)
    yield from at.fitting([(_written(name), text) for name, text in named if name], CandidateKind.NAME)
    yield from at.fitting_names(names.service_names(), CandidateKind.NAME, _ports_of, _written)


def _protocols(at: Around, target: Target) -> Iterator[Candidate]:
    frequent = _frequent(at, target.fields)
    if at.place.prefix[:1].isdigit():
        pairs = ((str(each), _joined(names.protocol_name(each), counted(count))) for each, count in frequent)
        yield from at.fitting(pairs, CandidateKind.VALUE)
        return
    named = ((names.protocol_name(each), f"protocol {each}, {counted(count)}") for each, count in frequent)
    yield from at.fitting([(_written(name), text) for name, text in named if name], CandidateKind.NAME)
    yield from at.fitting_names(
        names.protocol_names(),
        CandidateKind.NAME,
        lambda name: f"protocol {names.protocol_number(name)}",
        _written,
    )


def _frequent(at: Around, fields: Iterable[Field]) -> list[tuple[int, int]]:
    """The most frequent numbers of some fields together, with their records."""
    counts: Counter[int] = Counter()
    for field in fields:
        topics = at.binding.topics
        for number, count in at.source.frequent_numbers(
            field.name, field.kind, topics, _FREQUENT_NUMBER_COUNT
        ):
            counts[number] += count
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _examples(at: Around, known: dict[str, str], units: dict[str, str]) -> Iterator[Candidate]:
    """Examples; of a number that was begun, its units."""
    number = at.place.prefix
    pairs = [*known.items()]
    if number.isascii() and number.isdigit():
        pairs += [(f"{number}{unit}", word) for unit, word in units.items()]
    return at.fitting(pairs, CandidateKind.EXAMPLE)


def _value(at: Around, written: str, detail: str) -> Iterator[Candidate]:
    if written != at.place.prefix:
        yield at.candidate(written, CandidateKind.VALUE, detail)


def _is_field(at: Around, word: str) -> bool:
    """Whether a word would be refused as a term, being the name of a field."""
    return find_target(at.binding, word) is not None


def _written(text: str) -> str:
    return written_literal(Literal(text, NOWHERE))


def _word(text: str) -> str:
    return written_word(Literal(text, NOWHERE))


def _unescaped(word: str) -> str:
    return _ESCAPE.sub(r"\1", word)


def _ports_of(name: str) -> str:
    ports = names.service_ports(name)
    return f"port {ports[0]}" + (f" and {len(ports) - 1} more" if len(ports) > 1 else "") if ports else ""


def _first(known: tuple[str, ...], frequent: Iterable[str | None]) -> tuple[str, ...]:
    """The names, the frequent ones first."""
    return tuple(dict.fromkeys([*(name for name in frequent if name), *known]))


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
