"""Values that look like another kind than that of the column, which a stage has made.

Owns the warnings: behind select an address is a text and a duration a number of seconds, so that a network or
a minute would be looked for as something else.
"""

import re

from flowql.errors import Severity
from flowql.plan.bind.binding import Place
from flowql.schema import Kind
from flowql.syntax import nodes
from flowql.values import parse_network

_MINUTES = re.compile(r"(?P<count>[0-9]+)m", re.ASCII)
_SECONDS = 60
_NUMBERS = (Kind.REAL, Kind.COUNT)


def note_other_kind(place: Place, value: nodes.Value) -> None:
    """Warn of a value, or of one in a set, that cannot mean what it looks like."""
    match value:
        case nodes.Group(items):
            for item in items:
                note_other_kind(place, item)
        case nodes.Literal(text) if place.kind is Kind.TEXT and "/" in text and parse_network(text):
            name = place.field_name
            message = (
                f"{name} is text here, so that {text} is no network: ask for it where {name} is an address"
            )
            place.binding.note("text-not-network", message, value.span, severity=Severity.WARNING)
        case nodes.Literal(text) if place.kind in (Kind.REAL, Kind.COUNT) and (
            minutes := _MINUTES.fullmatch(text)
        ):
            seconds = int(minutes["count"]) * _SECONDS
            message = f"{place.field_name} is a number here, and {text} a million times {minutes['count']}"
            place.binding.note(
                "million-not-minute",
                f"{message}; of seconds {text} would be {seconds}",
                value.span,
                severity=Severity.WARNING,
            )
        case _:
            return
