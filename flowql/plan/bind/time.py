"""Values of time fields: instants, and the days, minutes or seconds that a shorter text stands for.

Owns the rule that `:` means the whole unit as written (`start:2018-12-13` is that day) while `<` and `>`
compare with its first instant. Knows nothing of fields, nor of the time range of a query.
"""

from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Binding, Place
from flowql.plan.bind.bounds import End, compared, range_between
from flowql.plan.predicates import OPEN_HIGH, OPEN_LOW
from flowql.syntax.nodes import Literal, Operator, Range
from flowql.syntax.refusal import Refusal
from flowql.values import format_time, parse_time

_DOMAIN = (OPEN_LOW, OPEN_HIGH)
EXPECTED = "a time such as 2018-12-13T14:00:00Z, 2018-12-13, 1544709600 or -6h"


def match(place: Place, literal: Literal) -> Alternatives:
    """The unit of time as written: a second, a minute, a day, a month."""
    unit = _unit(place, literal)
    return Alternatives(ranges=((unit.first, unit.last),))


def between(place: Place, range_: Range) -> Alternatives:
    """A range of units, the whole of the last one included unless it is excluded."""
    low = None if range_.low is None else _unit(place, range_.low)
    high = None if range_.high is None else _unit(place, range_.high)
    return Alternatives(ranges=(range_between(place, range_, low, high, _DOMAIN),))


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """The instants before or after the first one of the unit."""
    low, high = compared(operator, _unit(place, literal).first, _DOMAIN)
    return Alternatives(ranges=((low, high),) if low <= high else ())


def read_time(binding: Binding, literal: Literal, what: str) -> tuple[int, int]:
    """The half-open `(first, after)` that a time's text stands for; `what` says what the time is for."""
    if literal.wildcards:
        message = f'a wildcard cannot stand in a time, found "{literal.text}"'
        raise Refusal("bad-time", message, literal.span)
    unit = parse_time(literal.text, now=binding.now)
    if unit is None:
        message = f'expected {EXPECTED} for {what}, found "{literal.text}"'
        raise Refusal("bad-time", message, literal.span)
    if unit[0] < OPEN_LOW or unit[1] > OPEN_HIGH:
        reach = f"{format_time(OPEN_LOW)[:10]} to {format_time(OPEN_HIGH)[:10]}"
        message = f"a time is from {reach}, found {literal.text}"
        raise Refusal("out-of-domain", message, literal.span)
    return unit


def _unit(place: Place, literal: Literal) -> End:
    first, after = read_time(place.binding, literal, place.field_name)
    return End(first, after - 1)
