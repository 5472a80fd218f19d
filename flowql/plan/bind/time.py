"""Values of time fields: instants, and the days, minutes or seconds that a shorter text stands for.

Owns the rule that `:` means the whole unit as written (`start:2018-12-13` is that day) while `<` and `>`
compare with its first instant, and what is said of a text that is no time or that leaves a doubt. Knows
nothing of fields, nor of the time range of a query.
"""

from collections.abc import Callable

from flowql.errors import Severity
from flowql.plan.bind.alternatives import NO_VALUE, Alternatives
from flowql.plan.bind.binding import Binding, Place
from flowql.plan.bind.bounds import End, compared, range_between
from flowql.plan.predicates import OPEN_HIGH, OPEN_LOW
from flowql.syntax import nodes
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Refusal, replace
from flowql.times import BadTimeError, TimeOutOfReachError, TimeUnit, format_time, parse_time
from flowql.zones import Zone

_DOMAIN = (OPEN_LOW, OPEN_HIGH)
_EXPECTED = "a time such as 2018-12-13T14:00:00Z, 2018-12-13, 1544709600 or -6h"


def match(place: Place, literal: Literal) -> Alternatives:
    """The unit of time as written: a second, a minute, a day, a month."""
    unit = _unit(place, literal)
    return Alternatives(ranges=((unit.first, unit.last),))


def regex(place: Place, value: Regex) -> Alternatives:
    """Refused: a time is printed in two ways, as a date and as seconds."""
    message = f"{place.field_name} is a time, which has no text for an expression to match: use a range"
    raise Refusal("bad-operator", message, value.span)


def between(place: Place, range_: Range) -> Alternatives:
    """A range of units, the whole of the last one included unless it is excluded."""
    literal = place.binding.literal
    low = None if range_.low is None else _unit(place, literal(range_.low))
    high = None if range_.high is None else _unit(place, literal(range_.high))
    return Alternatives(ranges=(range_between(place, range_, low, high, _DOMAIN),))


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """The instants before or after the first one of the unit."""
    low, high = compared(operator, _unit(place, literal).first, _DOMAIN)
    return Alternatives(ranges=((low, high),)) if low <= high else NO_VALUE


def read_time(binding: Binding, end: nodes.End, what: str) -> TimeUnit:
    """The unit that a time's text stands for in the query's zone; `what` says what the time is for."""
    return read_with(parse_time, binding, end, f"{_EXPECTED} for {what}")


def read_with(parse: Callable[..., TimeUnit], binding: Binding, end: nodes.End, expected: str) -> TimeUnit:
    """The unit that `parse` reads; a text that it does not read is refused, a doubt is noted."""
    literal = binding.literal(end)
    if literal.wildcards:
        message = f'a wildcard cannot stand in a time, found "{literal.text}"'
        raise Refusal("bad-time", message, literal.span)
    try:
        unit = parse(literal.text, now=binding.now, zone=binding.zone)
    except TimeOutOfReachError as error:
        raise Refusal("out-of-domain", f"{error.reason}, found {literal.text}", literal.span) from error
    except BadTimeError as error:
        message = f'{error.reason or f"expected {expected}"}, found "{literal.text}"'
        fixes = (replace(literal.span, error.instead),) if error.instead else ()
        raise Refusal("bad-time", message, literal.span, *fixes) from error
    if unit.other is not None:
        message = _doubt(literal.text, unit.first, unit.other, binding.zone)
        binding.note("clock-change", message, literal.span, severity=Severity.WARNING)
    return unit


def _doubt(text: str, first: int, other: int, zone: Zone) -> str:
    """A local time that a change of the clock repeats or leaves out, and how it is read."""
    doubt = (
        f"comes twice in {zone}" if first < other else f"is left out in {zone}, where the clock leaps ahead"
    )
    taken, not_taken = format_time(first, zone), format_time(other, zone)
    return f"{text} {doubt}: it is read as {taken}, not as {not_taken}"


def _unit(place: Place, end: nodes.End) -> End:
    unit = read_time(place.binding, end, place.field_name)
    return End(unit.first, unit.after - 1)
