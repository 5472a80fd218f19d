"""Endpoints and arrows: an address and a port that stand on one side, or on both.

Owns which fields a side has, and that an endpoint alone is the one side or the other. How the values are read
is the kinds' of those fields.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flowql.plan import predicates
from flowql.plan.bind.alternatives import Alternatives, on_field
from flowql.plan.bind.binding import Binding, Place
from flowql.plan.bind.column_schema import ColumnSchema
from flowql.plan.predicates import Predicate
from flowql.schema import Field, Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal

_SOURCE = ("srcaddr", "srcport")
_DESTINATION = ("dstaddr", "dstport")
_SIDE_KINDS = (Kind.ADDRESS, Kind.NETWORK, Kind.PORT)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Binds endpoints of one query; `values` reads what stands at a place."""

    binding: Binding
    values: Callable[[Place, nodes.Value], Alternatives]

    def on_either_side(self, endpoint: nodes.Endpoint) -> Predicate:
        """`10.0.0.5:443`: the address and the port on the same side, whichever it is."""
        return predicates.any_of([self._on_side(endpoint, _SOURCE), self._on_side(endpoint, _DESTINATION)])

    def arrow(self, arrow: nodes.Arrow) -> Predicate:
        """`a -> b`, and `a <-> b`, which is that in either direction."""
        forth = self._directed(arrow.source, arrow.destination)
        if not arrow.both_ways:
            return forth
        return predicates.any_of([forth, self._directed(arrow.destination, arrow.source)])

    def _directed(self, source: nodes.Endpoint, destination: nodes.Endpoint) -> Predicate:
        return predicates.all_of([self._on_side(source, _SOURCE), self._on_side(destination, _DESTINATION)])

    def _on_side(self, endpoint: nodes.Endpoint, side: tuple[str, str]) -> Predicate:
        """`any` without a port asks for nothing."""
        parts = []
        for value, name in zip((endpoint.address, endpoint.port), side, strict=True):
            if value is not None:
                field = self._field(name, endpoint)
                place = Place(self.binding, field.name, field.kind)
                parts.append(on_field(self.values(place, value), field))
        return predicates.all_of(parts)

    def _field(self, name: str, endpoint: nodes.Endpoint) -> Field:
        field = self.binding.schema.resolve(name)
        if isinstance(self.binding.schema, ColumnSchema) and (
            field is None or field.name != name or field.kind not in _SIDE_KINDS
        ):
            shown = ", ".join(self.binding.schema.names)
            message = f"an endpoint looks at {name}, which is no column here any more"
            raise Refusal(
                "unknown-column", message, endpoint.span, details=(f"the columns here are {shown}",)
            )
        if field is None:
            message = f"the records have no {name}, at which an endpoint looks"
            raise Refusal("unknown-field", message, endpoint.span)
        return field
