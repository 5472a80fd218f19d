"""Computed fields with few possible names: zones, services, protocol names and topics.

Owns the names that each can hold, and what some of them ask of the stored fields. Knows nothing of operators.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from flowql import names
from flowql.plan import predicates
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.topics import shown_topic
from flowql.plan.predicates import Compares, Exists, OnTopics, Predicate, Relation
from flowql.schema import Field, TopicName, field_named
from flowql.store.patterns import matching_regex, whole_pattern
from flowql.syntax.nodes import Literal
from flowql.values import lower_ascii

_PORTS = range(65_536)
_PROTOCOLS = range(256)
_SIMILAR_MAX = 3


@dataclass(frozen=True, slots=True)
class Named:
    """The names that a computed field can hold.

    `meaning` is what some of them ask of the stored fields, `exists` where the field is present at all;
    `also` gives the names that a word which is none of them stands for, `similar` those near an unknown one.
    """

    noun: str
    names: tuple[str, ...]
    meaning: Callable[[frozenset[str]], Predicate]
    exists: Predicate
    similar: Callable[[str], tuple[str, ...]]
    also: Callable[[str], tuple[str, ...]] = lambda _: ()

    def meant(self, name: str) -> tuple[str, ...]:
        """The names that a whole name, letter case aside, means; () when it means none."""
        lowered = lower_ascii(name)
        return tuple(each for each in self.names if lower_ascii(each) == lowered) or self.also(lowered)

    def like(self, pattern: Literal) -> tuple[str, ...]:
        """The names that a pattern covers."""
        held = pa.array(self.names, pa.string())
        expression = whole_pattern(pattern.text, pattern.wildcards)
        return tuple(held.filter(pc.match_substring_regex(held, expression)).to_pylist())

    def matching(self, regex: str) -> tuple[str, ...]:
        """The names of which a part matches a regular expression, which compiles."""
        held = pa.array(self.names, pa.string())
        return tuple(held.filter(matching_regex(held, regex)).to_pylist())


def _zone_field(side: str) -> Callable[[Binding], Named]:
    field = field_named(side)

    def meaning(wanted: frozenset[str]) -> Predicate:
        return predicates.in_ranges(field, [each for name in wanted for each in names.zone_ranges(name)])

    named = Named("zone", names.ZONE_NAMES, meaning, Exists(field), names.similar_zones)
    return lambda _: named


@cache
def _protocol_field() -> Named:
    field = field_named("protocol")
    numbers = {name: number for number in _PROTOCOLS if (name := names.protocol_name(number))}

    def meaning(wanted: frozenset[str]) -> Predicate:
        return _numbers(field, [numbers[name] for name in wanted])

    def also(word: str) -> tuple[str, ...]:
        number = names.protocol_number(word)
        name = None if number is None else names.protocol_name(number)
        return () if name is None else (name,)

    exists = _numbers(field, list(numbers.values()))
    return Named("protocol", tuple(numbers), meaning, exists, names.similar_protocols, also)


@cache
def _service_field() -> Named:
    """The name of the lower of a record's two ports that has one."""
    source, destination = field_named("srcport"), field_named("dstport")
    ports: dict[str, list[int]] = {}
    for port in _PORTS:
        name = names.service_name(port)
        if name is not None:
            ports.setdefault(name, []).append(port)
    named = [port for held in ports.values() for port in held]

    def on_side(wanted: list[int], side: Field, other: Field) -> Predicate:
        lower = predicates.all_of([_numbers(other, named), Compares(other, Relation.LESS, side)])
        return predicates.all_of([_numbers(side, wanted), predicates.negation(lower)])

    def meaning(wanted: frozenset[str]) -> Predicate:
        held = [port for name in wanted for port in ports[name]]
        return predicates.any_of([on_side(held, source, destination), on_side(held, destination, source)])

    def also(word: str) -> tuple[str, ...]:
        held = {names.service_name(port) for port in names.service_ports(word)}
        return tuple(sorted(name for name in held if name))

    exists = predicates.any_of([_numbers(source, named), _numbers(destination, named)])
    return Named("service", tuple(ports), meaning, exists, names.similar_services, also)


def _topic_field(binding: Binding) -> Named:
    topics: dict[str, TopicName] = {shown_topic(topic, binding.catalog): topic for topic in binding.topics}
    full = {str(topic): shown for shown, topic in topics.items()}

    def meaning(wanted: frozenset[str]) -> Predicate:
        found = tuple(sorted(topics[name] for name in wanted))
        return OnTopics(found) if found else predicates.Nothing()

    def also(word: str) -> tuple[str, ...]:
        return (full[word],) if word in full else ()

    def similar(word: str) -> tuple[str, ...]:
        return tuple(get_close_matches(word, [*topics], _SIMILAR_MAX))

    return Named("topic", tuple(topics), meaning, predicates.Everything(), similar, also)


def _numbers(field: Field, numbers: list[int]) -> Predicate:
    return predicates.in_ranges(field, [(number, number) for number in numbers])


Maker: TypeAlias = Callable[[Binding], Named]
NAMED_FIELDS: Mapping[str, Maker] = MappingProxyType(
    {
        "src-zone": _zone_field("srcaddr"),
        "dst-zone": _zone_field("dstaddr"),
        "protocol-name": lambda _: _protocol_field(),
        "service": lambda _: _service_field(),
        "topic": _topic_field,
    }
)
"""How to make the names of each such field, for one query."""
