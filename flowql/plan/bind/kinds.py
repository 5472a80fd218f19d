"""Which reader reads the values of a field's kind.

Owns the one table of kinds: a new kind is a module (or a value of a module) that reads, and a line here. Two
sorts of fields read otherwise than others of their kind: computed texts, and tcp-flags, whose bits have
names.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from flowql.plan.bind import address, duration, flags, network, number, quotient, text, time, virtual
from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.plan.bind.column_schema import ColumnSchema
from flowql.schema import Kind
from flowql.syntax.nodes import Literal, Operator, Range, Regex


class KindReader(Protocol):
    """Reads the texts of values of one kind; raises `Refusal` on a text that is no such value."""

    def match(self, place: Place, literal: Literal) -> Alternatives:
        """The values that a literal after `:`, `=` or in a set means. Never empty."""

    def regex(self, place: Place, value: Regex) -> Alternatives:
        """The values of which, as printed, a part matches an expression, which compiles."""

    def between(self, place: Place, range_: Range) -> Alternatives:
        """The values from one end of a range to the other. Never empty."""

    def compare(self, place: Place, operator: Operator, literal: Literal) -> Alternatives:
        """The values that stand in a relation to a literal; `operator` orders. May be none."""


def reader_of(place: Place) -> KindReader:
    """What reads the values of the place's field."""
    if place.field_name == flags.FIELD and place.kind is Kind.COUNT and not is_made(place):
        return flags
    if place.kind is Kind.COUNT and is_made(place):
        return number.SIGNED
    if place.is_virtual and place.kind is Kind.TEXT:
        return virtual
    return _READERS[place.kind]


_READERS: Mapping[Kind, KindReader] = MappingProxyType(
    {
        Kind.TEXT: text,
        Kind.ADDRESS: address,
        Kind.PORT: number.PORT,
        Kind.PROTOCOL: number.PROTOCOL,
        Kind.COUNT: number.COUNT,
        Kind.TIME: time,
        Kind.DURATION: duration,
        Kind.REAL: quotient,
        Kind.NETWORK: network,
    }
)


def is_made(place: Place) -> bool:
    """Whether the place's column is what stages have made of records, and none of their fields."""
    schema = place.binding.schema
    return isinstance(schema, ColumnSchema) and not schema.holds_own(place.field_name)
