"""Which reader reads the values of a field's kind.

Owns the one table of kinds: a new kind is a module (or a value of a module) that reads, and a line here.
Knows nothing of fields.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from flowql.plan.bind import address, number, text, time
from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.schema import Kind
from flowql.syntax.nodes import Literal, Operator, Range


class KindReader(Protocol):
    """Reads the texts of values of one kind; raises `Refusal` on a text that is no such value."""

    def match(self, place: Place, literal: Literal) -> Alternatives:
        """The values that a literal after `:`, `=` or in a set means. Never empty."""

    def between(self, place: Place, range_: Range) -> Alternatives:
        """The values from one end of a range to the other. Never empty."""

    def compare(self, place: Place, operator: Operator, literal: Literal) -> Alternatives:
        """The values that stand in a relation to a literal; `operator` orders. May be none."""


READERS: Mapping[Kind, KindReader] = MappingProxyType(
    {
        Kind.TEXT: text,
        Kind.ADDRESS: address,
        Kind.PORT: number.PORT,
        Kind.PROTOCOL: number.PROTOCOL,
        Kind.COUNT: number.COUNT,
        Kind.TIME: time,
    }
)
